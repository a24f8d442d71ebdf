//! Questions. What they compare must be rows that the runs will measure: one that is not there would be found out at
//! the end, as an answer that is missing.

use std::collections::BTreeMap;

use falcon_episode::{Digest, Verdict};
use serde::Deserialize;
use toml::Spanned;

use super::{Read, Reader};
use crate::{
    Arm, ArmKind, Contrast, RowName, Setting, Side, Square, WARM_START,
    overlay::{self, PathStep},
    plan::OF_FILES,
};

/// The splits that a contrast may be on.
const SPLITS: [&str; 5] = ["iid", "composition", "alias", "ambiguous", "test"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContrastEntry {
    name: Spanned<String>,
    claim: String,
    split: Spanned<String>,
    with: Spanned<String>,
    without: Spanned<String>,
    measure: Option<Spanned<String>>,
    depth: Option<usize>,
    family: Option<String>,
    skip: Option<Spanned<usize>>,
    #[serde(default)]
    primary: bool,
}

/// The arms, and the rows that the runs of each measure: by its name, and the warm starts' by theirs.
pub(super) struct Measured<'a> {
    pub(super) warm_start: &'a Setting,
    pub(super) arms: &'a [Arm],
    pub(super) rows: &'a BTreeMap<String, Vec<RowName>>,
}

impl Measured<'_> {
    /// An arm's row.
    ///
    /// # Errors
    /// Where it has none: what there is.
    fn row(&self, arm: &str, split: &str, memory: &str) -> Result<&RowName, String> {
        let known = self.arms.iter().find(|known| known.name == arm);
        let (of, when) = match known.map(|known| &known.kind) {
            None => {
                let names: Vec<&str> = self.arms.iter().map(|arm| arm.name.as_str()).collect();
                return Err(format!(
                    "there is no arm {arm:?}; there are {}",
                    names.join(", ")
                ));
            }
            Some(ArmKind::Run(_)) => (arm, "after"),
            Some(ArmKind::Row { of, row }) => (of.as_str(), row.as_str()),
        };
        let all = self.rows.get(of).into_iter().flatten();
        let of_split: Vec<&RowName> = all
            .filter(|row| row.when == when && row.split == split)
            .collect();
        let found = of_split.iter().copied().find(|row| row.memory == memory);
        if let Some(row) = found {
            return Ok(row);
        }
        let names: Vec<&str> = of_split.iter().map(|row| row.memory.as_str()).collect();
        Err(if names.is_empty() {
            format!("{arm} is not measured on {split}")
        } else {
            format!(
                "{arm} has no row {memory:?} on {split}; it has {}",
                names.join(", ")
            )
        })
    }

    /// The test set of an arm's runs.
    fn test_set(&self, arm: &str, split: &str) -> Option<Digest> {
        let setting = match &self.arms.iter().find(|known| known.name == arm)?.kind {
            ArmKind::Run(setting) => &**setting,
            ArmKind::Row { of, .. } if of == WARM_START => self.warm_start,
            ArmKind::Row { of, .. } => return self.test_set(of, split),
        };
        setting.test_sets.get(split).copied()
    }

    /// Whether two arms have their tasks in common.
    ///
    /// # Errors
    /// Where one has others: a difference would be of tasks, and not of arms.
    fn same_tasks(&self, with: &str, without: &str, split: &str) -> Result<(), String> {
        let sets = [with, without].map(|arm| self.test_set(arm, split));
        let [Some(of_with), Some(of_without)] = sets else {
            return Ok(());
        };
        if of_with == of_without {
            return Ok(());
        }
        let what = if split == OF_FILES {
            "tasks to be measured in [tasks.file], the same memory.budget, and, with from = \"own\", the same room in [model]"
        } else {
            "number of tasks in [evaluation]"
        };
        Err(format!(
            "{with} and {without} are measured on different tasks ({of_with} and {of_without}), so they cannot be compared; give both the same {what}"
        ))
    }
}

impl Reader<'_> {
    pub(super) fn contrast(
        &self,
        entry: ContrastEntry,
        measured: &Measured<'_>,
        before: &[Contrast],
    ) -> Read<Contrast> {
        let name = entry.name.get_ref().clone();
        if before.iter().any(|known| known.name == name) {
            return Err(self.at(
                &entry.name,
                "",
                &format!("there are two contrasts {name:?}"),
            ));
        }
        let told = |what: &str| format!("contrast {name}: {what}");
        if !SPLITS.contains(&entry.split.get_ref().as_str()) {
            let what = format!("split must be one of {}", SPLITS.join(", "));
            return Err(self.at(&entry.split, "", &told(&what)));
        }
        let side = |text: &Spanned<String>| -> Read<(Side, usize)> {
            let whole = text.get_ref();
            let (arm, memory) = whole.split_once('/').unwrap_or((whole, "none"));
            let row = measured.row(arm, entry.split.get_ref(), memory);
            let row = row.map_err(|what| self.at(text, "", &told(&what)))?;
            let side = Side {
                arm: arm.to_owned(),
                memory: memory.to_owned(),
            };
            Ok((side, row.tasks))
        };
        let (with, tasks) = side(&entry.with)?;
        let (without, fewer) = side(&entry.without)?;
        // Of PyMini's splits a contrast is of the tasks that both have.
        if entry.split.get_ref() == OF_FILES {
            let same = measured.same_tasks(&with.arm, &without.arm, OF_FILES);
            same.map_err(|what| self.at(&entry.without, "", &told(&what)))?;
        }
        if let Some(measure) = &entry.measure {
            let errors = Verdict::ALL.into_iter().filter(|it| *it != Verdict::Passed);
            let names: Vec<&str> = errors.map(Verdict::name).collect();
            if !names.contains(&measure.get_ref().as_str()) {
                let what = format!("measure must be one of {}", names.join(", "));
                return Err(self.at(measure, "", &told(&what)));
            }
        }
        let tasks = tasks.min(fewer);
        if let Some(skip) = entry.skip.as_ref().filter(|skip| *skip.get_ref() >= tasks) {
            let what = format!("skip leaves none of the {tasks} tasks");
            return Err(self.at(skip, "", &told(&what)));
        }
        Ok(Contrast {
            with,
            without,
            name,
            claim: entry.claim,
            split: entry.split.into_inner(),
            measure: entry.measure.map(Spanned::into_inner),
            depth: entry.depth,
            family: entry.family,
            skip: entry.skip.map(Spanned::into_inner),
            primary: entry.primary,
        })
    }

    /// Whether all four cells of each square will be measured, on the same tasks: their gains are crossed task by task.
    pub(super) fn squares(&self, squares: &[Square], measured: &Measured<'_>) -> Read<()> {
        for (index, square) in squares.iter().enumerate() {
            let wrong = |key: &str, what: &str| {
                let path = [
                    PathStep::Key("squares"),
                    PathStep::At(index),
                    PathStep::Key(key),
                ];
                self.error(overlay::line_of(self.text, &path), "", what)
            };
            for (trained, arm) in [
                ("trained_without", &square.trained_without),
                ("trained_with", &square.trained_with),
            ] {
                for (tested, memory) in [
                    ("tested_without", &square.tested_without),
                    ("tested_with", &square.tested_with),
                ] {
                    let Err(what) = measured.row(arm, &square.split, memory) else {
                        continue;
                    };
                    let is_known = measured.arms.iter().any(|known| known.name == *arm);
                    let key = if is_known { tested } else { trained };
                    return Err(wrong(key, &what));
                }
            }
            let (with, without) = (&square.trained_with, &square.trained_without);
            let same = measured.same_tasks(with, without, &square.split);
            same.map_err(|what| wrong("trained_with", &what))?;
        }
        Ok(())
    }
}
