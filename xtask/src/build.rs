//! `cargo xtask build`: the `falcon` command, then the first-party plugins with it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::context::Context;
use crate::failure::{Doing, Failure};
use crate::needs;
use crate::progress::State;

/// The folders of first-party plugins, by kind.
const KINDS: &[&str] = &["languages", "judges", "memory"];

/// Builds, and says where the results are.
pub(crate) fn run(cx: &mut Context) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_build())?;
    host(cx)?;
    plugins(cx)?;
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

/// Builds each first-party plugin into the plugin folder, then has all of them compiled for this
/// machine, which the host would otherwise do on first use.
pub(crate) fn plugins(cx: &mut Context) -> Result<(), Failure> {
    let out = cx.plugins();
    std::fs::create_dir_all(&out).doing(|| format!("make {}", out.display()))?;
    for folder in plugin_folders(&cx.root)? {
        let name = plugin_name(&folder)?;
        let file = out.join(format!("{}.wasm", name.replace('/', "-")));
        let mut falcon = cx.guest_command(cx.falcon());
        falcon
            .args(["plugin", "build"])
            .arg(&folder)
            .arg("--out")
            .arg(&file);
        let shown = folder
            .strip_prefix(&cx.root)
            .unwrap_or(&folder)
            .display()
            .to_string();
        cx.work(&name, &format!("falcon plugin build {shown}"), &mut falcon)?;
    }
    let mut list = cx.command(cx.falcon());
    // The table is for people who ask for it; here only the compilation counts.
    list.args(["plugin", "list"])
        .env("FALCON_PLUGINS", &out)
        .stdout(std::process::Stdio::null());
    cx.work("compile plugins", "falcon plugin list", &mut list)?;
    cx.progress.note(
        State::Done,
        "ready",
        &format!("{}, plugins in {}", cx.falcon().display(), out.display()),
    );
    Ok(())
}

/// Every folder of a first-party plugin, in a fixed order.
fn plugin_folders(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut folders = Vec::new();
    for kind in KINDS {
        let parent = root.join("plugins").join(kind);
        if !parent.is_dir() {
            continue;
        }
        let entries = std::fs::read_dir(&parent).doing(|| format!("read {}", parent.display()))?;
        folders.extend(
            entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.join("plugin.toml").is_file()),
        );
    }
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
