//! The parent's side: starts workers, hands them programs, replaces them.

use std::{
    borrow::Cow,
    collections::HashSet,
    ffi::OsString,
    io::{self, Read, Write},
    os::{fd::AsFd, unix::process::CommandExt as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use falcon_episode::{Cancel, Digest, Submission, Tests};
use falcon_host::language::{LanguagePack, Limits, Prepared};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};

use super::{
    InForce, ProgramRun,
    answer::{Done, Started},
    frame::{MAX_ANSWER, receive, send},
    request::{Setup, Task, WholeProgram, Work},
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
    /// Processes ended before they took the program.
    #[error("worker processes end before they take a program ({0}); is something killing them?")]
    Unready(String),
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
pub struct Workers {
    command: WorkerCommand,
    packs: Vec<(PathBuf, Digest)>,
    idle: Mutex<Vec<Worker>>,
}

impl Workers {
    /// Starts so many workers; each is ready some time later.
    ///
    /// # Arguments
    /// - `packs`: the language packs' files, with the digests that they must have.
    ///
    /// # Errors
    /// Where a process cannot be made.
    pub fn start(
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
    ///
    /// # Errors
    /// Where no worker gets ready.
    pub fn in_force(&self) -> Result<InForce, WorkerError> {
        let worker = self.taking(None, &Cancel::never())?;
        let in_force = worker.in_force.clone().unwrap_or_default();
        self.idle().push(worker);
        Ok(in_force)
    }

    /// Runs a program against its tests in a worker.
    ///
    /// # Arguments
    /// - `at`: the place of its language pack among those that the workers were started with.
    /// - `pack`: that pack in this process, which prepares what workers cannot keep.
    ///
    /// # Errors
    /// A fault of ours, or that the request was cancelled.
    pub fn execute(
        &self,
        (at, pack): (usize, &LanguagePack),
        submission: &Submission,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<Execution, WorkerError> {
        let task = Task::Execute(Cow::Borrowed(submission));
        // Where that fails here it fails there, with the reason, or is taken back there too.
        let prepared = pack.prepare(&submission.program, Some(&submission.tests), cancel);
        match self.done((at, prepared.unwrap_or_default()), task, limits, cancel)? {
            Done::Executed(execution) if fits(&execution, &submission.tests) => Ok(execution),
            Done::Executed(_) => Err(unasked("outcomes of other tests")),
            Done::Ran(_) => Err(unasked("a run")),
            Done::Failed(why) => Err(WorkerError::Sandbox(why)),
        }
    }

    /// Runs a whole program in a worker.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn run(
        &self,
        (at, pack): (usize, &LanguagePack),
        program: &WholeProgram,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<ProgramRun, WorkerError> {
        let task = Task::Run(Cow::Borrowed(program));
        let prepared = pack.prepare(&program.source, None, cancel);
        match self.done((at, prepared.unwrap_or_default()), task, limits, cancel)? {
            Done::Ran(run) => Ok(run),
            Done::Executed(_) => Err(unasked("an execution")),
            Done::Failed(why) => Err(WorkerError::Sandbox(why)),
        }
    }

    fn done(
        &self,
        (pack, prepared): (usize, Vec<Prepared>),
        task: Task<'_>,
        limits: &Limits,
        cancel: &Cancel,
    ) -> Result<Done, WorkerError> {
        if cancel.is_cancelled() {
            // While it was prepared: no worker has to end for it.
            return Err(WorkerError::Cancelled);
        }
        let mut work = Work {
            pack,
            task,
            limits: Cow::Borrowed(limits),
            prepared: Vec::new(),
            instead: false,
        };
        // On any error the worker is dropped, which kills it.
        let mut worker = self.taking(Some((&mut work, &prepared)), cancel)?;
        let done = worker.answer(patience(limits), cancel)?;
        worker.done += 1;
        if matches!(done, Done::Failed(_)) {
            return Ok(done);
        }
        if worker.done < self.command.recycle {
            self.idle().push(worker);
        } else {
            drop(worker);
            // Started before it is needed, so that no program waits for it. Where that fails, it is tried
            // again when it is.
            if let Ok(fresh) = self.spawn() {
                self.idle().push(fresh);
            }
        }
        Ok(done)
    }

    /// A worker that is ready and was sent the work. One that died before it took the work held no
    /// program, so that costs nothing but another one; a few times, since something may be killing them all.
    fn taking(
        &self,
        mut work: Option<(&mut Work<'_>, &[Prepared])>,
        cancel: &Cancel,
    ) -> Result<Worker, WorkerError> {
        const TRIES: u32 = 5;
        let mut last = None;
        for _ in 0..TRIES {
            let mut worker = self.take()?;
            let ready = worker.ready(cancel);
            let sent = ready.and_then(|()| match &mut work {
                Some((work, prepared)) => {
                    (work.prepared, work.instead) = worker.sent.lacks(prepared);
                    worker.send(work, cancel)
                }
                None => Ok(()),
            });
            match sent {
                Ok(()) => return Ok(worker),
                Err(WorkerError::Died(how)) => last = Some(how),
                Err(error) => return Err(error),
            }
        }
        Err(WorkerError::Unready(last.unwrap_or_default()))
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

/// A worker that answers what it was not asked has been taken over or is another version's.
fn unasked(what: &str) -> WorkerError {
    WorkerError::Sandbox(format!(
        "the worker process answered with {what}, which it was not asked for"
    ))
}

/// Whether these can be the outcomes of these tests.
fn fits(execution: &Execution, tests: &Tests) -> bool {
    /// Tests of a test program; of the other forms the number is known.
    const MOST: usize = 200_000;
    let count = execution.tests.len();
    match tests {
        Tests::Calls { calls, .. } => count == calls.len(),
        Tests::Stdio(runs) => count == runs.len(),
        Tests::Harness(_) => count <= MOST,
    }
}

/// Twice what the worker's own clock allows a program and its tests, and time to answer.
fn patience(limits: &Limits) -> Duration {
    falcon_host::Engine::time(limits.epochs.saturating_mul(4)) + Duration::from_secs(10)
}

/// Time that a worker has to load its packs: compiling the largest anew takes a minute.
const START: Duration = Duration::from_secs(300);

/// Time that a ready worker has to take a program: it does nothing else.
const SENDING: Duration = Duration::from_secs(60);

/// One process. Dropping it kills it.
struct Worker {
    process: Child,
    to: ChildStdin,
    from: ChildStdout,
    in_force: Option<InForce>,
    /// Programs run.
    done: u64,
    sent: Sent,
}

/// What a worker was sent for its packs and keeps, so that it is sent once.
#[derive(Default)]
struct Sent {
    keys: HashSet<Digest>,
    bytes: usize,
}

/// Most of it, in bytes: less than a pack keeps, so that none is dropped unknown to the parent.
const SENT: usize = 160 << 20;

impl Sent {
    /// What of this is still to be sent, and whether it takes the place of all before, since there would be too much.
    fn lacks(&mut self, prepared: &[Prepared]) -> (Vec<Prepared>, bool) {
        let size = |some: &[Prepared]| some.iter().map(Prepared::size).sum::<usize>();
        let mut wanted = prepared.to_vec();
        wanted.retain(|one| !self.keys.contains(&one.key()));
        let instead = self.bytes + size(&wanted) > SENT;
        if instead {
            *self = Self::default();
            wanted = prepared.to_vec();
        }
        self.bytes += size(&wanted);
        self.keys.extend(wanted.iter().map(Prepared::key));
        (wanted, instead)
    }
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
        // From here on writing waits no longer than the request.
        nix::fcntl::fcntl(
            &to,
            nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_NONBLOCK),
        )?;
        Ok(Self {
            process,
            to,
            from,
            in_force: None,
            done: 0,
            sent: Sent::default(),
        })
    }

    /// Waits until it takes work.
    fn ready(&mut self, cancel: &Cancel) -> Result<(), WorkerError> {
        if self.in_force.is_none() {
            match self.answer(START, cancel)? {
                Started::Ready(in_force) => self.in_force = Some(in_force),
                Started::Failed(why) => return Err(WorkerError::Load(why)),
            }
        }
        Ok(())
    }

    fn send(&mut self, work: &Work<'_>, cancel: &Cancel) -> Result<(), WorkerError> {
        let mut patient = Patient {
            pipe: &mut self.to,
            until: Instant::now() + SENDING,
            cancel,
        };
        send(&mut patient, work).map_err(|error| self.failed(&error, SENDING))
    }

    fn answer<T: serde::de::DeserializeOwned>(
        &mut self,
        patience: Duration,
        cancel: &Cancel,
    ) -> Result<T, WorkerError> {
        let mut patient = Patient {
            pipe: &mut self.from,
            until: Instant::now() + patience,
            cancel,
        };
        match receive(&mut patient, MAX_ANSWER) {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(self.died()),
            Err(error) => Err(self.failed(&error, patience)),
        }
    }

    /// What an error of its pipes says of it.
    fn failed(&mut self, error: &io::Error, patience: Duration) -> WorkerError {
        match error.kind() {
            io::ErrorKind::ConnectionAborted => WorkerError::Cancelled,
            io::ErrorKind::TimedOut => WorkerError::Silent(patience),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => self.died(),
            _ => WorkerError::Sandbox(format!("the worker process cannot be spoken to: {error}")),
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

/// Reads or writes until the time is over or the request is cancelled.
struct Patient<'a, P> {
    pipe: &'a mut P,
    until: Instant,
    cancel: &'a Cancel,
}

impl<P: AsFd> Patient<'_, P> {
    /// Waits until the pipe takes or gives something, or its other side is gone.
    fn wait(&self, what: PollFlags) -> io::Result<()> {
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
            match poll(&mut [PollFd::new(self.pipe.as_fd(), what)], timeout) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Read for Patient<'_, ChildStdout> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wait(PollFlags::POLLIN)?;
        self.pipe.read(buffer)
    }
}

impl Write for Patient<'_, ChildStdin> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.wait(PollFlags::POLLOUT)?;
            match self.pipe.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
