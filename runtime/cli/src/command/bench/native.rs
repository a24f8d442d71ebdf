//! The same programs as unsandboxed processes of the machine's own Python, for comparison only.

use std::process::{Command, Stdio};

use anyhow::anyhow;

use crate::failure::{Failure, OrFail as _};

/// Its version, where `python3` is installed.
pub(super) fn version() -> Option<String> {
    let output = Command::new("python3").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// Runs a program in a fresh isolated interpreter.
pub(super) fn run(program: &str) -> Result<(), Failure> {
    let status = Command::new("python3")
        .args(["-I", "-S", "-c", program])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .or_infrastructure("cannot start python3")?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::infrastructure(anyhow!(
        "python3 ended with {status} on a program that should pass"
    )))
}
