//! Builds a plugin from its folder: `falcon plugin build`.
//!
//! A folder has `plugin.toml`, and beside it `Cargo.toml` (Rust), `judge.py` or `app.py` (Python), `judge.js`
//! (JavaScript), or `judge.wasm` (a module of Extism's).

mod extism;
mod immortal;
mod javascript;
mod python;
mod rust;
mod source;
pub mod tools;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use falcon_episode::Digest;

use self::source::Source;
use crate::{
    FlattenError, Manifest, PackageError, component::with_payload, core_modules, flatten, package,
};

/// A built plugin.
#[derive(Clone, Debug)]
pub struct Built {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Digest of the file: the plugin's identity.
    pub digest: Digest,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// How many core modules it has after those that can be were merged: what an instance costs grows
    /// with them.
    pub modules: usize,
    /// Why none were merged, where a plugin of several modules has what [`flatten()`] does not know: it does
    /// the same, and each instance costs more. That this is absent does not mean that one module is left.
    pub apart: Option<FlattenError>,
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file or folder could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The folder is no plugin's.
    #[error(
        "{0} is not a plugin's folder: it needs plugin.toml, and Cargo.toml (Rust), judge.py or app.py (Python), \
         judge.js (JavaScript), or judge.wasm (Extism)"
    )]
    NotAPlugin(PathBuf),
    /// A program or file that builds is not there.
    #[error("{what} is not there; {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// An author's file is not what the builder takes.
    #[error("{path}: {reason}")]
    Source {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A program that builds could not be started.
    #[error("{program} could not be started ({error}); {remedy}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        error: io::Error,
        /// What to do.
        remedy: String,
    },
    /// A program that builds failed; it has said why.
    #[error("{program} failed ({status}) on {folder}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The plugin's folder.
        folder: PathBuf,
    },
    /// The crate makes no WebAssembly module.
    #[error("{0} made no .wasm file; its Cargo.toml needs [lib] crate-type = [\"cdylib\"]")]
    NoModule(PathBuf),
    /// What was built is not a plugin.
    #[error("{path}: {error}")]
    Package {
        /// The manifest or module.
        path: PathBuf,
        /// Why.
        #[source]
        error: PackageError,
    },
}

/// Builds the plugin in a folder into one file, which is written whole or not at all. Of several core
/// modules, which shared libraries, adapters and shims are, those that can be are merged ([`flatten()`]);
/// [`Built::modules`] are left.
/// The compilers' own messages go to standard error.
///
/// # Errors
/// Where the folder is no plugin's, a compiler is missing or fails, or the result is not a plugin.
pub fn build(folder: &Path, out: &Path) -> Result<Built, BuildError> {
    let not_a_plugin = || BuildError::NotAPlugin(folder.to_owned());
    let manifest_path = folder.join("plugin.toml");
    if !manifest_path.is_file() {
        return Err(not_a_plugin());
    }
    let text = fs::read_to_string(&manifest_path).map_err(file(&manifest_path))?;
    let shown = manifest_path.display().to_string();
    let packaged = |error| BuildError::Package {
        path: folder.to_owned(),
        error,
    };
    // Before anything is compiled.
    let manifest = Manifest::parse(&text, &shown).map_err(|error| packaged(error.into()))?;
    let alone = |module| (module, Vec::new());
    let source = source::of(folder, manifest.kind).ok_or_else(not_a_plugin)?;
    let (wasm, payload) = match source {
        Source::Rust => {
            let compiled = rust::compile(folder)?;
            (compiled.module, compiled.payload)
        }
        Source::PythonWorld => alone(python::compile_world(folder, &manifest)?),
        Source::PythonJudge => alone(python::compile_judge(folder, &manifest)?),
        Source::JavaScriptJudge => alone(javascript::compile_judge(folder, &manifest)?),
        Source::ExtismJudge => alone(extism::compile_judge(folder, &manifest)?),
    };
    let linked = package(&wasm, &text, &shown).map_err(packaged)?;
    let modules_of = |component: &[u8]| {
        core_modules(component).map_err(|error| packaged(PackageError::from(error)))
    };
    let several = modules_of(&linked)? > 1;
    let (mut plugin, apart) = match several.then(|| flatten(&linked)) {
        Some(Ok(flat)) => (flat, None),
        Some(Err(error)) => (linked, Some(error)),
        None => (linked, None),
    };
    let modules = modules_of(&plugin)?;
    if matches!(source, Source::PythonWorld | Source::PythonJudge) {
        immortal::settle(&mut plugin).map_err(|error| BuildError::Source {
            path: folder.to_owned(),
            reason: error.to_string(),
        })?;
    }
    with_payload(&mut plugin, &payload);
    write(out, &plugin)?;
    Ok(Built {
        path: out.to_owned(),
        manifest,
        digest: Digest::of(&plugin),
        bytes: plugin.len() as u64,
        modules,
        apart,
    })
}

/// Builds a runner: the core module of the crate in a folder, as it is before it becomes a component. What it runs is
/// put into it later.
///
/// # Errors
/// Where a compiler is missing or fails.
pub fn runner(folder: &Path, out: &Path) -> Result<(), BuildError> {
    write(out, &rust::compile(folder)?.module)
}

/// A runner that `cargo xtask build` made.
///
/// # Arguments
/// - `role`: what is done with it, as the end of "the runner …, which".
fn runner_bytes(name: &str, role: &str) -> Result<Vec<u8>, BuildError> {
    let path = tools::runner(name).map_err(|places| {
        let places: Vec<String> = places.iter().map(|it| it.display().to_string()).collect();
        BuildError::Missing {
            what: format!(
                "the runner {name}, which {role} (looked for {}),",
                places.join(", ")
            ),
            remedy: "`cargo xtask build` in FALCON's checkout makes it".to_owned(),
        }
    })?;
    fs::read(&path).map_err(file(&path))
}

fn write(out: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(file(parent))?;
    let mut writing = tempfile::Builder::new()
        .prefix(".falcon-")
        .suffix(".wasm")
        .tempfile_in(parent)
        .map_err(file(parent))?;
    io::Write::write_all(&mut writing, bytes).map_err(file(out))?;
    readable(writing.as_file()).map_err(file(out))?;
    writing
        .persist(out)
        .map_err(|error| file(out)(error.error))?;
    Ok(())
}

/// A temporary file is its owner's alone; a plugin is for everyone.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> BuildError + use<> {
    let path = path.to_owned();
    move |error| BuildError::File { path, error }
}

/// Runs a compiler whose standard output is taken and whose messages pass through.
fn run(command: &mut Command, folder: &Path, remedy: &str) -> Result<Vec<u8>, BuildError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| BuildError::Start {
            program: program.clone(),
            error,
            remedy: remedy.to_owned(),
        })?;
    if !output.status.success() {
        // Some compilers say why on standard output.
        let _ = io::Write::write_all(&mut io::stderr(), &output.stdout);
        return Err(BuildError::Failed {
            program,
            status: output.status,
            folder: folder.to_owned(),
        });
    }
    Ok(output.stdout)
}
