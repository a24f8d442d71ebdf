//! A run's tasks from files: who is measured, who is learnt from, and that nobody is both.

mod divided;
mod gold;

use falcon_tasks::{Solved, formats};

use self::{divided::Divided, gold::Gold};
use super::Material;
use crate::{
    Config, ExemplarSource, FileConfig, TaskFile, TrainError,
    state::{Checkpoint, Stage},
    task::{FileTask, Task, Use},
};

/// The split of the tasks that are measured.
pub(crate) const TEST: &str = "test";

/// What files of tasks came to.
pub(crate) struct FromFiles {
    /// The tasks that are measured.
    pub(crate) tests: Vec<Task>,
    /// A control's exemplar for each of them: any solved task.
    pub(crate) random: Vec<Option<Solved>>,
    /// Of how many of them an attempt may be told some tests, which are then not those that decide.
    pub(crate) telling: usize,
    /// The files, and what became of their tasks.
    pub(crate) read: Vec<TaskFile>,
    /// Solved tasks that are shown.
    pub(crate) shown: usize,
    /// Tasks of validation beyond those that are looked at.
    spare: usize,
}

impl FromFiles {
    /// For people: what was read, what becomes of it, and what a run that begins so will lack.
    pub(crate) fn said(&self, material: &Material, at: &Checkpoint) -> Vec<String> {
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
            if file.looked_at > 0 {
                said += &format!(
                    ", {} left out: a task of validation is the same",
                    file.looked_at
                );
            }
            said
        };
        let whole = format!(
            "{} tasks to learn from, {} to be shown solved, {} for validation, {} to be measured; of {} of those an attempt may be told some tests",
            material.pool.len(),
            self.shown,
            material.validation.len(),
            self.tests.len(),
            self.telling
        );
        let files = self.read.iter().map(file);
        let mut said: Vec<String> = files.chain(std::iter::once(whole)).collect();
        said.extend(self.lacks(material, at));
        said
    }

    fn lacks(&self, material: &Material, at: &Checkpoint) -> Vec<String> {
        let config = &at.config;
        let mut lacks = Vec::new();
        if material.validation.is_empty() && at.state.stage == Stage::WarmStart {
            lacks.push(
                "no task is for validation, so the warm start cannot tell when it has learnt enough: tasks.file.validation_share is the share that is"
                    .to_owned(),
            );
        }
        if self.spare > 0 {
            lacks.push(format!(
                "{} more tasks are for validation and neither looked at nor learnt from: warm_start.validation_tasks is {}, and tasks.file.validation_share takes more",
                self.spare, config.warm_start.validation_tasks
            ));
        }
        if material.pool.len() < config.rl.drawn {
            lacks.push(format!(
                "a step draws {} tasks (rl.drawn), and there are {} to learn from: it has some of them more than once",
                config.rl.drawn,
                material.pool.len()
            ));
        }
        lacks
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
    let spare = validation
        .len()
        .saturating_sub(config.warm_start.validation_tasks);
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
            telling: tests.iter().filter(|task| task.told().tells()).count(),
            random: gold.random_for(&divided.test, seed, "random exemplars"),
            tests: all(tests),
            read: divided.read,
            shown: divided.gold.len(),
            spare,
        }),
        ..Material::default()
    })
}
