//! A memory policy plugin behind the store's seam: the same types twice, and only conversion between.

use std::{collections::BTreeMap, sync::Arc};

use falcon_episode::Digest;
use falcon_host::{MemoryPolicy, memory as guest};
use falcon_memory::policy::{
    Attempt, Candidate, Context as Shown, Decision, Item, Occupancy, Policy, PolicyError, Query,
    Ranked,
};
use falcon_package::Kind;

use super::load;
use crate::{command::Context, failure::Failure};

/// The policy of training and evaluation where none is named.
pub(crate) const DEFAULT: &str = "similar-recent";

/// The memory policy of training and evaluation, with its default settings.
pub(crate) fn of_training(context: &Context) -> Result<Arc<dyn Policy>, Failure> {
    policy(context, DEFAULT, &serde_json::Value::Null)
}

/// The policy that a person names, a plugin's name or file, with these settings; `null` for its defaults.
pub(crate) fn policy(
    context: &Context,
    asked: &str,
    settings: &serde_json::Value,
) -> Result<Arc<dyn Policy>, Failure> {
    let plugin = load::plugin(context, asked, Kind::Memory)?;
    let policy = plugin.memory_policy(settings).map_err(Failure::usage)?;
    Ok(Arc::new(Plugged(policy)))
}

struct Plugged(MemoryPolicy);

impl Policy for Plugged {
    fn admit(&self, new: &Item, neighbours: &[Candidate]) -> Result<Decision, PolicyError> {
        let neighbours: Vec<_> = neighbours.iter().map(candidate).collect();
        Ok(match self.0.admit(&item(new), &neighbours)? {
            guest::Decision::Keep { .. } => Decision::Keep,
            guest::Decision::Replace { victim, .. } => Decision::Replace(victim),
            guest::Decision::Refuse { reason } => Decision::Refuse(reason),
        })
    }

    fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, PolicyError> {
        let queries: Vec<_> = queries
            .iter()
            .map(|(asked, found)| (query(asked), found.iter().map(candidate).collect()))
            .collect();
        let ranked = |one: guest::Ranked| Ranked {
            id: one.id,
            score: one.score,
        };
        let lists = self.0.rank(&queries)?;
        Ok(lists
            .into_iter()
            .map(|list| list.into_iter().map(ranked).collect())
            .collect())
    }

    fn compose(
        &self,
        asked: &Query,
        long: &[Candidate],
        short: &[Attempt],
        budget: u32,
    ) -> Result<Shown, PolicyError> {
        let long: Vec<_> = long.iter().map(candidate).collect();
        let short: Vec<_> = short
            .iter()
            .map(|one| guest::Attempt {
                program: one.program.clone(),
                score: one.score,
                feedback: one.feedback.clone(),
            })
            .collect();
        let shown = self.0.compose(&query(asked), &long, &short, budget)?;
        Ok(Shown {
            items: shown.items,
            attempts: shown.attempts,
        })
    }

    fn evict(&self, full: Occupancy, candidates: &[Item]) -> Result<Vec<String>, PolicyError> {
        let full = guest::Occupancy {
            items: full.items,
            capacity: full.capacity,
            newest: full.newest,
        };
        let candidates: Vec<_> = candidates.iter().map(item).collect();
        Ok(self.0.evict(full, &candidates)?)
    }

    fn feedback(&self, shown: &Item, with: f64, group: f64) -> Result<f64, PolicyError> {
        Ok(self.0.feedback(&item(shown), with, group)?)
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        let id = self.0.id();
        BTreeMap::from([(id.name.to_string(), id.digest)])
    }
}

fn item(of: &Item) -> guest::Item {
    let of = of.clone();
    guest::Item {
        id: of.id,
        task_id: of.task_id,
        project: of.project,
        family: of.family,
        language: of.language,
        prompt: of.prompt,
        program: of.program,
        score: of.score,
        utility: of.utility,
        uses: of.uses,
        sequence: of.sequence,
        details: of.details,
    }
}

fn candidate(of: &Candidate) -> guest::Candidate {
    guest::Candidate {
        item: item(&of.item),
        similarity: of.similarity,
        cosine: of.cosine,
        text: of.text,
    }
}

fn query(of: &Query) -> guest::Query {
    let of = of.clone();
    guest::Query {
        task_id: of.task_id,
        project: of.project,
        family: of.family,
        language: of.language,
        prompt: of.prompt,
        limit: of.limit,
        newest: of.newest,
        details: of.details,
    }
}
