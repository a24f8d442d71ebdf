//! The file of an experiment: TOML to a [`Plan`].

mod contrast;
mod recipe;
mod source;

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use toml::{Spanned, Table};

use crate::{
    Arm, ArmKind, Contrast, ExperimentError, From, Plan, Recipe, Recipes, RowName, Setting, Square,
    WARM_START, overlay::line_at,
};

use contrast::{ContrastEntry, Measured};
use recipe::Overlay;
pub(crate) use recipe::with_compute;

/// The rows of a run in time.
const ROWS: [&str; 3] = ["before", "after", "continued"];
/// Draws where the file does not say.
const DRAWS: usize = 4000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    #[serde(default)]
    about: String,
    base: Option<Spanned<String>>,
    seeds: Spanned<Vec<u64>>,
    draws: Option<Spanned<usize>>,
    #[serde(default)]
    overlay: Table,
    arms: Vec<ArmEntry>,
    #[serde(default)]
    contrasts: Vec<ContrastEntry>,
    #[serde(default)]
    squares: Vec<Square>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArmEntry {
    name: Spanned<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    overlay: Table,
    reward: Option<Spanned<String>>,
    memory_policy: Option<Spanned<String>>,
    from: Option<Spanned<String>>,
    compute: Option<Spanned<String>>,
    of: Option<Spanned<String>>,
    row: Option<Spanned<String>>,
}

/// What all arms have in common.
struct Shared<'a> {
    base: &'a Table,
    overlay: &'a Table,
    warm_start: &'a Setting,
}

/// What errors need to say where they are.
struct Reader<'a> {
    text: &'a str,
    origin: &'a Path,
    recipes: &'a dyn Recipes,
}

type Read<T> = Result<T, ExperimentError>;

pub(crate) fn parse(text: &str, origin: &Path, recipes: &dyn Recipes) -> Read<Plan> {
    let reader = Reader {
        text,
        origin,
        recipes,
    };
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_at(text, span.start));
        reader.error(line, "", error.message())
    })?;
    reader.plan(file)
}

impl Reader<'_> {
    fn plan(&self, file: File) -> Read<Plan> {
        self.folder_name(&file.name, "name")?;
        let seeds = self.seeds(&file.seeds)?;
        let base = self.base(file.base.as_ref())?;
        let recipe = self.recipe(&base, &file.overlay, None)?;
        let mut rows = BTreeMap::new();
        rows.insert(WARM_START.to_owned(), before(&recipe.rows));
        let warm_start = Setting {
            from: From::Own,
            compute: None,
            reward: None,
            memory_policy: None,
            ..self.setting(recipe)
        };
        let shared = Shared {
            base: &base,
            overlay: &file.overlay,
            warm_start: &warm_start,
        };
        let mut arms: Vec<Arm> = Vec::new();
        for (index, entry) in file.arms.into_iter().enumerate() {
            let arm = self.arm(index, entry, &shared, &arms, &mut rows)?;
            arms.push(arm);
        }
        let measured = Measured {
            warm_start: &warm_start,
            arms: &arms,
            rows: &rows,
        };
        let mut contrasts: Vec<Contrast> = Vec::new();
        for entry in file.contrasts {
            let contrast = self.contrast(entry, &measured, &contrasts)?;
            contrasts.push(contrast);
        }
        self.squares(&file.squares, &measured)?;
        let draws = match &file.draws {
            Some(draws) if *draws.get_ref() < 100 => {
                return Err(self.at(draws, "", "draws must be at least 100"));
            }
            Some(draws) => *draws.get_ref(),
            None => DRAWS,
        };
        Ok(Plan {
            name: file.name.into_inner(),
            about: file.about,
            seeds,
            draws,
            warm_start,
            arms,
            contrasts,
            squares: file.squares,
        })
    }

    fn seeds(&self, seeds: &Spanned<Vec<u64>>) -> Read<Vec<u64>> {
        let mut sorted = seeds.get_ref().clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.is_empty() || sorted.len() != seeds.get_ref().len() {
            return Err(self.at(seeds, "", "seeds must be at least one, each once"));
        }
        Ok(seeds.get_ref().clone())
    }

    fn base(&self, name: Option<&Spanned<String>>) -> Read<Table> {
        let asked = name.map_or("quick", |name| name.get_ref());
        let wrong = |what: String| match name {
            Some(name) => self.at(name, "", &what),
            None => self.error(0, "", &what),
        };
        let text = self.recipes.base(asked).map_err(wrong)?;
        text.parse().map_err(|error: toml::de::Error| {
            wrong(format!("the base {asked:?}: {}", error.message()))
        })
    }

    fn arm(
        &self,
        index: usize,
        entry: ArmEntry,
        shared: &Shared<'_>,
        before: &[Arm],
        rows: &mut BTreeMap<String, Vec<RowName>>,
    ) -> Read<Arm> {
        self.folder_name(&entry.name, "an arm's name")?;
        let name = entry.name.get_ref().clone();
        if name == WARM_START || before.iter().any(|arm| arm.name == name) {
            return Err(self.at(&entry.name, &name, "the name is taken"));
        }
        let title = if entry.title.is_empty() {
            name.clone()
        } else {
            entry.title.clone()
        };
        let kind = match (&entry.of, &entry.row) {
            (Some(of), Some(row)) => self.row(&name, &entry, of, row, before)?,
            (None, None) => {
                let of_arm = Overlay {
                    index,
                    name: &name,
                    table: &entry.overlay,
                };
                let recipe = self.recipe(shared.base, shared.overlay, Some(&of_arm))?;
                rows.insert(name.clone(), recipe.rows.clone());
                let from = self.source(&entry, &recipe, shared.warm_start, before)?;
                ArmKind::Run(Box::new(self.run(&entry, recipe, from, before)?))
            }
            (Some(one), None) | (None, Some(one)) => {
                return Err(self.at(
                    one,
                    &name,
                    "`of` names an arm and `row` which of its rows: both, or neither",
                ));
            }
        };
        Ok(Arm { name, title, kind })
    }

    fn row(
        &self,
        name: &str,
        entry: &ArmEntry,
        of: &Spanned<String>,
        row: &Spanned<String>,
        before: &[Arm],
    ) -> Read<ArmKind> {
        if !entry.overlay.is_empty()
            || entry.reward.is_some()
            || entry.from.is_some()
            || entry.compute.is_some()
            || entry.memory_policy.is_some()
        {
            return Err(self.at(
                of,
                name,
                "an arm that is a row of another has nothing of its own to set",
            ));
        }
        if of.get_ref() != WARM_START {
            self.run_before(name, of, before)?;
        }
        if !ROWS.contains(&row.get_ref().as_str()) {
            return Err(self.at(
                row,
                name,
                &format!("row must be one of {}", ROWS.join(", ")),
            ));
        }
        Ok(ArmKind::Row {
            of: of.get_ref().clone(),
            row: row.get_ref().clone(),
        })
    }

    fn run(&self, entry: &ArmEntry, recipe: Recipe, from: From, before: &[Arm]) -> Read<Setting> {
        let name = entry.name.get_ref();
        if let Some(compute) = &entry.compute {
            self.run_before(name, compute, before)?;
            self.limited(&recipe, compute, name)?;
        }
        if let Some(reward) = &entry.reward {
            let known = self.recipes.reward(reward.get_ref());
            known.map_err(|what| self.at(reward, name, &what))?;
        }
        if let Some(policy) = &entry.memory_policy {
            let known = self.recipes.memory_policy(policy.get_ref());
            known.map_err(|what| self.at(policy, name, &what))?;
        }
        let own = |of: &Option<Spanned<String>>| of.as_ref().map(|one| one.get_ref().clone());
        Ok(Setting {
            from,
            reward: own(&entry.reward),
            memory_policy: own(&entry.memory_policy),
            compute: own(&entry.compute),
            ..self.setting(recipe)
        })
    }

    /// Whether the recipe can be given an amount of compute at all.
    fn limited(&self, recipe: &Recipe, compute: &Spanned<String>, name: &str) -> Read<()> {
        with_compute(&recipe.text, 1, self.recipes)
            .map(|_| ())
            .map_err(|what| self.at(compute, name, &what))
    }

    fn setting(&self, recipe: Recipe) -> Setting {
        Setting {
            config: recipe.text,
            reward: None,
            memory_policy: None,
            from: From::WarmStart,
            compute: None,
            test_sets: recipe.test_sets,
            task_files: recipe.task_files,
        }
    }

    /// An arm that another needs has runs of its own and stands before it, so that there is no circle.
    fn run_before<'a>(
        &self,
        name: &str,
        asked: &Spanned<String>,
        before: &'a [Arm],
    ) -> Read<&'a Setting> {
        match before.iter().find(|arm| arm.name == *asked.get_ref()) {
            Some(Arm {
                kind: ArmKind::Run(setting),
                ..
            }) => Ok(&**setting),
            Some(_) => Err(self.at(
                asked,
                name,
                &format!(
                    "{} is a row of another arm and has no runs",
                    asked.get_ref()
                ),
            )),
            None => Err(self.at(
                asked,
                name,
                &format!("no arm {:?} stands before it in the file", asked.get_ref()),
            )),
        }
    }

    /// Names become folders.
    fn folder_name(&self, name: &Spanned<String>, what: &str) -> Read<()> {
        let text = name.get_ref();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.is_empty() && text.chars().all(plain) {
            return Ok(());
        }
        Err(self.at(
            name,
            "",
            &format!("{what} is made of a-z, 0-9 and -, and {text:?} is not"),
        ))
    }

    fn at<T>(&self, place: &Spanned<T>, arm: &str, message: &str) -> ExperimentError {
        self.error(line_at(self.text, place.span().start), arm, message)
    }

    fn error(&self, line: usize, arm: &str, message: &str) -> ExperimentError {
        ExperimentError::File {
            origin: self.origin.to_owned(),
            line,
            arm: arm.to_owned(),
            message: message.to_owned(),
        }
    }
}

/// What the warm starts that arms share measure: what a run does after its steps, as rows before them.
fn before(rows: &[RowName]) -> Vec<RowName> {
    let after = rows.iter().filter(|row| row.when == "after");
    after
        .map(|row| RowName {
            when: "before".to_owned(),
            ..row.clone()
        })
        .collect()
}
