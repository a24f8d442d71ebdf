//! `cargo xtask fuzz`: builds the fuzz targets with coverage and an address sanitizer, and runs each for a while.
//!
//! libFuzzer is linked into each target, so cargo alone builds them; `fuzz/` is laid out as cargo-fuzz has it,
//! for those who have that tool.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::context::{Context, display};
use crate::failure::{Doing, Failure};
use crate::needs;
use crate::progress::State;

/// The workspace of the targets.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";

/// What each target runs for where no time is given.
const TIME: Duration = Duration::from_secs(30);

/// Coverage as libFuzzer reads it, and errors in memory as errors. The sanitizer is an option that a release
/// compiler takes only when asked so.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
    "-Cforce-frame-pointers=yes",
];

/// What no input may take: time in seconds, memory altogether and in one piece in MiB.
const LIMITS: &[&str] = &["-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=512"];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    time: Duration,
    /// Every target where none is named.
    targets: Vec<String>,
}

/// Builds the targets and runs those that are named, one after the other.
pub(crate) fn run(cx: &mut Context, rest: &[String]) -> Result<ExitCode, Failure> {
    let known = targets(&cx.root)?;
    let asked = parse(rest, &known)?;
    needs::settle(cx, &needs::to_fuzz())?;
    let folder = cx.target.join("fuzz");
    let programs = build(cx, &folder)?;
    let mut crashed = Vec::new();
    for target in &known {
        if asked.targets.is_empty() || asked.targets.contains(target) {
            let program = programs.join(target);
            if !run_one(cx, &folder, target, &program, asked.time)? {
                crashed.push(target.as_str());
            }
        }
    }
    if crashed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::No(format!(
        "fuzzing found a fault in {}",
        crashed.join(", ")
    )))
}

/// The targets by name: their files.
fn targets(root: &Path) -> Result<Vec<String>, Failure> {
    let folder = root.join("fuzz").join("fuzz_targets");
    let entries = std::fs::read_dir(&folder).doing(|| format!("read {}", folder.display()))?;
    let name = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = entries
        .filter_map(|entry| name(entry.ok()?.path()))
        .collect();
    names.sort();
    Ok(names)
}

fn parse(rest: &[String], known: &[String]) -> Result<Asked, Failure> {
    let mut asked = Asked {
        time: TIME,
        targets: Vec::new(),
    };
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        if let Some(given) = word.strip_prefix("--time=") {
            asked.time = seconds(given)?;
        } else if word == "--time" {
            let given = words.next().map_or("", String::as_str);
            asked.time = seconds(given)?;
        } else if known.contains(word) {
            asked.targets.push(word.clone());
        } else {
            return Err(Failure::Usage(format!(
                "there is no fuzz target `{word}`; there are: {}",
                known.join(", ")
            )));
        }
    }
    Ok(asked)
}

/// A time as people write it: `30s`, `10m` or `2h`.
fn seconds(text: &str) -> Result<Duration, Failure> {
    let units = [("s", 1), ("m", 60), ("h", 3600)];
    units
        .iter()
        .find_map(|(unit, seconds)| {
            let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
            Some(Duration::from_secs(u64::from(count) * seconds))
        })
        // libFuzzer takes 0 for no end.
        .filter(|time| !time.is_zero())
        .ok_or_else(|| {
            Failure::Usage(format!(
                "`--time` takes a time such as 30s, 10m or 2h, and was given `{text}`"
            ))
        })
}

/// Builds every target, and returns the folder that they are in. Naming the machine's own target keeps the
/// flags from build scripts and macros.
fn build(cx: &mut Context, folder: &Path) -> Result<PathBuf, Failure> {
    let mut cargo = cx.cargo();
    cargo
        .args(["build", "--release", "--locked", "--bins"])
        .args(["--manifest-path", MANIFEST, "--target", &cx.host])
        .env("CARGO_TARGET_DIR", folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    let detail = format!("cargo build --release --manifest-path {MANIFEST}");
    cx.work("fuzz targets", &detail, &mut cargo)?;
    Ok(folder.join(&cx.host).join("release"))
}

/// Runs one target, and returns whether it found nothing. What it finds of new paths stays in the target folder, and
/// the next run goes on from it.
fn run_one(
    cx: &mut Context,
    folder: &Path,
    target: &str,
    program: &Path,
    time: Duration,
) -> Result<bool, Failure> {
    let make = |kind: &str| {
        let made = folder.join(kind).join(target);
        std::fs::create_dir_all(&made).doing(|| format!("make {}", made.display()))?;
        Ok::<_, Failure>(made)
    };
    let (found, faults) = (make("found")?, make("faults")?);
    let seeds = cx.root.join("fuzz").join("corpus").join(target);
    let log = make("logs")?.join("last.log");
    let output = std::fs::File::create(&log).doing(|| format!("write {}", log.display()))?;
    let words = cx.root.join("fuzz").join("words").join(target);
    let mut fuzz = cx.command(program);
    fuzz.args([&found, &seeds])
        .arg(format!("-max_total_time={}", time.as_secs()))
        .arg(format!("-artifact_prefix={}/", faults.display()))
        .args(["-print_final_stats=1", "-detect_leaks=0"])
        .args(LIMITS);
    if words.is_file() {
        fuzz.arg(format!("-dict={}", words.display()));
    }
    fuzz.env("ASAN_OPTIONS", "detect_leaks=0")
        .stdout(Stdio::null())
        .stderr(output);
    let since = cx
        .progress
        .begin(target, &format!("for {} s", time.as_secs()));
    let status = fuzz
        .status()
        .doing(|| format!("start {}", display(&fuzz)))?;
    let said = std::fs::read(&log).doing(|| format!("read {}", log.display()))?;
    let said = String::from_utf8_lossy(&said);
    let figures = figures(&said);
    cx.progress.answer(target, figures.json());
    if status.success() {
        cx.progress.end(State::Done, target, &figures.text(), since);
    } else {
        let detail = fault(&said, program, &log);
        cx.progress.end(State::Failed, target, &detail, since);
    }
    Ok(status.success())
}

/// What libFuzzer says of a run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    executions: u64,
    /// Edges of the program that some input went along.
    edges: u64,
    /// Inputs kept.
    inputs: u64,
}

fn figures(said: &str) -> Figures {
    let after = |line: &str, name: &str| -> Option<u64> {
        let rest = line.split_once(name)?.1.trim_start();
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    let mut figures = Figures::default();
    for line in said.lines().filter(|line| line.starts_with(['#', 's'])) {
        if let Some(count) = after(line, "stat::number_of_executed_units:") {
            figures.executions = count;
        }
        if let Some(count) = after(line, " cov:") {
            figures.edges = count;
            figures.inputs = after(line, " corp:").unwrap_or(figures.inputs);
        }
    }
    figures
}

impl Figures {
    fn text(&self) -> String {
        format!(
            "{} executions, {} edges, {} inputs kept, no fault",
            self.executions, self.edges, self.inputs
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({ "executions": self.executions, "edges": self.edges, "inputs": self.inputs })
    }
}

/// What went wrong, the input that shows it, and how to see it again.
fn fault(said: &str, program: &Path, log: &Path) -> String {
    let what = said
        .lines()
        .find(|line| line.contains("panicked at") || line.contains("ERROR: "))
        .unwrap_or("it ended for no reason that it told");
    let next = said
        .lines()
        .skip_while(|line| !line.contains("panicked at"))
        .nth(1)
        .unwrap_or_default();
    let input = said.lines().find_map(|line| {
        line.split_once("Test unit written to ")
            .map(|(_, path)| path)
    });
    let again = match input {
        Some(path) => {
            let mut again = Command::new(program);
            again.arg(path);
            format!("; again: {}", display(&again))
        }
        None => String::new(),
    };
    format!("{what} {next}{again}; all of it: {}", log.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Asked, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words, &["manifest".to_owned(), "tasks".to_owned()])
    }

    #[test]
    fn times_and_targets() {
        for (line, seconds, targets) in [
            ("", 30, ""),
            ("--time 5s", 5, ""),
            ("tasks --time=10m", 600, "tasks"),
            ("manifest tasks --time 2h", 7200, "manifest tasks"),
        ] {
            let asked = asked(line).unwrap_or_else(|failure| panic!("{line}: {failure}"));
            assert_eq!(asked.time.as_secs(), seconds, "{line}");
            assert_eq!(asked.targets.join(" "), targets, "{line}");
        }
        for (line, says) in [
            ("--time", "was given ``"),
            ("--time 30", "was given `30`"),
            ("--time 0s", "was given `0s`"),
            ("--time -1s", "was given `-1s`"),
            (
                "nothing",
                "no fuzz target `nothing`; there are: manifest, tasks",
            ),
        ] {
            let failure = asked(line).unwrap_err().to_string();
            assert!(failure.contains(says), "{line}: {failure}");
        }
    }

    #[test]
    fn figures_are_the_last_ones() {
        let said = "INFO: Seed: 1\n#2\tINITED cov: 10 ft: 11 corp: 1/2b exec/s: 0 rss: 30Mb\n\
                    #900\tDONE   cov: 120 ft: 300 corp: 45/3Kb lim: 4096 exec/s: 300 rss: 90Mb\n\
                    stat::number_of_executed_units: 900\n";
        let wanted = Figures {
            executions: 900,
            edges: 120,
            inputs: 45,
        };
        assert_eq!(figures(said), wanted);
    }

    #[test]
    fn a_fault_says_how_to_see_it_again() {
        let said = "thread '<unnamed>' panicked at src/x.rs:3:5:\nnot so\n==1== ERROR: libFuzzer: deadly signal\n\
                    artifact_prefix='a/'; Test unit written to a/crash-1\n";
        let told = fault(said, Path::new("fuzz/tasks"), Path::new("last.log"));
        assert_eq!(
            told,
            "thread '<unnamed>' panicked at src/x.rs:3:5: not so; again: `fuzz/tasks a/crash-1`; all of it: last.log"
        );
    }
}
