//! A run's own judges: `judges/` in its folder.
//!
//! ```text
//! judges/reward.toml         the reward in force; who changes it changes the run from its next step on
//! judges/OWNER-NAME.wasm     its judges; a judge that is not here is taken from the plugins' folder
//! judges/kept/DIGEST.*       each reward and judge that was ever in force, so that a resumed run has them again
//! ```

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use falcon_episode::Digest;
use falcon_grading::{Judging, Panel, Reward};
use falcon_host::PluginSet;
use falcon_package::Kind;

use super::ledger::Entry;
use crate::{command::Context, failure::Failure, output::write_file, plugins, services::load};

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

    pub(super) fn ledger(&self) -> PathBuf {
        self.path.join("judges.jsonl")
    }

    /// Whether a run began to use it.
    pub(crate) fn is_begun(&self) -> bool {
        self.ledger().is_file()
    }

    /// Puts a reward there.
    pub(crate) fn put_reward(&self, text: &str) -> Result<(), Failure> {
        self.make(&self.path)?;
        write_file(&self.path.join("reward.toml"), text.as_bytes())
    }

    /// Puts a judge there.
    pub(crate) fn put_judge(&self, name: &str, file: &Path) -> Result<(), Failure> {
        self.make(&self.path)?;
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

    /// The judges that the folder asks for now, each kept under its digest, and their entry in the ledger.
    pub(crate) fn wanted(&self, context: &Context, step: u64) -> Result<(Panel, Entry), Failure> {
        let path = self.path.join("reward.toml");
        let reward = Reward::load(&path).map_err(Failure::usage)?;
        let text = read(&path)?;
        let mut judges = BTreeMap::new();
        for judge in &reward.judges {
            let file = self.file_of(context, &judge.plugin)?;
            let digest = self.keep(&read(&file)?, "wasm")?;
            judges.insert(judge.plugin.clone(), digest);
        }
        let entry = Entry {
            step,
            reward: self.keep(&text, "toml")?,
            judges,
        };
        Ok((self.panel(context, &entry)?, entry))
    }

    /// The judges of an entry, from what was kept of them.
    pub(super) fn panel(&self, context: &Context, entry: &Entry) -> Result<Panel, Failure> {
        let reward = Reward::load(&self.kept(&entry.reward, "toml")).map_err(Failure::usage)?;
        let mut judges: Vec<Box<dyn Judging>> = Vec::new();
        for asked in &reward.judges {
            let digest = entry.judges.get(&asked.plugin).ok_or_else(|| {
                let name = &asked.plugin;
                Failure::usage(anyhow::anyhow!(
                    "the run's ledger does not say which {name} it had"
                ))
            })?;
            let file = self.kept(digest, "wasm");
            let plugin = load::plugin(context, &file.display().to_string(), Kind::Judge)?;
            let (found, now) = (plugin.id().name.to_string(), plugin.id().digest);
            if found != asked.plugin || now != *digest {
                return Err(Failure::usage(anyhow::anyhow!(
                    "{} is {found} {now}, and {} {digest} is wanted",
                    file.display(),
                    asked.plugin
                )));
            }
            judges.push(Box::new(
                plugin.judge(&asked.config).map_err(Failure::usage)?,
            ));
        }
        Panel::new(judges, reward).map_err(Failure::usage)
    }

    /// The file of a judge: the run's own, else that of the plugins' folder.
    fn file_of(&self, context: &Context, name: &str) -> Result<PathBuf, Failure> {
        let own = PluginSet::open(&self.path).map_err(Failure::usage)?;
        match own.find(name) {
            Ok(info) => Ok(info.path.clone()),
            // One of the run's own that is no plugin is a mistake, or is still being written.
            Err(_) if !own.broken().is_empty() => {
                let broken = own.broken().iter().map(ToString::to_string);
                let text = broken.collect::<Vec<_>>().join("; ");
                Err(Failure::usage(anyhow::anyhow!(text)))
            }
            Err(_) => plugins::find(context.plugins.as_deref(), name),
        }
    }

    /// Keeps what was or may be in force.
    fn keep(&self, bytes: &[u8], ending: &str) -> Result<Digest, Failure> {
        let digest = Digest::of(bytes);
        let to = self.kept(&digest, ending);
        if !to.is_file() {
            self.make(&self.path.join("kept"))?;
            write_file(&to, bytes)?;
        }
        Ok(digest)
    }

    fn kept(&self, digest: &Digest, ending: &str) -> PathBuf {
        let name = digest.to_string().replace(':', "-");
        self.path.join("kept").join(format!("{name}.{ending}"))
    }

    fn make(&self, folder: &Path) -> Result<(), Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::file(error, format!("cannot make {}", folder.display())))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::file(error, format!("cannot read {}", path.display()));
    fs::read(path).map_err(failed)
}
