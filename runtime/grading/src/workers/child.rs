//! The worker's own side: reads work, runs it, answers, until its parent is gone.

use std::{
    fs::File,
    io,
    os::fd::AsFd,
    path::{Path, PathBuf},
    thread,
};

use falcon_episode::Cancel;
use falcon_host::{
    CompiledCache, Loader,
    language::{self, LanguageError, Within},
    stack,
};

use super::{
    InForce,
    answer::{Done, Started},
    frame::{MAX_WORK, receive, send},
    lockdown,
    request::{Setup, Task, Work},
};
use crate::{Language, execute};

/// Serves a parent on standard input and output, until the parent is gone. What the program that
/// [`WorkerCommand`](super::WorkerCommand) names does first of all, while it has one thread.
///
/// # Errors
/// Where the parent cannot be read or answered.
pub fn serve() -> io::Result<()> {
    close_inherited();
    let mut from = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let Some(setup) = receive::<Setup>(&mut from, MAX_WORK)? else {
        return Ok(());
    };
    let nowhere = File::options().write(true).open("/dev/null")?;
    let mut in_force = InForce::default();
    let readable = readable(&setup);
    let readable: Vec<_> = readable.iter().map(PathBuf::as_path).collect();
    lockdown::early(&readable, &mut in_force);
    // What runs programs needs a large stack, which the first thread does not have.
    thread::Builder::new()
        .name("falcon-worker".to_owned())
        .stack_size(stack::THREAD)
        .spawn(move || {
            stack::is_ample();
            work(&setup, in_force, nowhere, &mut from, &mut to)
        })?
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn work(
    setup: &Setup,
    mut in_force: InForce,
    nowhere: File,
    from: &mut File,
    to: &mut File,
) -> io::Result<()> {
    let languages = match load(setup) {
        Ok(languages) => languages,
        Err(why) => return send(to, &Started::Failed(why)),
    };
    language::prepare();
    // What could be said from here on would be a program's words on the operator's terminal.
    nix::unistd::dup2_stderr(nowhere)?;
    lockdown::late(&mut in_force);
    send(to, &Started::Ready(in_force))?;
    languages.iter().for_each(|language| language.pack.seal());
    loop {
        let work = match receive::<Work<'_>>(from, MAX_WORK) {
            Ok(Some(work)) => work,
            Ok(None) => return Ok(()),
            Err(error) => {
                let why =
                    format!("the worker process cannot read the program and its tests: {error}");
                return send(to, &Done::Failed(why));
            }
        };
        if work.instead {
            languages.iter().for_each(|language| language.pack.forget());
        }
        let done = match languages.get(work.pack) {
            Some(language) => {
                done(language, work).unwrap_or_else(|error| Done::Failed(error.to_string()))
            }
            None => Done::Failed(format!("this worker has no pack {}", work.pack)),
        };
        send(to, &done)?;
        if matches!(done, Done::Failed(_)) {
            return Ok(());
        }
    }
}

/// What the operator's shell, or whoever started the parent, left open is none of a worker's.
fn close_inherited() {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for file in open.into_iter().filter(|file| *file > 2) {
        // One of them was the folder's own, and is closed already.
        let _ = nix::unistd::close(file);
    }
}

fn done(language: &Language, work: Work<'_>) -> Result<Done, LanguageError> {
    let (pack, limits) = (&language.pack, &work.limits);
    pack.take(work.prepared);
    Ok(match &work.task {
        Task::Execute(submission) => Done::Executed(execute(pack, submission, limits)?),
        Task::Run(whole) => {
            // Its parent kills the process.
            let within = Within {
                limits,
                files: &whole.files,
                cancel: &Cancel::never(),
            };
            Done::Ran(pack.run_program(&whole.source, &whole.arguments, &whole.stdin, within)?)
        }
    })
}

/// What loading reads: the packs, their compiled code, and what the engine asks the kernel of itself.
fn readable(setup: &Setup) -> Vec<PathBuf> {
    let packs = setup.packs.iter().map(|(path, _)| path.clone());
    let cache = CompiledCache::of_user().ok();
    packs
        .chain(cache.map(|cache| cache.folder().to_owned()))
        .chain(["/proc/self", "/proc/swaps"].map(PathBuf::from))
        .filter(|path| Path::exists(path))
        .collect()
}

fn load(setup: &Setup) -> Result<Vec<Language>, String> {
    let loader = Loader::new().map_err(|error| error.to_string())?;
    setup
        .packs
        .iter()
        .map(|(path, digest)| {
            let plugin = loader.load(path).map_err(|error| error.to_string())?;
            if plugin.id().digest != *digest {
                return Err(format!(
                    "{} was {digest} when this began and is {} now",
                    path.display(),
                    plugin.id()
                ));
            }
            Language::of(&plugin).map_err(|error| error.to_string())
        })
        .collect()
}
