use std::collections::BTreeSet;

use falcon_tasks::{Row, RowKind, Solved, TokenId, bytes, formats};
use rand::seq::{IndexedRandom as _, index};
use rayon::prelude::*;

use crate::{Config, random, task::prompt};

/// Of a solved task's row with an exemplar: so many others are looked at for the one whose words are most like its own.
const LOOKED_AT: usize = 64;

/// Solved tasks.
pub(super) struct Gold<'a> {
    tasks: &'a [formats::Task],
    solved: Vec<Solved>,
    /// Tokens that an exemplar may take.
    room: usize,
}

impl<'a> Gold<'a> {
    pub(super) fn new(tasks: &'a [formats::Task], room: usize) -> Self {
        let solved = |task: &formats::Task| Solved {
            spec: bytes::encode(&task.prompt),
            body: bytes::encode(task.canonical.as_deref().unwrap_or_default()),
        };
        Self {
            solved: tasks.iter().map(solved).collect(),
            tasks,
            room,
        }
    }

    /// The warm start's rows: each solved task alone, and where long-term memory is used once more after a solved task that
    /// is like it, so that exemplars are read from the start.
    pub(super) fn rows(&self, config: &Config, seed: u64) -> Vec<Row> {
        let alone = (0..self.tasks.len()).map(|at| self.row(at, None));
        let mut rows: Vec<Row> = alone.collect();
        if config.memory.long_term {
            let words: Vec<String> = self.tasks.iter().map(formats::Task::words).collect();
            let words: Vec<BTreeSet<&str>> =
                words.iter().map(|text| text.split(' ').collect()).collect();
            let after = (0..self.tasks.len()).into_par_iter().filter_map(|at| {
                let like = self.like(at, &words, seed)?;
                Some(self.row(at, Some(&self.solved[like])))
            });
            rows.par_extend(after);
        }
        rows
    }

    fn row(&self, at: usize, exemplar: Option<&Solved>) -> Row {
        let solved = &self.solved[at];
        let mut tokens = prompt(&solved.spec, exemplar.map(Solved::pair), None);
        let answer_start = tokens.len();
        tokens.extend_from_slice(&solved.body);
        tokens.push(TokenId::EOS);
        let kind = match exemplar {
            None => RowKind::Plain,
            Some(_) => RowKind::PlainRandom,
        };
        Row {
            kind,
            tokens,
            answer_start,
            behaviour: self.tasks[at].behaviour(),
        }
    }

    fn fits(&self, at: usize) -> bool {
        let solved = &self.solved[at];
        solved.spec.len() + solved.body.len() + 2 <= self.room
    }

    /// Of some others, the one that shares most of its words with this one.
    fn like(&self, at: usize, words: &[BTreeSet<&str>], seed: u64) -> Option<usize> {
        let mut rng = random::stream(seed, "exemplar rows", at as u64);
        let count = LOOKED_AT.min(self.tasks.len());
        let drawn = index::sample(&mut rng, self.tasks.len(), count).into_iter();
        let shared = |other: &usize| {
            let both = words[at].intersection(&words[*other]).count();
            let either = words[at].len() + words[*other].len() - both;
            both as f64 / either.max(1) as f64
        };
        drawn
            .filter(|other| *other != at && self.fits(*other))
            .map(|other| (shared(&other), other))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, other)| other)
    }

    /// For each task a solved one that is not the same, drawn at random.
    pub(super) fn random_for(
        &self,
        tasks: &[formats::Task],
        seed: u64,
        purpose: &str,
    ) -> Vec<Option<Solved>> {
        let fitting: Vec<usize> = (0..self.tasks.len()).filter(|at| self.fits(*at)).collect();
        let one = |(place, task): (usize, &formats::Task)| {
            let mut rng = random::stream(seed, purpose, place as u64);
            let others = fitting.iter().filter(|at| self.tasks[**at].id != task.id);
            let others: Vec<&usize> = others.collect();
            Some(self.solved[**others.choose(&mut rng)?].clone())
        };
        tasks.iter().enumerate().map(one).collect()
    }
}
