//! The memory policy of a run in training, which changes while it runs as judges do.
//!
//! ```text
//! memory-policy/policy.wasm      the policy asked for; who replaces it changes the run from its next step on
//! memory-policy/kept/DIGEST.wasm each policy that was ever in force, so that a resumed run has it again
//! memory-policy/policies.jsonl   from which step on which one decided
//! memory-policy/uses.json        which services of the host each used, by its first step, in all of the run's processes; what a
//!                                killed one used since its last step is not in it
//! ```

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};

use falcon_episode::{Cancel, Digest, Episode, Grader, Infrastructure, Spent, Submission, Uses};
use falcon_memory::policy::{
    Candidate, Context as Shown, Decision, Item, Occupancy, Policy, PolicyError, Prompt, Query,
    Ranked,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    kept::{Kept, make, read, unreadable},
    ledger::{FromStep, Ledger},
    policy,
};
use crate::{
    command::Context,
    failure::{Exit, Failure, OrFail as _},
    live,
    output::write_file,
};

/// A memory policy from a step on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PolicyEntry {
    /// The first step in which it decides, from 1; 0 for the one that the run began with.
    pub(crate) step: u64,
    /// Its name.
    pub(crate) policy: String,
    /// Its digest.
    pub(crate) digest: Digest,
}

impl FromStep for PolicyEntry {
    fn step(&self) -> u64 {
        self.step
    }
}

/// A memory policy from a step on, and the services of the host that it used.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PolicyTold {
    #[serde(flatten)]
    entry: PolicyEntry,
    #[serde(skip_serializing_if = "Uses::is_none")]
    uses: Uses,
}

/// The folder.
pub(crate) struct PolicyFolder {
    path: PathBuf,
}

/// What tells that the file changed.
type Look = Option<(u64, Option<SystemTime>)>;

impl PolicyFolder {
    /// The policy's folder of a run's folder.
    pub(crate) fn of(run: &Path) -> Self {
        Self {
            path: run.join("memory-policy"),
        }
    }

    /// Whether a run began to use it.
    pub(crate) fn is_begun(&self) -> bool {
        self.ledger().is_file()
    }

    /// Puts a policy there.
    pub(crate) fn put(&self, file: &Path) -> Result<(), Failure> {
        make(&self.path)?;
        write_file(&self.asked(), &read(file)?)
    }

    /// The file of the policy that decided last, of a run or a memory beside one; none where the run keeps none.
    pub(crate) fn last(&self) -> Result<Option<PathBuf>, Failure> {
        let ledger = Ledger::<PolicyEntry>::open(self.ledger())?;
        let last = ledger.entries().last();
        last.map(|entry| self.kept().find(&entry.digest, "wasm"))
            .transpose()
    }

    fn ledger(&self) -> PathBuf {
        self.path.join("policies.jsonl")
    }

    fn uses(&self) -> PathBuf {
        self.path.join("uses.json")
    }

    /// What the run's policies used so far, each by its first step.
    fn used(&self) -> Result<BTreeMap<u64, Uses>, Failure> {
        let path = self.uses();
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(unreadable(&path, error)),
            Ok(bytes) => {
                let told = format!("{} is not what falcon wrote", path.display());
                serde_json::from_slice(&bytes).or_usage(told)
            }
        }
    }

    fn asked(&self) -> PathBuf {
        self.path.join("policy.wasm")
    }

    fn kept(&self) -> Kept {
        Kept::of(&self.path)
    }

    fn look(&self) -> Look {
        let data = fs::metadata(self.asked()).ok()?;
        Some((data.len(), data.modified().ok()))
    }

    /// The policy that is asked for now, kept under its digest, and its entry in the ledger.
    fn wanted(
        &self,
        context: &Context,
        settings: &Value,
        step: u64,
    ) -> Result<(Arc<dyn Policy>, PolicyEntry), Failure> {
        let file = self.asked();
        let bytes = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(unreadable(&file, error)
                    .hint("give the run one: falcon swap RUN --memory-policy NAME"));
            }
            read => read.map_err(|error| unreadable(&file, error))?,
        };
        let digest = self.kept().keep(&bytes, "wasm")?;
        self.load(context, settings, &digest).map(|policy| {
            let mut names = policy.plugins().into_keys();
            let policy_name = names.next().unwrap_or_default();
            let entry = PolicyEntry {
                step,
                policy: policy_name,
                digest,
            };
            (policy, entry)
        })
    }

    /// A policy that was kept.
    fn load(
        &self,
        context: &Context,
        settings: &Value,
        digest: &Digest,
    ) -> Result<Arc<dyn Policy>, Failure> {
        let file = self.kept().find(digest, "wasm")?;
        policy::policy(context, &file.display().to_string(), settings)
    }
}

/// The policy of a run, asked by its memories from many threads.
pub(crate) struct RunPolicy<'a> {
    context: &'a Context,
    /// As the run's configuration has them, whichever plugin decides.
    settings: Value,
    folder: PolicyFolder,
    state: Mutex<State>,
    in_force: Arc<InForce>,
}

struct State {
    ledger: Ledger<PolicyEntry>,
    /// What decides now.
    entry: PolicyEntry,
    /// The file when it was looked at last.
    seen: Look,
    /// What each used, by its first step.
    uses: BTreeMap<u64, Uses>,
}

impl<'a> RunPolicy<'a> {
    /// Puts the policy of a run in place: the one that its ledger ends with, or that of its folder where it has none.
    ///
    /// # Errors
    /// Where it will not do.
    pub(crate) fn open(context: &'a Context, run: &Path, settings: Value) -> Result<Self, Failure> {
        let folder = PolicyFolder::of(run);
        let mut ledger = Ledger::<PolicyEntry>::open(folder.ledger())?;
        let mut seen = None;
        let (policy, entry) = match ledger.entries().last().cloned() {
            Some(entry) => (folder.load(context, &settings, &entry.digest)?, entry),
            None => {
                seen = folder.look();
                let (policy, entry) = folder.wanted(context, &settings, 0)?;
                ledger.add(entry.clone())?;
                (policy, entry)
            }
        };
        let uses = folder.used()?;
        Ok(Self {
            context,
            settings,
            folder,
            state: Mutex::new(State {
                ledger,
                entry,
                seen,
                uses,
            }),
            in_force: Arc::new(InForce(RwLock::new(policy))),
        })
    }

    /// For the run's memories.
    pub(crate) fn policy(&self) -> Arc<dyn Policy> {
        Arc::clone(&self.in_force) as Arc<dyn Policy>
    }

    /// From which step which policy decided, and what it used.
    pub(crate) fn told(&self) -> Result<Vec<PolicyTold>, Failure> {
        let mut state = self.state();
        self.book(&mut state)?;
        let entries = state.ledger.entries().iter();
        let told = entries.map(|entry| PolicyTold {
            entry: entry.clone(),
            uses: state.uses.get(&entry.step).cloned().unwrap_or_default(),
        });
        Ok(told.collect())
    }

    /// Writes down what the policy in force used since the last time.
    fn book(&self, state: &mut State) -> Result<(), Failure> {
        let uses = self.in_force.take_uses();
        if uses.is_none() {
            return Ok(());
        }
        state.uses.entry(state.entry.step).or_default().add(&uses);
        let text = serde_json::to_string(&state.uses).map_err(Failure::infrastructure)?;
        write_file(&self.folder.uses(), text.as_bytes())
    }

    /// Puts the step's policy in place: as the ledger says, and beyond it what the folder asks for.
    fn begin_step(&self, step: u64) -> Result<(), Failure> {
        let mut state = self.state();
        self.book(&mut state)?;
        if !state.ledger.settles(step) {
            return self.take_in(&mut state, step);
        }
        let Some(entry) = state.ledger.at(step).filter(|at| **at != state.entry) else {
            return Ok(());
        };
        let entry = entry.clone();
        self.in_force.set(
            self.folder
                .load(self.context, &self.settings, &entry.digest)?,
        );
        state.entry = entry;
        Ok(())
    }

    /// Takes in what was put into the folder since the last look.
    fn take_in(&self, state: &mut State, step: u64) -> Result<(), Failure> {
        let look = self.folder.look();
        if state.seen == look {
            return Ok(());
        }
        let wanted = self.folder.wanted(self.context, &self.settings, step);
        // What the machine failed at is tried again before the next step; what is wrong stays so until the folder changes.
        let passing = |failure: &Failure| failure.exit == Exit::Infrastructure;
        if !wanted.as_ref().err().is_some_and(passing) {
            state.seen = look;
        }
        match wanted {
            Err(failure) => live::line(&format!(
                "step {step}: the memory policy stays as it is, since the one in the run's folder will not do: {}",
                failure.text()
            )),
            Ok((policy, entry)) if entry.digest != state.entry.digest => {
                live::line(&format!(
                    "step {step}: memory is under {} {} (was {} {})",
                    entry.policy,
                    entry.digest.short(),
                    state.entry.policy,
                    state.entry.digest.short()
                ));
                state.ledger.add(entry.clone())?;
                self.in_force.set(policy);
                state.entry = entry;
            }
            Ok(_) => {}
        }
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever policy decides now.
struct InForce(RwLock<Arc<dyn Policy>>);

impl InForce {
    fn set(&self, policy: Arc<dyn Policy>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    fn now(&self) -> Arc<dyn Policy> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Policy for InForce {
    fn admit(&self, item: &Item, neighbours: &[Candidate]) -> Result<Decision, PolicyError> {
        self.now().admit(item, neighbours)
    }

    fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, PolicyError> {
        self.now().rank(queries)
    }

    fn compose(&self, prompts: &[Prompt]) -> Result<Vec<Shown>, PolicyError> {
        self.now().compose(prompts)
    }

    fn evict(&self, occupancy: Occupancy, candidates: &[Item]) -> Result<Vec<String>, PolicyError> {
        self.now().evict(occupancy, candidates)
    }

    fn feedback(&self, item: &Item, with: f64, group: f64) -> Result<f64, PolicyError> {
        self.now().feedback(item, with, group)
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        self.now().plugins()
    }

    fn take_uses(&self) -> Uses {
        self.now().take_uses()
    }
}

/// A run's grader that also puts the memory policy of each step in place: a run tells its grader alone of its steps.
pub(crate) struct AtSteps<'a> {
    grader: &'a dyn Grader,
    policy: &'a RunPolicy<'a>,
}

impl<'a> AtSteps<'a> {
    pub(crate) fn new(grader: &'a dyn Grader, policy: &'a RunPolicy<'a>) -> Self {
        Self { grader, policy }
    }
}

impl Grader for AtSteps<'_> {
    fn grade(&self, batch: &[Submission]) -> Result<Vec<Episode>, Infrastructure> {
        self.grader.grade(batch)
    }

    fn grade_until(
        &self,
        batch: &[Submission],
        cancel: &Cancel,
    ) -> Result<Vec<Episode>, Infrastructure> {
        self.grader.grade_until(batch, cancel)
    }

    fn begin_step(&self, step: u64) -> Result<(), Infrastructure> {
        self.grader.begin_step(step)?;
        let begun = self.policy.begin_step(step);
        begun.map_err(|failure| Infrastructure::new(failure.text()))
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        self.grader.plugins()
    }

    fn executions(&self) -> u64 {
        self.grader.executions()
    }

    fn spent(&self) -> Spent {
        self.grader.spent()
    }
}
