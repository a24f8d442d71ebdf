//! `falcon train`: one run or several seeds, watched, with a report at the end.

mod folder;
mod result;
mod seeds;

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use falcon_train::{Config, Event, Observer, RunReport, Services, Start};

use super::Context;
use crate::{
    cli::{self, Phase},
    failure::{Exit, Failure, Outcome},
    live,
    services::{Asked, Memories, Sandbox},
    stop,
};

/// What every run of this process shares.
struct Session<'a> {
    context: &'a Context,
    sandbox: Sandbox,
    cancel: &'a AtomicBool,
    command: String,
}

/// How one run ended.
enum Ended {
    Finished(Box<RunReport>),
    Stopped,
}

pub(super) fn run(context: &Context, options: cli::Train) -> Outcome {
    let flag = stop::on_signal()?;
    let session = |context| {
        let sandbox = Sandbox::open(context, Asked::default())?;
        Ok::<_, Failure>(Session {
            context,
            sandbox,
            cancel: &flag,
            command: folder::command_line(),
        })
    };
    if let Some(folder) = &options.resume {
        folder::check_run(folder)?;
        let session = session(context)?;
        return match seeds::Plan::read(folder)? {
            Some(plan) => seeds::run(&session, folder, &plan),
            None => single(&session, folder, None),
        };
    }
    let config = configuration(&options)?;
    let phase = match options.phase {
        Phase::All => falcon_train::Phase::All,
        Phase::WarmStart => falcon_train::Phase::WarmStart,
    };
    let out = match options.out {
        Some(out) => out,
        None => folder::free(&config.name, options.seed)?,
    };
    folder::check_free(&out)?;
    if let Some(count) = options.seeds {
        let plan = seeds::Plan::new(&config, options.seed, count, phase, options.warm_start);
        return seeds::run(&session(context)?, &out, &plan);
    }
    let start = Start {
        config,
        seed: options.seed,
        phase,
        warm_start: options.warm_start,
    };
    single(&session(context)?, &out, Some(start))
}

/// One run from its start, or from where it stands.
fn single(session: &Session<'_>, out: &Path, start: Option<Start>) -> Outcome {
    let Ended::Finished(report) = session.run(out, start)? else {
        return Ok(Exit::No);
    };
    result::tell(session.context, out, &report)?;
    Ok(Exit::Done)
}

impl Session<'_> {
    /// Trains in a folder and writes the report's page beside its numbers.
    fn run(&self, out: &Path, start: Option<Start>) -> Result<Ended, Failure> {
        live::line(&match &start {
            Some(start) => format!(
                "training {} with seed {} in {}",
                start.config.name,
                start.seed,
                out.display()
            ),
            None => format!("going on in {}", out.display()),
        });
        let memories = Memories::new(self.context, out.join("memory"))?;
        let mut view = live::view(self.context.json);
        let mut observer = Remember {
            view: &mut *view,
            out,
            command: Some(&self.command),
        };
        let services = Services {
            grader: self.sandbox.grader(),
            memories: &memories,
            observer: &mut observer,
            cancel: self.cancel,
        };
        let outcome = match start {
            Some(start) => falcon_train::train(start, out, services),
            None => falcon_train::resume(out, services),
        };
        drop(view);
        match outcome.map_err(|error| failure(error, out))? {
            falcon_train::Outcome::Finished(report) => {
                result::write(out, &report)?;
                Ok(Ended::Finished(report))
            }
            falcon_train::Outcome::Stopped { phase, step, .. } => {
                live::line(&format!(
                    "stopped in {phase} after step {step}; nothing is lost"
                ));
                live::line(&format!(
                    "go on with: falcon train --resume {}",
                    folder::quoted(out)
                ));
                Ok(Ended::Stopped)
            }
        }
    }
}

/// Passes events on, and keeps the command of a run that has really begun.
struct Remember<'a> {
    view: &'a mut dyn Observer,
    out: &'a Path,
    command: Option<&'a str>,
}

impl Observer for Remember<'_> {
    fn event(&mut self, event: &Event) {
        if let Some(command) = self.command.take() {
            folder::remember_command(self.out, command);
        }
        self.view.event(event);
    }
}

fn configuration(options: &cli::Train) -> Result<Config, Failure> {
    let mut config = match &options.config {
        Some(path) => Config::load(path).map_err(|error| failure(error, path))?,
        None => Config::quick(),
    };
    if let Some(steps) = options.steps {
        config.rl.steps = steps as usize;
    }
    Ok(config)
}

/// A training error with its exit code and what to do.
fn failure(error: falcon_train::TrainError, place: &Path) -> Failure {
    let resumable = matches!(error, falcon_train::TrainError::Infrastructure { .. })
        && folder::has_checkpoint(place);
    let failure = match error {
        falcon_train::TrainError::Io {
            path,
            doing,
            source,
        } => Failure::file(source, format!("{}: {doing}", path.display())),
        error if error.exit_code() == 2 => Failure::usage(error),
        error => Failure::infrastructure(error),
    };
    if resumable {
        let place = folder::quoted(place);
        return failure.hint(format!(
            "when that is mended, go on with: falcon train --resume {place}"
        ));
    }
    failure
}

/// Folder names that people see.
fn shown(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
