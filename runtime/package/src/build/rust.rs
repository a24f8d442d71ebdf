//! A guest in Rust: one crate, compiled for `wasm32-unknown-unknown`.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{BuildError, file, run};

const TARGET: &str = "wasm32-unknown-unknown";
const REMEDY: &str = "install Rust, and its target with `rustup target add wasm32-unknown-unknown`";

/// The core module that the crate in this folder compiles to.
///
/// `CARGO` names the program to use, and `CARGO_TARGET_DIR` and the like are passed on.
pub(super) fn compile(folder: &Path) -> Result<Vec<u8>, BuildError> {
    let manifest = folder.join("Cargo.toml");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--lib", "--target", TARGET])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--manifest-path",
        ])
        .arg(&manifest)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(folder));
    let said = run(&mut command, folder, REMEDY)?;
    let module = module(&String::from_utf8_lossy(&said), &manifest)
        .ok_or_else(|| BuildError::NoModule(folder.to_owned()))?;
    fs::read(&module).map_err(file(&module))
}

/// The module among cargo's messages, one JSON object a line.
fn module(messages: &str, manifest: &Path) -> Option<PathBuf> {
    let manifest = manifest.canonicalize().ok()?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| {
            let of = message["manifest_path"].as_str().map(Path::new);
            of.and_then(|of| of.canonicalize().ok()).as_ref() == Some(&manifest)
        })
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|name| name.as_str().map(PathBuf::from))
        .find(|name| name.extension().is_some_and(|ending| ending == "wasm"))
}

/// Compiler flags that keep the machine's own folders out of the module, since panics carry the path
/// of their source: the same source then gives the same digest on another machine.
fn flags(folder: &Path) -> OsString {
    let home = env::var_os("HOME").map(PathBuf::from);
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or(home.map(|home| home.join(".cargo")));
    let mut flags: Vec<OsString> = env::var_os("CARGO_ENCODED_RUSTFLAGS")
        .filter(|flags| !flags.is_empty())
        .into_iter()
        .collect();
    if let Some(given) = env::var("RUSTFLAGS").ok().filter(|_| flags.is_empty()) {
        flags.extend(given.split_whitespace().map(OsString::from));
    }
    let mut remap = |from: &Path, to: &str| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flags.push(flag);
    };
    if let Ok(folder) = folder.canonicalize() {
        // The same for all plugins of a checkout: other flags would compile what they share again.
        remap(checkout(&folder).unwrap_or(&folder), "/source");
    }
    if let Some(cargo_home) = cargo_home {
        remap(&cargo_home, "/cargo");
    }
    flags.join("\u{1f}".as_ref())
}

/// The checkout that the folder is part of, if any.
fn checkout(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|above| above.join(".git").exists())
}
