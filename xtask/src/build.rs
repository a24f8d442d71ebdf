//! `cargo xtask build`: the `falcon` command, then the first-party plugins with it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::context::Context;
use crate::failure::{Doing, Failure};
use crate::needs;
use crate::progress::State;

/// The folders of first-party plugins, by kind.
const KINDS: &[&str] = &["languages", "judges", "memory"];

/// The plugins that `falcon train` uses unless it is told otherwise. They need no tool that only
/// others are made with.
const DEFAULT: &[&str] = &[
    "languages/python",
    "judges/unit-tests",
    "memory/similar-recent",
];

/// Which first-party plugins to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plugins {
    /// Every one.
    All,
    /// Those of a training run by default.
    Default,
}

/// Builds, and says where the results are.
pub(crate) fn run(cx: &mut Context) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_build())?;
    host(cx)?;
    runners(cx)?;
    plugins(cx, Plugins::All)?;
    // So that a plain `cargo test` finds them too.
    test_guests(cx)?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the `falcon` command.
///
/// The arguments choose the whole workspace and one small test, so that cargo unites the features
/// of the dependencies exactly as `cargo test --workspace` does: dev-dependencies count only where
/// a test is asked for. Without that, the test command would compile LanceDB a second time.
pub(crate) fn host(cx: &mut Context) -> Result<(), Failure> {
    let mut cargo = cx.cargo();
    cargo.args([
        "build",
        "--release",
        "--locked",
        "--workspace",
        "--bin",
        "falcon",
        "--test",
        "tidy",
    ]);
    cx.work(
        "host",
        "cargo build --release --workspace --bin falcon",
        &mut cargo,
    )
}

/// Builds first-party plugins into the plugin folder, then has all that are there compiled for this
/// machine, which the host would otherwise do on first use.
///
/// Cargo knows when a plugin in Rust is up to date. For the others (CPython takes ten seconds to
/// snapshot) the rule is make's: the result must be newer than what it is made of.
pub(crate) fn plugins(cx: &mut Context, which: Plugins) -> Result<(), Failure> {
    let out = cx.plugins();
    std::fs::create_dir_all(&out).doing(|| format!("make {}", out.display()))?;
    let mut built = Vec::new();
    for folder in plugin_folders(&cx.root, which)? {
        built.push(plugin(cx, &folder, &out)?);
    }
    let mut list = cx.command(cx.falcon());
    // The table is for people who ask for it; here only the compilation counts.
    list.args(["plugin", "list"])
        .env("FALCON_PLUGINS", &out)
        .stdout(std::process::Stdio::null());
    cx.work("compile plugins", "falcon plugin list", &mut list)
        .map_err(|failure| match failure {
            Failure::No(what) => Failure::No(format!("{what}\n{}", unusable(&out, &built))),
            other => other,
        })?;
    cx.progress.note(
        State::Done,
        "ready",
        &format!("{}, plugins in {}", cx.falcon().display(), out.display()),
    );
    Ok(())
}

/// What plugins are put into: the folder in `sdk` and the file.
const RUNNERS: [(&str, &str); 2] = [
    ("javascript/judge", "javascript-judge.wasm"),
    ("extism/judge", "extism-judge.wasm"),
];

/// Builds what plugins of other languages are put into, below the plugin folder, where `falcon plugin build` looks for
/// it and no other command.
pub(crate) fn runners(cx: &mut Context) -> Result<(), Failure> {
    let out = cx.plugins().join("runners");
    std::fs::create_dir_all(&out).doing(|| format!("make {}", out.display()))?;
    for (folder, file) in RUNNERS {
        let mut falcon = cx.guest_command(cx.falcon());
        falcon
            .args(["plugin", "build", "--runner"])
            .arg(cx.root.join("sdk").join(folder))
            .arg("--out")
            .arg(out.join(file));
        let shown = format!("falcon plugin build --runner sdk/{folder}");
        cx.work(&format!("{folder} runner"), &shown, &mut falcon)?;
    }
    Ok(())
}

/// Builds the plugins that only tests use, into a folder of their own below the plugin folder, where
/// no user's command looks.
pub(crate) fn test_guests(cx: &mut Context) -> Result<(), Failure> {
    let out = cx.plugins().join("test");
    std::fs::create_dir_all(&out).doing(|| format!("make {}", out.display()))?;
    let parent = cx.root.join("sdk").join("testing").join("guests");
    for folder in folders_in(&parent)? {
        plugin(cx, &folder, &out)?;
    }
    Ok(())
}

/// What to do where the host refuses a plugin of this folder: no build replaces what another
/// checkout or a person put there.
fn unusable(out: &Path, built: &[PathBuf]) -> String {
    let mut foreign: Vec<_> = std::fs::read_dir(out)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|name| name == "wasm"))
        .filter(|path| !built.contains(path))
        .map(|path| path.display().to_string())
        .collect();
    foreign.sort();
    let advice = format!(
        "A plugin in {} cannot be used, see above: delete that file and run this again.",
        out.display()
    );
    if foreign.is_empty() {
        advice
    } else {
        format!("{advice}\nNot built here: {}", foreign.join(", "))
    }
}

/// Builds the plugin in one folder into `out`. Returns the file.
fn plugin(cx: &mut Context, folder: &Path, out: &Path) -> Result<PathBuf, Failure> {
    let name = plugin_name(folder)?;
    let file = out.join(format!("{}.wasm", name.replace('/', "-")));
    if !folder.join("Cargo.toml").is_file() && is_newer(&file, &inputs(&cx.root, folder)) {
        cx.progress.note(
            State::Found,
            &name,
            &format!("up to date at {}", file.display()),
        );
        return Ok(file);
    }
    let mut falcon = cx.guest_command(cx.falcon());
    falcon
        .args(["plugin", "build"])
        .arg(folder)
        .arg("--out")
        .arg(&file);
    let shown = folder
        .strip_prefix(&cx.root)
        .unwrap_or(folder)
        .display()
        .to_string();
    cx.work(&name, &format!("falcon plugin build {shown}"), &mut falcon)?;
    Ok(file)
}

/// What a plugin without cargo is made of: its own files, the interfaces, the packaging code and
/// the pinned tools.
fn inputs(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let shared = ["wit", "runtime/package/src", "xtask/requirements"].map(|name| root.join(name));
    std::iter::once(folder.to_owned()).chain(shared).collect()
}

/// Whether the file exists and nothing in the folders was changed after it.
fn is_newer(file: &Path, folders: &[PathBuf]) -> bool {
    let made = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let Some(own) = made(file) else { return false };
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            // Python writes these beside its sources whenever it reads them.
            if !path.ends_with("__pycache__") {
                open.extend(
                    std::fs::read_dir(&path)
                        .into_iter()
                        .flatten()
                        .flatten()
                        .map(|entry| entry.path()),
                );
            }
        } else if made(&path).is_none_or(|changed| changed > own) {
            return false;
        }
    }
    true
}

/// The folders of first-party plugins, in a fixed order.
fn plugin_folders(root: &Path, which: Plugins) -> Result<Vec<PathBuf>, Failure> {
    if which == Plugins::Default {
        let parent = root.join("plugins");
        return Ok(DEFAULT.iter().map(|name| parent.join(name)).collect());
    }
    let mut folders = Vec::new();
    for kind in KINDS {
        let parent = root.join("plugins").join(kind);
        if parent.is_dir() {
            folders.extend(folders_in(&parent)?);
        }
    }
    Ok(folders)
}

/// The plugin folders in one folder, sorted.
fn folders_in(parent: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(parent).doing(|| format!("read {}", parent.display()))?;
    let mut folders: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("plugin.toml").is_file())
        .collect();
    folders.sort();
    Ok(folders)
}

/// `owner/name` from the manifest.
fn plugin_name(folder: &Path) -> Result<String, Failure> {
    let path = folder.join("plugin.toml");
    let doing = || format!("read {}", path.display());
    let text = std::fs::read_to_string(&path).doing(doing)?;
    let manifest: toml::Table = text.parse().doing(doing)?;
    manifest
        .get("name")
        .and_then(|name| name.as_str())
        .map(str::to_owned)
        .ok_or("it has no `name = \"owner/name\"`")
        .doing(doing)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn files_that_no_build_here_makes_are_named() {
        let folder = crate::context::scratch("unusable").unwrap();
        for name in ["falcon-python.wasm", "old-judge.wasm", "notes.txt"] {
            folder.write(name, "x").unwrap();
        }
        let built = [folder.path().join("falcon-python.wasm")];
        let said = unusable(folder.path(), &built);
        assert!(said.contains("delete that file"), "{said}");
        let foreign = folder.path().join("old-judge.wasm");
        assert!(
            said.ends_with(&format!("Not built here: {}", foreign.display())),
            "{said}"
        );
        std::fs::remove_file(foreign).unwrap();
        assert!(!unusable(folder.path(), &built).contains("Not built here"));
    }

    #[test]
    fn a_result_is_up_to_date_until_something_under_it_changes() {
        let scratch = crate::context::scratch("newer").unwrap();
        let folder = scratch.path();
        let source = folder.join("in").join("deep").join("app.py");
        let result = folder.join("out.wasm");
        let cached = folder.join("in").join("__pycache__").join("app.pyc");
        for path in [&source, &cached, &result] {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let set = |path: &Path, seconds: u64| {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
            std::fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(time)
                .unwrap();
        };
        let inputs = [folder.join("in")];
        for (source_time, cached_time, expected) in
            [(10, 10, true), (10, 30, true), (30, 10, false)]
        {
            set(&source, source_time);
            set(&cached, cached_time);
            set(&result, 20);
            assert_eq!(
                is_newer(&result, &inputs),
                expected,
                "{source_time} {cached_time}"
            );
        }
        assert!(!is_newer(&folder.join("absent.wasm"), &inputs));
    }
}
