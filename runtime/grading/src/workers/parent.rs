//! The parent's side: starts workers, hands them programs, replaces them.

use std::{
    borrow::Cow,
    ffi::OsString,
    io::{self, Read},
    os::{fd::AsFd as _, unix::process::CommandExt as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use falcon_episode::{Cancel, Digest, Submission};
use falcon_host::language::Limits;

use super::{
    InForce,
    answer::{Done, Started},
    frame::{MAX_ANSWER, receive, send},
    request::{Setup, Work},
};
use crate::execution::Execution;

/// The program that is a worker: it calls [`serve`](super::serve) before anything else.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Programs after which a worker is replaced.
    pub recycle: u64,
}

/// Why a worker gave no outcome: a fault of ours, or the request was taken back.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The process could not be made.
    #[error("a worker process could not be started ({program}): {error}")]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The process said why it cannot work.
    #[error("a worker process cannot load what it needs: {0}")]
    Load(String),
    /// The process ended while it held the program.
    #[error("the worker process that ran the program ended ({0})")]
    Died(String),
    /// The process did not answer within twice the time after which it ends a program itself.
    #[error("the worker process that ran the program did not answer for {} s", .0.as_secs())]
    Silent(Duration),
    /// The sandbox in the process failed.
    #[error("{0}")]
    Sandbox(String),
    /// The request was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Worker processes that wait for work. Each thread that grades takes one for each program.
pub(crate) struct Workers {
    command: WorkerCommand,
    packs: Vec<(PathBuf, Digest)>,
    idle: Mutex<Vec<Worker>>,
}

impl Workers {
    /// Starts so many workers; each is ready some time later.
    pub(crate) fn start(
        command: WorkerCommand,
        packs: Vec<(PathBuf, Digest)>,
        count: usize,
    ) -> Result<Self, WorkerError> {
        let workers = Self {
            command,
            packs,
            idle: Mutex::default(),
        };
        for _ in 0..count {
            let worker = workers.spawn()?;
            workers.idle().push(worker);
        }
        Ok(workers)
    }

    /// What holds the workers.
    pub(crate) fn in_force(&self) -> Result<InForce, WorkerError> {
        let mut worker = self.take()?;
        let in_force = worker.ready()?.clone();
        self.idle().push(worker);
        Ok(in_force)
    }

    /// Runs one program in a worker.
    pub(crate) fn execute(
        &self,
        pack: usize,
        submission: &Submission,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<Execution, WorkerError> {
        let work = Work {
            pack,
            submission: Cow::Borrowed(submission),
            limits: Cow::Borrowed(limits),
        };
        // On any error the worker is dropped, which kills it.
        let mut worker = self.taking(&work)?;
        let done = worker.answer(patience(limits), cancel)?;
        worker.done += 1;
        match done {
            Done::Ran(execution) => {
                if worker.done < self.command.recycle {
                    self.idle().push(worker);
                } else {
                    // Started before it is needed, so that no program waits for it.
                    drop(worker);
                    let fresh = self.spawn()?;
                    self.idle().push(fresh);
                }
                Ok(execution)
            }
            Done::Failed(why) => Err(WorkerError::Sandbox(why)),
        }
    }

    /// A worker that was sent the work. One that died while it waited held no program, so that costs
    /// nothing but another one.
    fn taking(&self, work: &Work<'_>) -> Result<Worker, WorkerError> {
        loop {
            let mut worker = self.take()?;
            worker.ready()?;
            match send(&mut worker.to, work) {
                Ok(()) => return Ok(worker),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                Err(error) => {
                    let why = format!("the program cannot be sent to a worker process: {error}");
                    return Err(WorkerError::Sandbox(why));
                }
            }
        }
    }

    fn take(&self) -> Result<Worker, WorkerError> {
        let waiting = self.idle().pop();
        waiting.map_or_else(|| self.spawn(), Ok)
    }

    fn spawn(&self) -> Result<Worker, WorkerError> {
        Worker::spawn(&self.command, &self.packs).map_err(|error| WorkerError::Start {
            program: self.command.program.clone(),
            error,
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Twice what the worker's own clock allows a program and its tests, and time to answer.
fn patience(limits: &Limits) -> Duration {
    falcon_host::Engine::time(limits.epochs.saturating_mul(4)) + Duration::from_secs(10)
}

/// Time that a worker has to load its packs: compiling the largest anew takes a minute.
const START: Duration = Duration::from_secs(300);

/// One process. Dropping it kills it.
struct Worker {
    process: Child,
    to: ChildStdin,
    from: ChildStdout,
    in_force: Option<InForce>,
    /// Programs run.
    done: u64,
}

impl Worker {
    fn spawn(command: &WorkerCommand, packs: &[(PathBuf, Digest)]) -> io::Result<Self> {
        let mut process = Command::new(&command.program);
        process
            .args(&command.arguments)
            .env_clear()
            // A signal from the terminal is the parent's to answer.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // Where compiled code is kept, and nothing else of what this process knows.
        for name in ["FALCON_CACHE", "XDG_CACHE_HOME", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                process.env(name, value);
            }
        }
        let mut process = process.spawn()?;
        let (Some(mut to), Some(from)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::Error::other("the process has no pipes"));
        };
        let setup = Setup {
            packs: packs.to_vec(),
        };
        // One that is gone already is met when its answer is read.
        let _ = send(&mut to, &setup);
        Ok(Self {
            process,
            to,
            from,
            in_force: None,
            done: 0,
        })
    }

    /// Waits until it takes work.
    fn ready(&mut self) -> Result<&InForce, WorkerError> {
        if self.in_force.is_none() {
            match self.answer(START, &Cancel::never())? {
                Started::Ready(in_force) => self.in_force = Some(in_force),
                Started::Failed(why) => return Err(WorkerError::Load(why)),
            }
        }
        let held = self.in_force.as_ref();
        held.ok_or_else(|| WorkerError::Load("it is not ready".to_owned()))
    }

    fn answer<T: serde::de::DeserializeOwned>(
        &mut self,
        patience: Duration,
        cancel: &Cancel,
    ) -> Result<T, WorkerError> {
        let mut patient = Patient {
            from: &mut self.from,
            until: Instant::now() + patience,
            cancel,
        };
        match receive(&mut patient, MAX_ANSWER) {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(self.died()),
            Err(error) => Err(match error.kind() {
                io::ErrorKind::ConnectionAborted => WorkerError::Cancelled,
                io::ErrorKind::TimedOut => WorkerError::Silent(patience),
                io::ErrorKind::UnexpectedEof => self.died(),
                _ => WorkerError::Died(error.to_string()),
            }),
        }
    }

    /// How it ended.
    fn died(&mut self) -> WorkerError {
        // It has closed its pipe; what it is doing now, if anything, is of no use.
        let _ = self.process.kill();
        let how = match self.process.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        WorkerError::Died(how)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How soon a cancelled request is noticed.
const LOOK: Duration = Duration::from_millis(10);

/// Reads what comes until the time is over or the request is cancelled.
struct Patient<'a> {
    from: &'a mut ChildStdout,
    until: Instant,
    cancel: &'a Cancel,
}

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        loop {
            if self.cancel.is_cancelled() {
                // Not `Interrupted`, after which readers try again.
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let look = if self.cancel.can_be() {
                left.min(LOOK)
            } else {
                left
            };
            let timeout = PollTimeout::try_from(look).unwrap_or(PollTimeout::MAX);
            let mut watched = [PollFd::new(self.from.as_fd(), PollFlags::POLLIN)];
            match poll(&mut watched, timeout) {
                Ok(0) | Err(nix::errno::Errno::EINTR) => {}
                Ok(_) => return self.from.read(buffer),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
