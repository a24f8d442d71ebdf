use std::{
    collections::{BTreeSet, HashMap},
    sync::atomic::Ordering,
};

use falcon_episode::{Digest, Exemplar, MemoryQuery};
use rand::seq::index;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use super::{Store, write::policy_failed};
use crate::{
    error::Result,
    policy::{Attempt, Candidate, Context, Query, Ranked},
    retrieval::{keys::Keys, sight::Question},
    table::{Filter, Hit},
};

impl Store {
    /// Answers many queries at once under the policy, best first.
    pub(super) fn answer(&self, queries: &[MemoryQuery]) -> Result<Vec<Vec<Exemplar>>> {
        let asked = self.candidates(queries);
        let ranked = self.policy.rank(&asked);
        let ranked = ranked.map_err(|source| policy_failed("ranking candidates", source))?;
        if ranked.len() != asked.len() {
            let source = format!("{} queries got {} answers", asked.len(), ranked.len()).into();
            return Err(policy_failed("ranking candidates", source));
        }
        let answers = asked
            .iter()
            .zip(ranked)
            .map(|((query, candidates), ranked)| chosen(candidates, ranked, query.limit as usize));
        let answers: Vec<Vec<Exemplar>> = answers.collect::<Result<_>>()?;
        let hits = answers.iter().filter(|answer| !answer.is_empty()).count();
        self.retrievals
            .fetch_add(queries.len() as u64, Ordering::Relaxed);
        self.answered.fetch_add(hits as u64, Ordering::Relaxed);
        Ok(answers)
    }

    /// For each query, items drawn at random from all that it may see, whatever their project: the
    /// control that must not reproduce what retrieval gains.
    #[must_use]
    pub fn random(&self, queries: &[MemoryQuery], seed: u64) -> Vec<Vec<Exemplar>> {
        let state = self.read();
        let draw = |(number, query): (usize, &MemoryQuery)| {
            let question = Question {
                project: String::new(),
                ..Question::of(query)
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

    /// What the policy shows of these exemplars and attempts within a budget of characters.
    ///
    /// # Errors
    /// Where the policy fails.
    pub fn compose(
        &self,
        query: &MemoryQuery,
        exemplars: &[Exemplar],
        attempts: &[Attempt],
        budget: u32,
    ) -> Result<Context> {
        let Some((asked, candidates)) = self.candidates(std::slice::from_ref(query)).pop() else {
            return Ok(Context::default());
        };
        let mut by_id: HashMap<&str, &Candidate> = candidates
            .iter()
            .map(|candidate| (candidate.item.id.as_str(), candidate))
            .collect();
        let long = exemplars
            .iter()
            .filter_map(|exemplar| by_id.remove(exemplar.id.as_str()));
        let long: Vec<Candidate> = long.cloned().collect();
        let context = self.policy.compose(&asked, &long, attempts, budget);
        context.map_err(|source| policy_failed("composing a context", source))
    }

    /// The `limit` nearest items by the resident retrievers, without the policy.
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

    /// The `limit` nearest items by LanceDB's own hybrid search, without the policy. A writer first
    /// commits what waits and brings the full-text index up to date; a reader sees what is committed.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn search(&self, text: &str, filter: &Filter, limit: usize) -> Result<Vec<Hit>> {
        let keys = Keys::of(text);
        if keys.words.is_empty() {
            return Ok(Vec::new());
        }
        if self.folder.writable() {
            let mut writer = self.writer();
            self.prepare_write(&mut writer)?;
            self.commit(&mut writer)?;
            self.run("indexing", self.items.index())?;
        } else {
            self.run("searching", self.items.refresh())?;
        }
        let vector = self.read().snapshot.query_vector(&keys);
        let text = keys.words.join(" ");
        self.run(
            "searching",
            self.items.search(&text, &vector, filter, limit),
        )
    }

    fn candidates(&self, queries: &[MemoryQuery]) -> Vec<(Query, Vec<Candidate>)> {
        let state = self.read();
        let questions: Vec<Question> = queries.iter().map(Question::of).collect();
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

fn asked(query: &MemoryQuery, newest: u64) -> Query {
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

/// The ranked candidates as exemplars. A policy that names anything but its candidates is at fault:
/// it could otherwise show what the guard hides.
fn chosen(candidates: &[Candidate], ranked: Vec<Ranked>, limit: usize) -> Result<Vec<Exemplar>> {
    let by_id: HashMap<&str, &Candidate> = candidates
        .iter()
        .map(|candidate| (candidate.item.id.as_str(), candidate))
        .collect();
    let mut shown = BTreeSet::new();
    let mut exemplars = Vec::new();
    for Ranked { id, score } in ranked {
        let Some(candidate) = by_id.get(id.as_str()) else {
            let source = format!("it ranks {id:?}, which is not a candidate").into();
            return Err(policy_failed("ranking candidates", source));
        };
        if exemplars.len() < limit && shown.insert(id) {
            exemplars.push(exemplar(candidate, score));
        }
    }
    Ok(exemplars)
}

fn exemplar(candidate: &Candidate, score: f64) -> Exemplar {
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
