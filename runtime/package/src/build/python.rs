//! A guest in Python: a module `app` beside its packages, made a component with CPython inside by
//! `componentize-py`.

use std::{env, ffi::OsStr, fs, io, path::Path, process::Command};

use super::{BuildError, file, run};
use crate::{Kind, wit};

const REMEDY: &str =
    "install it with `pip install componentize-py`, or name it in FALCON_COMPONENTIZE_PY";

/// The component that `app.py` in this folder makes.
///
/// `FALCON_COMPONENTIZE_PY` names the program to use; else it is looked for on `PATH`.
pub(super) fn compile(folder: &Path, kind: Kind) -> Result<Vec<u8>, BuildError> {
    let work = tempfile::tempdir().map_err(file(&env::temp_dir()))?;
    let (source, interfaces) = (work.path().join("source"), work.path().join("wit"));
    copy(folder, &source).map_err(file(folder))?;
    wit::write(&interfaces).map_err(file(&interfaces))?;
    let out = work.path().join("app.wasm");
    let program = env::var_os("FALCON_COMPONENTIZE_PY").unwrap_or_else(|| "componentize-py".into());
    let mut command = Command::new(program);
    command
        .arg("-q")
        .args(
            wit::packages(kind)
                .iter()
                .flat_map(|name| ["-d".into(), interfaces.join(name)]),
        )
        .args(["-w", wit::world(kind), "componentize", "app", "-p"])
        .arg(&source)
        .arg("-o")
        .arg(&out)
        // The interpreter's state is part of the component: the same state each time.
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(&source);
    run(&mut command, folder, REMEDY)?;
    fs::read(&out).map_err(file(&out))
}

/// Copies the sources, without what other interpreters left beside them.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let mut entries = fs::read_dir(from)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let hidden = name.to_string_lossy().starts_with('.');
        if hidden || name == OsStr::new("__pycache__") || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else {
            fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}
