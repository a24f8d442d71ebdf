//! The plugins in a folder, by name, version or digest.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use falcon_package::PluginName;
use semver::VersionReq;

use crate::{LoadError, Loader, Plugin, PluginInfo, host_version, inspect};

/// The plugins of a folder. Each was read; none is compiled before it is loaded.
#[derive(Debug)]
pub struct PluginSet {
    folder: PathBuf,
    plugins: Vec<PluginInfo>,
    broken: Vec<LoadError>,
}

/// What names a plugin: `owner/name`, `owner/name@1.2` or `owner/name@sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    name: PluginName,
    which: Which,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Which {
    Newest,
    Version(VersionReq),
    /// The first digits of the digest, at least 8.
    Digest(String),
}

impl PluginSet {
    /// Reads every `.wasm` of a folder. A file that is no plugin is kept apart, so that it breaks nothing
    /// until it is asked for.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn open(folder: &Path) -> Result<Self, LoadError> {
        let failed = |error| LoadError::Read {
            path: folder.to_owned(),
            error,
        };
        let mut paths: Vec<_> = fs::read_dir(folder)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "wasm"));
        paths.sort();
        let mut set = Self {
            folder: folder.to_owned(),
            plugins: Vec::new(),
            broken: Vec::new(),
        };
        for path in paths {
            match inspect(&path) {
                Ok(info) => set.plugins.push(info),
                Err(error) => set.broken.push(error),
            }
        }
        set.plugins.sort_by(|a, b| {
            (&a.id.name, &b.id.version, &a.id.digest).cmp(&(
                &b.id.name,
                &a.id.version,
                &b.id.digest,
            ))
        });
        Ok(set)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The plugins, by name; of one name the newest version first.
    #[must_use]
    pub fn plugins(&self) -> &[PluginInfo] {
        &self.plugins
    }

    /// Why files of the folder are no plugins.
    #[must_use]
    pub fn broken(&self) -> &[LoadError] {
        &self.broken
    }

    /// The plugin that a text names; of several versions that it fits the newest that is for this FALCON, or the
    /// newest where none is.
    ///
    /// # Errors
    /// Where the text names no plugin, none fits, or more than one does.
    pub fn find(&self, selector: &str) -> Result<&PluginInfo, LoadError> {
        let wanted: Selector = selector.parse()?;
        let host = host_version();
        let (here, elsewhere): (Vec<_>, Vec<_>) = self
            .plugins
            .iter()
            .filter(|info| wanted.fits(info))
            .partition(|info| info.manifest.host.matches(&host));
        let fitting = if here.is_empty() { elsewhere } else { here };
        let Some(first) = fitting.first() else {
            return Err(self.unknown(selector));
        };
        let rivals = fitting.iter().filter(|info| {
            info.id.version == first.id.version && info.id.digest != first.id.digest
        });
        if rivals.count() > 0 {
            let found = fitting
                .iter()
                .map(|info| info.id.to_string())
                .collect::<Vec<_>>()
                .join(", ");
            let (wanted, folder) = (selector.to_owned(), self.folder.clone());
            return Err(LoadError::Ambiguous {
                wanted,
                folder,
                found,
            });
        }
        Ok(first)
    }

    /// Loads the plugin that a text names.
    ///
    /// # Errors
    /// As [`find`](Self::find) and [`Loader::load`].
    pub fn load(&self, selector: &str, loader: &Loader) -> Result<Plugin, LoadError> {
        loader.load(&self.find(selector)?.path)
    }

    fn unknown(&self, selector: &str) -> LoadError {
        let mut known: Vec<_> = self
            .plugins
            .iter()
            .map(|info| {
                format!(
                    "{} {} ({})",
                    info.id.name, info.id.version, info.manifest.kind
                )
            })
            .collect();
        known.extend(
            self.broken
                .iter()
                .map(|error| format!("(not usable: {error})")),
        );
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        };
        LoadError::Unknown {
            wanted: selector.to_owned(),
            folder: self.folder.clone(),
            known,
        }
    }
}

impl Selector {
    fn fits(&self, info: &PluginInfo) -> bool {
        info.id.name == self.name
            && match &self.which {
                Which::Newest => true,
                Which::Version(range) => range.matches(&info.id.version),
                Which::Digest(digits) => info.id.digest.hex().starts_with(digits),
            }
    }
}

impl FromStr for Selector {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<Self, LoadError> {
        let wrong = || LoadError::NotASelector(text.chars().take(200).collect());
        let (name, which) = match text.split_once('@') {
            None => (text, Which::Newest),
            Some((name, which)) => {
                let which = match which.strip_prefix("sha256:") {
                    Some(digits) if digits.len() >= 8 => Which::Digest(digits.to_owned()),
                    Some(_) => return Err(wrong()),
                    None => Which::Version(which.parse().map_err(|_| wrong())?),
                };
                (name, which)
            }
        };
        Ok(Self {
            name: name.parse().map_err(|_| wrong())?,
            which,
        })
    }
}
