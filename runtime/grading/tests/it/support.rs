//! What the tests share: the built plugins, the data, short ways to grade.

use std::{num::NonZeroUsize, path::PathBuf, sync::OnceLock};

use falcon_episode::{Digest, Episode, Grader as _, JudgeScore, Submission, Tests, Value, Verdict};
use falcon_grading::{Judging, JudgingError, Language, Options, Panel, Pipeline, Reward, execute};
use falcon_host::{Loader, Plugin, language::Limits};
use falcon_tasks::formats::{self, Format, Task};

use crate::corpus;
pub(crate) use crate::corpus::{asserts, root};

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
            .filter(|t| t.verdict == Verdict::Passed);
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
    corpus::PYTHON.limits()
}

/// A Python program, to be graded with these tests.
pub(crate) fn submission(program: &str, tests: Tests) -> Submission {
    corpus::submission("python", program, tests)
}

pub(crate) fn ints(numbers: &[i64]) -> Value {
    Value::List(numbers.iter().copied().map(Value::Int).collect())
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

/// What a pack makes of the solutions in MultiPL-E's file, by number: those that do not pass, and those whose
/// test program is at fault. Nothing where the file is not on this machine.
pub(crate) fn not_passing(language: &Language, file: &str) -> Option<(Vec<u32>, Vec<u32>)> {
    let (mut wrong, mut faults) = (Vec::new(), Vec::new());
    for (task, solution) in multipl_e(file)? {
        let submission = task.submission(&solution);
        let done = execute(&language.pack, &submission, &Limits::default()).unwrap();
        let number = task.id["HumanEval_".len()..].split('_').next().unwrap();
        let to = match done.verdict {
            Verdict::Passed => continue,
            Verdict::Infrastructure => &mut faults,
            _ => &mut wrong,
        };
        to.push(number.parse().unwrap());
    }
    wrong.sort_unstable();
    Some((wrong, faults))
}
