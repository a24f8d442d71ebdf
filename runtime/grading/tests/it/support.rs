//! What the tests share: the built plugins, the data, short ways to grade.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use falcon_episode::{
    Call, Digest, Episode, Files, Grader as _, Harness, JudgeScore, Submission, Tests, Value,
};
use falcon_grading::{Judging, JudgingError, Language, Options, Panel, Pipeline, Reward};
use falcon_host::{Loader, Plugin, language::Limits};
use falcon_tasks::formats::{self, Format, Task};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test")).join("../..")
}

/// A file of the benchmark data, where the machine has it.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let from_env = std::env::var_os("FALCON_DATA").map(PathBuf::from);
    let folder = from_env.unwrap_or_else(|| root().join("../shared/data"));
    let path = folder.join(name);
    path.is_file().then_some(path)
}

/// A built plugin, loaded; compiled once a machine.
pub(crate) fn plugin(name: &str) -> Plugin {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder =
        std::env::var_os("FALCON_PLUGINS").map_or_else(|| target.join("plugins"), PathBuf::from);
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is missing; `cargo xtask build` makes it",
        path.display()
    );
    Loader::new().unwrap().load(&path).unwrap()
}

/// A judge of the tests' own: the share of tests that passed.
pub(crate) struct Share(pub(crate) &'static str);

impl Judging for Share {
    fn name(&self) -> &str {
        self.0
    }

    fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    fn judge(&self, episode: &Episode, _: Option<&str>) -> Result<JudgeScore, JudgingError> {
        let passed = episode
            .tests
            .iter()
            .filter(|t| t.verdict == falcon_episode::Verdict::Passed);
        #[allow(clippy::cast_precision_loss, reason = "a handful of tests")]
        let score = passed.count() as f64 / episode.tests.len() as f64;
        Ok(JudgeScore {
            score: Some(score),
            parts: [("share".to_owned(), score)].into(),
            ..JudgeScore::none(self.0, self.digest())
        })
    }
}

/// The Python pack as the pipeline takes it.
pub(crate) fn python() -> Language {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    Language::of(PLUGIN.get_or_init(|| plugin("falcon-python.wasm"))).unwrap()
}

/// A pipeline with a judge of the tests' own.
pub(crate) fn pipeline(limits: Limits) -> Pipeline {
    let options = Options {
        jobs: NonZeroUsize::new(2).unwrap(),
        limits,
        remembered: 0,
        workers: None,
    };
    let judges: Vec<Box<dyn Judging>> = vec![Box::new(Share("falcon/unit-tests"))];
    let panel = Panel::new(judges, Reward::default()).unwrap();
    Pipeline::new(vec![python()], panel, &options).unwrap()
}

/// Limits that let a hostile program end soon.
pub(crate) fn small() -> Limits {
    Limits {
        fuel: 5_000_000_000,
        memory: 128 << 20,
        ..Limits::default()
    }
}

pub(crate) fn submission(program: &str, tests: Tests) -> Submission {
    Submission {
        task_id: "task".to_owned(),
        split: String::new(),
        language: "python".to_owned(),
        prompt: String::new(),
        program: program.to_owned(),
        reference: None,
        attempt: 1,
        cheapest_fuel: None,
        tests,
        files: Files::default(),
    }
}

pub(crate) fn ints(numbers: &[i64]) -> Value {
    Value::List(numbers.iter().copied().map(Value::Int).collect())
}

/// Calls of `add` with what they must give.
pub(crate) fn add_calls() -> Tests {
    let call = |a, b| Call {
        arguments: vec![Value::Int(a), Value::Int(b)],
        expected: Value::Int(a + b),
    };
    Tests::Calls {
        function: "add".to_owned(),
        calls: vec![call(2, 3), call(-1, 1), call(700, 1)],
    }
}

/// A test program for `add`.
pub(crate) fn add_harness() -> Tests {
    Tests::Harness(Harness {
        tests: "def check(candidate):\n    assert candidate(2, 3) == 5\n    assert abs(candidate(-1, 1) - 0) < 1e-6\n    for n in range(3):\n        assert candidate(n, n) in {2 * n}\n".to_owned(),
        reference: "def add(a, b):\n    return a + b\n".to_owned(),
        remote: vec!["add".to_owned()],
        entry: "check".to_owned(),
        ..Harness::default()
    })
}

/// A test program of plain assertions about whatever the reference defines.
pub(crate) fn asserts(tests: &str, reference: &str) -> Tests {
    Tests::Harness(Harness {
        tests: tests.to_owned(),
        reference: reference.to_owned(),
        ..Harness::default()
    })
}

/// Grades one program.
pub(crate) fn grade(pipeline: &Pipeline, program: &str, tests: Tests) -> Episode {
    pipeline
        .grade(&[submission(program, tests)])
        .unwrap()
        .remove(0)
}

/// The tasks of a benchmark's file; none where it is not on this machine.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn tasks(format: Format, file: &str) -> Option<Vec<Task>> {
    let Some(path) = data(file) else {
        eprintln!("skipped: {file} is not on this machine (set FALCON_DATA)");
        return None;
    };
    Some(formats::load(&path, format).unwrap())
}

/// The tasks of MultiPL-E's file for a language, each with the solution that the file has.
pub(crate) fn multipl_e(language: &str) -> Option<Vec<(Task, String)>> {
    let file = format!("multipl-e/humaneval-{language}.jsonl");
    let tasks = tasks(Format::MultiplE, &file)?;
    let text = std::fs::read_to_string(data(&file)?).unwrap();
    let solutions = text.lines().map(|line| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["gpt_solution"].as_str().unwrap().to_owned()
    });
    Some(tasks.into_iter().zip(solutions).collect())
}
