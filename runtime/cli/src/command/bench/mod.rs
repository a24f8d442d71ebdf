//! `falcon bench sandbox`: fresh sandboxed runs and graded tasks, beside processes that have no sandbox.

mod measure;
mod native;
mod soak;

use std::{num::NonZeroUsize, path::Path, time::Duration};

use anyhow::anyhow;
use falcon_episode::{Harness, Submission, Tests};
use falcon_host::language::{LanguagePack, Limits};
use falcon_report::{Bench, bench_picture};
use serde_json::json;

pub(super) use self::soak::run as soak;
use self::{measure::Subject, native::Python};
use super::Context;
use crate::{
    cli::{self, Format},
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    machine::machine,
    output::{Output, write_file},
    services::{self, Asked, Sandbox},
    suite::Suite,
    table::table,
};

/// What every subject runs: small, so that the cost of the sandbox itself shows.
const PROGRAM: &str = "\
def has_close_elements(numbers, threshold):
    ordered = sorted(numbers)
    return any(b - a < threshold for a, b in zip(ordered, ordered[1:]))
";

const TESTS: &str = "\
def check(candidate):
    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3) == True
    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.05) == False
    assert candidate([1.0, 2.0, 5.9, 4.0, 5.0], 0.95) == True
    assert candidate([1.0, 2.0, 5.9, 4.0, 5.0], 0.8) == False
    assert candidate([], 1.0) == False
";

const CALL: &str = "print(has_close_elements([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3))\n";

const WORKERS: [u64; 2] = [1, 2];

pub(super) fn sandbox(context: &Context, options: &cli::BenchSandbox) -> Outcome {
    // A thread for each worker of the measurement; programs would otherwise be remembered.
    let asked = Asked {
        language: Some(&options.language),
        jobs: NonZeroUsize::new(2),
        forget: true,
        ..Asked::default()
    };
    let pack = services::language(context, &options.language)?;
    let sandbox = Sandbox::open(context, asked)?;
    let task = Task::of(options.tasks.as_deref(), &sandbox)?;
    let python = Python::find();
    if python.is_none() {
        live::line("python3 is not installed: nothing to compare with");
    }
    let subjects = subjects(&pack, &sandbox, &task, python.as_ref());
    let time = options.time.0;
    live::line(&format!("measuring {} subjects in turn", subjects.len()));
    let latency = measure::latency(&subjects, time * u32::try_from(subjects.len()).unwrap_or(1))?;
    live::line("measuring runs a second");
    let bench = Bench {
        latency,
        throughput: measure::throughput(&subjects, &WORKERS, time.max(Duration::from_millis(200)))?,
    };

    let machine = machine();
    let version = python
        .as_ref()
        .map(|python| format!("Python {}", python.version));
    let subtitle = format!(
        "{}, {} cores · task {} · {}",
        machine.cpu,
        machine.cores,
        task.name,
        version.as_deref().unwrap_or("no python3")
    );
    if let Some(path) = &options.svg {
        write_file(path, bench_picture(&bench, &subtitle).as_bytes())?;
    }
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "task": task.name,
            "latency": bench.latency,
            "throughput": bench.throughput,
            "machine": machine,
            "python": version,
            "plugins": sandbox.grader().plugins(),
        }))?;
    } else {
        output.text(&format!("{}\n{subtitle}\n", text(&bench)))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// A task to grade and its reference solution.
struct Task {
    name: String,
    submission: Submission,
    /// Program, tests and call in one text, for an interpreter of its own.
    whole: String,
}

impl Task {
    fn of(file: Option<&Path>, sandbox: &Sandbox) -> Result<Self, Failure> {
        let Some(file) = file else {
            let task = Self::embedded();
            let spoken = sandbox.language();
            return if task.submission.language == spoken {
                Ok(task)
            } else {
                Err(Failure::usage(anyhow!(
                    "the embedded task is in {}, and the language pack {} runs {spoken}",
                    task.submission.language,
                    sandbox.pack()
                )))
            };
        };
        let suite = Suite::load(file, Format::Humaneval)?;
        suite.check_language(file, sandbox)?;
        let shown = file.display();
        let submission = suite.reference().ok_or_else(|| {
            Failure::usage(anyhow!("{shown} gives no solution that could be measured"))
        })?;
        let Tests::Harness(harness) = &submission.tests else {
            return Err(Failure::usage(anyhow!(
                "{shown} has no test program that could be measured"
            )));
        };
        let whole = whole(&submission.program, harness);
        Ok(Self {
            name: submission.task_id.clone(),
            whole,
            submission,
        })
    }

    fn embedded() -> Self {
        let harness = Harness {
            tests: TESTS.to_owned(),
            remote: vec!["has_close_elements".to_owned()],
            entry: "check".to_owned(),
            ..Harness::default()
        };
        let whole = whole(PROGRAM, &harness);
        let submission = Submission {
            task_id: "embedded".to_owned(),
            language: "python".to_owned(),
            prompt: String::new(),
            program: PROGRAM.to_owned(),
            reference: None,
            attempt: 1,
            tests: Tests::Harness(harness),
        };
        Self {
            name: "embedded".to_owned(),
            submission,
            whole,
        }
    }
}

/// What a grader without a sandbox runs: everything in one interpreter.
fn whole(program: &str, harness: &Harness) -> String {
    let name = harness.remote.first().map_or("", String::as_str);
    format!("{program}\n{}\n{}({name})\n", harness.tests, harness.entry)
}

fn subjects<'a>(
    pack: &'a LanguagePack,
    sandbox: &'a Sandbox,
    task: &'a Task,
    python: Option<&'a Python>,
) -> Vec<Subject<'a>> {
    let program = format!("{PROGRAM}{CALL}");
    let script = program.clone();
    let fresh = move || {
        let run = pack
            .run_program(&program, &[], &[], &Limits::default())
            .or_infrastructure("cannot run the program")?;
        if run.stdout == b"True\n" {
            Ok(())
        } else {
            Err(unexpected(&run.message))
        }
    };
    let graded = move || {
        let batch = std::slice::from_ref(&task.submission);
        let episodes = sandbox
            .grader()
            .grade(batch)
            .or_infrastructure("cannot grade")?;
        match episodes.first() {
            Some(episode) if episode.passed() => Ok(()),
            Some(episode) => Err(unexpected(
                episode.first_failure().map_or("", |t| &t.message),
            )),
            None => Err(unexpected("no episode")),
        }
    };
    let mut subjects = vec![
        Subject {
            name: "fresh run",
            once: Box::new(fresh),
        },
        Subject {
            name: "graded task, both sides",
            once: Box::new(graded),
        },
    ];
    if let Some(python) = python {
        let alone = move || python.run(&script);
        subjects.push(Subject {
            name: "python3 -I -S run",
            once: Box::new(alone),
        });
        subjects.push(Subject {
            name: "python3 -I -S task",
            once: Box::new(|| python.run(&task.whole)),
        });
    }
    subjects
}

fn unexpected(message: &str) -> Failure {
    Failure::infrastructure(anyhow!("a program that passes did not: {message}"))
}

fn text(bench: &Bench) -> String {
    let rate = |what: &str, workers| {
        let found = bench
            .throughput
            .iter()
            .find(|t| t.what == what && t.workers == workers);
        found.map_or("–".to_owned(), |t| format!("{:.0}", t.per_second))
    };
    let rows: Vec<Vec<String>> = bench
        .latency
        .iter()
        .map(|l| {
            vec![
                l.what.clone(),
                format!("{:.2}", l.p50_ms),
                format!("{:.2}", l.p99_ms),
                format!("{:.2}", l.min_ms),
                l.runs.to_string(),
                rate(&l.what, 1),
                rate(&l.what, 2),
            ]
        })
        .collect();
    table(
        &[
            "",
            "p50 ms",
            "p99 ms",
            "min ms",
            "runs",
            "1 worker /s",
            "2 workers /s",
        ],
        &[1, 2, 3, 4, 5, 6],
        &rows,
    )
}
