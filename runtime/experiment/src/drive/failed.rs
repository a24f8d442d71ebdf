//! Runs that could not be made: noted in their folders, so that the report says it and processes tell each other.

use std::{fs, io, path::Path, time::SystemTime};

use super::{name_of, read, write};
use crate::{
    ExperimentError, Failed, Job, Plan, Runs,
    job::{folder, order},
};

const NOTE: &str = "failed.json";

/// What failed since this process began. What failed before is tried again.
pub(super) struct Failures {
    began: SystemTime,
    own: Vec<Failed>,
}

impl Failures {
    pub(super) fn none_yet() -> Self {
        Self {
            began: SystemTime::now(),
            own: Vec::new(),
        }
    }

    /// Whether this run failed, here or in a process beside this one.
    pub(super) fn has(&self, out: &Path, arm: &str, seed: u64) -> bool {
        let is_it = |failed: &Failed| failed.arm == arm && failed.seed == seed;
        let note = folder(out, arm, seed).join(NOTE);
        let written = fs::metadata(note).and_then(|note| note.modified());
        self.own.iter().any(is_it) || written.is_ok_and(|at| at >= self.began)
    }

    pub(super) fn note(&mut self, job: &Job, why: String) -> Result<(), ExperimentError> {
        let failed = Failed {
            arm: job.arm.clone(),
            seed: job.seed,
            why,
        };
        write(&job.folder.join(NOTE), &failed)?;
        self.own.push(failed);
        Ok(())
    }

    /// What is not there because it failed, here or beside.
    pub(super) fn all(
        &self,
        plan: &Plan,
        out: &Path,
        runs: &Runs,
    ) -> Result<Vec<Failed>, ExperimentError> {
        let mut all = failures(plan, out, runs)?;
        let is_told = |own: &&Failed| {
            let is_done = runs.contains_key(&(own.arm.clone(), own.seed));
            is_done
                || all
                    .iter()
                    .any(|known| (&known.arm, known.seed) == (&own.arm, own.seed))
        };
        let more = self.own.iter().filter(|own| !is_told(own));
        let more: Vec<Failed> = more.cloned().collect();
        all.extend(more);
        Ok(all)
    }
}

/// The runs of a plan that are not there because they could not be made, when it was last tried.
///
/// # Errors
/// Where a note cannot be read.
pub fn failures(plan: &Plan, out: &Path, runs: &Runs) -> Result<Vec<Failed>, ExperimentError> {
    let mut found = Vec::new();
    for (arm, seed) in order(plan) {
        let name = name_of(arm);
        if !runs.contains_key(&(name.to_owned(), seed)) {
            found.extend(read::<Failed>(&folder(out, name, seed).join(NOTE))?);
        }
    }
    Ok(found)
}

/// Takes away the note of a run that is made again.
pub(super) fn forget(folder: &Path) -> Result<(), ExperimentError> {
    let note = folder.join(NOTE);
    match fs::remove_file(&note) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ExperimentError::io(&note, "removing")(error))
        }
        _ => Ok(()),
    }
}
