//! The usual harness: `usual.py`, held by a long-lived interpreter of the machine's own.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use anyhow::anyhow;
use serde::Deserialize;

use crate::failure::{Failure, OrFail as _};

const SCRIPT: &str = include_str!("usual.py");

/// What figures of each [`Way`] are called.
pub(super) const USUAL: &str = "usual harness, a fork each";
pub(super) const MANAGER: &str = "usual harness, a manager each";

/// How it runs a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A fork of a pool's process for each, and a pipe: the leanest that is met.
    Fork,
    /// A process and a manager process for each, as HumanEval's own harness does.
    Manager,
}

impl Way {
    fn argument(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Manager => "manager",
        }
    }
}

/// One harness that answers.
pub(super) struct Usual {
    process: Child,
    /// None once it was told to end.
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

/// What became of one text, and the seconds that it took.
#[derive(Deserialize)]
pub(super) struct Graded(pub(super) String, pub(super) f64);

impl Graded {
    pub(super) fn passed(&self) -> bool {
        self.0 == "passed"
    }
}

impl Usual {
    /// A harness that grades so many texts at once.
    pub(super) fn start(python: &Path, way: Way, at_once: u64) -> Result<Self, Failure> {
        let mut process = Command::new(python)
            .args([
                "-I",
                "-S",
                "-c",
                SCRIPT,
                way.argument(),
                &at_once.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It ends when its standard input does; a signal from the terminal is not for it.
            .process_group(0)
            .spawn()
            .or_infrastructure(format!("cannot start {}", python.display()))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (to, from) =
            pipes.ok_or_else(|| Failure::infrastructure(anyhow!("python3 has no pipes")))?;
        Ok(Self {
            process,
            to: Some(to),
            from: BufReader::new(from),
        })
    }

    /// Grades texts, each program and tests in one.
    pub(super) fn grade(&mut self, texts: &[&str]) -> Result<Vec<Graded>, Failure> {
        let lost = "the usual harness in python3 did not answer";
        let mut line = serde_json::to_vec(texts).map_err(Failure::infrastructure)?;
        line.push(b'\n');
        if let Some(to) = &mut self.to {
            to.write_all(&line)
                .and_then(|()| to.flush())
                .or_infrastructure(lost)?;
        }
        let mut answer = String::new();
        self.from.read_line(&mut answer).or_infrastructure(lost)?;
        let graded: Vec<Graded> = serde_json::from_str(&answer).or_infrastructure(lost)?;
        if graded.len() == texts.len() {
            return Ok(graded);
        }
        Err(Failure::infrastructure(anyhow!(
            "the usual harness was given {} texts and answered for {}",
            texts.len(),
            graded.len()
        )))
    }
}

impl Drop for Usual {
    fn drop(&mut self) {
        // Its pool ends with it only where it ends by itself.
        drop(self.to.take());
        let _ = self.process.wait();
    }
}

/// Harnesses that grade one text at a time, as many as there are threads that ask.
pub(super) struct Harnesses {
    python: PathBuf,
    way: Way,
    idle: Mutex<Vec<Usual>>,
}

impl Harnesses {
    pub(super) fn new(python: &Path, way: Way) -> Self {
        Self {
            python: python.to_owned(),
            way,
            idle: Mutex::default(),
        }
    }

    /// Grades one text that must pass.
    pub(super) fn passes(&self, text: &str) -> Result<(), Failure> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut one = match waiting {
            Some(one) => one,
            None => Usual::start(&self.python, self.way, 1)?,
        };
        let graded = one.grade(&[text])?;
        idle().push(one);
        match graded.first() {
            Some(graded) if graded.passed() => Ok(()),
            other => Err(Failure::infrastructure(anyhow!(
                "the usual harness: the program of the benchmark must pass and did not: {}",
                other.map_or("no answer", |graded| graded.0.as_str())
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{rivals::Rival, task::Task},
        *,
    };

    /// Only where there is a python3, as the benchmark itself.
    #[test]
    fn it_tells_right_from_wrong() {
        let Some(python) = Task::in_language("python").and_then(Rival::find) else {
            return;
        };
        for (way, at_once) in [(Way::Fork, 1), (Way::Fork, 2), (Way::Manager, 2)] {
            let mut usual = Usual::start(python.executable(), way, at_once).unwrap();
            let texts = [
                "print('noise')\nassert 1 + 1 == 2",
                "assert 1 + 1 == 3, 'sum'",
                "import os\nos._exit(0)",
                "import sys\nsys.exit(0)",
                "def f(:",
            ];
            let graded = usual.grade(&texts).unwrap();
            let verdicts: Vec<_> = graded.iter().map(|one| one.0.as_str()).collect();
            assert_eq!(
                verdicts[..3],
                ["passed", "failed: AssertionError: sum", "died"]
            );
            assert!(verdicts[3].starts_with("failed: SystemExit"));
            assert!(verdicts[4].starts_with("failed: SyntaxError"));
            assert!(graded.iter().all(|one| one.1 > 0.0));
            assert!(usual.grade(&["x = 1"]).unwrap()[0].passed());
        }
    }
}
