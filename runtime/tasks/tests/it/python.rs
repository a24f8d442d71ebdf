//! Programs run by the real interpreter say what the generator says.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use falcon_episode::Value;
use falcon_tasks::{Task, TokenId};
use serde_json::{Value as Json, json};

use super::tasks;

/// Reads lines of `[program, [arguments, ...]]`; writes a list of results or error names for each.
const RUNNER: &str = r#"
import json, sys
for line in sys.stdin:
    program, calls = json.loads(line)
    results = []
    for arguments in calls:
        try:
            scope = {}
            exec(compile(program, "program", "exec"), scope)
            results.append({"value": scope["f"](*arguments)})
        except Exception as error:
            results.append({"error": type(error).__name__})
    print(json.dumps(results))
"#;

/// Results for each program; nothing where there is no interpreter.
fn run(programs: &[(String, Vec<Json>)]) -> Option<Vec<Vec<Json>>> {
    let mut python = Command::new("python3");
    python
        .args(["-I", "-S", "-c", RUNNER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let Ok(mut child) = python.spawn() else {
        eprintln!("skipped: there is no python3 here");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let lines: Vec<String> = programs
        .iter()
        .map(|(program, calls)| json!([program, calls]).to_string())
        .collect();
    let writer = std::thread::spawn(move || {
        lines
            .iter()
            .for_each(|line| writeln!(stdin, "{line}").unwrap());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn json(value: &Value) -> Json {
    match value {
        Value::Int(n) => json!(n),
        Value::Str(text) => json!(String::from_utf8(text.clone()).unwrap()),
        Value::List(items) => items.iter().map(json).collect(),
        other => panic!("no task has {other:?}"),
    }
}

fn calls(task: &Task) -> (Vec<Json>, Vec<Json>) {
    let all = task
        .examples
        .iter()
        .chain(&task.feedback_tests)
        .chain(&task.scoring_tests);
    all.map(|call| {
        let arguments: Json = call.arguments.iter().map(json).collect();
        (arguments, json!({ "value": json(&call.expected) }))
    })
    .unzip()
}

#[test]
fn every_gold_body_returns_what_every_test_expects() {
    let tasks = tasks();
    let mut programs = Vec::new();
    let mut wanted = Vec::new();
    for task in &tasks {
        let (arguments, expected) = calls(task);
        for body in task.solutions().iter().chain(&task.repaired) {
            programs.push((task.program_text(body), arguments.clone()));
            wanted.push((task, expected.clone()));
        }
    }
    let Some(results) = run(&programs) else {
        return;
    };
    assert_eq!(results.len(), programs.len());
    for (((program, _), got), (task, expected)) in programs.iter().zip(&results).zip(&wanted) {
        assert_eq!(
            got,
            expected,
            "{} {}\n{program}",
            task.id,
            task.family.name()
        );
    }
}

#[test]
fn every_other_reading_agrees_with_the_examples_and_fails_at_least_two_feedback_tests() {
    let tasks: Vec<Task> = tasks()
        .into_iter()
        .filter(|task| !task.wrong.is_empty())
        .collect();
    assert!(tasks.len() > 100);
    let mut programs = Vec::new();
    let mut wanted = Vec::new();
    for task in &tasks {
        let (arguments, expected) = calls(task);
        for (i, body) in task.wrong.iter().enumerate() {
            programs.push((task.program_text(body), arguments.clone()));
            wanted.push((task, i, expected.clone()));
        }
    }
    let Some(results) = run(&programs) else {
        return;
    };
    for (got, (task, wrong, expected)) in results.iter().zip(&wanted) {
        let failed = |from: usize, to: usize| -> Vec<usize> {
            (from..to)
                .filter(|&i| got[i] != expected[i])
                .map(|i| i - from)
                .collect()
        };
        let examples = task.examples.len();
        assert!(failed(0, examples).is_empty(), "{}", task.id);
        let feedback = failed(examples, examples + 6);
        assert!(feedback.len() >= 2, "{}: {feedback:?}", task.id);
        assert!(
            failed(examples + 6, examples + 14).len() >= 3,
            "{}",
            task.id
        );
        // Synthetic feedback is what this execution said.
        let told = task.synthetic_feedback(*wrong).unwrap();
        let call = &task.feedback_tests[feedback[0]];
        assert_eq!((&told.input, &told.want), (&call.arguments, &call.expected));
        // A value outside the vocabulary cannot be read back.
        if let Some(value) = falcon_tasks::read_value(&told.got) {
            assert_eq!(
                json!({ "value": json(&value) }),
                got[examples + feedback[0]]
            );
        }
    }
}

#[test]
fn what_is_no_python_does_not_compile() {
    let task = &tasks()[0];
    let odd: Vec<TokenId> = (0..16)
        .map(TokenId)
        .filter(|&token| {
            !matches!(
                token,
                TokenId::EOS | TokenId::NL | TokenId::IND | TokenId::DED
            )
        })
        .collect();
    let mut programs: Vec<_> = odd
        .iter()
        .map(|&token| (task.program_text(&[token]), vec![json!([1])]))
        .collect();
    programs.push((task.program_text(&[]), vec![json!([1])]));
    let Some(results) = run(&programs) else {
        return;
    };
    for ((program, _), result) in programs.iter().zip(results) {
        let error = result[0]["error"].as_str().unwrap_or_default();
        assert!(
            matches!(error, "SyntaxError" | "IndentationError"),
            "{program}"
        );
    }
}
