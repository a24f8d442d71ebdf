//! Runs a FALCON plugin under the real host in a unit test.
//!
//! ```no_run
//! use falcon_testing::{episode, judge_input, load};
//! use falcon_episode::Verdict;
//!
//! // Builds the plugin in this crate's folder, then loads it as an operator would.
//! let judge = load(env!("CARGO_MANIFEST_DIR"))?.judge(&serde_json::json!({ "lines": 3 }))?;
//! let short = episode("return x").verdict(Verdict::Passed).tests([Verdict::Passed]);
//! assert_eq!(judge.judge(judge_input(&short))?.score, Some(1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The cases of a plugin's `cases.toml` are run by [`run_cases`], as `falcon plugin test` does.
//!
//! What a plugin's logic does can be tested without a host, as plain Rust; what is here tests the plugin
//! that users get: its manifest, its settings, what crosses the boundary, its fuel and its panics.

mod cases;
mod episodes;
mod find;

use std::path::{Path, PathBuf};

use falcon_host::{LoadError, Loader, Plugin};
use falcon_package::build::BuildError;

pub use cases::{CaseOutcome, CasesError, run_cases};
pub use episodes::{EpisodeBuilder, episode, judge_input};
pub use find::{first_party, test_guest};

/// Why a plugin could not be tested.
#[derive(Debug, thiserror::Error)]
pub enum TestingError {
    /// It does not build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It does not load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// There is no folder to build in.
    #[error("no temporary folder: {0}")]
    Folder(#[from] std::io::Error),
    /// A built plugin is not where it should be.
    #[error("{} is not there; `cargo xtask build` makes it, and FALCON_PLUGINS names its folder", .0.display())]
    NotBuilt(PathBuf),
}

/// Builds the plugin in a folder and loads it, with nothing granted.
///
/// # Errors
/// Where it does not build or load.
pub fn load(folder: impl AsRef<Path>) -> Result<Plugin, TestingError> {
    load_with(folder, &Loader::new()?)
}

/// Builds the plugin in a folder and loads it with this loader's grants and limits.
///
/// # Errors
/// Where it does not build or load.
pub fn load_with(folder: impl AsRef<Path>, loader: &Loader) -> Result<Plugin, TestingError> {
    let work = tempfile::tempdir()?;
    let built = falcon_package::build::build(folder.as_ref(), &work.path().join("plugin.wasm"))?;
    Ok(loader.load(&built.path)?)
}
