//! A guest in Rust: one crate, compiled for `wasm32-unknown-unknown`.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{BuildError, file, run};
use crate::{FILES, TOOL};

const TARGET: &str = "wasm32-unknown-unknown";
const REMEDY: &str = "install Rust, and its target with `rustup target add wasm32-unknown-unknown`";

/// What a crate compiles to.
pub(super) struct Compiled {
    /// The core module.
    pub(super) module: Vec<u8>,
    /// What its build script wrote into the folder `payload` of its `OUT_DIR`, as sections of the plugin
    /// file: `tool-NAME.wasm` is a tool, `files` the files of the tools.
    pub(super) payload: Vec<(String, Vec<u8>)>,
}

/// The core module that the crate in this folder compiles to, and its payload.
///
/// `CARGO` names the program to use, and `CARGO_TARGET_DIR` and the like are passed on.
pub(super) fn compile(folder: &Path) -> Result<Compiled, BuildError> {
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
    let messages = messages(&String::from_utf8_lossy(&said));
    let artifact = artifact(&messages, &manifest);
    let module = artifact
        .and_then(module)
        .ok_or_else(|| BuildError::NoModule(folder.to_owned()))?;
    let payload = match artifact.and_then(|artifact| out_folder(&messages, artifact)) {
        Some(out) => payload(&out.join("payload")).map_err(file(&out))?,
        None => Vec::new(),
    };
    Ok(Compiled {
        module: fs::read(&module).map_err(file(&module))?,
        payload,
    })
}

/// Cargo's messages, one JSON object a line.
fn messages(said: &str) -> Vec<Value> {
    said.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The message about the library of this manifest.
fn artifact<'a>(messages: &'a [Value], manifest: &Path) -> Option<&'a Value> {
    let manifest = manifest.canonicalize().ok()?;
    messages.iter().find(|message| {
        let of = message["manifest_path"].as_str().map(Path::new);
        message["reason"] == "compiler-artifact"
            && message["target"]["kind"] != serde_json::json!(["custom-build"])
            && of.and_then(|of| of.canonicalize().ok()).as_ref() == Some(&manifest)
    })
}

/// The module that a library was made into.
fn module(artifact: &Value) -> Option<PathBuf> {
    artifact["filenames"]
        .as_array()?
        .iter()
        .filter_map(|name| name.as_str().map(PathBuf::from))
        .find(|name| name.extension().is_some_and(|ending| ending == "wasm"))
}

/// The folder that the build script of the library's package wrote into.
fn out_folder(messages: &[Value], artifact: &Value) -> Option<PathBuf> {
    messages
        .iter()
        .filter(|message| message["reason"] == "build-script-executed")
        .find(|message| message["package_id"] == artifact["package_id"])
        .and_then(|message| message["out_dir"].as_str())
        .map(PathBuf::from)
}

/// The files of the payload folder as sections, in a fixed order.
fn payload(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut sections = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let section = match name.strip_prefix("tool-") {
            Some(tool) => format!("{TOOL}{}", tool.strip_suffix(".wasm").unwrap_or(tool)),
            None if name == "files" => FILES.to_owned(),
            None => continue,
        };
        sections.push((section, fs::read(&path)?));
    }
    sections.sort();
    Ok(sections)
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
