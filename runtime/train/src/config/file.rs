use std::path::{Path, PathBuf};

use falcon_tasks::formats::Format;
use serde::{Deserialize, Serialize};

use super::{Config, ExemplarSource, Tokenizer};

/// Files of tasks, in place of PyMini's own: `[tasks.file]`. Paths in a file of configuration are relative to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// Tasks to learn from.
    pub train: PathBuf,
    /// Their format.
    #[serde(default)]
    pub format: Format,
    /// Tasks to be measured on; where it is not given, a share of `train`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// Their format; that of `train` where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_format: Option<Format>,
    /// Solved tasks that the warm start shows, the anchor repeats and long-term memory begins with; where it is not given, those
    /// of `train` that have a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<PathBuf>,
    /// Their format; that of `train` where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold_format: Option<Format>,
    /// Share of the solved tasks, by the hash of their ids, that are shown.
    #[serde(default = "all")]
    pub gold_share: f64,
    /// Share of `train`, by the hash of ids, that is measured and not learnt from, where `test` is not given.
    #[serde(default = "test_share")]
    pub test_share: f64,
    /// Share of `train`, by the hash of ids, that validation looks at and that is not learnt from.
    #[serde(default = "validation_share")]
    pub validation_share: f64,
}

fn all() -> f64 {
    1.0
}

fn test_share() -> f64 {
    0.2
}

fn validation_share() -> f64 {
    0.1
}

impl FileConfig {
    /// What each is for (`train`, `test` or `gold`), and where it is.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let all = [
            ("train", Some(&self.train)),
            ("test", self.test.as_ref()),
            ("gold", self.gold.as_ref()),
        ];
        let named = all.into_iter();
        named.filter_map(|(role, path)| Some((role, path?.as_path())))
    }

    /// The same, wherever the files are.
    pub(super) fn placeless(&self) -> Self {
        Self {
            train: PathBuf::new(),
            test: self.test.as_ref().map(|_| PathBuf::new()),
            gold: self.gold.as_ref().map(|_| PathBuf::new()),
            ..self.clone()
        }
    }

    /// Takes relative paths from this folder on.
    pub(super) fn resolve(&mut self, folder: &Path) {
        let paths = [
            Some(&mut self.train),
            self.test.as_mut(),
            self.gold.as_mut(),
        ];
        for path in paths.into_iter().flatten() {
            // A configuration is text, so a folder that is none cannot be said in it.
            let whole = std::path::absolute(folder.join(&*path)).ok();
            if let Some(whole) = whole.filter(|whole| whole.to_str().is_some()) {
                *path = whole;
            }
        }
    }
}

/// The first field that cannot be so with these tasks and this vocabulary, and what it must be.
pub(super) fn first_fault(config: &Config) -> Option<(&'static str, &'static str)> {
    let (model, memory) = (&config.model, &config.memory);
    let budget = memory.budget as usize;
    let rules = match (&config.tasks.file, model.tokenizer) {
        (None, Tokenizer::Bytes) => {
            let rule = "must be \"pymini\" without [tasks.file]";
            return Some(("model.tokenizer", rule));
        }
        (Some(_), Tokenizer::Pymini) => {
            let rule =
                "must be \"bytes\" with [tasks.file]: PyMini's vocabulary cannot say its tasks";
            return Some(("model.tokenizer", rule));
        }
        (None, Tokenizer::Pymini) => vec![
            (
                "model.context",
                model.context == falcon_tasks::MAX_CONTEXT,
                "must be 342, which PyMini's tasks need, with their vocabulary",
            ),
            (
                "model.answer",
                model.answer == falcon_tasks::MAX_BODY,
                "must be 64, which PyMini's programs need, with their vocabulary",
            ),
            (
                "tasks.pool",
                config.tasks.pool >= config.rl.drawn,
                "must be at least rl.drawn",
            ),
            (
                "memory.budget",
                budget <= falcon_tasks::MAX_MEMORY,
                "must be at most 214, the tokens that a prompt has room for",
            ),
        ],
        (Some(file), Tokenizer::Bytes) => {
            let inside = |share: f64| (0.0..1.0).contains(&share);
            let taken = if file.test.is_none() {
                file.test_share
            } else {
                0.0
            };
            vec![
                (
                    "model.context",
                    (16..=16_384).contains(&model.context),
                    "must be in 16..=16384",
                ),
                (
                    "model.answer",
                    model.answer >= 1 && model.answer + budget + 4 < model.context,
                    "must leave room in model.context for memory.budget and a prompt",
                ),
                (
                    "tasks.file.test_share",
                    file.test.is_some() || (file.test_share > 0.0 && inside(file.test_share)),
                    "must be in (0, 1) where no test file is given",
                ),
                (
                    "tasks.file.validation_share",
                    inside(file.validation_share) && inside(taken + file.validation_share),
                    "must be in [0, 1), and leave something to learn from",
                ),
                (
                    "tasks.file.gold_share",
                    (0.0..=1.0).contains(&file.gold_share),
                    "must be in [0, 1]",
                ),
                (
                    "memory.exemplar",
                    memory.exemplar != ExemplarSource::Oracle,
                    "must not be \"oracle\" with [tasks.file]: no file says which task discloses another",
                ),
                (
                    "memory.encoder",
                    memory.encoder.is_hashed(),
                    "must be \"hashed\" with [tasks.file]: a policy's vectors are compared with those of PyMini's tasks",
                ),
                (
                    "inner.context",
                    !config.inner.is_on(),
                    "must be \"none\" with [tasks.file]: the inner loop is measured on PyMini's splits alone",
                ),
            ]
        }
    };
    let mut rules = rules.into_iter();
    rules
        .find(|(_, holds, _)| !holds)
        .map(|(field, _, rule)| (field, rule))
}
