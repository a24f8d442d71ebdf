//! `cargo xtask demo`: build everything, then train on the embedded default.

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use crate::build;
use crate::context::{Context, display};
use crate::failure::{Doing, Failure};
use crate::needs;
use crate::progress::State;

/// The seed of a run that names none.
const SEED: &str = "1";

/// Builds, then hands over to `falcon train`.
pub(crate) fn run(cx: &mut Context, rest: &[String]) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_build())?;
    build::host(cx)?;
    build::plugins(cx)?;

    let mut falcon = cx.command(cx.falcon());
    falcon
        .arg("train")
        .args(rest)
        .env("FALCON_PLUGINS", cx.plugins())
        .stdin(Stdio::inherit());
    let seed = option(rest, "--seed");
    if seed.is_none() && option(rest, "--resume").is_none() {
        falcon.args(["--seed", SEED]);
    }
    let folder = match option(rest, "--resume").or_else(|| option(rest, "--out")) {
        Some(given) => PathBuf::from(given),
        None => {
            let free = free_folder(
                &cx.root.join("runs"),
                &format!("demo-{}", seed.unwrap_or(SEED)),
            );
            falcon.arg("--out").arg(&free);
            free
        }
    };
    let since = cx.progress.begin("train", &display(&falcon));
    let status = falcon
        .status()
        .doing(|| format!("start {}", display(&falcon)))?;
    let shown = folder.display();
    if !status.success() {
        cx.progress.end(
            State::Failed,
            "train",
            &format!("run folder {shown}"),
            since,
        );
        // A signal has no exit code; it counts as trouble of the machine.
        let code = status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(3);
        return Err(Failure::Passed(code));
    }
    cx.progress
        .end(State::Done, "train", &format!("run folder {shown}"), since);
    let report = cx.root.join(&folder).join("report.html");
    if report.is_file() {
        cx.progress
            .note(State::Done, "report", &report.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// The value of `--name VALUE` or `--name=VALUE`.
fn option<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(at, argument)| {
        if argument == name {
            return arguments.get(at + 1).map(String::as_str);
        }
        argument.strip_prefix(name)?.strip_prefix('=')
    })
}

/// `name` in `parent`, or `name-2`, `name-3`, … where earlier runs are: none is overwritten.
fn free_folder(parent: &Path, name: &str) -> PathBuf {
    let first = parent.join(name);
    if !first.exists() {
        return first;
    }
    let numbered = |number: u32| parent.join(format!("{name}-{number}"));
    (2..)
        .map(numbered)
        .find(|path| !path.exists())
        .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_in_both_spellings() {
        let arguments: Vec<String> = ["--seed=7", "--out", "runs/x", "--steps"]
            .iter()
            .map(|text| text.to_string())
            .collect();
        for (name, value) in [
            ("--seed", Some("7")),
            ("--out", Some("runs/x")),
            ("--steps", None),
            ("--see", None),
        ] {
            assert_eq!(option(&arguments, name), value, "{name}");
        }
    }

    #[test]
    fn no_run_is_overwritten() {
        let parent = std::env::temp_dir().join(format!("xtask-demo-{}", std::process::id()));
        for expected in ["demo-1", "demo-1-2", "demo-1-3"] {
            let folder = free_folder(&parent, "demo-1");
            assert_eq!(folder, parent.join(expected));
            std::fs::create_dir_all(&folder).unwrap();
        }
        std::fs::remove_dir_all(&parent).unwrap();
    }
}
