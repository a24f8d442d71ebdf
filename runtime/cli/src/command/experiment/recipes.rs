//! Recipes, rewards and policies as experiments name them.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use falcon_episode::Digest;
use falcon_experiment::{Recipe, Recipes, RowName};
use falcon_package::Kind;
use falcon_train::{Config, QUICK, TrainError, rows, test_sets};

use crate::{command::Context, failure::Failure, plugins, services::reward};

/// What this falcon knows.
pub(super) struct Known<'a> {
    context: &'a Context,
    /// Where base recipes that are files are looked for.
    beside: PathBuf,
    /// Digests of test sets by the sizes that were asked for: drawing them takes a while.
    drawn: RefCell<BTreeMap<[usize; 4], BTreeMap<String, Digest>>>,
}

impl<'a> Known<'a> {
    /// # Arguments
    /// - `origin`: the experiment's file.
    pub(super) fn new(context: &'a Context, origin: &Path) -> Self {
        Self {
            context,
            beside: origin.parent().unwrap_or(Path::new("")).to_owned(),
            drawn: RefCell::default(),
        }
    }

    fn test_sets(&self, config: &Config) -> Result<BTreeMap<String, Digest>, TrainError> {
        if config.tasks.file.is_some() {
            return test_sets(config);
        }
        let e = &config.evaluation;
        let sizes = [e.iid, e.composition, e.alias, e.ambiguous];
        if let Some(known) = self.drawn.borrow().get(&sizes) {
            return Ok(known.clone());
        }
        let drawn = test_sets(config)?;
        self.drawn.borrow_mut().insert(sizes, drawn.clone());
        Ok(drawn)
    }
}

impl Recipes for Known<'_> {
    fn base(&self, name: &str) -> Result<String, String> {
        if name == "quick" {
            return Ok(QUICK.to_owned());
        }
        let path = self.beside.join(name);
        fs::read_to_string(&path).map_err(|error| {
            format!(
                "the base recipe {} cannot be read: {error}; the one that comes with falcon is \"quick\"",
                path.display()
            )
        })
    }

    fn check(&self, text: &str) -> Result<Recipe, String> {
        let mut config =
            Config::parse(text, Path::new("the recipe")).map_err(|error| match error {
                // The line is one of the merged text; the caller knows the file's.
                TrainError::Config { message, .. } => message,
                error => error.to_string(),
            })?;
        config.resolve(&self.beside);
        let row = |row: falcon_train::RowName| RowName {
            split: row.split.to_owned(),
            when: row.when.to_owned(),
            memory: row.memory.to_owned(),
            tasks: row.tasks,
        };
        let rows = rows(&config).map_err(|error| error.to_string())?;
        Ok(Recipe {
            test_sets: self.test_sets(&config).map_err(|error| error.to_string())?,
            rows: rows.into_iter().map(row).collect(),
            text: config.to_toml(),
        })
    }

    fn reward(&self, name: &str) -> Result<(), String> {
        reward(Some(name)).map(|_| ()).map_err(told)
    }

    fn memory_policy(&self, name: &str) -> Result<(), String> {
        let path = plugins::find(self.context.plugins.as_deref(), name).map_err(told)?;
        let info = falcon_host::inspect(&path).map_err(|error| error.to_string())?;
        if info.manifest.kind == Kind::Memory {
            return Ok(());
        }
        Err(format!(
            "{name} is {}, and {} is wanted here",
            info.manifest.kind.described(),
            Kind::Memory.described()
        ))
    }
}

/// An error with its hints in one line.
fn told(failure: Failure) -> String {
    let mut text = format!("{:#}", failure.error);
    for hint in &failure.hints {
        text += "; ";
        text += hint;
    }
    text
}
