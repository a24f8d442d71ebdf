//! Public benchmarks: every right solution accepted, wrong ones refused. Skipped where the data is not.

use falcon_episode::{Grader as _, Submission, Verdict};
use falcon_grading::Pipeline;
use falcon_tasks::formats::{Format, Task};

use crate::support::{data, pipeline, python, tasks};
use falcon_host::language::Limits;

const SUITES: [(Format, &str, usize); 2] = [
    (Format::HumanEval, "humaneval/HumanEval.jsonl.gz", 164),
    (Format::Mbpp, "mbpp/mbpp.jsonl", 634),
];

/// Grades and gives the ids that passed.
fn passed(pipeline: &Pipeline, batch: &[Submission]) -> Vec<String> {
    let episodes = pipeline.grade(batch).unwrap();
    let faults = episodes
        .iter()
        .filter(|episode| episode.verdict == Verdict::Infrastructure);
    assert_eq!(
        faults.map(|e| (&e.task_id, &e.tests)).collect::<Vec<_>>(),
        []
    );
    episodes
        .into_iter()
        .filter(|e| e.passed())
        .map(|e| e.task_id)
        .collect()
}

#[test]
fn canonical_solutions_pass() {
    let pipeline = pipeline(Limits::default());
    for (format, file, count) in SUITES {
        let Some(tasks) = tasks(format, file) else {
            continue;
        };
        assert_eq!(tasks.len(), count);
        let batch: Vec<_> = tasks
            .iter()
            .map(|task| task.submission(task.canonical.as_deref().unwrap()))
            .collect();
        for episode in pipeline.grade(&batch).unwrap() {
            assert!(
                episode.passed(),
                "{}: {:?}",
                episode.task_id,
                episode.first_failure()
            );
            assert_eq!(episode.reward, Some(1.0));
        }
    }
}

/// Programs for another task that pass: file, what was tried, task. Each is right for this task as well.
const UNTOLD: &[(&str, &str, &str)] = &[
    // "count occurrence of a character in a string", answered by 667's count of the characters of
    // one string that are in another: the same where the other is one character.
    ("mbpp/mbpp.jsonl", "other", "666"),
    // "sum elements in two lists", answered by 729, "add two lists using map and lambda function".
    ("mbpp/mbpp.jsonl", "other", "728"),
];

#[test]
fn empty_bodies_and_other_solutions_fail() {
    let pipeline = pipeline(Limits::default());
    let mut found = Vec::new();
    for (format, file, _) in SUITES {
        let Some(tasks) = tasks(format, file) else {
            continue;
        };
        for body in ["return None", "pass"] {
            let batch: Vec<_> = tasks
                .iter()
                .map(|task| Submission {
                    program: with_body(&task.program(task.canonical.as_deref().unwrap()), body),
                    ..task.submission("")
                })
                .collect();
            found.extend(
                passed(&pipeline, &batch)
                    .into_iter()
                    .map(|id| (file, body, id)),
            );
        }
        let others: Vec<_> = tasks
            .iter()
            .zip(tasks.iter().cycle().skip(1))
            .map(|(task, other)| renamed(task, other))
            .collect();
        found.extend(
            passed(&pipeline, &others)
                .into_iter()
                .map(|id| (file, "other", id)),
        );
    }
    let found: Vec<_> = found
        .iter()
        .map(|(file, body, id)| (*file, *body, id.as_str()))
        .collect();
    let suites = SUITES
        .iter()
        .filter(|(_, file, _)| data(file).is_some())
        .count();
    if suites == SUITES.len() {
        assert_eq!(found, UNTOLD);
    }
}

/// The program with the body of every function replaced, by the language's own parser in its sandbox.
fn with_body(program: &str, body: &str) -> String {
    let script = format!(
        "import ast, sys\ntree = ast.parse(sys.stdin.read())\nfor node in ast.walk(tree):\n    if isinstance(node, ast.FunctionDef):\n        node.body = ast.parse({body:?}).body if {body:?} == 'pass' else [ast.Return(ast.Constant(None))]\nprint(ast.unparse(ast.fix_missing_locations(tree)))\n"
    );
    let run = python()
        .pack
        .run_program(&script, &[], program.as_bytes(), &Limits::default())
        .unwrap();
    assert_eq!(run.verdict, Verdict::Passed, "{}", run.message);
    String::from_utf8(run.stdout).unwrap()
}

/// Another task's solution under the names that this task's tests call.
fn renamed(task: &Task, other: &Task) -> Submission {
    let program = other.program(other.canonical.as_deref().unwrap());
    let names = |task: &Task| definitions(&task.program(task.canonical.as_deref().unwrap()));
    let last = names(other).pop().unwrap_or_default();
    let aliases: String = names(task)
        .iter()
        .map(|name| format!("{name} = {last}\n"))
        .collect();
    Submission {
        program: format!("{program}\n{aliases}"),
        ..task.submission("")
    }
}

/// Names of the functions and classes at the top level.
fn definitions(program: &str) -> Vec<String> {
    program
        .lines()
        .filter_map(|line| {
            line.strip_prefix("def ")
                .or_else(|| line.strip_prefix("class "))
        })
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}
