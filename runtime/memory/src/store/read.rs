use std::{
    collections::{BTreeSet, HashMap},
    sync::atomic::Ordering,
};

use falcon_episode::{Digest, Exemplar, MemoryQuery};
use rand::seq::index;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use super::Store;
use crate::{
    error::Result,
    policy::{Candidate, PolicyError, Query, Ranked},
    record::Record,
    retrieval::sight::Question,
};

/// An item that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The item.
    pub record: Record,
    /// Sum of reciprocal ranks, as [`Candidate::similarity`](falcon_episode::memory::Candidate::similarity) has it;
    /// larger is nearer.
    pub relevance: f64,
}

/// Only items with these values; empty for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Project.
    pub project: String,
    /// Task family.
    pub family: String,
    /// Language pack name.
    pub language: String,
}

/// A query with what was found for it.
pub(super) type Asked = (Query, Vec<Candidate>);

impl Store {
    /// Answers many queries at once under the policy, best first.
    pub(super) fn answer(&self, queries: &[MemoryQuery]) -> Result<Vec<Vec<Exemplar>>> {
        let (asked, ranked) = self.ranked(queries)?;
        let answers = asked
            .iter()
            .zip(ranked)
            .map(|((query, candidates), ranked)| chosen(candidates, ranked, query.limit as usize));
        let answers: std::result::Result<Vec<Vec<Exemplar>>, PolicyError> = answers.collect();
        let answers = answers.map_err(|source| self.policy_failed(RANKING, source))?;
        let hits = answers.iter().filter(|answer| !answer.is_empty()).count();
        self.count(queries.len(), hits);
        Ok(answers)
    }

    /// What the retrievers found for each query, and the policy's order of it.
    pub(super) fn ranked(&self, queries: &[MemoryQuery]) -> Result<(Vec<Asked>, Vec<Vec<Ranked>>)> {
        let asked = self.candidates(queries);
        let ranked = self.policy.rank(&asked);
        let failed = |source| self.policy_failed(RANKING, source);
        let ranked = ranked.map_err(failed)?;
        if ranked.len() != asked.len() {
            let source = format!("{} queries got {} answers", asked.len(), ranked.len()).into();
            return Err(failed(source));
        }
        Ok((asked, ranked))
    }

    /// Counts queries, and those of them that got an item.
    pub(super) fn count(&self, queries: usize, answered: usize) {
        self.retrievals.fetch_add(queries as u64, Ordering::Relaxed);
        self.answered.fetch_add(answered as u64, Ordering::Relaxed);
    }

    /// For each query, items drawn at random from all that it may see, whatever their project: the
    /// control that must not reproduce what retrieval gains.
    #[must_use]
    pub fn random(&self, queries: &[MemoryQuery], seed: u64) -> Vec<Vec<Exemplar>> {
        let state = self.read();
        let draw = |(number, query): (usize, &MemoryQuery)| {
            let question = Question {
                project: String::new(),
                ..Question::for_exemplars(query)
            };
            let pool = state.snapshot.eligible(&question);
            let parts = [
                &seed.to_le_bytes()[..],
                b"random exemplar",
                &number.to_le_bytes(),
            ];
            let mut rng = ChaCha8Rng::from_seed(*Digest::of_parts(parts).bytes());
            let drawn = index::sample(&mut rng, pool.len(), query.limit.min(pool.len()));
            drawn.iter().map(|at| pool[at].to_exemplar(0.0)).collect()
        };
        queries.iter().enumerate().map(draw).collect()
    }

    /// The `limit` nearest items, without the policy: also those that failed.
    #[must_use]
    pub fn nearest(&self, text: &str, filter: &Filter, limit: usize) -> Vec<Hit> {
        let state = self.read();
        let question = Question {
            prompt: text.to_owned(),
            project: filter.project.clone(),
            family: filter.family.clone(),
            language: filter.language.clone(),
            ..Question::default()
        };
        let found = state
            .snapshot
            .nearest(&[question], limit)
            .into_iter()
            .flatten();
        let hit = |candidate: Candidate| {
            let record = state.snapshot.get(&candidate.item.id)?.clone();
            Some(Hit {
                record,
                relevance: candidate.similarity,
            })
        };
        found.filter_map(hit).collect()
    }

    pub(super) fn candidates(&self, queries: &[MemoryQuery]) -> Vec<Asked> {
        let state = self.read();
        let questions: Vec<Question> = queries.iter().map(Question::for_exemplars).collect();
        let widest = queries
            .iter()
            .map(|query| query.limit * 4)
            .max()
            .unwrap_or(0);
        let found = state
            .snapshot
            .nearest(&questions, self.options.candidates.max(widest));
        let newest = state.counters.newest;
        queries
            .iter()
            .map(|query| asked(query, newest))
            .zip(found)
            .collect()
    }
}

pub(super) fn asked(query: &MemoryQuery, newest: u64) -> Query {
    Query {
        task_id: query.task_id.clone(),
        project: query.project.clone(),
        family: query.family.clone(),
        language: query.language.clone(),
        prompt: query.prompt.clone(),
        limit: u32::try_from(query.limit).unwrap_or(u32::MAX),
        newest,
        details: Vec::new(),
    }
}

/// What a policy is at when it orders candidates.
pub(super) const RANKING: &str = "ranking candidates";

/// The ranked candidates as exemplars.
fn chosen(
    candidates: &[Candidate],
    ranked: Vec<Ranked>,
    limit: usize,
) -> std::result::Result<Vec<Exemplar>, PolicyError> {
    let placed = in_order(candidates, ranked)?.into_iter().take(limit);
    let exemplars = placed.map(|(candidate, score)| exemplar(candidate, score));
    Ok(exemplars.collect())
}

/// The candidates in the policy's order, each once, with its score. A policy that names anything but its candidates is at
/// fault: it could otherwise show what the guard hides.
pub(super) fn in_order(
    candidates: &[Candidate],
    ranked: Vec<Ranked>,
) -> std::result::Result<Vec<(&Candidate, f64)>, PolicyError> {
    let by_id: HashMap<&str, &Candidate> = candidates
        .iter()
        .map(|candidate| (candidate.item.id.as_str(), candidate))
        .collect();
    let mut seen = BTreeSet::new();
    let mut placed = Vec::new();
    for Ranked { id, score } in ranked {
        let Some(candidate) = by_id.get(id.as_str()) else {
            return Err(format!("it ranks {id:?}, which is not a candidate").into());
        };
        if seen.insert(id) {
            placed.push((*candidate, score));
        }
    }
    Ok(placed)
}

pub(super) fn exemplar(candidate: &Candidate, score: f64) -> Exemplar {
    let item = &candidate.item;
    Exemplar {
        id: item.id.clone(),
        task_id: item.task_id.clone(),
        project: item.project.clone(),
        prompt: item.prompt.clone(),
        program: item.program.clone(),
        score,
    }
}
