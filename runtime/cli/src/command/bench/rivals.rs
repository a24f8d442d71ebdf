//! The same programs as processes of the machine's own, without a sandbox, for comparison only.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::anyhow;
use falcon_report::{BenchSubject, Place};
use tempfile::TempDir;

use super::{measure::Subject, task::Task, usual::Harnesses};
use crate::failure::{Failure, OrFail as _};

/// What runs programs of a language on this machine.
pub(super) struct Rival {
    /// As figures of it are called.
    pub(super) name: &'static str,
    /// What it says of its version.
    pub(super) version: String,
    executable: PathBuf,
    how: How,
}

enum How {
    /// The text is the argument behind these.
    Interpreter(&'static [&'static str]),
    /// Made into an executable in this folder, with these options.
    Compiler(TempDir, &'static [&'static str]),
}

impl Rival {
    /// What is installed for a language; none where nothing is.
    pub(super) fn find(language: &str) -> Option<Self> {
        // The interpreter itself is asked for: what is on the path may be a script that looks for it.
        let (name, command, ask, how): (_, _, &[&str], _) = match language {
            "python" => (
                "python3 -I -S",
                "python3",
                &[
                    "-I",
                    "-S",
                    "-c",
                    "import platform, sys; print(sys.executable); print('Python', platform.python_version())",
                ],
                How::Interpreter(&["-I", "-S", "-c"]),
            ),
            "javascript" => (
                "node",
                "node",
                &[
                    "-e",
                    "console.log(process.execPath); console.log('node', process.version)",
                ],
                How::Interpreter(&["-e"]),
            ),
            "lua" => (
                "lua",
                "lua",
                &["-e", "print('lua') print(_VERSION)"],
                How::Interpreter(&["-e"]),
            ),
            "cpp" => {
                let folder = TempDir::new().ok()?;
                let how = How::Compiler(folder, &["-O1", "-std=c++20"]);
                ("g++ -O1", "g++", &["-dumpfullversion"], how)
            }
            _ => return None,
        };
        let output = Command::new(command).args(ask).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        if !output.status.success() {
            return None;
        }
        let (executable, version) = match text.trim().split_once('\n') {
            Some((executable, version)) => (executable, version.to_owned()),
            None => (command, format!("{command} {}", text.trim())),
        };
        Some(Self {
            name,
            version,
            executable: executable.into(),
            how,
        })
    }

    pub(super) fn executable(&self) -> &Path {
        &self.executable
    }

    /// What is measured of it; `usual` is the usual harness, for the language that has one.
    pub(super) fn subjects<'a>(
        &'a self,
        label: &str,
        task: &Task,
        usual: Option<&'a Harnesses>,
    ) -> Result<Vec<Subject<'a>>, Failure> {
        let subject = |what: String, rated, once| Subject {
            name: BenchSubject {
                language: label.to_owned(),
                what,
                place: Place::Native,
            },
            rated,
            once,
        };
        let (run, whole) = (task.whole_run(), task.whole_task());
        let mut subjects = Vec::new();
        match &self.how {
            How::Interpreter(arguments) => {
                for (form, text) in [("run", run), ("task", whole.clone())] {
                    let once = move || self.execute(&self.executable, arguments, Some(&text));
                    subjects.push(subject(
                        format!("{}, {form}", self.name),
                        true,
                        Box::new(once),
                    ));
                }
            }
            How::Compiler(folder, _) => {
                let source = whole.clone();
                let scratch = folder.path().join("scratch");
                let once = move || self.compile(&source, &scratch);
                subjects.push(subject(
                    format!("{}, compile", self.name),
                    false,
                    Box::new(once),
                ));
                for (form, text) in [("run", &run), ("task", &whole)] {
                    let binary = folder.path().join(form);
                    self.compile(text, &binary)?;
                    let once = move || self.execute(&binary, &[], None);
                    subjects.push(subject(format!("its binary, {form}"), true, Box::new(once)));
                }
            }
        }
        if let Some(usual) = usual {
            let once = move || usual.passes(&whole);
            subjects.push(subject(
                "usual harness, task".to_owned(),
                true,
                Box::new(once),
            ));
        }
        Ok(subjects)
    }

    fn compile(&self, text: &str, binary: &Path) -> Result<(), Failure> {
        let How::Compiler(_, options) = &self.how else {
            return Ok(());
        };
        let source = binary.with_extension("cpp");
        std::fs::write(&source, text)
            .map_err(|error| Failure::file(error, format!("cannot write {}", source.display())))?;
        let (source, binary) = (source.display().to_string(), binary.display().to_string());
        let arguments = [options, &["-o", &binary, &source][..]].concat();
        self.execute(&self.executable, &arguments, None)
    }

    /// Runs a process that must succeed.
    fn execute(
        &self,
        executable: &Path,
        arguments: &[&str],
        text: Option<&str>,
    ) -> Result<(), Failure> {
        let status = Command::new(executable)
            .args(arguments)
            .args(text)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .or_infrastructure(format!("cannot start {}", executable.display()))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::infrastructure(anyhow!(
            "{}: {} ended with {status} on the program of the benchmark, which must pass",
            self.version,
            executable.display()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_runs_the_task() {
        for language in Task::languages() {
            let (Some(rival), Some(task)) = (Rival::find(language), Task::in_language(language))
            else {
                continue;
            };
            let subjects = rival.subjects(language, task, None).unwrap();
            for subject in subjects {
                (subject.once)().unwrap();
            }
        }
        assert!(Rival::find("brainfuck").is_none());
    }
}
