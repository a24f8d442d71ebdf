//! A guest in Python, made a component with CPython inside by `componentize-py`: a module `app` that exports
//! the interfaces itself, or a judge of one function around which the package `falcon_sdk` does.

use std::{env, ffi::OsStr, fs, io, path::Path, process::Command};

use super::{BuildError, file, run, tools};
use crate::{Kind, Manifest, wit};

/// The package `falcon_sdk`, as plugins have it inside.
const SDK: [(&str, &str); 10] = [
    (
        "falcon_sdk/__init__.py",
        include_str!("../../../../sdk/python/falcon_sdk/__init__.py"),
    ),
    (
        "falcon_sdk/data.py",
        include_str!("../../../../sdk/python/falcon_sdk/data.py"),
    ),
    (
        "falcon_sdk/_host.py",
        include_str!("../../../../sdk/python/falcon_sdk/_host.py"),
    ),
    (
        "falcon_sdk/http.py",
        include_str!("../../../../sdk/python/falcon_sdk/http.py"),
    ),
    (
        "falcon_sdk/kv.py",
        include_str!("../../../../sdk/python/falcon_sdk/kv.py"),
    ),
    (
        "falcon_sdk/llm.py",
        include_str!("../../../../sdk/python/falcon_sdk/llm.py"),
    ),
    (
        "falcon_sdk/guest/__init__.py",
        include_str!("../../../../sdk/python/falcon_sdk/guest/__init__.py"),
    ),
    (
        "falcon_sdk/guest/faults.py",
        include_str!("../../../../sdk/python/falcon_sdk/guest/faults.py"),
    ),
    (
        "falcon_sdk/guest/judging.py",
        include_str!("../../../../sdk/python/falcon_sdk/guest/judging.py"),
    ),
    (
        "falcon_sdk/guest/world.py",
        include_str!("../../../../sdk/python/falcon_sdk/guest/world.py"),
    ),
];

/// The module that exports a judge, around the author's `judge.py`.
const JUDGE_APP: &str = include_str!("../../../../sdk/python/falcon_sdk/guest/judge_app.py");

/// The component that `app.py` in this folder makes.
pub(super) fn compile_world(folder: &Path, manifest: &Manifest) -> Result<Vec<u8>, BuildError> {
    compile(folder, manifest, "app", |_| Ok(()))
}

/// The component that `judge.py` in this folder makes.
pub(super) fn compile_judge(folder: &Path, manifest: &Manifest) -> Result<Vec<u8>, BuildError> {
    compile(folder, manifest, "falcon_judge_app", |source| {
        for (name, text) in SDK {
            write(&source.join(name), text)?;
        }
        write(&source.join("falcon_judge_app.py"), JUDGE_APP)
    })
}

/// Copies the folder, has `prepare` add to the copy, and makes the component of its module `app`.
fn compile(
    folder: &Path,
    manifest: &Manifest,
    app: &str,
    prepare: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<Vec<u8>, BuildError> {
    let program = tools::componentize_py().ok_or_else(|| BuildError::Missing {
        what: "componentize-py".to_owned(),
        remedy: tools::componentize_py_remedy(),
    })?;
    let work = tempfile::tempdir().map_err(file(&env::temp_dir()))?;
    let (source, interfaces) = (work.path().join("source"), work.path().join("wit"));
    copy(folder, &source)
        .and_then(|()| prepare(&source))
        .map_err(file(folder))?;
    let (packages, world) = interfaces_of(manifest, &interfaces).map_err(file(&interfaces))?;
    let out = work.path().join("app.wasm");
    let mut command = Command::new(program);
    command
        .arg("-q")
        .args(
            packages
                .iter()
                .flat_map(|name| ["-d".into(), interfaces.join(name)]),
        )
        .args(["-w", world, "componentize", app, "-p"])
        .arg(&source)
        .arg("-o")
        .arg(&out)
        // The interpreter's state is part of the component, so that sets shall have the same order each time. Two builds
        // differ all the same: while it is initialised the interpreter sees the machine's clock and randomness.
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(&source);
    if manifest.kind != Kind::Language {
        // Only language packs may import WASI.
        command.arg("--stub-wasi");
    }
    run(&mut command, folder, &tools::componentize_py_remedy())?;
    fs::read(&out).map_err(file(&out))
}

/// Writes the interfaces. Returns the packages among them, and the world that is made of them: that of the
/// kind, and the host's services that the manifest asks for.
fn interfaces_of(
    manifest: &Manifest,
    folder: &Path,
) -> io::Result<(Vec<&'static str>, &'static str)> {
    wit::write(folder)?;
    let kind = manifest.kind;
    let mut packages = wit::packages(kind).to_vec();
    if kind == Kind::Language {
        return Ok((packages, wit::world(kind)));
    }
    let services: String = manifest
        .capabilities
        .services()
        .map(|service| format!("    import falcon:host/{service}@0.1.0;\n"))
        .collect();
    let text = format!(
        "package falcon:plugin@0.1.0;\n\nworld plugin {{\n    include {};\n{services}}}\n",
        wit::world(kind)
    );
    write(&folder.join("plugin").join("plugin.wit"), &text)?;
    packages.push("plugin");
    Ok((packages, "falcon:plugin/plugin@0.1.0"))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
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
