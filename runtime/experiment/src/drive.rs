//! Has the runs of a plan made, one after another. Several processes may do so in one folder: each makes
//! the first run that no other is at, and that needs none which is not done.
//!
//! ```text
//! OUT/plan.json                        what is run and asked; written first
//! OUT/warm-starts/seed-N/              a warm start, measured
//! OUT/runs/ARM/seed-N/                 a run, as falcon train makes it
//! OUT/…/seed-N/job.json                what it was begun with
//! OUT/…/seed-N/job.lock                held by the process that makes it
//! OUT/…/seed-N/failed.json             why it could not be made, where it could not
//! OUT/report.json, OUT/report.html     what came of it
//! ```

mod failed;
mod turn;

use std::{collections::BTreeMap, fs, io, path::Path};

use falcon_episode::Digest;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Arm, ArmKind, ExperimentError, Failed, Job, Measured, Plan, Recipes, Runs, Setting, WARM_START,
    file::with_compute,
    job::{Record, folder, order},
    placeless::placeless,
};

use failed::Failures;
pub use failed::failures;
use turn::{Turn, lock_file, source, turn};

/// What makes runs.
pub trait Runner {
    /// Its errors, which those of an experiment become.
    type Error: std::convert::From<ExperimentError>;

    /// Digest of everything besides the recipe that decides a run of this setting: plugins, judges, reward.
    ///
    /// # Errors
    /// Where one of them is not there.
    fn parts(&mut self, setting: &Setting) -> Result<BTreeMap<String, Digest>, Self::Error>;

    /// What a run came to; none where there is something left to do.
    ///
    /// # Errors
    /// Where its folder cannot be read.
    fn finished(&self, folder: &Path) -> Result<Option<Measured>, Self::Error>;

    /// Makes a run, or goes on with it. None where it was stopped and can go on.
    ///
    /// # Errors
    /// Where it cannot be made.
    fn run(&mut self, job: &Job, spent: &Spent) -> Result<Option<Measured>, Self::Error>;

    /// Tells people of a run that could not be made, and says why for the report. What needs it is not made either;
    /// all else is.
    fn failed(&mut self, job: &Job, error: &Self::Error) -> String;

    /// Waits a moment for runs that other processes make. False where it was stopped.
    fn wait(&mut self) -> bool;
}

/// How far an experiment is, before a run.
#[derive(Clone, Debug, Default)]
pub struct Spent {
    /// Runs that are done.
    pub done: usize,
    /// Runs that other processes are at.
    pub beside: usize,
    /// All runs of the plan.
    pub of: usize,
    /// What this run will take, by what others took.
    pub this_seconds: Option<f64>,
    /// What the runs after it will take, shared among so many processes.
    pub later_seconds: Option<f64>,
}

/// How driving ended.
#[derive(Debug)]
pub enum Driven {
    /// Every run is there.
    Finished,
    /// All are there but these and those that need them. The same call tries them again.
    Failed(Vec<Failed>),
    /// It was stopped before this run was done; the same call goes on.
    Stopped {
        /// The arm, or [`WARM_START`].
        arm: String,
        /// The seed.
        seed: u64,
    },
}

/// Makes what is missing of a plan's runs. A run that fails is noted, and those that do not need it are made.
///
/// # Errors
/// Where something that was begun is not what the plan asks for now, a run was measured on other tasks, or
/// something that a run needs is not there before any is made.
pub fn drive<R: Runner>(
    plan: &Plan,
    out: &Path,
    recipes: &dyn Recipes,
    runner: &mut R,
) -> Result<Driven, R::Error> {
    begin(plan, out)?;
    // What an arm lacks is told now, and not when its turn comes.
    let settings = plan.arms.iter().filter_map(|arm| match &arm.kind {
        ArmKind::Run(setting) => Some(&**setting),
        ArmKind::Row { .. } => None,
    });
    for setting in std::iter::once(&plan.warm_start).chain(settings) {
        runner.parts(setting)?;
    }
    let mut todo = order(plan);
    let mut runs = Runs::new();
    let mut failures = Failures::none_yet();
    let of = todo.len();
    loop {
        // What is done is looked at first: a change is told before anything is run, and times are known.
        let mut left = Vec::new();
        for (arm, seed) in todo {
            match runner.finished(&folder(out, name_of(arm), seed))? {
                Some(measured) => {
                    let job = job(plan, out, recipes, arm, seed, &runs)?;
                    check(&job, &record(&job, &runs, runner)?)?;
                    keep(&mut runs, &job, measured)?;
                }
                None => left.push((arm, seed)),
            }
        }
        todo = left;
        let Some((first, its_seed)) = todo.first().copied() else {
            return Ok(Driven::Finished);
        };
        let stopped = |name: &str, seed: u64| Driven::Stopped {
            arm: name.to_owned(),
            seed,
        };
        let taken = match turn(plan, out, &todo, &runs, &failures)? {
            Turn::Make(taken) => taken,
            Turn::Wait if runner.wait() => continue,
            Turn::Wait => return Ok(stopped(name_of(first), its_seed)),
            Turn::Nothing => return Ok(Driven::Failed(failures.all(plan, out, &runs)?)),
        };
        let (arm, seed) = todo[taken.at];
        let job = job(plan, out, recipes, arm, seed, &runs)?;
        // Another process may have made it since.
        if runner.finished(&job.folder)?.is_some() {
            continue;
        }
        let record = record(&job, &runs, runner)?;
        check(&job, &record)?;
        write(&job.folder.join(JOB), &record)?;
        failed::forget(&job.folder)?;
        let expected = |(arm, _): &(Option<&Arm>, u64)| expected(&runs, name_of(*arm));
        let later: Option<f64> = todo[taken.at + 1..].iter().map(expected).sum();
        let spent = Spent {
            done: runs.len(),
            beside: taken.beside,
            of,
            this_seconds: expected(&(arm, seed)),
            later_seconds: later.map(|seconds| seconds / (taken.beside + 1) as f64),
        };
        match runner.run(&job, &spent) {
            Ok(Some(measured)) => {
                keep(&mut runs, &job, measured)?;
                todo.remove(taken.at);
            }
            Ok(None) => return Ok(stopped(&job.arm, seed)),
            Err(error) => {
                let why = runner.failed(&job, &error);
                failures.note(&job, why)?;
            }
        }
    }
}

/// The plan of an experiment's folder and what its finished runs measured.
///
/// # Errors
/// Where there is no plan, or a run was measured on other tasks.
pub fn load<R: Runner>(out: &Path, runner: &R) -> Result<(Plan, Runs), R::Error> {
    let path = out.join(PLAN);
    let plan: Plan = read(&path)?.ok_or_else(|| {
        ExperimentError::damaged(
            &path,
            "there is no such file: this folder holds no experiment",
        )
    })?;
    let mut runs = Runs::new();
    for (arm, seed) in order(&plan) {
        let name = name_of(arm);
        if let Some(measured) = runner.finished(&folder(out, name, seed))? {
            check_test_sets(name, seed, setting_of(&plan, arm), &measured)?;
            runs.insert((name.to_owned(), seed), measured);
        }
    }
    Ok((plan, runs))
}

const PLAN: &str = "plan.json";
const JOB: &str = "job.json";

/// Writes the plan, where it is one that may go on in this folder.
fn begin(plan: &Plan, out: &Path) -> Result<(), ExperimentError> {
    let path = out.join(PLAN);
    let lock = out.join(".lock");
    let held = lock_file(&lock)?;
    held.lock().map_err(ExperimentError::io(&lock, "locking"))?;
    if let Some(before) = read::<Plan>(&path)? {
        plan.check_continues(&before)?;
    }
    write(&path, plan)
}

fn name_of(arm: Option<&Arm>) -> &str {
    arm.map_or(WARM_START, |arm| &arm.name)
}

fn setting_of<'a>(plan: &'a Plan, arm: Option<&'a Arm>) -> &'a Setting {
    match arm.map(|arm| &arm.kind) {
        Some(ArmKind::Run(setting)) => setting,
        _ => &plan.warm_start,
    }
}

/// A run with its recipe and the model that it starts from. What it needs of other runs is done.
fn job(
    plan: &Plan,
    out: &Path,
    recipes: &dyn Recipes,
    arm: Option<&Arm>,
    seed: u64,
    runs: &Runs,
) -> Result<Job, ExperimentError> {
    let name = name_of(arm);
    let mut setting = setting_of(plan, arm).clone();
    if let Some(other) = &setting.compute {
        let units = done(runs, other, seed, name)?.rl_compute;
        let recipe = with_compute(&setting.config, units, recipes);
        setting.config = recipe
            .map_err(|what| ExperimentError::Changed {
                place: place(name, seed),
                what,
            })?
            .text;
    }
    let model = source(&setting, arm.is_none()).map(|other| folder(out, other, seed).join("model"));
    Ok(Job {
        arm: name.to_owned(),
        title: arm.map_or("the warm start", |arm| &arm.title).to_owned(),
        seed,
        folder: folder(out, name, seed),
        setting,
        model,
    })
}

/// A run that another needs.
fn done<'a>(
    runs: &'a Runs,
    name: &str,
    seed: u64,
    needed_by: &str,
) -> Result<&'a Measured, ExperimentError> {
    runs.get(&(name.to_owned(), seed))
        .ok_or_else(|| ExperimentError::Changed {
            place: place(needed_by, seed),
            what: format!(
                "it is done, and the run of {name} that it goes by is not there any more"
            ),
        })
}

fn record<R: Runner>(job: &Job, runs: &Runs, runner: &mut R) -> Result<Record, R::Error> {
    let from = source(&job.setting, job.is_warm_start())
        .map(|name| done(runs, name, job.seed, &job.arm))
        .transpose()?;
    Ok(Record {
        seed: job.seed,
        config: Digest::of(placeless(&job.setting.config).as_bytes()),
        from: from.map(|run| run.result_digest),
        parts: runner.parts(&job.setting)?,
    })
}

/// A run that was begun goes on with what it was begun with, or not at all.
fn check(job: &Job, now: &Record) -> Result<(), ExperimentError> {
    let Some(begun) = read::<Record>(&job.folder.join(JOB))? else {
        return Ok(());
    };
    match begun.difference(now) {
        None => Ok(()),
        Some(what) => Err(ExperimentError::Changed {
            place: place(&job.arm, job.seed),
            what,
        }),
    }
}

fn keep(runs: &mut Runs, job: &Job, measured: Measured) -> Result<(), ExperimentError> {
    check_test_sets(&job.arm, job.seed, &job.setting, &measured)?;
    runs.insert((job.arm.clone(), job.seed), measured);
    Ok(())
}

fn check_test_sets(
    arm: &str,
    seed: u64,
    setting: &Setting,
    measured: &Measured,
) -> Result<(), ExperimentError> {
    let told =
        |digest: Option<&Digest>| digest.map_or_else(|| "none".to_owned(), ToString::to_string);
    let wrong = setting
        .test_sets
        .iter()
        .find(|(split, digest)| measured.test_sets.get(*split) != Some(*digest));
    match wrong {
        None => Ok(()),
        Some((split, wanted)) => Err(ExperimentError::TestSet {
            arm: arm.to_owned(),
            seed,
            split: split.clone(),
            found: told(measured.test_sets.get(split)),
            wanted: wanted.to_string(),
        }),
    }
}

/// Wall time of a run of this arm: the mean of its own that are done, else of all arms'.
fn expected(runs: &Runs, name: &str) -> Option<f64> {
    let mean = |of: &dyn Fn(&str) -> bool| {
        let seconds: Vec<f64> = runs
            .iter()
            .filter(|((arm, _), _)| of(arm))
            .map(|(_, run)| run.wall_seconds)
            .collect();
        (!seconds.is_empty()).then(|| seconds.iter().sum::<f64>() / seconds.len() as f64)
    };
    mean(&|arm| arm == name)
        .or_else(|| mean(&|arm| arm != WARM_START))
        .or_else(|| mean(&|_| true))
}

fn place(arm: &str, seed: u64) -> String {
    if arm == WARM_START {
        format!("the warm start of seed {seed}")
    } else {
        format!("arm {arm}, seed {seed}")
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ExperimentError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ExperimentError::io(path, "reading")(error)),
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            ExperimentError::damaged(path, format!("it is not what falcon wrote: {error}"))
        }),
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, value: &impl Serialize) -> Result<(), ExperimentError> {
    let bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| ExperimentError::damaged(path, error.to_string()))?;
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(ExperimentError::io(parent, "making the folder"))?;
    let sibling = path.with_extension("partial");
    fs::write(&sibling, bytes).map_err(ExperimentError::io(&sibling, "writing"))?;
    fs::rename(&sibling, path).map_err(ExperimentError::io(path, "writing"))
}
