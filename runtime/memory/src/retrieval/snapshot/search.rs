use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Snapshot;
use crate::{
    policy::Candidate,
    retrieval::{
        fusion::{Scored, Top, best, reciprocal},
        keys::Keys,
        learned::{NOTHING, encode},
        lists::Lists,
        matrix::{self, Vector, cosine, dot},
        sight::{Question, Sight},
        text::TextIndex,
    },
};

/// How far down each retriever's ranking fusion looks.
const DEPTH: usize = 64;
/// What a place in the ranking by examples weighs beside the same place in one of the other two: by
/// itself it finds less (docs/memory.md), because many functions keep the same laws.
const LAWS_WEIGHT: f64 = 0.5;
/// The same of the ranking by a learned encoder, where there is one.
const LEARNED_WEIGHT: f64 = 1.0;
/// Rows that one thread multiplies with all queries.
const STRIPE: usize = 8192;

/// What ranks items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Retriever {
    /// BM25 over the words of the prompt.
    Text,
    /// The product of the hashed n-grams: in lists where the store is so large that it has them.
    Vector,
    /// The same over all items, always.
    ExactVector,
    /// BM25 over the laws that the prompt's examples keep.
    Examples,
    /// The product of the vectors that a learned encoder makes; finds nothing where there is none.
    Learned,
    /// All of them by reciprocal ranks, exact duplicates first.
    Fusion,
}

struct Prepared<'a> {
    question: &'a Question,
    sight: Sight,
    keys: Keys,
    weighted: Vector,
}

/// Where a question is compared with the rows.
#[derive(Clone, Copy)]
struct Space<'a> {
    rows: &'a [Vector],
    question: for<'p> fn(&'p Prepared<'p>) -> &'p Vector,
    /// None where it is compared with all rows.
    lists: Option<&'a Lists>,
}

impl Snapshot {
    /// The `limit` nearest items of each question, nearest first.
    pub(crate) fn nearest(&self, questions: &[Question], limit: usize) -> Vec<Vec<Candidate>> {
        if limit == 0 {
            return vec![Vec::new(); questions.len()];
        }
        self.candidates(&self.prepared(questions), limit)
    }

    /// The same for one question whose keys are made already, as those of an item that is offered are.
    pub(crate) fn nearest_by(
        &self,
        question: &Question,
        keys: &Keys,
        limit: usize,
    ) -> Vec<Candidate> {
        if limit == 0 {
            return Vec::new();
        }
        let mut keys = keys.clone();
        self.encode_missing(&[question.prompt.as_str()], std::slice::from_mut(&mut keys));
        let found = self.candidates(&[self.prepare(question, keys)], limit);
        found.into_iter().flatten().collect()
    }

    /// The ids and scores of the `limit` best items of each question by a retriever, best first.
    pub(crate) fn rank(
        &self,
        questions: &[Question],
        by: Retriever,
        limit: usize,
    ) -> Vec<Vec<(String, f64)>> {
        let prepared = self.prepared(questions);
        let hits = match by {
            Retriever::Text => self.text_hits(&prepared, limit),
            Retriever::Vector => self.vector_hits(&prepared, limit, true),
            Retriever::ExactVector => self.vector_hits(&prepared, limit, false),
            Retriever::Examples => self.law_hits(&prepared, limit),
            Retriever::Learned => self.learned_hits(&prepared, limit),
            Retriever::Fusion => self.fused(&prepared, limit),
        };
        let named = |(row, score): Scored| {
            let record = self.records[row as usize].as_ref()?;
            Some((record.id.clone(), score))
        };
        hits.into_iter()
            .map(|hits| hits.into_iter().filter_map(named).collect())
            .collect()
    }

    fn candidates(&self, prepared: &[Prepared], limit: usize) -> Vec<Vec<Candidate>> {
        let fused = self.fused(prepared, limit);
        let candidates = |(prepared, hits): (&Prepared, Vec<Scored>)| -> Vec<Candidate> {
            let text = self.text.query(&prepared.keys.words);
            let candidate = |(row, similarity): Scored| {
                let item = self.records[row as usize].as_ref()?.to_item();
                let cosine = cosine(dot(&self.vectors[row as usize], &prepared.keys.vector));
                Some(Candidate {
                    item,
                    similarity,
                    cosine,
                    text: self.text.score(&text, row),
                })
            };
            hits.into_iter().filter_map(candidate).collect()
        };
        prepared.iter().zip(fused).map(candidates).collect()
    }

    fn prepared<'a>(&self, questions: &'a [Question]) -> Vec<Prepared<'a>> {
        let texts: Vec<&str> = questions.iter().map(|one| one.prompt.as_str()).collect();
        let mut keys: Vec<Keys> = texts.par_iter().map(|text| Keys::of(text)).collect();
        self.encode_missing(&texts, &mut keys);
        let both = questions.par_iter().zip(keys);
        both.map(|(question, keys)| self.prepare(question, keys))
            .collect()
    }

    fn prepare<'a>(&self, question: &'a Question, keys: Keys) -> Prepared<'a> {
        Prepared {
            question,
            sight: self.names.sight(question),
            weighted: self.weighted(&keys.grams),
            keys,
        }
    }

    /// Gives these texts' keys the learned vectors that they lack, all in one call of the encoder.
    fn encode_missing(&self, texts: &[&str], keys: &mut [Keys]) {
        let Some(learned) = &self.learned else {
            return;
        };
        let lacks = |(_, keys): &(&&str, &Keys)| keys.learned.is_none();
        let both = texts.iter().zip(&*keys).filter(lacks);
        let missing: Vec<&str> = both.map(|(text, _)| *text).collect();
        if missing.is_empty() {
            return;
        }
        let lacking = keys.iter_mut().filter(|keys| keys.learned.is_none());
        for (keys, vector) in lacking.zip(encode(&**learned.encoder(), &missing)) {
            keys.learned = Some(vector);
        }
    }

    /// Fuses exact duplicates, full text, vectors and examples by reciprocal ranks.
    fn fused(&self, prepared: &[Prepared], limit: usize) -> Vec<Vec<Scored>> {
        let rankings = [
            (self.text_hits(prepared, DEPTH), 1.0),
            (self.vector_hits(prepared, DEPTH, true), 1.0),
            (self.law_hits(prepared, DEPTH), LAWS_WEIGHT),
            (self.learned_hits(prepared, DEPTH), LEARNED_WEIGHT),
        ];
        let fuse = |(at, prepared): (usize, &Prepared)| {
            let mut fused: BTreeMap<u32, f64> = BTreeMap::new();
            for (hits, weight) in &rankings {
                for (rank, (row, _)) in hits[at].iter().enumerate() {
                    *fused.entry(*row).or_default() += weight * reciprocal(rank);
                }
            }
            let twins = self.twins(prepared);
            for row in &twins {
                *fused.entry(*row).or_default() += 1.0;
            }
            // First whatever their scores: a stranger that leads all rankings has more than a duplicate
            // that so many others read like that no ranking comes down to it.
            let is_twin = |hit: &Scored| twins.contains(&hit.0);
            let (first, others): (Vec<Scored>, Vec<Scored>) = fused.into_iter().partition(is_twin);
            let mut found = best(first, limit, |_| true);
            found.extend(best(others, limit - found.len(), |_| true));
            found
        };
        prepared.iter().enumerate().map(fuse).collect()
    }

    fn text_hits(&self, prepared: &[Prepared], limit: usize) -> Vec<Vec<Scored>> {
        self.hits_in(&self.text, prepared, limit, |keys| &keys.words)
    }

    fn law_hits(&self, prepared: &[Prepared], limit: usize) -> Vec<Vec<Scored>> {
        self.hits_in(&self.laws, prepared, limit, |keys| &keys.laws)
    }

    fn hits_in(
        &self,
        index: &TextIndex,
        prepared: &[Prepared],
        limit: usize,
        words: fn(&Keys) -> &Vec<String>,
    ) -> Vec<Vec<Scored>> {
        let asks_all =
            |one: &Prepared| one.question.project.is_empty() && !words(&one.keys).is_empty();
        let norms = if prepared.iter().any(asks_all) {
            index.norms()
        } else {
            Vec::new()
        };
        let answer = |one: &Prepared| {
            let query = index.query(words(&one.keys));
            let seen = |row| self.seen(row, one.sight).is_some();
            let some = |hit: &Scored| hit.1 > 0.0;
            if query.is_empty() {
                return Vec::new();
            }
            match self.rows_of(one.question) {
                Some(rows) => {
                    let scores = rows.iter().map(|&row| (row, index.score(&query, row)));
                    best(scores.filter(some), limit, seen)
                }
                None => {
                    let scores = index.scores(&query, &norms);
                    best((0..).zip(scores).filter(some), limit, seen)
                }
            }
        };
        prepared.par_iter().map(answer).collect()
    }

    /// By the product of vectors, of the lists that are read where `lists` says so and there are some.
    fn vector_hits(&self, prepared: &[Prepared], limit: usize, lists: bool) -> Vec<Vec<Scored>> {
        let space = Space {
            rows: &self.vectors,
            question: |one| &one.weighted,
            lists: self.lists.as_ref().filter(|_| lists),
        };
        self.hits_by(space, prepared, limit)
    }

    fn learned_hits(&self, prepared: &[Prepared], limit: usize) -> Vec<Vec<Scored>> {
        let Some(learned) = &self.learned else {
            return vec![Vec::new(); prepared.len()];
        };
        let space = Space {
            rows: learned.vectors(),
            question: |one| one.keys.learned.as_ref().unwrap_or(&NOTHING),
            lists: None,
        };
        self.hits_by(space, prepared, limit)
    }

    fn hits_by(&self, space: Space, prepared: &[Prepared], limit: usize) -> Vec<Vec<Scored>> {
        let open: Vec<&Prepared> = prepared
            .iter()
            .filter(|one| one.question.project.is_empty())
            .collect();
        let seen = |one: &Prepared, row| self.seen(row, one.sight).is_some();
        let asked = space.question;
        let found: Vec<Vec<Scored>> = match space.lists {
            Some(lists) => open
                .par_iter()
                .map(|one| lists.search(space.rows, asked(one), limit, |row| seen(one, row)))
                .collect(),
            None => self.product(space, &open, limit),
        };
        let mut found = found.into_iter();
        let answer = |one: &Prepared| match self.rows_of(one.question) {
            Some(rows) => {
                let product = |row: u32| dot(&space.rows[row as usize], asked(one));
                let scores = rows.iter().map(|&row| (row, f64::from(product(row))));
                best(scores.filter(|hit| hit.1 > 0.0), limit, |row| {
                    seen(one, row)
                })
            }
            None => found.next().unwrap_or_default(),
        };
        prepared.iter().map(answer).collect()
    }

    /// One product of all rows with all questions, a stripe of rows for each thread in turn.
    fn product(&self, space: Space, open: &[&Prepared], limit: usize) -> Vec<Vec<Scored>> {
        let queries: Vec<&Vector> = open.iter().map(|one| (space.question)(one)).collect();
        let stripe = |(number, rows): (usize, &[Vector])| {
            let mut tops = vec![Top::new(limit); open.len()];
            matrix::product(rows, &queries, |query, first, products| {
                let top = &mut tops[query];
                #[allow(clippy::cast_possible_truncation, reason = "rows are below 2^32")]
                let first = (number * STRIPE + first) as u32;
                for (row, product) in (first..).zip(products) {
                    if *product > 0 {
                        top.offer(row, f64::from(*product), |row| {
                            self.seen(row, open[query].sight).is_some()
                        });
                    }
                }
            });
            tops
        };
        let merge = |mut a: Vec<Top>, b: Vec<Top>| {
            a.iter_mut().zip(b).for_each(|(a, b)| a.merge(b));
            a
        };
        let stripes = space.rows.par_chunks(STRIPE).enumerate().map(stripe);
        let tops = stripes.reduce_with(merge);
        tops.unwrap_or_else(|| vec![Top::new(limit); open.len()])
            .into_iter()
            .map(Top::finish)
            .collect()
    }

    /// The rows that the question may see and whose words are its own.
    fn twins(&self, prepared: &Prepared) -> BTreeSet<u32> {
        let question = prepared.question;
        let rows = self
            .by_words
            .get(&prepared.keys.whole)
            .map_or(&[][..], Vec::as_slice);
        let seen = |row: &&u32| {
            self.seen(**row, prepared.sight).is_some_and(|record| {
                question.project.is_empty() || question.project == record.item.project
            })
        };
        rows.iter().filter(seen).copied().collect()
    }
}
