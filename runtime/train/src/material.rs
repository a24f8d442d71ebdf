mod file;

use std::collections::{BTreeMap, BTreeSet};

use falcon_episode::{Digest, HeldOut};
use falcon_tasks::{Family, MixtureConfig, PoolShares, Row, Solved, Split, TaskFamily};
use rand::{Rng, seq::SliceRandom};
use rayon::prelude::*;

pub use file::task_language;
pub(crate) use file::{FromFiles, TEST};

use crate::{
    Config, ExemplarSource, TaskKind, TrainError, random,
    state::{Checkpoint, Stage},
    task::{Feedback, Task},
};

/// Every task and row of a run. All follow from configuration and seed; test sets from the configuration alone.
#[derive(Default)]
pub(crate) struct Material {
    seed: u64,
    /// The warm start's rows.
    pub(crate) rows: Vec<Row>,
    /// Plain tasks that decide when the warm start ends.
    pub(crate) validation: Vec<Task>,
    /// Alias tasks with the exemplar that discloses the word, for the same purpose.
    pub(crate) validation_alias: Vec<(Task, Solved)>,
    /// Eight-way tasks with feedback on a wrong reading, for the same purpose.
    pub(crate) validation_feedback: Vec<(Task, Feedback)>,
    /// Tasks for reinforcement learning, without gold.
    pub(crate) pool: Vec<Task>,
    /// Earlier solved tasks of the pool's projects.
    pub(crate) pool_bank: Vec<Task>,
    pub(crate) iid: Vec<Task>,
    pub(crate) composition: Vec<Task>,
    pub(crate) alias: Vec<AliasTask>,
    /// Earlier solved tasks of the test projects.
    pub(crate) test_bank: Vec<Task>,
    pub(crate) ambiguous: Vec<Task>,
    /// The exemplars of the two controls for each task of the pool, where training shows them.
    controls: Vec<Option<Solved>>,
    /// What files of tasks came to, where tasks are from files; then the sets above that are PyMini's alone are empty.
    pub(crate) files: Option<FromFiles>,
}

/// An alias task with the exemplars of its two controls.
pub(crate) struct AliasTask {
    pub(crate) task: Task,
    /// Discloses the private word.
    pub(crate) oracle: Solved,
    /// From another project, of about the same length.
    pub(crate) random: Solved,
}

impl Material {
    /// # Errors
    /// Where a file of tasks will not do.
    pub(crate) fn new(config: &Config, seed: u64) -> Result<Self, TrainError> {
        match &config.tasks.file {
            None => Ok(Self::of_pymini(config, seed)),
            Some(files) => file::material(config, files, seed),
        }
    }

    fn of_pymini(config: &Config, seed: u64) -> Self {
        let (t, e) = (&config.tasks, &config.evaluation);
        let family = Family::new(seed);
        let mixture = family.mixture(MixtureConfig {
            gold: t.gold,
            plain: t.plain,
            alias: t.alias,
            ambiguous: t.ambiguous,
            eight_way: t.eight_way,
            ..MixtureConfig::default()
        });
        let rows = (0..t.rows as u64)
            .into_par_iter()
            .map(|index| mixture.row(index))
            .collect();
        let shares = PoolShares {
            plain: t.pool_plain,
            alias: t.pool_alias,
            binary: t.pool_binary,
            eight_way: t.pool_eight_way,
        };
        let pool = family.train_pool(t.pool, shares);
        let projects: BTreeSet<&str> = pool
            .iter()
            .map(|task| &task.project[..])
            .filter(|name| !name.is_empty())
            .collect();
        let pool_bank = projects
            .into_iter()
            .flat_map(|name| family.bank(name))
            .map(Task::from)
            .collect();
        let control = |task: &falcon_tasks::Task| match config.memory.exemplar {
            _ if task.family != TaskFamily::Alias => None,
            ExemplarSource::Retrieved | ExemplarSource::Stale => None,
            ExemplarSource::Random => Some(family.random_exemplar(task)),
            ExemplarSource::Oracle => family.oracle_exemplar(task),
        };
        let controls = pool.par_iter().map(control).collect();
        // Validation has projects of its own, so that neither rows nor pool disclose their words.
        let apart = Family::new(random::stream(seed, "validation", 0).random());
        let half = config.warm_start.validation_tasks / 2;
        let only = |alias, eight_way| {
            let shares = PoolShares {
                plain: 0.0,
                alias,
                binary: 0.0,
                eight_way,
            };
            apart.train_pool(half, shares)
        };
        let validation_alias = only(1.0, 0.0)
            .into_iter()
            .filter_map(|task| {
                let solved = apart.oracle_exemplar(&task)?;
                Some((Task::from(task), solved))
            })
            .collect();
        let validation_feedback = only(0.0, 1.0)
            .into_iter()
            .enumerate()
            .filter_map(|(index, task)| {
                let feedback = task.synthetic_feedback(index % task.wrong.len().max(1))?;
                Some((Task::from(task), Feedback::Pymini(feedback)))
            })
            .collect();
        let alias = family
            .test_set(Split::Alias, e.alias)
            .into_iter()
            .filter_map(|task| {
                let oracle = family.oracle_exemplar(&task)?;
                let random = family.random_exemplar(&task);
                Some(AliasTask {
                    task: Task::from(task),
                    oracle,
                    random,
                })
            })
            .collect();
        let test_bank = family
            .projects(e.alias)
            .into_iter()
            .flat_map(|p| p.bank)
            .map(Task::from)
            .collect();
        // The test set alternates between two-way and eight-way tasks; two readings show nothing,
        // since a second guess finds the right one as fast as feedback tells it.
        let ambiguous = family
            .test_set(Split::Ambiguous, 2 * e.ambiguous)
            .into_iter()
            .filter(|task| task.family == TaskFamily::EightWay)
            .take(e.ambiguous)
            .map(Task::from)
            .collect();
        let all = |tasks: Vec<falcon_tasks::Task>| -> Vec<Task> {
            tasks.into_iter().map(Task::from).collect()
        };
        Self {
            seed,
            rows,
            validation: all(family.validation_set(config.warm_start.validation_tasks)),
            validation_alias,
            validation_feedback,
            pool: all(pool),
            pool_bank,
            iid: all(family.test_set(Split::Iid, e.iid)),
            composition: all(family.test_set(Split::Composition, e.composition)),
            alias,
            test_bank,
            ambiguous,
            controls,
            files: None,
        }
    }

    /// Digest of each test set: ids, words, examples and hidden tests of its tasks.
    pub(crate) fn test_sets(&self) -> BTreeMap<String, Digest> {
        self.tests()
            .into_iter()
            .map(|(split, tasks)| (split.to_owned(), digest(&tasks)))
            .collect()
    }

    /// What kind each test set's tasks are.
    pub(crate) fn kinds(&self) -> BTreeMap<String, Vec<TaskKind>> {
        let kind = |task: &&Task| task.kind();
        self.tests()
            .into_iter()
            .map(|(split, tasks)| (split.to_owned(), tasks.iter().map(kind).collect()))
            .collect()
    }

    /// Each test set's clusters, in its order.
    pub(crate) fn clusters(&self) -> BTreeMap<String, Vec<String>> {
        let cluster = |task: &&Task| task.cluster();
        self.tests()
            .into_iter()
            .map(|(split, tasks)| (split.to_owned(), tasks.iter().map(cluster).collect()))
            .collect()
    }

    /// The tasks of a test set; none where this run has no such set.
    pub(crate) fn test_set(&self, split: &str) -> Vec<Task> {
        let mut sets = self.tests().into_iter();
        let found = sets.find(|(name, _)| *name == split);
        let tasks = found.map_or_else(Vec::new, |(_, tasks)| tasks);
        tasks.into_iter().cloned().collect()
    }

    fn tests(&self) -> Vec<(&'static str, Vec<&Task>)> {
        if let Some(files) = &self.files {
            return vec![(TEST, files.tests.iter().collect())];
        }
        let alias = self.alias.iter().map(|alias| &alias.task).collect();
        vec![
            ("iid", self.iid.iter().collect()),
            ("composition", self.composition.iter().collect()),
            ("alias", alias),
            ("ambiguous", self.ambiguous.iter().collect()),
        ]
    }

    /// # Errors
    /// Where files of tasks are not those that the run began with, or a stage needs solved tasks and there are none.
    pub(crate) fn check(&self, at: &Checkpoint) -> Result<(), TrainError> {
        for (path, now) in self.file_digests() {
            if let Some(then) = at.state.task_files.get(&path).filter(|then| **then != now) {
                return Err(TrainError::Input(format!(
                    "the run began with another {path}: it was {then}, and is {now} now; put it back, or begin a run of its own"
                )));
            }
        }
        let config = &at.config;
        let wanted = match at.state.stage {
            _ if !self.rows.is_empty() => return Ok(()),
            Stage::WarmStart => {
                "there is no warm start without solved tasks: start from a model (--warm-start)"
            }
            _ if config.rl.anchor > 0.0 => "rl.anchor must be 0 without solved tasks",
            _ if config.evaluation.continued => {
                "evaluation.continued must be false without solved tasks"
            }
            _ => return Ok(()),
        };
        Err(TrainError::Input(format!(
            "{wanted}, or give some: none of the tasks has a reference that fits model.answer; tasks.file.gold names a file of them"
        )))
    }

    /// Digest of each file that tasks came from, by its path.
    pub(crate) fn file_digests(&self) -> BTreeMap<String, Digest> {
        let read = self.files.iter().flat_map(|files| &files.read);
        read.map(|file| (file.path.clone(), file.digest)).collect()
    }

    /// The tasks of the test sets, of which nothing may be in memory.
    pub(crate) fn held_out(&self) -> Vec<HeldOut> {
        let tests = self.tests().into_iter().flat_map(|(_, tasks)| tasks);
        tests.map(Task::held_out).collect()
    }

    /// The exemplar of a control for a task of the pool; none where memory is asked for it, and for a task that
    /// memory is not asked for.
    pub(crate) fn control(&self, task: usize) -> Option<Solved> {
        self.controls.get(task).cloned().flatten()
    }

    /// The warm start's rows of a step: each epoch goes through all of them in an order of its own.
    pub(crate) fn batch(&self, purpose: &str, step: usize, size: usize) -> Vec<&Row> {
        self.order(purpose, self.rows.len(), step * size, size)
            .map(|row| &self.rows[row])
            .collect()
    }

    /// The pool's tasks from the `from`th draw of a run on, by index.
    pub(crate) fn draw_pool(&self, from: usize, count: usize) -> Vec<usize> {
        self.order("pool", self.pool.len(), from, count).collect()
    }

    fn order(
        &self,
        purpose: &str,
        len: usize,
        from: usize,
        count: usize,
    ) -> impl Iterator<Item = usize> {
        // Where there is nothing, nothing is drawn.
        let count = if len == 0 { 0 } else { count };
        let len = len.max(1);
        let first = from / len;
        let mut all = Vec::new();
        for epoch in first..=(from + count.max(1) - 1) / len {
            let mut epoch_order: Vec<usize> = (0..len).collect();
            epoch_order.shuffle(&mut random::stream(self.seed, purpose, epoch as u64));
            all.extend(epoch_order);
        }
        all.into_iter().skip(from - first * len).take(count)
    }
}

fn digest(tasks: &[&Task]) -> Digest {
    let texts = tasks.iter().map(|task| task.content());
    Digest::of_parts(texts.collect::<Vec<_>>().iter().map(String::as_bytes))
}

/// Digest of each test set that a run of this configuration is measured on. It is the same under every seed.
///
/// # Errors
/// Where a file of tasks will not do.
pub fn test_sets(config: &Config) -> Result<BTreeMap<String, Digest>, TrainError> {
    Ok(measured(config)?.test_sets())
}

/// What a configuration's files of tasks come to; none where its tasks are PyMini's.
///
/// # Errors
/// Where a file will not do.
pub(crate) fn from_files(config: &Config) -> Result<Option<FromFiles>, TrainError> {
    match &config.tasks.file {
        None => Ok(None),
        Some(_) => Ok(measured(config)?.files),
    }
}

/// The test sets of a run, which are the same under every seed, and hardly anything else of it.
fn measured(config: &Config) -> Result<Material, TrainError> {
    let mut only = config.clone();
    (only.tasks.rows, only.tasks.pool, only.tasks.gold) = (1, 1, 1);
    only.warm_start.validation_tasks = 2;
    Material::new(&only, 0)
}
