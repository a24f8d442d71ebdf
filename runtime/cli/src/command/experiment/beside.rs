//! Processes that make runs of the same experiment beside this one.
//!
//! Each is this command once more. They share nothing but the experiment's folder, where every run is made by
//! the one that holds its lock. The first process alone writes the report. The others hold the reading end of a
//! pipe from it and stop when the pipe ends, so none outlives it, however it ends.

use std::{
    env, io,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::failure::{Failure, OrFail as _};

/// Set for a process that was started here.
const ONE: &str = "FALCON_EXPERIMENT_BESIDE";

/// Whether this process was started to make runs beside another.
pub(super) fn is_one() -> bool {
    env::var_os(ONE).is_some()
}

/// Has such a process stop when the first one lets go of it.
pub(super) fn stop_with_the_first(cancel: &Arc<AtomicBool>) {
    let cancel = Arc::clone(cancel);
    thread::spawn(move || {
        // Nothing is ever written: this ends when the pipe does.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        cancel.store(true, Ordering::SeqCst);
    });
}

/// The processes beside this one. They are told to stop, and waited for, when it is dropped.
pub(super) struct Beside(Vec<Child>);

impl Beside {
    /// Starts what is missing to so many processes.
    pub(super) fn start(jobs: u16) -> Result<Self, Failure> {
        let mut beside = Self(Vec::new());
        let falcon = env::current_exe().or_infrastructure("cannot find falcon's own file")?;
        for _ in 1..jobs {
            let child = Command::new(&falcon)
                .args(env::args_os().skip(1))
                .env(ONE, "1")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn();
            let child = child.or_infrastructure("cannot start a process beside this one")?;
            beside.0.push(child);
        }
        Ok(beside)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        for child in &mut self.0 {
            drop(child.stdin.take());
        }
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}
