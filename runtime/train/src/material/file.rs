//! A run's tasks from files: who is measured, who is learnt from, and that nobody is both.

use std::{collections::BTreeSet, path::Path};

use falcon_episode::Digest;
use falcon_tasks::{
    Row, RowKind, Solved, TokenId, bytes,
    formats::{self, Format, Seen},
};
use rand::seq::{IndexedRandom as _, index};
use rayon::prelude::*;

use super::Material;
use crate::{
    Config, ExemplarSource, FileConfig, TaskFile, TrainError, files, random,
    task::{FileTask, Task, Use, prompt},
};

/// The split of the tasks that are measured.
pub(crate) const TEST: &str = "test";
/// Of a solved task's row with an exemplar: so many others are looked at for the one whose words are most like its own.
const LOOKED_AT: usize = 64;
/// Tasks that a refusal lists.
const LISTED: usize = 20;

/// What files of tasks came to.
pub(crate) struct FromFiles {
    /// The tasks that are measured.
    pub(crate) tests: Vec<Task>,
    /// A control's exemplar for each of them: any solved task.
    pub(crate) random: Vec<Option<Solved>>,
    /// Whether each of them has tests that an attempt may be told of, apart from those that decide.
    pub(crate) have_two_sets: bool,
    /// The files, and what became of their tasks.
    pub(crate) read: Vec<TaskFile>,
    /// Solved tasks that are shown.
    shown: usize,
}

impl FromFiles {
    /// For people: what was read, and what becomes of it.
    pub(crate) fn said(&self, material: &Material) -> Vec<String> {
        let file = |file: &TaskFile| {
            let mut said = format!("{} {}: {} tasks", file.role, file.path, file.tasks);
            if file.too_long > 0 {
                said += &format!(", {} left out: too long for model.context", file.too_long);
            }
            if file.measured > 0 {
                said += &format!(
                    ", {} left out: a task that is measured is the same",
                    file.measured
                );
            }
            said
        };
        let whole = format!(
            "{} tasks to learn from, {} of them or of others shown solved, {} for validation, {} measured",
            material.pool.len(),
            self.shown,
            material.validation.len(),
            self.tests.len()
        );
        let files = self.read.iter().map(file);
        files.chain(std::iter::once(whole)).collect()
    }
}

/// The language that the tasks of a configuration's files are in; none where they are PyMini's. Reads the files, so what is
/// wrong with them is told before anything else happens.
///
/// # Errors
/// Where a file cannot be read or is not of its format, its tasks are not in one language, or a task that is
/// measured is among those that are learnt from.
pub fn task_language(config: &Config) -> Result<Option<String>, TrainError> {
    let Some(files) = &config.tasks.file else {
        return Ok(None);
    };
    let divided = Divided::of(config, files)?;
    Ok(Some(divided.language))
}

/// The run's tasks.
pub(super) fn material(
    config: &Config,
    files: &FileConfig,
    seed: u64,
) -> Result<Material, TrainError> {
    let divided = Divided::of(config, files)?;
    let room = config.memory.budget as usize;
    let made = |tasks: &[formats::Task], of| -> Vec<FileTask> {
        let tasks = tasks.iter().cloned();
        tasks.map(|task| FileTask::new(task, of, room)).collect()
    };
    let tests = made(&divided.test, Use::Test);
    let pool = made(&divided.train, Use::Training);
    let mut validation = made(&divided.validation, Use::Training);
    validation.truncate(config.warm_start.validation_tasks);
    let gold = Gold::new(&divided.gold, room);
    let controls = if config.memory.exemplar == ExemplarSource::Random {
        gold.random_for(&divided.train, seed, "control exemplars")
    } else {
        Vec::new()
    };
    let bank: Vec<Task> = made(&divided.gold, Use::Training)
        .into_iter()
        .map(Task::from)
        .collect();
    let all = |tasks: Vec<FileTask>| -> Vec<Task> { tasks.into_iter().map(Task::from).collect() };
    Ok(Material {
        seed,
        rows: gold.rows(config, seed),
        validation: all(validation),
        pool: all(pool),
        pool_bank: bank.clone(),
        test_bank: bank,
        controls,
        files: Some(FromFiles {
            have_two_sets: tests.iter().all(FileTask::has_two_sets),
            random: gold.random_for(&divided.test, seed, "random exemplars"),
            tests: all(tests),
            read: divided.read,
            shown: divided.gold.len(),
        }),
        ..Material::default()
    })
}

/// The tasks of all files by what they are for. No task of one part is a task of another, but that those of `train` may
/// be in `gold`.
struct Divided {
    language: String,
    train: Vec<formats::Task>,
    validation: Vec<formats::Task>,
    test: Vec<formats::Task>,
    gold: Vec<formats::Task>,
    read: Vec<TaskFile>,
}

impl Divided {
    /// What of the files a configuration learns from and measures.
    fn of(config: &Config, files: &FileConfig) -> Result<Self, TrainError> {
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
        let before = train.len() + validation.len();
        let measured = Seen::new(&test);
        let of_both = |task: &formats::Task| measured.same(task).is_some();
        train.retain(|task| !of_both(task));
        validation.retain(|task| !of_both(task));
        of_train.measured = before - train.len() - validation.len();
        let looked_at = Seen::new(&validation);
        train.retain(|task| looked_at.same(task).is_none());
        let mut gold = given.unwrap_or_else(|| train.clone());
        gold.retain(|task| {
            let shown = task.canonical.is_some() && share("gold", task) < files.gold_share;
            shown && !of_both(task) && looked_at.same(task).is_none()
        });
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

/// Solved tasks.
struct Gold<'a> {
    tasks: &'a [formats::Task],
    solved: Vec<Solved>,
    /// Tokens that an exemplar may take.
    room: usize,
}

impl<'a> Gold<'a> {
    fn new(tasks: &'a [formats::Task], room: usize) -> Self {
        let solved = |task: &formats::Task| Solved {
            spec: bytes::encode(&task.prompt),
            body: bytes::encode(task.canonical.as_deref().unwrap_or_default()),
        };
        Self {
            solved: tasks.iter().map(solved).collect(),
            tasks,
            room,
        }
    }

    /// The warm start's rows: each solved task alone, and where long-term memory is used once more after a solved task that
    /// is like it, so that exemplars are read from the start.
    fn rows(&self, config: &Config, seed: u64) -> Vec<Row> {
        let alone = (0..self.tasks.len()).map(|at| self.row(at, None));
        let mut rows: Vec<Row> = alone.collect();
        if config.memory.long_term {
            let words: Vec<String> = self.tasks.iter().map(formats::Task::words).collect();
            let words: Vec<BTreeSet<&str>> =
                words.iter().map(|text| text.split(' ').collect()).collect();
            let after = (0..self.tasks.len()).into_par_iter().filter_map(|at| {
                let like = self.like(at, &words, seed)?;
                Some(self.row(at, Some(&self.solved[like])))
            });
            rows.par_extend(after);
        }
        rows
    }

    fn row(&self, at: usize, exemplar: Option<&Solved>) -> Row {
        let solved = &self.solved[at];
        let mut tokens = prompt(&solved.spec, exemplar.map(Solved::pair), None);
        let answer_start = tokens.len();
        tokens.extend_from_slice(&solved.body);
        tokens.push(TokenId::EOS);
        let kind = match exemplar {
            None => RowKind::Plain,
            Some(_) => RowKind::PlainRandom,
        };
        Row {
            kind,
            tokens,
            answer_start,
            behaviour: self.tasks[at].behaviour(),
        }
    }

    fn fits(&self, at: usize) -> bool {
        let solved = &self.solved[at];
        solved.spec.len() + solved.body.len() + 2 <= self.room
    }

    /// Of some others, the one that shares most of its words with this one.
    fn like(&self, at: usize, words: &[BTreeSet<&str>], seed: u64) -> Option<usize> {
        let mut rng = random::stream(seed, "exemplar rows", at as u64);
        let count = LOOKED_AT.min(self.tasks.len());
        let drawn = index::sample(&mut rng, self.tasks.len(), count).into_iter();
        let shared = |other: &usize| {
            let both = words[at].intersection(&words[*other]).count();
            let either = words[at].len() + words[*other].len() - both;
            both as f64 / either.max(1) as f64
        };
        drawn
            .filter(|other| *other != at && self.fits(*other))
            .map(|other| (shared(&other), other))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, other)| other)
    }

    /// For each task a solved one that is not the same, drawn at random.
    fn random_for(&self, tasks: &[formats::Task], seed: u64, purpose: &str) -> Vec<Option<Solved>> {
        let fitting: Vec<usize> = (0..self.tasks.len()).filter(|at| self.fits(*at)).collect();
        let one = |(place, task): (usize, &formats::Task)| {
            let mut rng = random::stream(seed, purpose, place as u64);
            let others = fitting.iter().filter(|at| self.tasks[**at].id != task.id);
            let others: Vec<&usize> = others.collect();
            Some(self.solved[**others.choose(&mut rng)?].clone())
        };
        tasks.iter().enumerate().map(one).collect()
    }
}
