//! `cargo xtask demo`: build everything, then train on the embedded default.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use crate::build::{self, Plugins};
use crate::context::{Context, display};
use crate::failure::Failure;
use crate::needs;

/// The seed of a run that names none, as for `falcon train`.
const SEED: &str = "0";

/// Builds, then becomes `falcon train`.
///
/// This process is replaced and not left waiting: an interrupt then reaches `falcon` alone, which
/// writes a checkpoint before it ends, and its exit code and its JSON are the command's own.
pub(crate) fn run(cx: &mut Context, rest: &[String]) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_train())?;
    build::host(cx)?;
    build::plugins(cx, Plugins::Default)?;

    let mut falcon = cx.command(cx.falcon());
    falcon
        .env("FALCON_PLUGINS", cx.plugins())
        .current_dir(&cx.caller)
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit());
    if cx.progress.json() {
        falcon.arg("--json");
    }
    falcon.arg("train").args(rest);
    if option(rest, "--out")
        .or_else(|| option(rest, "--resume"))
        .is_none()
    {
        let seed = option(rest, "--seed").unwrap_or(SEED);
        let folder = free_folder(Path::new("runs"), &cx.root, &format!("demo-{seed}"));
        falcon
            .arg("--out")
            .arg(seen_from(&cx.caller, &cx.root, folder));
    }
    cx.progress.hand_over("train", &display(&falcon));
    let error = falcon.exec();
    Err(Failure::machine(format!(
        "cannot start {}: {error}",
        display(&falcon)
    )))
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

/// `parent/name`, or `name-2`, `name-3`, … where earlier runs are: none is overwritten. The path
/// is relative to `root`.
fn free_folder(parent: &Path, root: &Path, name: &str) -> PathBuf {
    let names =
        std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}-{number}")));
    let mut paths = names.map(|name| parent.join(name));
    paths
        .find(|path| !root.join(path).exists())
        .unwrap_or_else(|| parent.join(name))
}

/// A folder of the checkout for a program that runs where this one was called: the paths that a
/// person types after `--` mean what they mean in their shell.
fn seen_from(caller: &Path, root: &Path, folder: PathBuf) -> PathBuf {
    if caller == root {
        folder
    } else {
        root.join(folder)
    }
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
    fn the_run_s_folder_is_the_checkout_s_wherever_it_is_called() {
        let root = Path::new("/checkout");
        for (caller, wanted) in [
            ("/checkout", "runs/demo-0"),
            ("/checkout/docs", "/checkout/runs/demo-0"),
            ("/elsewhere", "/checkout/runs/demo-0"),
        ] {
            let found = seen_from(Path::new(caller), root, "runs/demo-0".into());
            assert_eq!(found, Path::new(wanted), "{caller}");
        }
    }

    #[test]
    fn no_run_is_overwritten() {
        let scratch = crate::context::scratch("demo").unwrap();
        let root = scratch.path();
        for expected in ["runs/demo-1", "runs/demo-1-2", "runs/demo-1-3"] {
            let folder = free_folder(Path::new("runs"), root, "demo-1");
            assert_eq!(folder, Path::new(expected));
            std::fs::create_dir_all(root.join(&folder)).unwrap();
        }
    }
}
