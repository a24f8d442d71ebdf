//! `falcon train`: one run or several seeds, watched, with a report at the end.

mod arms;
mod folder;
mod result;
mod seeds;
mod start;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use anyhow::anyhow;
use falcon_episode::Digest;
use falcon_grading::Reward;
use falcon_train::{Config, Observer, RunReport, Services, TrainError, task_language};
use serde_json::Value;

use self::start::{MemoryPolicyAsked, Started};
pub(super) use self::{
    arms::{Arms, measured},
    folder::command_line,
};
use super::Context;
use crate::{
    cli::{self, Phase},
    failure::{Exit, Failure, OrFail as _, Outcome},
    live, machine, plugins,
    services::{
        Asked, AtSteps, DEFAULT_POLICY, Folder, Judges, Memories, PolicyFolder, RunJudges,
        RunPolicy, Sandbox, check_free_store, memory_policy, panel, reward_text,
    },
    stop,
};

/// What every run of this process shares.
struct Session<'a> {
    context: &'a Context,
    sandbox: Sandbox,
    /// Digest of every plugin that takes part but the judges and the memory policy, by name. Judges are put in place later, run by
    /// run.
    plugins: BTreeMap<String, Digest>,
    cancel: &'a AtomicBool,
}

/// How one run ended.
enum Ended {
    Finished(Box<RunReport>),
    /// Where, for people.
    Stopped(String),
}

pub(super) fn run(context: &Context, options: cli::Train) -> Outcome {
    let cancel = stop::on_signal()?;
    match &options.resume {
        Some(folder) => resume(context, folder, &cancel),
        None => begin(context, options, &cancel),
    }
}

fn begin(context: &Context, options: cli::Train, cancel: &AtomicBool) -> Outcome {
    let config = configuration(&options)?;
    let warm_start = options.warm_start.as_deref().map(model).transpose()?;
    let out = match options.out {
        Some(out) => out,
        None => folder::free(&config.name, options.seed)?,
    };
    folder::check_free(&out)?;
    if let Some(url) = &options.memory_store {
        check_free_store(url, options.seed, options.seeds)?;
    }
    let (reward, name) = reward_text(options.reward.as_deref())?;
    // One that will not do is told before anything is written.
    let judges = judges_of(context, &reward, &name)?;
    let memory_policy = policy_of(context, options.memory_policy.as_deref(), &config)?;
    let language = task_language(&config).map_err(Failure::training)?;
    let session = Session::open(context, cancel, language.as_deref())?;
    let started = Started {
        reward,
        judges,
        memory_policy,
        memory_store: options.memory_store,
        seed: options.seed,
        seeds: options.seeds,
        phase: match options.phase {
            Phase::All => falcon_train::Phase::All,
            Phase::WarmStart => falcon_train::Phase::WarmStart,
            Phase::Measured => falcon_train::Phase::Measured,
        },
        warm_start,
        plugins: session.plugins.clone(),
        command: folder::command_line(),
        config: config.to_toml(),
    };
    started.write(&out)?;
    session.go_on(&out, &started)
}

fn resume(context: &Context, folder: &Path, cancel: &AtomicBool) -> Outcome {
    let started = Started::read(folder)?;
    // A finished run says its result again; its report stays as the run wrote it.
    if started.seeds.is_some() {
        if let Some(whole) = seeds::finished(folder)? {
            seeds::tell(context, folder, &whole)?;
            return Ok(Exit::Done);
        }
    } else if let Some(report) = result::finished(folder)? {
        result::tell(context, folder, &report)?;
        return Ok(Exit::Done);
    }
    let config = started.configuration(folder)?;
    let language = task_language(&config).map_err(Failure::training)?;
    let session = Session::open(context, cancel, language.as_deref())?;
    start::check(folder, &started.plugins, &session.plugins)?;
    session.go_on(folder, &started)
}

impl<'a> Session<'a> {
    /// # Arguments
    /// - `language`: that of the tasks, where they are from files.
    fn open(
        context: &'a Context,
        cancel: &'a AtomicBool,
        language: Option<&str>,
    ) -> Result<Self, Failure> {
        let asked = Asked {
            language,
            judges: Judges::Later,
            ..Asked::default()
        };
        let sandbox = Sandbox::open(context, asked)?;
        Ok(Self {
            context,
            plugins: sandbox.grader().plugins(),
            sandbox,
            cancel,
        })
    }

    fn go_on(&self, out: &Path, started: &Started) -> Outcome {
        if let Some(count) = started.seeds {
            return seeds::run(self, out, started, count);
        }
        match self.watched(out, started)? {
            Ended::Finished(report) => {
                result::tell(self.context, out, &report)?;
                Ok(Exit::Done)
            }
            Ended::Stopped(_) => Ok(Exit::Stopped),
        }
    }

    /// A run with the view that suits it; where it is stopped, how to go on.
    fn watched(&self, out: &Path, started: &Started) -> Result<Ended, Failure> {
        if folder::has_checkpoint(out) {
            live::line(&format!("going on in {}", out.display()));
        } else {
            let config = Config::parse(&started.config, out).map_err(Failure::training)?;
            let (name, seed, place) = (config.name, started.seed, out.display());
            live::line(&format!("training {name} with seed {seed} in {place}"));
        }
        let ended = self.run(out, started, live::view(self.context.json))?;
        if let Ended::Stopped(place) = &ended {
            live::line(&format!("stopped in {place}; nothing is lost"));
            live::line(&format!(
                "go on with: falcon train --resume {}",
                folder::quoted(out)
            ));
        }
        Ok(ended)
    }

    /// The run's judges. Where it has not begun to use any they are what it was asked for.
    fn judges(&self, out: &Path, started: &Started) -> Result<RunJudges<'_>, Failure> {
        let folder = Folder::of(out);
        if !folder.is_begun() {
            let now = judges_of(self.context, &started.reward, "the run's reward")?;
            start::check(out, &started.judges, &now)?;
            folder.put_reward(&started.reward)?;
        }
        RunJudges::open(self.context, &self.sandbox, out)
    }

    /// The run's memory policy. Where it has not begun to use one it is what it was asked for.
    fn policy(&self, out: &Path, started: &Started) -> Result<RunPolicy<'_>, Failure> {
        let settings = settings(&started.configuration(out)?)?;
        let folder = PolicyFolder::of(out);
        let wanted = &started.memory_policy;
        if !folder.is_begun() {
            let now = memory_policy(self.context, &wanted.asked, &settings)?.plugins();
            start::check(out, &wanted.plugins, &now)?;
            let file = plugins::find(self.context.plugins.as_deref(), &wanted.asked)?;
            folder.put(&file)?;
        }
        RunPolicy::open(self.context, out, settings)
    }

    /// Trains in a folder from its last checkpoint, or from the start where there is none yet, and
    /// writes the report's page beside its numbers.
    fn run(
        &self,
        out: &Path,
        started: &Started,
        mut view: Box<dyn Observer>,
    ) -> Result<Ended, Failure> {
        let start = if folder::has_checkpoint(out) {
            None
        } else {
            folder::clear(out)?;
            Some(started.start(out)?)
        };
        let judges = self.judges(out, started)?;
        let policy = self.policy(out, started)?;
        machine::forget_peak();
        let url = started.memory_store.clone();
        let capacity = started.configuration(out)?.memory.capacity;
        let memories = Memories::new(out.join("memory"), url, capacity, policy.policy());
        let grader = AtSteps::new(&judges, &policy);
        let services = Services {
            grader: &grader,
            memories: &memories,
            observer: &mut *view,
            cancel: self.cancel,
        };
        let outcome = match start {
            Some(start) => falcon_train::train(start, out, services),
            None => falcon_train::resume(out, services),
        };
        drop(view);
        let outcome = outcome.map_err(|error| failure(error, out))?;
        // What the policy used is written down, also of a run that was stopped.
        let ledgers = (judges.ledger(), policy.told()?);
        match outcome {
            falcon_train::Outcome::Finished(report) => {
                result::write(out, &report, &ledgers, &started.command)?;
                Ok(Ended::Finished(report))
            }
            falcon_train::Outcome::Stopped { phase, step, .. } => {
                Ok(Ended::Stopped(format!("{phase} after step {step}")))
            }
        }
    }
}

/// The judges of a reward as they are now.
fn judges_of(
    context: &Context,
    reward: &str,
    name: &str,
) -> Result<BTreeMap<String, Digest>, Failure> {
    let reward = Reward::parse(reward, name).map_err(Failure::usage)?;
    Ok(panel(context, reward)?.plugins())
}

/// The memory policy that is asked for, as it is now.
fn policy_of(
    context: &Context,
    asked: Option<&str>,
    config: &Config,
) -> Result<MemoryPolicyAsked, Failure> {
    let asked = asked.unwrap_or(DEFAULT_POLICY);
    Ok(MemoryPolicyAsked {
        plugins: memory_policy(context, asked, &settings(config)?)?.plugins(),
        asked: named(asked),
    })
}

/// That no run in this folder has something left to do: going on with one takes its memories back to its checkpoint, or makes them
/// anew where there is none yet.
///
/// # Errors
/// Where there is one, with how to go on.
pub(super) fn check_ended(run: &Path) -> Result<(), Failure> {
    if !start::is_begun(run) || result::is_finished(run) {
        return Ok(());
    }
    let left = anyhow!(
        "the run in {} is not finished, and its resumption would drop what anybody else puts into its memories",
        run.display()
    );
    let resume = format!(
        "or finish the run first: falcon train --resume {}",
        folder::quoted(run)
    );
    Err(Failure::usage(left)
        .hint("name a folder of its own")
        .hint(resume))
}

/// How many items the recipe of a run lets each of its memories hold.
///
/// # Errors
/// Where there is no run in the folder.
pub(crate) fn memory_capacity(run: &Path) -> Result<usize, Failure> {
    Ok(Started::read(run)?.configuration(run)?.memory.capacity)
}

/// The settings that the recipe of a run has for its memory policy, whichever plugin decides; null for the policy's defaults.
///
/// # Errors
/// Where there is no run in the folder.
pub(crate) fn policy_settings(run: &Path) -> Result<Value, Failure> {
    settings(&Started::read(run)?.configuration(run)?)
}

/// The settings of the memory policy that a configuration has; null for the policy's defaults.
fn settings(config: &Config) -> Result<Value, Failure> {
    let settings = &config.memory.settings;
    if settings.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::to_value(settings).or_usage("[memory.settings] are not settings of a plugin")
}

/// A plugin as it is asked for, found again from another folder too.
fn named(asked: &str) -> String {
    if asked.ends_with(".wasm") || asked.starts_with(['.', '/']) {
        return shown(Path::new(asked)).display().to_string();
    }
    asked.to_owned()
}

fn configuration(options: &cli::Train) -> Result<Config, Failure> {
    let mut config = match &options.config {
        Some(path) => Config::load(path).map_err(Failure::training)?,
        None => Config::quick(),
    };
    if let Some(steps) = options.steps {
        config.rl.steps = steps as usize;
    }
    Ok(config)
}

/// A model folder to start from. Read now, so that one that will not do is told before anything is written.
fn model(folder: &Path) -> Result<PathBuf, Failure> {
    falcon_train::load_model(folder).map_err(Failure::training)?;
    Ok(shown(folder))
}

/// A training error with its exit code and what to do.
fn failure(error: TrainError, place: &Path) -> Failure {
    let resumable = matches!(error, TrainError::Infrastructure { .. });
    let failure = Failure::training(error);
    if !resumable {
        return failure;
    }
    let place = folder::quoted(place);
    failure.hint(format!(
        "when that is mended, go on with: falcon train --resume {place}"
    ))
}

/// Folder names that people see.
fn shown(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
