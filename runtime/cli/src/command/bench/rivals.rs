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
    /// What it runs.
    pub(super) task: &'static Task,
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
    /// Executables are made in this folder, of files that end so, by this standard.
    Compiler {
        folder: TempDir,
        ending: &'static str,
        standard: &'static str,
    },
}

/// What to look for, and how to ask it for its own file and its version.
struct Wanted {
    name: &'static str,
    command: &'static str,
    ask: &'static [&'static str],
    takes: Takes,
}

/// What a program is given as.
enum Takes {
    /// A text behind these arguments.
    Text(&'static [&'static str]),
    /// A file that ends so, to be compiled by this standard.
    File {
        ending: &'static str,
        standard: &'static str,
    },
}

/// What is looked for in a language.
fn wanted(language: &str) -> Option<Wanted> {
    Some(match language {
        "python" => Wanted {
            name: "python3 -I -S",
            command: "python3",
            // What is on the path may be a script that looks for the interpreter each time.
            ask: &["-I", "-S", "-c", ASK_PYTHON],
            takes: Takes::Text(&["-I", "-S", "-c"]),
        },
        "javascript" => Wanted {
            name: "node",
            command: "node",
            ask: &["-p", "`${process.execPath}\nnode ${process.version}`"],
            takes: Takes::Text(&["-e"]),
        },
        "lua" => Wanted {
            name: "lua",
            command: "lua",
            ask: &["-e", "print(_VERSION)"],
            takes: Takes::Text(&["-e"]),
        },
        "cpp" => Wanted {
            name: "g++ -O1",
            command: "g++",
            ask: &["-dumpfullversion"],
            takes: Takes::File {
                ending: "cpp",
                standard: "-std=c++20",
            },
        },
        "c" => Wanted {
            name: "gcc -O1",
            command: "gcc",
            ask: &["-dumpfullversion"],
            takes: Takes::File {
                ending: "c",
                standard: "-std=gnu17",
            },
        },
        _ => return None,
    })
}

const ASK_PYTHON: &str =
    "import platform, sys; print(sys.executable); print('Python', platform.python_version())";

impl Rival {
    /// What is installed for the task's language; none where nothing is.
    pub(super) fn find(task: &'static Task) -> Option<Self> {
        let wanted = wanted(task.language)?;
        let output = Command::new(wanted.command).args(wanted.ask).output();
        let output = output.ok().filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?;
        let text = text.trim();
        let (executable, version) = text.split_once('\n').unwrap_or((wanted.command, text));
        let (how, version) = match wanted.takes {
            Takes::Text(arguments) => (How::Interpreter(arguments), version.to_owned()),
            Takes::File { ending, standard } => {
                let how = How::Compiler {
                    folder: TempDir::new().ok()?,
                    ending,
                    standard,
                };
                (how, format!("{} {version}", wanted.command))
            }
        };
        Some(Self {
            task,
            name: wanted.name,
            version,
            executable: executable.into(),
            how,
        })
    }

    pub(super) fn executable(&self) -> &Path {
        &self.executable
    }

    /// What is measured of it.
    pub(super) fn subjects(&self) -> Result<Vec<Subject<'_>>, Failure> {
        let task = self.task;
        let subject = |what, rated, once| native(task, what, rated, once);
        let (run, whole) = (task.whole_run(), task.whole_task());
        let mut subjects = Vec::new();
        match &self.how {
            How::Interpreter(arguments) => {
                for (form, text) in [("run", run), ("task", whole)] {
                    let once = move || self.execute(&self.executable, arguments, Some(&text));
                    subjects.push(subject(
                        format!("{}, {form}", self.name),
                        true,
                        Box::new(once),
                    ));
                }
            }
            How::Compiler {
                folder,
                ending,
                standard,
            } => {
                let kind = (*ending, *standard);
                let source = whole.clone();
                let scratch = folder.path().join("scratch");
                let once = move || self.compile(kind, &source, &scratch);
                subjects.push(subject(
                    format!("{}, compile", self.name),
                    false,
                    Box::new(once),
                ));
                for (form, text) in [("run", &run), ("task", &whole)] {
                    let binary = folder.path().join(form);
                    self.compile(kind, text, &binary)?;
                    let once = move || self.execute(&binary, &[], None);
                    subjects.push(subject(format!("its binary, {form}"), true, Box::new(once)));
                }
            }
        }
        Ok(subjects)
    }

    fn compile(
        &self,
        (ending, standard): (&str, &str),
        text: &str,
        binary: &Path,
    ) -> Result<(), Failure> {
        let source = binary.with_extension(ending);
        std::fs::write(&source, text)
            .map_err(|error| Failure::file(error, format!("cannot write {}", source.display())))?;
        let (source, binary) = (source.display().to_string(), binary.display().to_string());
        let arguments = ["-O1", standard, "-o", &binary, &source];
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

/// The usual harness as a subject.
pub(super) fn usual<'a>(what: &str, task: &Task, harnesses: &'a Harnesses) -> Subject<'a> {
    let whole = task.whole_task();
    let once = move || harnesses.passes(&whole);
    native(task, what.to_owned(), true, Box::new(once))
}

fn native<'a>(
    task: &Task,
    what: String,
    rated: bool,
    once: Box<dyn Fn() -> Result<(), Failure> + Sync + 'a>,
) -> Subject<'a> {
    Subject {
        name: BenchSubject {
            language: task.language.to_owned(),
            what,
            place: Place::Native,
        },
        rated,
        once,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_runs_the_task() {
        for language in Task::languages() {
            let rival = Task::in_language(language).and_then(Rival::find);
            let Some(rival) = rival else { continue };
            for subject in rival.subjects().unwrap() {
                (subject.once)().unwrap();
            }
            let wrong = rival.execute(Path::new("false"), &[], None);
            assert!(wrong.unwrap_err().text().contains("must pass"));
        }
    }
}
