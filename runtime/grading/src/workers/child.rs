//! The worker's own side: reads work, runs it, answers, until its parent is gone.

use std::{
    fs::File,
    io,
    os::fd::AsFd,
    path::{Path, PathBuf},
    thread,
};

use falcon_host::{CompiledCache, Loader, language, stack};

use super::{
    InForce,
    answer::{Done, Started},
    frame::{MAX_REQUEST, receive, send},
    lockdown,
    request::{Setup, Work},
};
use crate::{Language, execute};

/// Serves a parent on standard input and output, until the parent is gone. What the program that
/// [`WorkerCommand`](super::WorkerCommand) names does first of all, while it has one thread.
///
/// # Errors
/// Where the parent cannot be read or answered.
pub fn serve() -> io::Result<()> {
    let mut from = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut to = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let Some(setup) = receive::<Setup>(&mut from, MAX_REQUEST)? else {
        return Ok(());
    };
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
            work(&setup, in_force, &mut from, &mut to)
        })?
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn work(setup: &Setup, mut in_force: InForce, from: &mut File, to: &mut File) -> io::Result<()> {
    let languages = match load(setup) {
        Ok(languages) => languages,
        Err(why) => return send(to, &Started::Failed(why)),
    };
    language::prepare();
    lockdown::late(&mut in_force);
    send(to, &Started::Ready(in_force))?;
    while let Some(work) = receive::<Work<'_>>(from, MAX_REQUEST)? {
        let done = match languages.get(work.pack) {
            Some(language) => match execute(&language.pack, &work.submission, &work.limits) {
                Ok(execution) => Done::Ran(execution),
                Err(error) => Done::Failed(error.to_string()),
            },
            None => Done::Failed(format!("this worker has no pack {}", work.pack)),
        };
        send(to, &done)?;
        if matches!(done, Done::Failed(_)) {
            break;
        }
    }
    Ok(())
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
