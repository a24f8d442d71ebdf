//! Where things are on this machine, and how programs are started there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::failure::{Doing, Failure};
use crate::progress::Progress;

/// Folders, settings and the progress line, handed to every step.
pub(crate) struct Context {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// The folder that this was called in.
    pub(crate) caller: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// The private folder for what xtask installs; made when something is.
    pub(crate) cache: PathBuf,
    /// The toolchain's name for this machine: `x86_64-unknown-linux-gnu`.
    pub(crate) host: String,
    /// The folder of the Rust toolchain.
    pub(crate) sysroot: PathBuf,
    /// Whether what is missing may be installed.
    pub(crate) install: bool,
    /// What is said.
    pub(crate) progress: Progress,
    /// Variables that every program started from here gets.
    pub(crate) env: BTreeMap<String, OsString>,
    /// Further variables for the build of guests.
    pub(crate) guest_env: BTreeMap<String, OsString>,
    /// Folders put before PATH for the build of guests.
    pub(crate) guest_path: Vec<PathBuf>,
}

impl Context {
    /// Looks around with `cargo metadata` and `rustc -vV`; builds nothing.
    pub(crate) fn find(json: bool, install: bool) -> Result<Self, Failure> {
        let metadata =
            output_of(Command::new(cargo()).args(["metadata", "--no-deps", "--format-version=1"]))?;
        let metadata: Value =
            serde_json::from_str(&metadata).doing(|| "read `cargo metadata`".into())?;
        let folder = |key: &str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .ok_or_else(|| format!("it has no `{key}`"))
        };
        let root = folder("workspace_root").doing(|| "read `cargo metadata`".into())?;
        let target = folder("target_directory").doing(|| "read `cargo metadata`".into())?;
        let caller = std::env::current_dir().doing(|| "tell the working folder".into())?;
        let version = output_of(Command::new("rustc").arg("-vV"))?;
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or("it names no host")
            .doing(|| "read `rustc -vV`".into())?
            .to_owned();
        let sysroot =
            PathBuf::from(output_of(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
        Ok(Self {
            cache: cache_folder()?,
            root,
            caller,
            target,
            host,
            sysroot,
            install,
            progress: Progress::new(json),
            env: BTreeMap::new(),
            guest_env: BTreeMap::new(),
            guest_path: Vec::new(),
        })
    }

    /// The folder of built plugins.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.target.join("plugins")
    }

    /// The built `falcon` command.
    pub(crate) fn falcon(&self) -> PathBuf {
        self.target
            .join("release")
            .join(format!("falcon{}", std::env::consts::EXE_SUFFIX))
    }

    /// A program to be started in the checkout with the settings found so far. Its standard output
    /// goes to standard error under `--json`, where standard output belongs to the result.
    pub(crate) fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        clean(&mut command, &[&self.target, &self.sysroot]);
        command
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .envs(&self.env);
        if self.progress.json() {
            command.stdout(Stdio::from(std::io::stderr()));
        }
        command
    }

    /// `cargo`, the same one that runs this.
    pub(crate) fn cargo(&self) -> Command {
        self.command(cargo())
    }

    /// A program that builds guests.
    pub(crate) fn guest_command(&self, program: impl Into<OsString>) -> Command {
        let mut command = self.command(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = self
            .guest_path
            .iter()
            .cloned()
            .chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(folders) {
            command.env("PATH", path);
        }
        command
            .env("CARGO_TARGET_DIR", self.target.join("guests"))
            .envs(&self.guest_env);
        command
    }

    /// Runs work that prints for itself: announced, timed, and a failure of this command.
    pub(crate) fn work(
        &mut self,
        name: &str,
        detail: &str,
        command: &mut Command,
    ) -> Result<(), Failure> {
        use crate::progress::State;
        let since = self.progress.begin(name, detail);
        let status = command.status();
        match status.doing(|| format!("start {}", display(command))) {
            Ok(status) if status.success() => {
                self.progress.end(State::Done, name, detail, since);
                Ok(())
            }
            Ok(status) => {
                self.progress.end(State::Failed, name, detail, since);
                Err(Failure::No(format!(
                    "{} ended with {status}",
                    display(command)
                )))
            }
            Err(failure) => {
                self.progress.end(State::Failed, name, detail, since);
                Err(failure)
            }
        }
    }

    /// Runs an installer with its output in a log file, whose end goes into the error.
    pub(crate) fn logged(&self, log: &str, command: &mut Command) -> Result<(), String> {
        let path = self.cache.join("logs").join(format!("{log}.log"));
        let open = || -> std::io::Result<(File, File)> {
            std::fs::create_dir_all(self.cache.join("logs"))?;
            let file = File::create(&path)?;
            Ok((file.try_clone()?, file))
        };
        let (out, err) = open().map_err(|error| {
            format!(
                "cannot write {}: {error} (FALCON_CACHE chooses another folder)",
                path.display()
            )
        })?;
        let status = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!(
                "{} ended with {status}, see {}:\n{}",
                display(command),
                path.display(),
                last_lines(&path, 6)
            )),
            Err(error) => Err(format!("{} did not start: {error}", display(command))),
        }
    }
}

/// The program's answer on standard output, or why there is none.
pub(crate) fn answer(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    match output {
        Ok(Output { status, stdout, .. }) if status.success() => {
            Ok(String::from_utf8_lossy(&stdout).into_owned())
        }
        Ok(Output { status, stderr, .. }) => {
            let said = String::from_utf8_lossy(&stderr).trim().to_owned();
            Err(format!("{} ended with {status}: {said}", display(command)))
        }
        Err(error) => Err(format!("{} did not start: {error}", display(command))),
    }
}

/// A folder for a moment.
pub(crate) struct Scratch(PathBuf);

/// Makes a folder that is gone when the value is: looking leaves nothing behind.
pub(crate) fn scratch(name: &str) -> Result<Scratch, String> {
    let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path)
        .map_err(|error| format!("cannot make {}: {error}", path.display()))?;
    Ok(Scratch(path))
}

impl Scratch {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into it.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        std::fs::write(&path, text)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left in the folder for temporary files is the system's to remove.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The first place on PATH with this program.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// The command line, for messages.
pub(crate) fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let text: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", text.join(" "))
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn output_of(command: &mut Command) -> Result<String, Failure> {
    answer(command).map_err(Failure::machine)
}

fn cache_folder() -> Result<PathBuf, Failure> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    from("FALCON_CACHE")
        .or_else(|| from("XDG_CACHE_HOME").map(|path| path.join("falcon")))
        .or_else(|| from("HOME").map(|path| path.join(".cache").join("falcon")))
        .ok_or_else(|| {
            Failure::machine(
                "neither FALCON_CACHE nor HOME is set, so there is no folder to install to",
            )
        })
}

/// Takes away what `cargo run` told xtask about itself: a build script that watches one of these
/// variables would run again, and a compiler of another toolchain would load this one's libraries.
fn clean(command: &mut Command, foreign: &[&Path]) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || text == "CARGO_BIN_NAME"
        {
            command.env_remove(&name);
        }
    }
    if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
        let kept: Vec<_> = std::env::split_paths(&libraries)
            .filter(|path| {
                !path.as_os_str().is_empty()
                    && !foreign.iter().any(|folder| path.starts_with(folder))
            })
            .collect();
        match std::env::join_paths(&kept) {
            Ok(path) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", path),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
}

fn last_lines(path: &Path, count: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let from = lines.len().saturating_sub(count);
    lines[from..]
        .iter()
        .map(|line| format!("    {line}\n"))
        .collect()
}
