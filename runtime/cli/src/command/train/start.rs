//! `start.json`: what a run or a series was asked for. It is the first thing written into a folder, so
//! that whatever happens next, the folder can go on.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use falcon_episode::Digest;
use falcon_train::{Config, Phase, Start};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, OrFail as _},
    output::write_file,
};

/// What was asked for.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Started {
    pub(super) seed: u64,
    /// How many seeds, from `seed` on; none for a single run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seeds: Option<u32>,
    pub(super) phase: Phase,
    /// Absolute, since a run may go on from another folder.
    pub(super) warm_start: Option<PathBuf>,
    /// The language pack it was begun with. Another would give another result under the same name.
    pub(super) plugins: BTreeMap<String, Digest>,
    /// The reward file it was begun with.
    pub(super) reward: String,
    /// The judges it was begun with; its ledger has those that came after.
    pub(super) judges: BTreeMap<String, Digest>,
    /// The memory policy it was begun with; its ledger has those that came after.
    pub(super) memory_policy: MemoryPolicyAsked,
    /// The URL below which the items of its memories are kept; none where they are in its folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) memory_store: Option<String>,
    /// The command as a person would type it.
    pub(super) command: String,
    /// The whole configuration as TOML.
    pub(super) config: String,
}

/// A memory policy as it was asked for.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct MemoryPolicyAsked {
    /// A plugin's name, or the absolute path of its file.
    pub(super) asked: String,
    /// Its digest, by its name.
    pub(super) plugins: BTreeMap<String, Digest>,
}

const FILE: &str = "start.json";

/// Whether a run or a series was begun in this folder.
pub(super) fn is_begun(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// Whether this is what a process that was killed while it wrote the record left.
pub(super) fn is_leftover(name: &str) -> bool {
    name.starts_with(&format!(".{FILE}."))
}

impl Started {
    /// Writes the record, and the folder where there is none.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::file(error, format!("cannot make {}", folder.display())))?;
        let text = serde_json::to_vec_pretty(self).or_infrastructure("cannot write the start")?;
        write_file(&folder.join(FILE), &text)
    }

    /// The record of a folder.
    ///
    /// # Errors
    /// Where there is no run in it.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let shown = folder.display();
        if !folder.is_dir() {
            return Err(Failure::usage(anyhow!(
                "there is no run in {shown}: no such folder"
            )));
        }
        let path = folder.join(FILE);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::usage(anyhow!(
                "there is no run in {shown}: it has no {FILE}"
            ))
            .hint("name the folder that falcon train was given with --out")),
            Err(error) => Err(Failure::file(
                error,
                format!("cannot read {}", path.display()),
            )),
            Ok(bytes) => serde_json::from_slice(&bytes)
                .or_usage(format!("{} is not what falcon wrote", path.display())),
        }
    }

    /// One seed of a series, as a run of its own.
    pub(super) fn of_seed(&self, seed: u64) -> Self {
        Self {
            seed,
            seeds: None,
            memory_store: self
                .memory_store
                .as_ref()
                .map(|url| format!("{}/seed-{seed}", url.trim_end_matches('/'))),
            ..self.clone()
        }
    }

    /// The whole configuration.
    pub(super) fn configuration(&self, folder: &Path) -> Result<Config, Failure> {
        Config::parse(&self.config, &folder.join(FILE)).map_err(Failure::training)
    }

    /// What training begins from.
    pub(super) fn start(&self, folder: &Path) -> Result<Start, Failure> {
        Ok(Start {
            config: self.configuration(folder)?,
            seed: self.seed,
            phase: self.phase,
            warm_start: self.warm_start.clone(),
        })
    }
}

/// A run goes on with the language pack it was begun with, and begins with the judges and the memory policy that it was
/// asked for.
///
/// # Errors
/// With both digests of the first plugin that differs.
pub(super) fn check(
    folder: &Path,
    then: &BTreeMap<String, Digest>,
    now: &BTreeMap<String, Digest>,
) -> Result<(), Failure> {
    let mut names = then.keys().chain(now.keys());
    let Some(name) = names.find(|name| then.get(*name) != now.get(*name)) else {
        return Ok(());
    };
    let digest = |of: &BTreeMap<String, Digest>| {
        of.get(name)
            .map_or_else(|| "not used".to_owned(), ToString::to_string)
    };
    Err(Failure::usage(anyhow!(
        "{} was begun with other plugins: {name} was {}, and is {} now",
        folder.display(),
        digest(then),
        digest(now)
    ))
    .hint("name the folder of the plugins it was begun with: --plugins DIR")
    .hint("or begin a run of its own with these: falcon train --out DIR"))
}
