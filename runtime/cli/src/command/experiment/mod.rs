//! `falcon experiment`: arms under several seeds, and what they answer.

mod beside;
mod recipes;
mod write;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool, atomic::Ordering},
    thread,
    time::Duration,
};

use anyhow::anyhow;
use falcon_experiment::{Driven, ExperimentError, Failed, PRESETS, Plan, Preset, drive, load};

use self::{beside::Beside, recipes::Known};
use super::{
    Context,
    train::{Arms, command_line},
};
use crate::{
    cli::{self, RunExperiment},
    failure::{Exit, Failure, Outcome},
    live,
    output::Output,
    stop,
};

pub(super) fn run(context: &Context, options: cli::Experiment) -> Outcome {
    match options {
        cli::Experiment::Run(options) => go(context, &options),
        cli::Experiment::Report { folder } => report(context, &folder),
        cli::Experiment::Show { preset } => {
            let preset = Preset::named(&preset).ok_or_else(|| no_preset(&preset))?;
            let mut output = Output::stdout();
            output.text(preset.text)?;
            output.finish()?;
            Ok(Exit::Done)
        }
    }
}

fn go(context: &Context, options: &RunExperiment) -> Outcome {
    let (text, origin) = file(&options.file)?;
    let known = Known::new(context, &origin);
    let plan = Plan::parse(&text, &origin, &known)?;
    let out = match &options.out {
        Some(out) => out.clone(),
        None => Path::new("runs").join(&plan.name),
    };
    check_folder(&out)?;
    let cancel = stop::on_signal()?;
    let time_is_up = Arc::new(AtomicBool::new(false));
    if let Some(time) = options.time {
        stop_after(time.0, &cancel, &time_is_up);
    }
    if beside::is_one() {
        beside::stop_with_the_first(&cancel);
        let mut arms = Arms::open(context, &cancel, true)?;
        drive(&plan, &out, &known, &mut arms)?;
        return Ok(Exit::Done);
    }
    write::keep_command(&out, &command_line())?;
    let beside = Beside::start(options.jobs)?;
    let mut arms = Arms::open(context, &cancel, options.jobs > 1)?;
    let driven = drive(&plan, &out, &known, &mut arms)?;
    drop(beside);
    let failed = match driven {
        Driven::Finished => None,
        Driven::Failed(failed) => Some(failed),
        Driven::Stopped { arm, seed } => {
            let why = if time_is_up.load(Ordering::SeqCst) {
                "the time is up"
            } else {
                "stopped"
            };
            live::line(&format!(
                "{why} in {arm}, seed {seed}; nothing is lost, the same command goes on"
            ));
            return Ok(Exit::Stopped);
        }
    };
    let (plan, runs) = load(&out, &arms)?;
    write::write(context, &out, &plan, &runs)?;
    failed.map_or(Ok(Exit::Done), |failed| Err(not_made(&failed)))
}

/// What is told at the end of an experiment that some runs are missing from, after its report.
fn not_made(failed: &[Failed]) -> Failure {
    let told: Vec<String> = failed
        .iter()
        .map(|run| format!("{}, seed {}: {}", run.arm, run.seed, run.why))
        .collect();
    let failure = Failure::infrastructure(anyhow!(
        "{} runs could not be made, and the report is without them and what needs them: {}",
        failed.len(),
        told.join("; ")
    ));
    failure
        .hint("the same command tries them again, each from its last checkpoint")
        .hint("a run's folder that is taken away is made anew")
}

fn report(context: &Context, folder: &Path) -> Outcome {
    let (plan, runs) = load(folder, &write::Finished)?;
    write::write(context, folder, &plan, &runs)?;
    Ok(Exit::Done)
}

/// The text of an experiment, and what errors call it.
fn file(asked: &str) -> Result<(String, PathBuf), Failure> {
    if let Some(preset) = Preset::named(asked) {
        return Ok((preset.text.to_owned(), format!("preset {asked}").into()));
    }
    let path = PathBuf::from(asked);
    match fs::read_to_string(&path) {
        Ok(text) => Ok((text, path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(no_preset(asked)),
        Err(error) => Err(Failure::file(
            error,
            format!("cannot read the experiment {}", path.display()),
        )),
    }
}

fn no_preset(asked: &str) -> Failure {
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    let failure = Failure::usage(anyhow!("there is no experiment {asked:?}"));
    failure.hint(format!("name a file, or a preset: {}", names.join(", ")))
}

/// A folder that holds something else is not written into.
fn check_folder(out: &Path) -> Result<(), Failure> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    // One that was killed at its very beginning left nothing but these, some of them in part.
    let ours = |name: &String| {
        name.starts_with('.') || name.starts_with("plan.") || name == write::COMMAND
    };
    if names.iter().any(|name| name == "plan.json") || names.iter().all(ours) {
        return Ok(());
    }
    let failure = Failure::usage(anyhow!("{} holds something else", out.display()));
    Err(failure.hint("name a new or empty folder with --out"))
}

/// Has the run stop at its next step after this time, as a signal would.
fn stop_after(time: Duration, cancel: &Arc<AtomicBool>, told: &Arc<AtomicBool>) {
    let (cancel, told) = (Arc::clone(cancel), Arc::clone(told));
    thread::spawn(move || {
        thread::sleep(time);
        told.store(true, Ordering::SeqCst);
        cancel.store(true, Ordering::SeqCst);
    });
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        match error {
            ExperimentError::Io {
                path,
                doing,
                source,
            } => Self::file(source, format!("{}: {doing}", path.display())),
            error @ ExperimentError::Changed { .. } => Self::usage(error)
                .hint("put the file and the plugins back as they were, or begin another experiment with --out DIR")
                .hint("a run's folder that is taken away is made anew"),
            error => Self::usage(error),
        }
    }
}
