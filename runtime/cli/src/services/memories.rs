//! Long-term memories of a run, under the memory policy plugin.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use falcon_episode::{Infrastructure, LongTermMemory};
use falcon_memory::{Options, Store, policy::Policy};
use falcon_train::MemoryFactory;

use super::policy;
use crate::{
    command::Context,
    failure::{Failure, OrFail as _},
};

/// The policy that training and evaluation use.
const POLICY: &str = "similar-recent";

/// Opens the memories of one run, each in a folder of its own.
pub(crate) struct Memories {
    root: PathBuf,
    policy: Arc<dyn Policy>,
}

impl Memories {
    /// Memories below `root`.
    ///
    /// # Errors
    /// Where the memory policy cannot be loaded.
    pub(crate) fn new(context: &Context, root: PathBuf) -> Result<Self, Failure> {
        Ok(Self {
            root,
            policy: policy::load(context, POLICY)?,
        })
    }
}

impl MemoryFactory for Memories {
    fn open(&self, name: &str) -> Result<Box<dyn LongTermMemory>, Infrastructure> {
        let folder = self.root.join(name);
        let store = Store::open(&folder, Options::default(), Arc::clone(&self.policy));
        Ok(Box::new(store.map_err(Infrastructure::new)?))
    }
}

/// A memory folder to retrieve from.
///
/// # Errors
/// Where it is not one, or the memory policy cannot be loaded.
pub(crate) fn open_memory(
    context: &Context,
    folder: &Path,
) -> Result<Box<dyn LongTermMemory>, Failure> {
    let policy = policy::load(context, POLICY)?;
    let store = Store::open_for_reading(folder, policy).or_usage("the memory cannot be used")?;
    Ok(Box::new(store))
}
