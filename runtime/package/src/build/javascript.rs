//! A judge in JavaScript: the author's files put into a runner, the engine with a judge's interface that `cargo xtask
//! build` made. No tool is needed for it.

use std::{ffi::OsStr, fs, io, path::Path};

use super::{BuildError, file, runner_bytes, tools::JAVASCRIPT_JUDGE as RUNNER};
use crate::{Manifest, runner};

/// The core module that `judge.js` and the files beside it make.
pub(super) fn compile_judge(folder: &Path, manifest: &Manifest) -> Result<Vec<u8>, BuildError> {
    let module = runner_bytes(RUNNER, "judges in JavaScript are put into")?;
    let files = scripts(folder).map_err(file(folder))?;
    runner::fill(&module, &packed(&files), &manifest.capabilities).map_err(|reason| {
        BuildError::Source {
            path: folder.to_owned(),
            reason,
        }
    })
}

/// Name and text of each script, `judge.js` and those that it may import.
type Scripts = Vec<(String, Vec<u8>)>;

fn scripts(folder: &Path) -> io::Result<Scripts> {
    let mut found = Vec::new();
    collect(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, prefix: &str, found: &mut Scripts) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        if name.starts_with('.') || name == "node_modules" || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), found)?;
        } else if is_script(&path) {
            found.push((format!("{prefix}{name}"), fs::read(&path)?));
        }
    }
    Ok(())
}

fn is_script(path: &Path) -> bool {
    let of_tests = path.to_string_lossy().ends_with(".test.js");
    !of_tests
        && path
            .extension()
            .and_then(OsStr::to_str)
            .is_some_and(|ending| matches!(ending, "js" | "mjs"))
}

/// The files as `files.rs` of the runner reads them: lengths of name and text, name, text, a zero.
fn packed(files: &Scripts) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, text) in files {
        for part in [name.as_bytes(), text] {
            let size = u32::try_from(part.len()).unwrap_or(u32::MAX);
            out.extend(size.to_le_bytes());
        }
        out.extend(name.as_bytes());
        out.extend(text);
        out.push(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_found_and_packed() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        };
        for name in [
            "judge.js",
            "lib/words.js",
            "judge.test.js",
            "node_modules/x.js",
            "README.md",
            ".x.js",
        ] {
            write(name);
        }
        let files = scripts(folder.path()).unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["judge.js", "lib/words.js"]);
        assert_eq!(&packed(&files)[..17], b"\x08\0\0\0\x08\0\0\0judge.jsj");
    }
}
