//! A run's own judges: `judges/` in its folder.
//!
//! ```text
//! judges/reward.toml         the reward in force; who changes it changes the run from its next step on
//! judges/OWNER-NAME.wasm     its judges; one that is not here stays as it is, and is taken from the plugins' folder
//!                            when the reward names it first
//! judges/kept/DIGEST.*       each reward and judge that was ever in force, so that a resumed run has them again
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use falcon_grading::{Panel, Reward};
use falcon_host::{LoadError, PluginSet};

use super::Entry;
use crate::{
    command::Context,
    failure::Failure,
    output::write_file,
    plugins,
    services::{
        judges,
        kept::{Kept, make, read, unreadable},
        ledger::Ledger,
    },
};

/// The folder.
pub(crate) struct Folder {
    path: PathBuf,
}

/// What tells that a file in the folder changed: name, length and time.
pub(super) type Look = Vec<(PathBuf, u64, Option<SystemTime>)>;

impl Folder {
    /// The judges' folder of a run's folder.
    pub(crate) fn of(run: &Path) -> Self {
        Self {
            path: run.join("judges"),
        }
    }

    fn kept(&self) -> Kept {
        Kept::of(&self.path)
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.path.join("judges.jsonl")
    }

    /// Whether a run began to use it.
    pub(crate) fn is_begun(&self) -> bool {
        self.ledger().is_file()
    }

    /// Puts a reward there.
    pub(crate) fn put_reward(&self, text: &str) -> Result<(), Failure> {
        make(&self.path)?;
        write_file(&self.path.join("reward.toml"), text.as_bytes())
    }

    /// Puts a judge there.
    pub(crate) fn put_judge(&self, name: &str, file: &Path) -> Result<(), Failure> {
        make(&self.path)?;
        let to = self.path.join(format!("{}.wasm", name.replace('/', "-")));
        write_file(&to, &read(file)?)
    }

    /// The folder's files as they are now.
    pub(super) fn look(&self) -> Look {
        let files = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let seen = files.filter_map(|entry| {
            let data = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((entry.path(), data.len(), data.modified().ok()))
        });
        let mut look: Look = seen.filter(|(path, ..)| *path != self.ledger()).collect();
        look.sort();
        look
    }

    /// What a run would take from the folder now, looked at as [`wanted`](Self::wanted) does between two steps.
    pub(crate) fn check(&self, context: &Context) -> Result<Panel, Failure> {
        let ledger = Ledger::<Entry>::open(self.ledger())?;
        let (panel, _) = self.wanted(context, 0, ledger.entries().last())?;
        Ok(panel)
    }

    /// The judges that the folder asks for now, each kept under its digest, and their entry in the ledger. A judge
    /// that is not in the folder stays the one that is in force, whatever became of the plugins' folder.
    pub(super) fn wanted(
        &self,
        context: &Context,
        step: u64,
        in_force: Option<&Entry>,
    ) -> Result<(Panel, Entry), Failure> {
        let path = self.path.join("reward.toml");
        let text = read_text(&path)?;
        let reward = Reward::parse(&text, &path.display().to_string()).map_err(Failure::usage)?;
        let own = PluginSet::open(&self.path).map_err(Failure::usage)?;
        let mut judges = BTreeMap::new();
        for judge in &reward.judges {
            let name = &judge.plugin;
            let before = in_force.and_then(|entry| entry.judges.get(name));
            let digest = match (own_file(&own, name)?, before) {
                (Some(file), _) => self.kept().keep(&read(&file)?, "wasm")?,
                (None, Some(digest)) => *digest,
                (None, None) => {
                    let file = plugins::find(context.plugins.as_deref(), name)?;
                    self.kept().keep(&read(&file)?, "wasm")?
                }
            };
            judges.insert(name.clone(), digest);
        }
        let entry = Entry {
            step,
            reward: self.kept().keep(text.as_bytes(), "toml")?,
            judges,
        };
        Ok((self.panel(context, &entry)?, entry))
    }

    /// The judges of an entry, from what was kept of them.
    pub(super) fn panel(&self, context: &Context, entry: &Entry) -> Result<Panel, Failure> {
        let file = self.kept().find(&entry.reward, "toml")?;
        let reward = Reward::load(&file).map_err(Failure::usage)?;
        judges::panel_from(context, reward, |name| {
            let digest = entry.judges.get(name).ok_or_else(|| {
                Failure::usage(anyhow::anyhow!(
                    "the run's ledger does not say which {name} it had"
                ))
            })?;
            Ok(self.kept().find(digest, "wasm")?.display().to_string())
        })
    }
}

/// The file of a judge among the run's own; none where it has none of its own.
fn own_file(own: &PluginSet, name: &str) -> Result<Option<PathBuf>, Failure> {
    match own.find(name) {
        Ok(info) => Ok(Some(info.path.clone())),
        // One of the run's own that is no plugin is a mistake, or is still being written.
        Err(_) if !own.broken().is_empty() => {
            let broken = own.broken().iter().map(ToString::to_string);
            let text = broken.collect::<Vec<_>>().join("; ");
            Err(Failure::usage(anyhow::anyhow!(text)))
        }
        Err(LoadError::Unknown { .. } | LoadError::NotASelector(_)) => Ok(None),
        Err(error) => Err(Failure::usage(error)),
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| unreadable(path, error))
}
