//! What a plugin file carries beside its component: tools, which are core modules, and files for them.
//!
//! Each is a custom section of the component. Tools are compiled like the component itself, and kept where its
//! compiled code is.

use std::{collections::BTreeMap, sync::Arc};

use falcon_episode::Digest;
use falcon_package::{FILES, TOOL, payload};
use wasmtime::Module;

use crate::{CompileError, CompiledCache, Engine, Progress};

/// The payload of a loaded plugin. Clones share it.
#[derive(Clone)]
pub(crate) struct Payload(Arc<Parts>);

struct Parts {
    tools: BTreeMap<String, Module>,
    files: Archive,
    digest: Digest,
    cache: Option<CompiledCache>,
}

/// Read-only files by absolute path.
#[derive(Clone, Default)]
pub(crate) struct Archive(Arc<BTreeMap<String, Arc<[u8]>>>);

impl Payload {
    /// Takes the payload out of a plugin file, and compiles its tools.
    pub(crate) fn load(
        engine: &Engine,
        name: &str,
        plugin: &[u8],
        digest: Digest,
        cache: Option<&CompiledCache>,
        tell: &dyn Fn(Progress<'_>),
    ) -> Result<Self, CompileError> {
        let invalid =
            |error: falcon_package::ComponentError| CompileError::Invalid(error.to_string());
        let mut tools = BTreeMap::new();
        let mut files = BTreeMap::new();
        for (section, bytes) in payload(plugin).map_err(invalid)? {
            if let Some(tool) = section.strip_prefix(TOOL) {
                let shown = format!("{name}'s {tool}");
                let module = engine.compile_module(&shown, bytes, cache, tell)?;
                tools.insert(tool.to_owned(), module);
            } else if section == FILES {
                for (path, content) in falcon_package::unpack(bytes).map_err(invalid)? {
                    files.insert(path.to_owned(), Arc::from(content));
                }
            }
        }
        Ok(Self(Arc::new(Parts {
            tools,
            files: Archive(Arc::new(files)),
            digest,
            cache: cache.cloned(),
        })))
    }

    /// A tool by its name.
    pub(crate) fn tool(&self, name: &str) -> Option<&Module> {
        self.0.tools.get(name)
    }

    /// The files.
    pub(crate) fn files(&self) -> &Archive {
        &self.0.files
    }

    /// The plugin's digest.
    pub(crate) fn digest(&self) -> Digest {
        self.0.digest
    }

    /// Where what the tools made may be kept.
    pub(crate) fn cache(&self) -> Option<&CompiledCache> {
        self.0.cache.as_ref()
    }
}

impl Archive {
    /// The file at an absolute path.
    pub(crate) fn get(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.0.get(path)
    }

    /// The paths from this one on, in order.
    pub(crate) fn from<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0
            .range::<str, _>((std::ops::Bound::Included(path), std::ops::Bound::Unbounded))
            .map(|(path, _)| path.as_str())
    }
}
