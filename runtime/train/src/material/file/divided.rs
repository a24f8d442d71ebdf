//! Who is measured, who is learnt from, and that nobody is both.

use std::path::Path;

use falcon_episode::Digest;
use falcon_tasks::formats::{self, Format, Seen};

use super::TEST;
use crate::{Config, FileConfig, TaskFile, TrainError, files};

/// Tasks that a refusal lists.
const LISTED: usize = 20;

/// The tasks of all files by what they are for. No task of one part is a task of another, but that those of `train` may
/// be in `gold`.
pub(super) struct Divided {
    pub(super) language: String,
    pub(super) train: Vec<formats::Task>,
    pub(super) validation: Vec<formats::Task>,
    pub(super) test: Vec<formats::Task>,
    pub(super) gold: Vec<formats::Task>,
    /// The files, that of `train` first.
    pub(super) read: Vec<TaskFile>,
}

impl Divided {
    /// What of the files a configuration learns from and measures.
    ///
    /// # Errors
    /// Where a file will not do, a task that is measured is among those that are learnt from, or there is too little.
    pub(super) fn of(config: &Config, files: &FileConfig) -> Result<Self, TrainError> {
        let mut divided = Self::read(files)?;
        divided.keep_what_fits(config);
        divided.check(config)?;
        Ok(divided)
    }

    fn read(files: &FileConfig) -> Result<Self, TrainError> {
        let format = |own: Option<Format>| own.unwrap_or(files.format);
        let (mut train, mut of_train) = load("train", &files.train, files.format)?;
        let mut read = Vec::new();
        let test = match &files.test {
            Some(path) => {
                let (test, of_test) = load("test", path, format(files.test_format))?;
                refuse_measured(&of_train, &train, &of_test, &test)?;
                read.push(of_test);
                test
            }
            None => take(&mut train, |task| share(TEST, task) < files.test_share),
        };
        let given = match &files.gold {
            None => None,
            Some(path) => {
                let (gold, of_gold) = load("gold", path, format(files.gold_format))?;
                if files.test.is_some() {
                    refuse_measured(&of_gold, &gold, &read[0], &test)?;
                }
                read.push(of_gold);
                Some(gold)
            }
        };
        let mut validation = take(&mut train, |task| {
            share("validation", task) < files.validation_share
        });
        // A task may stand in a file under two ids: then all of it is on the side that is measured.
        let measured = Seen::new(&test);
        of_train.measured = take_out(&mut train, &measured) + take_out(&mut validation, &measured);
        let looked_at = Seen::new(&validation);
        of_train.looked_at = take_out(&mut train, &looked_at);
        // Without a file of its own it is of the tasks to learn from, of which nothing is left to take out.
        let mut gold = given.unwrap_or_else(|| train.clone());
        let of_measured = take_out(&mut gold, &measured);
        let of_looked_at = take_out(&mut gold, &looked_at);
        if let Some(of_gold) = read.iter_mut().find(|file| file.role == "gold") {
            (of_gold.measured, of_gold.looked_at) = (of_measured, of_looked_at);
        }
        gold.retain(|task| task.canonical.is_some() && share("gold", task) < files.gold_share);
        read.insert(0, of_train);
        let language = one_language(&files.train, [&train, &validation, &test, &gold])?;
        Ok(Self {
            language,
            train,
            validation,
            test,
            gold,
            read,
        })
    }

    /// Leaves out what the context has no room for, and counts it.
    fn keep_what_fits(&mut self, config: &Config) {
        let (model, memory) = (&config.model, &config.memory);
        // Three marks are in every prompt.
        let most = model.context - model.answer - memory.budget as usize - 3;
        let fits = |task: &formats::Task| task.prompt.len() <= most;
        let is_answer =
            |body: &Option<String>| body.as_ref().is_some_and(|it| it.len() < model.answer);
        let mut too_long = [0; 3];
        let mut keep = |tasks: &mut Vec<formats::Task>, of: usize| {
            let before = tasks.len();
            tasks.retain(fits);
            too_long[of] += before - tasks.len();
        };
        keep(&mut self.train, 0);
        keep(&mut self.validation, 0);
        let own_tests = self.read.iter().position(|file| file.role == TEST);
        keep(&mut self.test, own_tests.unwrap_or(0));
        let own_gold = self.read.iter().position(|file| file.role == "gold");
        let before = self.gold.len();
        self.gold
            .retain(|task| fits(task) && is_answer(&task.canonical));
        if let Some(own) = own_gold {
            too_long[own] += before - self.gold.len();
        }
        for (file, count) in self.read.iter_mut().zip(too_long) {
            file.too_long = count;
        }
    }

    /// # Errors
    /// Where there is nothing to learn from, nothing to measure, or nothing to look at though it is asked for.
    fn check(&self, config: &Config) -> Result<(), TrainError> {
        let model = &config.model;
        let none = |what: &str, file: &TaskFile| {
            Err(TrainError::Input(format!(
                "{what} in {}: of its {} tasks {} are too long for model.context {}, which also has to hold memory.budget {} and model.answer {}",
                file.path,
                file.tasks,
                file.too_long,
                model.context,
                config.memory.budget,
                model.answer
            )))
        };
        let train = &self.read[0];
        if self.train.is_empty() {
            return none("there is no task to learn from", train);
        }
        if self.test.is_empty() {
            let own = self.read.iter().find(|file| file.role == TEST);
            return none("there is no task to measure", own.unwrap_or(train));
        }
        if self.validation.is_empty() && config.rl.check_every > 0 {
            let what = "rl.check_every asks for looks at validation, and there is no task for it";
            return none(what, train);
        }
        Ok(())
    }
}

/// A file's tasks, and what is told of it.
fn load(
    role: &str,
    path: &Path,
    format: Format,
) -> Result<(Vec<formats::Task>, TaskFile), TrainError> {
    let bytes = files::read(path)?;
    let tasks = formats::read(&bytes[..], path, format)?;
    let file = TaskFile {
        role: role.to_owned(),
        path: path.display().to_string(),
        digest: Digest::of(&bytes),
        tasks: tasks.len(),
        measured: 0,
        looked_at: 0,
        too_long: 0,
    };
    Ok((tasks, file))
}

/// Where in 0..1 the hash of a task's id falls. It is another for each purpose, and the same under every seed.
fn share(purpose: &str, task: &formats::Task) -> f64 {
    let digest = Digest::of_parts([purpose.as_bytes(), task.id.as_bytes()]);
    let mut first = [0; 8];
    first.copy_from_slice(&digest.bytes()[..8]);
    // As many bits as a float has, so that it is below 1.
    (u64::from_be_bytes(first) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Takes the tasks of which this is so; both parts keep their order.
fn take(
    tasks: &mut Vec<formats::Task>,
    which: impl Fn(&formats::Task) -> bool,
) -> Vec<formats::Task> {
    let (taken, left) = std::mem::take(tasks).into_iter().partition(which);
    *tasks = left;
    taken
}

/// Takes out the tasks that are the same as one of a set, and says how many they were.
fn take_out(tasks: &mut Vec<formats::Task>, set: &Seen) -> usize {
    let before = tasks.len();
    tasks.retain(|task| set.same(task).is_none());
    before - tasks.len()
}

/// The leakage guard between two files.
///
/// # Errors
/// With each task that is in both, and where.
fn refuse_measured(
    learnt_file: &TaskFile,
    learnt: &[formats::Task],
    measured_file: &TaskFile,
    measured: &[formats::Task],
) -> Result<(), TrainError> {
    let seen = Seen::new(measured);
    let same = |task: &formats::Task| {
        let (place, by) = seen.same(task)?;
        let other = &measured[place];
        Some(format!(
            "\n  {}:{}: task {:?} has the {by} of {:?} on {}:{}",
            learnt_file.path, task.line, task.id, other.id, measured_file.path, other.line
        ))
    };
    let leaks: Vec<String> = learnt.iter().filter_map(same).collect();
    if leaks.is_empty() {
        return Ok(());
    }
    let more = match leaks.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    Err(TrainError::Input(format!(
        "{} has {} of the tasks that are measured, and what is measured must not be learnt from; take them out of one of the files:{}{more}",
        learnt_file.path,
        leaks.len(),
        leaks[..leaks.len().min(LISTED)].concat(),
    )))
}

/// The language of all tasks.
///
/// # Errors
/// Where there is more than one.
fn one_language(path: &Path, all: [&Vec<formats::Task>; 4]) -> Result<String, TrainError> {
    let mut tasks = all.into_iter().flatten();
    let Some(first) = tasks.next() else {
        return Ok(String::new());
    };
    match tasks.find(|task| task.language != first.language) {
        None => Ok(first.language.clone()),
        Some(other) => Err(TrainError::Input(format!(
            "a run's tasks are in one language: of those that {} names, {:?} is in {}, and {:?} in {}",
            path.display(),
            first.id,
            first.language,
            other.id,
            other.language
        ))),
    }
}
