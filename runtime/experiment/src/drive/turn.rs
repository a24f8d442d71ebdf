//! Which run a process makes next, beside others that do the same.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    path::Path,
};

use super::{failed::Failures, name_of, setting_of};
use crate::{Arm, ExperimentError, From, Plan, Runs, Setting, WARM_START, job::folder};

/// What there is to do.
pub(super) enum Turn {
    /// To make a run.
    Make(Taken),
    /// To wait for runs that other processes are at.
    Wait,
    /// Nothing: what is left failed, or needs something that did.
    Nothing,
}

/// A run that this process is to make.
pub(super) struct Taken {
    /// Its place among those that are left.
    pub(super) at: usize,
    /// Runs before it that other processes are at.
    pub(super) beside: usize,
    /// Held while it is made; a process that ends, in whatever way, lets go of it.
    _lock: File,
}

/// The first run that no other process is at, and that needs none which is not done.
pub(super) fn turn(
    plan: &Plan,
    out: &Path,
    todo: &[(Option<&Arm>, u64)],
    runs: &Runs,
    failures: &Failures,
) -> Result<Turn, ExperimentError> {
    let mut beside = 0;
    let mut waits = false;
    // What a run needs stands before it, so one look at each is enough.
    let mut lost: BTreeSet<(&str, u64)> = BTreeSet::new();
    for (at, (arm, seed)) in todo.iter().copied().enumerate() {
        let name = name_of(arm);
        let needs = needs(setting_of(plan, arm), arm);
        let is_lost = |need: &&str| lost.contains(&(*need, seed));
        if failures.has(out, name, seed) || needs.iter().any(is_lost) {
            lost.insert((name, seed));
            continue;
        }
        let is_done = |name: &str| runs.contains_key(&(name.to_owned(), seed));
        if !needs.into_iter().all(is_done) {
            waits = true;
            continue;
        }
        let path = folder(out, name, seed).join("job.lock");
        let lock = lock_file(&path)?;
        match lock.try_lock() {
            Ok(()) => {
                return Ok(Turn::Make(Taken {
                    at,
                    beside,
                    _lock: lock,
                }));
            }
            Err(TryLockError::WouldBlock) => {
                beside += 1;
                waits = true;
            }
            Err(TryLockError::Error(error)) => {
                return Err(ExperimentError::io(&path, "locking")(error));
            }
        }
    }
    Ok(if waits { Turn::Wait } else { Turn::Nothing })
}

/// Runs of the same seed that must be done before this one: what it starts from, and what its compute goes by.
fn needs<'a>(setting: &'a Setting, arm: Option<&Arm>) -> Vec<&'a str> {
    let from = source(setting, arm.is_none());
    from.into_iter().chain(setting.compute.as_deref()).collect()
}

/// The run whose model it starts from.
pub(super) fn source(setting: &Setting, is_warm_start: bool) -> Option<&str> {
    match &setting.from {
        From::Own => None,
        _ if is_warm_start => None,
        From::WarmStart => Some(WARM_START),
        From::Arm(other) => Some(other),
    }
}

pub(super) fn lock_file(path: &Path) -> Result<File, ExperimentError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(ExperimentError::io(parent, "making the folder"))?;
    let opened = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path);
    opened.map_err(ExperimentError::io(path, "opening"))
}
