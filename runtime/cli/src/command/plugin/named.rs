//! The plugin that a person names: a folder, which is built first, a name, or a file.

use std::path::{Path, PathBuf};

use falcon_host::PluginInfo;
use tempfile::TempDir;

use super::build;
use crate::{
    command::Context,
    failure::{Failure, OrFail as _},
    live, plugins, services,
};

/// A plugin's file, and its folder where it was named by that.
pub(super) struct Named {
    pub(super) file: PathBuf,
    pub(super) folder: Option<PathBuf>,
    pub(super) info: PluginInfo,
    /// Holds the file that was built.
    _work: Option<TempDir>,
}

impl Named {
    pub(super) fn find(context: &Context, asked: &str) -> Result<Self, Failure> {
        let folder = Path::new(asked);
        if !folder.is_dir() {
            let file = plugins::find(context.plugins.as_deref(), asked)?;
            return Self::read(file, None, None);
        }
        let work = tempfile::tempdir().or_infrastructure("cannot make a temporary folder")?;
        let file = work.path().join("plugin.wasm");
        live::line(&format!("building {}", folder.display()));
        falcon_package::build::build(folder, &file).map_err(build::failure)?;
        Self::read(file, Some(folder.to_owned()), Some(work))
    }

    fn read(
        file: PathBuf,
        folder: Option<PathBuf>,
        work: Option<TempDir>,
    ) -> Result<Self, Failure> {
        let info = falcon_host::inspect(&file).map_err(services::load_failure)?;
        Ok(Self {
            file,
            folder,
            info,
            _work: work,
        })
    }

    /// The file, as other parts of this program take names.
    pub(super) fn path(&self) -> String {
        self.file.display().to_string()
    }

    /// A file that belongs to the plugin: in its folder, else here.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.as_deref().unwrap_or(Path::new("")).join(name)
    }
}
