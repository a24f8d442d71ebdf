//! faiss on the same vectors, in a process of its own that searches when it is told to.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::anyhow;
use falcon_memory::DIMENSIONS;
use serde::Deserialize;

use crate::failure::{Failure, OrFail as _};

const SCRIPT: &str = include_str!("faiss.py");

/// A faiss that is ready to search.
pub(super) struct Faiss {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub(super) ready: Ready,
}

/// What it says before the first search.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Ready {
    pub(super) version: String,
    /// Of the IVF index, where one was asked for.
    pub(super) recall: Option<f64>,
}

impl Faiss {
    /// Gives a Python's faiss these vectors. An IVF index reads as few lists as reach `recall`.
    pub(super) fn start(
        python: &Path,
        scratch: &Path,
        items: impl Iterator<Item = Vec<f32>>,
        queries: &[Vec<f32>],
        recall: f64,
        lists: bool,
    ) -> Result<Self, Failure> {
        let [items_file, queries_file] =
            ["items.f32", "queries.f32"].map(|name| scratch.join(name));
        save(&items_file, items)?;
        save(&queries_file, queries.iter().cloned())?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut child = Command::new(python)
            .args(["-c", SCRIPT])
            .args([&items_file, &queries_file])
            .args([
                DIMENSIONS.to_string(),
                threads.to_string(),
                recall.to_string(),
            ])
            .arg(if lists { "ivf" } else { "flat" })
            .env("OMP_NUM_THREADS", threads.to_string())
            .env("OPENBLAS_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .or_usage(format!("{} cannot be started", python.display()))?;
        let (Some(asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::infrastructure(anyhow!("faiss has no pipes")));
        };
        let mut answers = BufReader::new(answers);
        let first = line(&mut answers)?;
        let ready = serde_json::from_str(&first).map_err(|_| {
            let words = format!("{} has no faiss that works", python.display());
            Failure::usage(anyhow!(words)).hint(
                "name a Python 3 in which `import faiss, numpy` works: pip install faiss-cpu in an environment of its own",
            )
        })?;
        // It has read them.
        let _ = std::fs::remove_file(items_file);
        Ok(Self {
            child,
            asks,
            answers,
            ready,
        })
    }

    /// The time of one search of so many queries.
    pub(super) fn search(&mut self, kind: &str, queries: usize) -> Result<Duration, Failure> {
        writeln!(self.asks, "{kind} {queries}").or_infrastructure("faiss has ended")?;
        let answer = line(&mut self.answers)?;
        let seconds: f64 = answer
            .trim()
            .parse()
            .or_infrastructure(format!("faiss answered {answer:?}"))?;
        Ok(Duration::from_secs_f64(seconds))
    }
}

impl Drop for Faiss {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(answers: &mut BufReader<ChildStdout>) -> Result<String, Failure> {
    let mut line = String::new();
    answers
        .read_line(&mut line)
        .or_infrastructure("faiss does not answer")?;
    Ok(line)
}

fn save(file: &Path, vectors: impl Iterator<Item = Vec<f32>>) -> Result<(), Failure> {
    let fail = |error| Failure::file(error, format!("cannot write {}", file.display()));
    let mut writer = BufWriter::new(File::create(file).map_err(fail)?);
    for vector in vectors {
        let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
        writer.write_all(&bytes).map_err(fail)?;
    }
    writer.flush().map_err(fail)
}
