//! A plan: what is run, and which questions it must answer, before anything is run.

use std::{collections::BTreeMap, path::Path};

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use crate::{ExperimentError, file, placeless::placeless};

/// The split whose tasks are from files. Of the others a smaller set is the beginning of a larger one.
pub(crate) const OF_FILES: &str = "test";

/// An experiment as it will be run: every recipe whole, every test set by its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// For people and for folders.
    pub name: String,
    /// What it is about, in a sentence or two.
    pub about: String,
    /// Every arm is run under each of them.
    pub seeds: Vec<u64>,
    /// Bootstrap draws for an interval.
    pub draws: usize,
    /// The recipe of the warm starts, and what they are measured on.
    pub warm_start: Setting,
    /// In the file's order; what an arm needs of another stands before it.
    pub arms: Vec<Arm>,
    /// The questions.
    pub contrasts: Vec<Contrast>,
    /// Trained with and without, tested with and without.
    pub squares: Vec<Square>,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its short name, of which its folder is made.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it is.
    pub kind: ArmKind,
}

/// What an arm is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArmKind {
    /// A run of its own under each seed.
    Run(Box<Setting>),
    /// Rows of another arm's runs.
    Row {
        /// That arm, or [`WARM_START`](crate::WARM_START).
        of: String,
        /// `before`, `after` or `continued`.
        row: String,
    },
}

/// All that decides a run but its seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The whole recipe as TOML.
    pub config: String,
    /// The reward design or file; FALCON's default where none is named.
    pub reward: Option<String>,
    /// The memory policy plugin; FALCON's default where none is named.
    pub memory_policy: Option<String>,
    /// What reinforcement learning starts from.
    pub from: From,
    /// The arm whose compute, under the same seed, it must not exceed.
    pub compute: Option<String>,
    /// Digest of each frozen test set.
    pub test_sets: BTreeMap<String, Digest>,
    /// Digest of each file of tasks, by what it is for: `train`, `test` or `gold`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub task_files: BTreeMap<String, Digest>,
}

/// What reinforcement learning starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// The seed's warm start, which all such arms share.
    WarmStart,
    /// A warm start of its own, under its own recipe.
    Own,
    /// The model that another arm's run of the same seed made.
    Arm(String),
}

/// A question with the two sides whose difference answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contrast {
    /// Its short name.
    pub name: String,
    /// The question in words.
    pub claim: String,
    /// The test set.
    pub split: String,
    /// The side with the change.
    pub with: Side,
    /// The side without.
    pub without: Side,
    /// The verdict whose share is compared; pass@1 where none is named.
    pub measure: Option<String>,
    /// Only tasks of so many operations.
    pub depth: Option<usize>,
    /// Only tasks of this family.
    pub family: Option<String>,
    /// Leaves out so many tasks at the beginning of the test set: those that something was chosen on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<usize>,
    /// One of the family whose p-values Holm corrects.
    pub primary: bool,
}

/// An arm's row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Side {
    /// The arm.
    pub arm: String,
    /// The row's memory.
    pub memory: String,
}

/// Two arms that differ in what they were trained with, each tested with and without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Square {
    /// For people: the memory.
    pub title: String,
    /// The test set.
    pub split: String,
    /// The arm trained without.
    pub trained_without: String,
    /// The arm trained with.
    pub trained_with: String,
    /// The row's memory when tested without.
    pub tested_without: String,
    /// The row's memory when tested with.
    pub tested_with: String,
}

/// A recipe that will do.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Every field of it as TOML.
    pub text: String,
    /// Digest of each test set that it is measured on.
    pub test_sets: BTreeMap<String, Digest>,
    /// Digest of each file of tasks that it names, by what it is for.
    pub task_files: BTreeMap<String, Digest>,
    /// The rows that a run of it measures.
    pub rows: Vec<RowName>,
}

/// A row that a run will measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowName {
    /// The test set.
    pub split: String,
    /// `before`, `after` or `continued`.
    pub when: String,
    /// What memory is in use.
    pub memory: String,
    /// Tasks of the test set.
    pub tasks: usize,
}

/// What knows recipes, rewards and policies.
pub trait Recipes {
    /// The text of a base recipe: `quick`, or a file beside the experiment's.
    ///
    /// # Errors
    /// Where there is none.
    fn base(&self, name: &str) -> Result<String, String>;

    /// The whole recipe that a text means.
    ///
    /// # Errors
    /// Where it is none: what is wrong.
    fn check(&self, text: &str) -> Result<Recipe, String>;

    /// Whether there is a reward of this name.
    ///
    /// # Errors
    /// Where there is none: what there is.
    fn reward(&self, name: &str) -> Result<(), String>;

    /// Whether there is a memory policy of this name.
    ///
    /// # Errors
    /// Where there is none: what there is.
    fn memory_policy(&self, name: &str) -> Result<(), String>;
}

impl Plan {
    /// Reads an experiment's file.
    ///
    /// # Errors
    /// Where the text is no experiment, or one of its recipes will not do: with file, line and arm.
    pub fn parse(
        text: &str,
        origin: &Path,
        recipes: &dyn Recipes,
    ) -> Result<Self, ExperimentError> {
        file::parse(text, origin, recipes)
    }

    /// The arm of this name.
    #[must_use]
    pub fn arm(&self, name: &str) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// Digest of everything in it, but for where files of tasks are.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // Texts, numbers and lists: there is nothing that JSON cannot say.
        Digest::of(&serde_json::to_vec(&self.placeless()).unwrap_or_default())
    }

    /// The same plan, wherever its files of tasks are.
    fn placeless(&self) -> Self {
        let mut plan = self.clone();
        let arms = plan.arms.iter_mut().filter_map(|arm| match &mut arm.kind {
            ArmKind::Run(setting) => Some(&mut **setting),
            ArmKind::Row { .. } => None,
        });
        for setting in std::iter::once(&mut plan.warm_start).chain(arms) {
            setting.config = placeless(&setting.config);
        }
        plan
    }

    /// Whether this plan may go on where `before` was begun: arms, seeds and secondary contrasts may be
    /// added, and files of tasks may lie elsewhere; what there was stays.
    ///
    /// # Errors
    /// With the first arm or contrast that is not what it was.
    pub fn check_continues(&self, before: &Self) -> Result<(), ExperimentError> {
        let changed = |place: String, what: &str| {
            Err(ExperimentError::Changed {
                place,
                what: what.to_owned(),
            })
        };
        let (now, before) = (self.placeless(), before.placeless());
        if now.warm_start != before.warm_start {
            return changed(
                "the warm starts".into(),
                "the base recipe or the overlay of all arms was changed since they were begun",
            );
        }
        for arm in &before.arms {
            match now.arm(&arm.name) {
                None => {
                    return changed(
                        format!("arm {}", arm.name),
                        "it was begun, and the file has it no more",
                    );
                }
                Some(same) if same.kind != arm.kind => {
                    return changed(
                        format!("arm {}", arm.name),
                        "it was changed since it was begun",
                    );
                }
                Some(_) => {}
            }
        }
        for contrast in &before.contrasts {
            if !self.contrasts.contains(contrast) {
                return changed(
                    format!("contrast {}", contrast.name),
                    "it was fixed before the runs, and is changed or gone; add one of another name instead",
                );
            }
        }
        let late = self
            .contrasts
            .iter()
            .find(|now| now.primary && !before.contrasts.contains(now));
        match late {
            Some(late) => changed(
                format!("contrast {}", late.name),
                "a primary contrast is fixed before the runs; what is added later is secondary",
            ),
            None => Ok(()),
        }
    }
}
