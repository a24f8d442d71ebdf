use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// How `falcon` ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Checks the exit code; what was said is part of a failure.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{stdout}\nstderr:\n{stderr}"
        );
        assert!(
            !stderr.contains("panicked") && !stderr.contains("this is a bug"),
            "{stderr}"
        );
        self
    }

    /// Checks that errors say all of this.
    #[track_caller]
    pub(crate) fn saying(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{word:?} is not in:\n{}",
                self.stderr
            );
        }
        self
    }

    /// Standard output as one document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }

    /// Standard output as lines of JSON.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.stdout.lines().map(parse).collect()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The command, with the plugins that `cargo xtask build` made.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_falcon"));
    command
        .args(arguments)
        .env("FALCON_PLUGINS", plugins())
        .stdin(Stdio::null());
    command
}

/// Runs `falcon` to its end.
pub(crate) fn falcon(arguments: &[&str]) -> Ended {
    command(arguments).output().expect("falcon starts").into()
}

/// What asks for eight tasks of the alias split, one sample each, of a model.
pub(crate) fn eight_aliases(model: &str) -> [&str; 9] {
    [
        "eval",
        "--model",
        model,
        "--split",
        "alias",
        "--limit",
        "8",
        "--samples",
        "1",
    ]
}

/// The folder of built plugins.
pub(crate) fn plugins() -> PathBuf {
    let folder = std::env::var_os("FALCON_PLUGINS").map_or_else(
        || {
            Path::new(env!("CARGO_BIN_EXE_falcon"))
                .ancestors()
                .nth(2)
                .unwrap()
                .join("plugins")
        },
        PathBuf::from,
    );
    let built = folder.join("falcon-python.wasm").is_file();
    assert!(
        built,
        "no plugins in {}: run `cargo xtask build` first",
        folder.display()
    );
    folder
}

/// A file of this test's own.
pub(crate) fn fixture(name: &str) -> String {
    format!(
        "{}/tests/fixtures/{name}",
        std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test")
    )
}

/// The same plugin with an empty custom section more: another digest and nothing else.
pub(crate) fn renamed(plugin: &[u8]) -> Vec<u8> {
    [plugin, b"\0\x02\x01x"].concat()
}

/// Sends a signal, as Ctrl-C and service managers do. `kill` is the shell's own; the program of that name
/// is not on every machine.
pub(crate) fn signal(child: &std::process::Child, name: &str) {
    let script = format!("kill -{name} {}", child.id());
    let sent = Command::new("sh").args(["-c", &script]).status();
    assert!(sent.expect("a shell").success());
}

/// A folder that goes away with its value, and texts of paths in it.
pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).expect("a temporary file");
        self.path(name)
    }

    /// Names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .expect("a temporary folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}
