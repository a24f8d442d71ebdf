//! Long-term memories of a run, under the memory policy plugin.

use std::{
    fs,
    path::{self, Path, PathBuf},
    sync::Arc,
};

use anyhow::anyhow;
use falcon_episode::{Infrastructure, LongTermMemory};
use falcon_memory::{Options, Store, as_url, hidden, policy::Policy};
use falcon_train::MemoryFactory;
use serde_json::Value;

use super::{
    policy::{DEFAULT, policy},
    run_policy::PolicyFolder,
};
use crate::{
    command::{Context, memory_capacity, policy_settings},
    failure::{Failure, OrFail as _},
};

/// Opens the memories of one run, each in a folder of its own.
pub(crate) struct Memories {
    root: PathBuf,
    /// The URL below which their items are kept, where that is not in the folders.
    url: Option<String>,
    /// Items that each may hold.
    capacity: usize,
    policy: Arc<dyn Policy>,
}

impl Memories {
    /// Memories below `root`, their items below a URL where one is given.
    pub(crate) fn new(
        root: PathBuf,
        url: Option<String>,
        capacity: usize,
        policy: Arc<dyn Policy>,
    ) -> Self {
        Self {
            root,
            url,
            capacity,
            policy,
        }
    }
}

impl MemoryFactory for Memories {
    fn open(&self, name: &str) -> Result<Box<dyn LongTermMemory>, Infrastructure> {
        let folder = self.root.join(name);
        let options = Options {
            capacity: self.capacity,
            ..Options::default()
        };
        let policy = Arc::clone(&self.policy);
        let store = match &self.url {
            None => Store::open(&folder, options, policy),
            Some(url) => {
                let url = format!("{}/{name}", url.trim_end_matches('/'));
                Store::open_elsewhere(&folder, &url, options, policy)
            }
        };
        Ok(Box::new(store.map_err(Infrastructure::new)?))
    }
}

/// The memory folders that a folder means: itself, a run's, or those of every run of a series, in order.
/// Where there is none, the folder itself, so that opening it says what is wrong.
pub(crate) fn memory_folders(folder: &Path) -> Vec<PathBuf> {
    let of_run = |run: &Path| children(&run.join("memory"));
    let own = [of_run(folder), children(folder)].concat();
    let mut found: Vec<PathBuf> = std::iter::once(folder.to_owned())
        .chain(own)
        .filter(|path| is_memory(path))
        .collect();
    if found.is_empty() {
        let runs = children(folder);
        found = runs.iter().flat_map(|run| of_run(run)).collect();
        found.retain(|path| is_memory(path));
    }
    if found.is_empty() {
        found.push(folder.to_owned());
    }
    found
}

fn is_memory(folder: &Path) -> bool {
    folder.join("memory.json").is_file()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut children: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    children.sort_by_cached_key(|path| in_order(path));
    children
}

/// What folders are sorted by: `seed-2` stands before `seed-10`.
fn in_order(path: &Path) -> (String, u64, PathBuf) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name[text.len()..].parse().unwrap_or(0);
    (text.to_owned(), number, path.to_owned())
}

/// The memory to retrieve from that a folder means: the memory itself, or what a run kept for evaluation,
/// the solved tasks of the test projects; of a series, that of its first run, since test projects do not
/// depend on the seed. Its policy is that of [`policy_of`]. A URL has no run around it that
/// would say which, so there it must be named: another than the run's would show other items.
///
/// # Errors
/// Where there is none, or the memory policy is not told or cannot be loaded.
pub(crate) fn open_memory(
    context: &Context,
    folder: &Path,
    policy: Option<&str>,
) -> Result<Store, Failure> {
    if let (None, Some(url)) = (policy, as_url(folder)) {
        let unknown = anyhow!(
            "{} does not say under which memory policy its items are shown",
            hidden(url)
        );
        return Err(Failure::usage(unknown)
            .hint("name the policy of its run with --memory-policy")
            .hint("or name the run's folder, which knows it"));
    }
    let found = memory_folders(folder);
    let evaluation = found.iter().find(|path| path.ends_with("evaluation"));
    let meant = evaluation
        .or(found.first())
        .map_or(folder, PathBuf::as_path);
    let policy = policy_of(context, meant, policy)?;
    Store::open_for_reading(meant, policy).or_usage("the memory cannot be used")
}

/// The policy of a memory's folder: the one named, else that of the run around it with the run's settings, else the usual one.
/// One that is named has its default settings, since those of the run may be another policy's.
pub(crate) fn policy_of(
    context: &Context,
    memory: &Path,
    named: Option<&str>,
) -> Result<Arc<dyn Policy>, Failure> {
    if let Some(named) = named {
        return policy(context, named, &Value::Null);
    }
    let Some(run) = run_around(memory) else {
        return policy(context, DEFAULT, &Value::Null);
    };
    match PolicyFolder::of(&run).last()? {
        Some(file) => policy(
            context,
            &file.display().to_string(),
            &policy_settings(&run)?,
        ),
        None => policy(context, DEFAULT, &Value::Null),
    }
}

/// How many items a memory's folder may hold: as the recipe of the run around it says, else as many as usual.
pub(crate) fn capacity_of(memory: &Path) -> Result<usize, Failure> {
    match run_around(memory) {
        Some(run) if PolicyFolder::of(&run).is_begun() => memory_capacity(&run),
        _ => Ok(Options::default().capacity),
    }
}

/// Where the run is that a memory's folder would be of, by its place: a run has its memories in `memory/`.
pub(crate) fn run_around(memory: &Path) -> Option<PathBuf> {
    // A name from within the run, or a link, has other folders above it.
    let whole = fs::canonicalize(memory).or_else(|_| path::absolute(memory));
    let whole = whole.ok()?;
    let memories = whole.parent()?;
    let run = memories.ends_with("memory").then(|| memories.parent())??;
    Some(run.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_series_are_in_the_order_of_their_seeds() {
        let mut names = ["seed-10", "seed-2", "other", "seed-1", "seed"].map(Path::new);
        names.sort_by_cached_key(|path| in_order(path));
        let sorted = ["other", "seed", "seed-1", "seed-2", "seed-10"].map(Path::new);
        assert_eq!(names, sorted);
    }
}
