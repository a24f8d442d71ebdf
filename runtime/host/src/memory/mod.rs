//! Memory policies: they decide what memory keeps, recalls and shows, in a fresh instance each time.
//!
//! The types are those of `falcon-episode`, of the newest track; `falcon-memory` owns the storage behind them.

mod linked;
mod v0_1;
mod v0_2;

use std::{
    collections::{BTreeMap, HashSet},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

pub use falcon_episode::memory::{
    Attempt, Candidate, Context, Decision, Item, Occupancy, Offer, Outcome, Policy, PolicyError,
    Prompt, Query, Ranked,
};
use falcon_episode::{Digest, Uses};
use semver::Version;
use wasmtime::component::InstancePre;

use crate::{CallError, Failure, Plugin, PluginId, plugin::Call, services::Guest};

/// A memory policy with its settings, ready to be called from any thread.
#[derive(Clone)]
pub struct MemoryPolicy {
    plugin: Plugin,
    track: Arc<dyn Track>,
    config: String,
    /// The services that its calls used, since somebody asked last.
    used: Arc<Mutex<Uses>>,
}

/// One version of the policies' interface.
pub(crate) trait Track: Send + Sync {
    fn admit(
        &self,
        call: Call<'_>,
        item: &Item,
        neighbours: &[Candidate],
    ) -> Result<Decision, Failure>;

    fn rank(
        &self,
        call: Call<'_>,
        queries: &[(Query, Vec<Candidate>)],
    ) -> Result<Vec<Vec<Ranked>>, Failure>;

    fn compose(&self, call: Call<'_>, prompts: &[Prompt]) -> Result<Vec<Context>, Failure>;

    fn evict(
        &self,
        call: Call<'_>,
        occupancy: Occupancy,
        candidates: &[Item],
    ) -> Result<Vec<String>, Failure>;

    fn feedback(
        &self,
        call: Call<'_>,
        item: &Item,
        reward: f64,
        group: f64,
    ) -> Result<f64, Failure>;
}

/// The track of a component that exports this version of the interface.
pub(crate) fn link(
    pre: &InstancePre<Guest>,
    version: &Version,
) -> wasmtime::Result<Arc<dyn Track>> {
    Ok(match (version.major, version.minor) {
        (0, 1) => Arc::new(v0_1::Linked::new(pre)?),
        _ => Arc::new(v0_2::Linked::new(pre)?),
    })
}

impl MemoryPolicy {
    pub(crate) fn new(plugin: Plugin, track: Arc<dyn Track>, config: String) -> Self {
        Self {
            plugin,
            track,
            config,
            used: Arc::default(),
        }
    }

    /// The plugin's identity.
    #[must_use]
    pub fn id(&self) -> &PluginId {
        self.plugin.id()
    }

    /// Its settings, as a JSON object with every default filled in.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.config
    }

    /// Should an item enter, given its nearest neighbours in memory?
    ///
    /// # Errors
    /// Where the plugin fails, or names a victim that is no neighbour.
    pub fn admit(&self, item: &Item, neighbours: &[Candidate]) -> Result<Decision, CallError> {
        let decision = self.answer(self.track.admit(self.call(), item, neighbours))?;
        match &decision {
            Decision::Replace { victim, .. }
                if !neighbours.iter().any(|near| near.item.id == *victim) =>
            {
                self.nonsense(format!("it replaces {victim:?}, which is no neighbour"))
            }
            _ => Ok(decision),
        }
    }

    /// Orders the candidates of many queries, best first; those left out are not shown. One list a query.
    ///
    /// # Errors
    /// Where the plugin fails, or names an item that is no candidate, or one twice.
    pub fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, CallError> {
        let ranked = self.answer(self.track.rank(self.call(), queries))?;
        if ranked.len() != queries.len() {
            return self.nonsense(format!(
                "{} lists for {} queries",
                ranked.len(),
                queries.len()
            ));
        }
        for (list, (_, candidates)) in ranked.iter().zip(queries) {
            let ids = candidates.iter().map(|near| near.item.id.as_str());
            self.among(list.iter().map(|ranked| ranked.id.as_str()), ids)?;
            if let Some(ranked) = list.iter().find(|ranked| !ranked.score.is_finite()) {
                return self.nonsense(format!("a score of {} for {:?}", ranked.score, ranked.id));
            }
        }
        Ok(ranked)
    }

    /// Chooses what each of many prompts shows. One context a prompt.
    ///
    /// # Errors
    /// Where the plugin fails, chooses what it was not given, or more than fits.
    pub fn compose(&self, prompts: &[Prompt]) -> Result<Vec<Context>, CallError> {
        let contexts = self.answer(self.track.compose(self.call(), prompts))?;
        if contexts.len() != prompts.len() {
            return self.nonsense(format!(
                "{} contexts for {} prompts",
                contexts.len(),
                prompts.len()
            ));
        }
        for (context, prompt) in contexts.iter().zip(prompts) {
            let ids = prompt.long.iter().map(|one| one.candidate.item.id.as_str());
            self.among(context.items.iter().map(String::as_str), ids)?;
            if let Some(text) = too_much(context, prompt) {
                return self.nonsense(text);
            }
        }
        Ok(contexts)
    }

    /// Ids of the candidates that leave when memory is over capacity.
    ///
    /// # Errors
    /// Where the plugin fails, or names what is no candidate.
    pub fn evict(
        &self,
        occupancy: Occupancy,
        candidates: &[Item],
    ) -> Result<Vec<String>, CallError> {
        let leaving = self.answer(self.track.evict(self.call(), occupancy, candidates))?;
        self.among(
            leaving.iter().map(String::as_str),
            candidates.iter().map(|item| item.id.as_str()),
        )?;
        Ok(leaving)
    }

    /// The new utility of an item that was shown: `reward` is the reward with it, `group` the mean of its group.
    ///
    /// # Errors
    /// Where the plugin fails, or the utility is not finite.
    pub fn feedback(&self, item: &Item, reward: f64, group: f64) -> Result<f64, CallError> {
        let utility = self.answer(self.track.feedback(self.call(), item, reward, group))?;
        if utility.is_finite() {
            Ok(utility)
        } else {
            self.nonsense(format!("a utility of {utility}"))
        }
    }

    fn call(&self) -> Call<'_> {
        Call {
            used: Some(&*self.used),
            ..self.plugin.call(&self.config)
        }
    }

    fn answer<T>(&self, answer: Result<T, Failure>) -> Result<T, CallError> {
        answer.map_err(|failure| self.plugin.failed(failure))
    }

    fn nonsense<T>(&self, text: String) -> Result<T, CallError> {
        Err(self.plugin.failed(Failure::Nonsense(text)))
    }

    /// That each id named is one of those given, and named once.
    fn among<'a>(
        &self,
        named: impl Iterator<Item = &'a str>,
        given: impl Iterator<Item = &'a str>,
    ) -> Result<(), CallError> {
        let mut left: HashSet<_> = given.collect();
        let mut named = named;
        match named.find(|id| !left.remove(id)) {
            Some(id) => self.nonsense(format!("{id:?} was not given, or is named twice")),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for MemoryPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryPolicy({}, {})", self.id(), self.config)
    }
}

impl Policy for MemoryPolicy {
    fn admit(&self, item: &Item, neighbours: &[Candidate]) -> Result<Decision, PolicyError> {
        Ok(Self::admit(self, item, neighbours)?)
    }

    fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, PolicyError> {
        Ok(Self::rank(self, queries)?)
    }

    fn compose(&self, prompts: &[Prompt]) -> Result<Vec<Context>, PolicyError> {
        Ok(Self::compose(self, prompts)?)
    }

    fn evict(&self, occupancy: Occupancy, candidates: &[Item]) -> Result<Vec<String>, PolicyError> {
        Ok(Self::evict(self, occupancy, candidates)?)
    }

    fn feedback(&self, item: &Item, with: f64, group: f64) -> Result<f64, PolicyError> {
        Ok(Self::feedback(self, item, with, group)?)
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        let id = self.id();
        BTreeMap::from([(id.name.to_string(), id.digest)])
    }

    fn take_uses(&self) -> Uses {
        mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a context has that a prompt has no room for; its items are among those offered.
fn too_much(context: &Context, prompt: &Prompt) -> Option<String> {
    let (items, limit) = (context.items.len(), prompt.query.limit as usize);
    if items > limit {
        return Some(format!("{items} items where {limit} may be shown"));
    }
    let (attempts, limit) = (context.attempts.len(), prompt.attempts as usize);
    if attempts > limit {
        return Some(format!("{attempts} attempts where {limit} may be shown"));
    }
    let mut left: HashSet<usize> = (0..prompt.short.len()).collect();
    if let Some(at) = context.attempts.iter().find(|at| !left.remove(at)) {
        let count = prompt.short.len();
        return Some(format!(
            "attempt {at} of {count} is not there, or is named twice"
        ));
    }
    let taken = tokens(context, prompt);
    let budget = u64::from(prompt.budget);
    (taken > budget).then(|| format!("{taken} tokens where {budget} may be shown"))
}

/// What a context takes of a prompt's budget.
fn tokens(context: &Context, prompt: &Prompt) -> u64 {
    let chosen: HashSet<&str> = context.items.iter().map(String::as_str).collect();
    let long = prompt.long.iter();
    let items = long
        .filter(|one| chosen.contains(one.candidate.item.id.as_str()))
        .map(|one| u64::from(one.tokens));
    let attempts = context.attempts.iter();
    let attempts = attempts
        .filter_map(|at| prompt.short.get(*at))
        .map(|attempt| u64::from(attempt.tokens));
    items.chain(attempts).sum()
}
