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
use falcon_train::{Config, FileConfig, QUICK, TrainError, rows, test_sets};

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
        let text = fs::read_to_string(&path).map_err(|error| {
            format!(
                "the base recipe {} cannot be read: {error}; the one that comes with falcon is \"quick\"",
                path.display()
            )
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(with_files_of(folder, &text).unwrap_or(text))
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
            task_files: task_files(&config)?,
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

/// A base recipe with its files of tasks where they are from its own folder on, since the rest of what it becomes part of is
/// from the experiment's. None where it names none.
fn with_files_of(folder: &Path, text: &str) -> Option<String> {
    let mut recipe: toml::Table = text.parse().ok()?;
    let file = recipe.get_mut("tasks")?.get_mut("file")?.as_table_mut()?;
    for field in ["train", "test", "gold"] {
        let Some(toml::Value::String(path)) = file.get_mut(field) else {
            continue;
        };
        let whole = std::path::absolute(folder.join(&*path)).ok();
        if let Some(whole) = whole.as_deref().and_then(Path::to_str) {
            whole.clone_into(path);
        }
    }
    Some(recipe.to_string())
}

/// Digest of each file of tasks, by what it is for.
fn task_files(config: &Config) -> Result<BTreeMap<String, Digest>, String> {
    let digest = |(role, path): (&str, &Path)| {
        let bytes = fs::read(path);
        bytes
            .map(|bytes| (role.to_owned(), Digest::of(&bytes)))
            .map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let files = config.tasks.file.iter().flat_map(FileConfig::files);
    files.map(digest).collect()
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
