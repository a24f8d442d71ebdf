//! The same verdict and the same fuel for a program, in whatever process and beside whatever others.

use std::{num::NonZeroUsize, path::PathBuf};

use falcon_episode::{Grader as _, Submission, Verdict};
use falcon_grading::{Language, Options, Panel, Pipeline, WorkerCommand};
use falcon_host::{Loader, language::Limits};
use falcon_tasks::formats::{self, Format};
use serde_json::Value;

use crate::{
    falcon::plugins,
    hostile::corpus::{C, CPP, Corpus, Program},
    workers::alone,
};

/// Suites, and the field of a row that has a program for it.
const SUITES: [(Format, &str, &str); 4] = [
    (Format::HumanEval, "humaneval/HumanEval.jsonl.gz", ""),
    (Format::Mbpp, "mbpp/mbpp.jsonl", ""),
    (
        Format::MultiplE,
        "multipl-e/humaneval-js.jsonl",
        "gpt_solution",
    ),
    (
        Format::MultiplE,
        "multipl-e/humaneval-lua.jsonl",
        "gpt_solution",
    ),
];

fn data() -> Option<PathBuf> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test"));
    let folder = std::env::var_os("FALCON_DATA")
        .map_or_else(|| root.join("../../../shared/data"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// A solution of each task of each suite.
fn submissions(data: &std::path::Path) -> Vec<Submission> {
    let mut all = Vec::new();
    for (format, file, field) in SUITES {
        let path = data.join(file);
        let tasks = formats::load(&path, format).unwrap();
        let solutions: Vec<String> = if field.is_empty() {
            let given = tasks.iter().map(|task| task.canonical.clone());
            given.map(Option::unwrap).collect()
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            let rows = text
                .lines()
                .map(|line| -> Value { serde_json::from_str(line).unwrap() });
            rows.map(|row| row[field].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(tasks.len(), solutions.len(), "{file}");
        let submitted = tasks.iter().zip(&solutions);
        all.extend(submitted.map(|(task, solution)| task.submission(solution)));
    }
    all
}

fn pipeline(languages: &[&str], jobs: usize, workers: bool) -> Pipeline {
    let open = |name: &&str| {
        let file = plugins().join(format!("falcon-{name}.wasm"));
        Language::of(&Loader::new().unwrap().load(&file).unwrap()).unwrap()
    };
    let options = Options {
        jobs: NonZeroUsize::new(jobs).unwrap(),
        remembered: 0,
        // Enough for nearly all of them; where the others end must be the same too.
        limits: Limits {
            fuel: 20_000_000_000,
            ..Limits::default()
        },
        workers: workers.then(|| WorkerCommand {
            program: env!("CARGO_BIN_EXE_falcon").into(),
            arguments: vec!["worker".into()],
            recycle: 100,
        }),
    };
    let languages = languages.iter().map(open).collect();
    Pipeline::new(languages, Panel::none(), &options).unwrap()
}

/// Language and task, verdict, fuel, and the verdict of each test.
type Graded = (String, Verdict, u64, Vec<Verdict>);

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn a_thousand_programs_in_three_settings() {
    let Some(data) = data() else {
        eprintln!("skipped: the benchmarks are not on this machine (set FALCON_DATA)");
        return;
    };
    let _alone = alone();
    let submissions = submissions(&data);
    assert!(submissions.len() > 1000, "{}", submissions.len());
    let settings = [(1, false), (2, true), (5, true)];
    let graded = same_in(&["python", "javascript", "lua"], submissions, &settings);
    // The benchmarks in Python bring right answers, which pass in workers too.
    let python: Vec<_> = graded
        .iter()
        .filter(|(name, ..)| name.starts_with("python "))
        .collect();
    assert_eq!(python.len(), 164 + 634);
    let refused = python.iter().filter(|one| one.1 != Verdict::Passed);
    let refused: Vec<_> = refused
        .map(|(name, verdict, ..)| (&name[..], *verdict))
        .collect();
    // One of MBPP takes most of the usual 100 G units, which three times would be minutes.
    assert_eq!(refused, [("python 123", Verdict::OutOfFuel)]);
}

/// Of a compiled language each process compiles anew, from headers that the parent made.
#[test]
fn compiled_programs_in_two_settings() {
    let _alone = alone();
    let of = |corpus: &'static Corpus| {
        let (attacks, twins) = (corpus.attacks(), corpus.twins());
        let wanted = ["infinite_loop", "memory_bomb", "prints", "recursion"];
        let found = attacks.iter().chain(&twins);
        let found = found.filter(|program| wanted.contains(&program.name.as_str()));
        let submission = |program: &Program| Submission {
            task_id: program.name.clone(),
            ..program.submission(program.forms().remove(0).1)
        };
        found.map(submission).collect::<Vec<_>>()
    };
    let submissions = [of(&C), of(&CPP)].concat();
    assert_eq!(submissions.len(), 8);
    same_in(&["c", "cpp"], submissions, &[(1, false), (3, true)]);
}

/// Grades with each number of jobs, in process and in workers; what comes of a program is the same each time.
fn same_in(
    languages: &[&str],
    mut submissions: Vec<Submission>,
    settings: &[(usize, bool)],
) -> Vec<Graded> {
    let mut first: Option<Vec<Graded>> = None;
    for &(jobs, workers) in settings {
        let mut found: Vec<_> = pipeline(languages, jobs, workers)
            .grade(&submissions)
            .unwrap()
            .into_iter()
            .map(|episode| {
                let tests = episode.tests.iter().map(|test| test.verdict).collect();
                let name = format!("{} {}", episode.language, episode.task_id);
                (name, episode.verdict, episode.fuel, tests)
            })
            .collect();
        found.sort();
        match &first {
            None => first = Some(found),
            Some(first) => {
                assert_eq!(first.len(), found.len());
                for (one, other) in first.iter().zip(&found) {
                    assert_eq!(one, other, "{jobs} jobs, in workers: {workers}");
                }
            }
        }
        // Others before and beside each program the next time.
        let third = submissions.len() / 3;
        submissions.rotate_left(third);
    }
    first.unwrap_or_default()
}
