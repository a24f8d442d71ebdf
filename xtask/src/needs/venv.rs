//! Private Python environments: one a tool, under the cache folder, each from a file of pinned
//! and hashed requirements.

use std::path::PathBuf;

use super::python;
use crate::context::{Context, answer};

/// A tool in an environment of its own.
pub(super) struct Tool {
    /// The file under `xtask/requirements/`; its first requirement names the environment's folder.
    pub(super) requirements: &'static str,
    /// The program in the environment's `bin`.
    pub(super) program: &'static str,
    /// The argument that asks the program for its version.
    pub(super) version: &'static str,
}

impl Tool {
    /// The program, where the environment is there and whole, with the version that it says.
    pub(super) fn find(&self, cx: &Context) -> Result<(PathBuf, String), String> {
        let pinned = self.pinned(cx)?;
        let program = self.folder(cx, &pinned).join("bin").join(self.program);
        if !program.is_file() {
            return Err(format!("{pinned} is not installed"));
        }
        let version = answer(
            cx.command(&program)
                .arg(self.version)
                .stdout(std::process::Stdio::piped()),
        )?;
        Ok((program, version.trim().to_owned()))
    }

    /// Makes the environment anew.
    pub(super) fn install(&self, cx: &Context) -> Result<String, String> {
        let pinned = self.pinned(cx)?;
        let folder = self.folder(cx, &pinned);
        let (_, python) = python::interpreter()?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .map_err(|error| format!("cannot replace {}: {error}", folder.display()))?;
        }
        let log = format!("pip-{}", self.program);
        cx.logged(&log, cx.command(&python).args(["-m", "venv"]).arg(&folder))?;
        let mut pip = cx.command(folder.join("bin").join("python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
        ]);
        pip.args(["--require-hashes", "--requirement"])
            .arg(self.file(cx));
        cx.logged(&log, &mut pip)?;
        Ok(format!("pip installed {pinned} into {}", folder.display()))
    }

    /// How a person does the same.
    pub(super) fn by_hand(&self) -> String {
        format!(
            "the Python package index must be reachable once for xtask/requirements/{}",
            self.requirements
        )
    }

    fn file(&self, cx: &Context) -> PathBuf {
        cx.root
            .join("xtask")
            .join("requirements")
            .join(self.requirements)
    }

    /// The folder is named by the pinned version, so a new pin is a new environment.
    fn folder(&self, cx: &Context, pinned: &str) -> PathBuf {
        cx.cache.join("python").join(pinned.replace("==", "-"))
    }

    fn pinned(&self, cx: &Context) -> Result<String, String> {
        let file = self.file(cx);
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        text.split_whitespace()
            .find(|word| word.contains("=="))
            .map(str::to_owned)
            .ok_or_else(|| format!("{} pins nothing", file.display()))
    }
}
