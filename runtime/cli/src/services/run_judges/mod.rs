//! The judges of a run in training, which change while it runs.
//!
//! Between two steps the run looks at its own `judges/` folder. A change there holds from that step on, and the ledger
//! says so before the step begins; a newcomer that will not do is refused and the old judges stay. A
//! resumed run goes by the ledger as far as that goes, so its result is that of an undisturbed one.

mod folder;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use falcon_episode::{Cancel, Digest, Episode, Grader, Infrastructure, Spent, Submission};

pub(crate) use folder::Folder;
use folder::Look;
use serde::{Deserialize, Serialize};

use super::{
    Sandbox,
    ledger::{FromStep, Ledger},
};
use crate::{
    command::Context,
    failure::{Exit, Failure},
    live,
};

/// Judges from a step on, as `judges.jsonl` has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The first step that they judge, from 1; 0 for those that the run began with.
    pub(crate) step: u64,
    /// Digest of the reward file.
    pub(crate) reward: Digest,
    /// Digest of each judge, by name.
    pub(crate) judges: BTreeMap<String, Digest>,
}

impl FromStep for Entry {
    fn step(&self) -> u64 {
        self.step
    }
}

/// A grader whose judges are those of a run's folder.
pub(crate) struct RunJudges<'a> {
    context: &'a Context,
    sandbox: &'a Sandbox,
    folder: Folder,
    state: Mutex<State>,
}

struct State {
    ledger: Ledger<Entry>,
    /// What judges now.
    in_force: Entry,
    /// The folder when it was looked at last.
    seen: Option<Look>,
}

impl<'a> RunJudges<'a> {
    /// Puts the judges of a run in place: those that its ledger ends with, or those of its folder where it has none.
    ///
    /// # Errors
    /// Where they will not do.
    pub(crate) fn open(
        context: &'a Context,
        sandbox: &'a Sandbox,
        run: &Path,
    ) -> Result<Self, Failure> {
        let folder = Folder::of(run);
        let mut ledger = Ledger::<Entry>::open(folder.ledger())?;
        let mut seen = None;
        let (panel, in_force) = match ledger.entries().last().cloned() {
            Some(entry) => (folder.panel(context, &entry)?, entry),
            None => {
                seen = Some(folder.look());
                let (panel, entry) = folder.wanted(context, 0, None)?;
                ledger.add(entry.clone())?;
                (panel, entry)
            }
        };
        sandbox.replace_panel(panel);
        Ok(Self {
            context,
            sandbox,
            folder,
            state: Mutex::new(State {
                ledger,
                in_force,
                seen,
            }),
        })
    }

    /// From which step which judges made the rewards.
    pub(crate) fn ledger(&self) -> Vec<Entry> {
        self.state().ledger.entries().to_vec()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges as the ledger says.
    fn replay(&self, state: &mut State, step: u64) -> Result<(), Failure> {
        if let Some(entry) = state.ledger.at(step).filter(|at| **at != state.in_force) {
            let entry = entry.clone();
            self.sandbox
                .replace_panel(self.folder.panel(self.context, &entry)?);
            state.in_force = entry;
        }
        Ok(())
    }

    /// Takes in what was changed in the folder since the last look.
    fn look(&self, state: &mut State, step: u64) -> Result<(), Failure> {
        let look = self.folder.look();
        if state.seen.as_ref() == Some(&look) {
            return Ok(());
        }
        let wanted = self
            .folder
            .wanted(self.context, step, Some(&state.in_force));
        // What the machine failed at is tried again before the next step; what is wrong stays so until the folder changes.
        let passing = |failure: &Failure| failure.exit == Exit::Infrastructure;
        if !wanted.as_ref().err().is_some_and(passing) {
            state.seen = Some(look);
        }
        match wanted {
            Err(failure) => live::line(&format!(
                "step {step}: the judges stay as they are, since those in the run's folder will not do: {}",
                failure.text()
            )),
            Ok((panel, entry)) if !same(&entry, &state.in_force) => {
                live::line(&format!(
                    "step {step}: {}",
                    changed(&state.in_force, &entry)
                ));
                state.ledger.add(entry.clone())?;
                self.sandbox.replace_panel(panel);
                state.in_force = entry;
            }
            Ok(_) => {}
        }
        Ok(())
    }
}

impl Grader for RunJudges<'_> {
    fn grade(&self, batch: &[Submission]) -> Result<Vec<Episode>, Infrastructure> {
        self.sandbox.grader().grade(batch)
    }

    fn grade_until(
        &self,
        batch: &[Submission],
        cancel: &Cancel,
    ) -> Result<Vec<Episode>, Infrastructure> {
        self.sandbox.grader().grade_until(batch, cancel)
    }

    fn begin_step(&self, step: u64) -> Result<(), Infrastructure> {
        let mut state = self.state();
        let done = if state.ledger.settles(step) {
            self.replay(&mut state, step)
        } else {
            self.look(&mut state, step)
        };
        done.map_err(|failure| Infrastructure::new(failure.text()))
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        self.sandbox.grader().plugins()
    }

    fn executions(&self) -> u64 {
        self.sandbox.grader().executions()
    }

    fn spent(&self) -> Spent {
        self.sandbox.grader().spent()
    }
}

fn same(one: &Entry, other: &Entry) -> bool {
    (one.reward, &one.judges) == (other.reward, &other.judges)
}

/// What a change of judges is, for people.
fn changed(from: &Entry, to: &Entry) -> String {
    let mut parts = Vec::new();
    if from.reward != to.reward {
        let (old, new) = (from.reward.short(), to.reward.short());
        parts.push(format!("the reward file is {new} (was {old})"));
    }
    for (name, digest) in &to.judges {
        match from.judges.get(name) {
            Some(old) if old == digest => {}
            Some(old) => parts.push(format!(
                "{name} is {} (was {})",
                digest.short(),
                old.short()
            )),
            None => parts.push(format!("{name} {} is new", digest.short())),
        }
    }
    let gone = from
        .judges
        .keys()
        .filter(|name| !to.judges.contains_key(*name));
    parts.extend(gone.map(|name| format!("{name} judges no more")));
    parts.join(", ")
}
