//! The same programs as unsandboxed processes of the machine's own Python, for comparison only.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::anyhow;

use crate::failure::{Failure, OrFail as _};

/// The machine's own Python.
pub(super) struct Python {
    /// The interpreter itself: `python3` on the path may be a script that looks for it each time.
    executable: PathBuf,
    /// `3.11.2`.
    pub(super) version: String,
}

impl Python {
    /// The interpreter that `python3` means, where one is installed.
    pub(super) fn find() -> Option<Self> {
        let ask = "import platform, sys; print(sys.executable); print(platform.python_version())";
        let output = Command::new("python3")
            .args(["-I", "-S", "-c", ask])
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let (executable, version) = text.trim().split_once('\n')?;
        let found = Self {
            executable: executable.into(),
            version: version.to_owned(),
        };
        (output.status.success() && found.executable.is_file()).then_some(found)
    }

    /// Runs a program in a fresh isolated interpreter.
    pub(super) fn run(&self, program: &str) -> Result<(), Failure> {
        let status = Command::new(&self.executable)
            .args(["-I", "-S", "-c", program])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .or_infrastructure(format!("cannot start {}", self.executable.display()))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::infrastructure(anyhow!(
            "python3 ended with {status} on a program that should pass"
        )))
    }
}
