use std::path::Path;

use falcon_episode::{Call, Harness, Tests, Value};
use falcon_tasks::{
    completions,
    formats::{self, Answer, Format, Task, from_json, to_json},
};

const FORMATS: [Format; 4] = [
    Format::Falcon,
    Format::HumanEval,
    Format::Mbpp,
    Format::MultiplE,
];

/// Between the tasks and the completions: no UTF-8, so in neither.
const BETWEEN: u8 = 0xff;

/// From how many bytes on a line is not read.
const LONGEST: usize = 64 << 20;

/// A file of tasks, of the format that the first byte names, and after [`BETWEEN`] one of completions of them.
/// Tasks have distinct ids and tests, and come back from their lines; their plain data is the same as JSON and back; a program holds its
/// prefix and its completion.
pub fn tasks(bytes: &[u8]) {
    let Some((format, rest)) = bytes.split_first() else {
        return;
    };
    let format = FORMATS[usize::from(*format) % FORMATS.len()];
    // A gzipped file may hold the byte, so it comes alone.
    let gzipped = rest.starts_with(&[0x1f, 0x8b]);
    let between = rest.iter().position(|byte| *byte == BETWEEN && !gzipped);
    let (file, answers) = rest.split_at(between.unwrap_or(rest.len()));
    let Ok(tasks) = formats::read(file, Path::new("tasks"), format) else {
        return;
    };
    assert!(!tasks.is_empty());
    let ids: Vec<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    for task in &tasks {
        if let Tests::Calls { calls, .. } = &task.tests {
            assert!(!calls.is_empty());
            for call in calls {
                call.arguments.iter().chain([&call.expected]).for_each(json);
            }
        }
        answered(task, task.canonical.as_deref().unwrap_or_default());
        divided(task);
        told_again(task);
    }
    let seen = formats::Seen::new(&tasks);
    assert!(tasks.iter().all(|task| seen.same(task).is_some()));
    let answers = answers.get(1..).unwrap_or_default();
    // A model's answer, as it is and as the file holds it.
    let answer = String::from_utf8_lossy(answers);
    tasks.iter().for_each(|task| answered(task, &answer));
    for one in completions::read(answers, &ids).unwrap_or_default() {
        let task = tasks.iter().find(|task| task.id == one.task_id);
        answered(task.expect("its id was looked up"), &one.completion);
    }
}

/// A task comes back from its line in our own format, with its tests; but for what has none there, or none that is read.
fn told_again(task: &Task) {
    let sets = || {
        [Some(&task.tests), task.scoring.as_ref()]
            .into_iter()
            .flatten()
    };
    let Some(line) = formats::to_line(task) else {
        let nameless = |call: &Call| {
            let mut values = call.arguments.iter().chain([&call.expected]);
            values.any(|value| to_json(value).is_none())
        };
        let has_nameless = |tests: &Tests| matches!(tests, Tests::Calls { calls, .. } if calls.iter().any(nameless));
        let has_none = task.answer != Answer::Continues || sets().any(has_nameless);
        assert!(has_none, "{} has no line", task.id);
        return;
    };
    let harness = |is: fn(&Harness) -> bool| {
        sets().any(|tests| matches!(tests, Tests::Harness(harness) if is(harness)))
    };
    match formats::read(line.as_bytes(), Path::new("line"), Format::Falcon) {
        Ok(again) => {
            assert_eq!(again.len(), 1, "{line}");
            assert_eq!(again[0].id, task.id);
            assert_eq!(again[0].behaviour(), task.behaviour());
        }
        Err(error) => {
            let words = error.to_string();
            let known = [
                // A test program of nothing but space is none in our own format.
                ("has no tests", harness(|it| it.tests.trim().is_empty())),
                (
                    "a harness needs `remote` names",
                    task.canonical.is_none() && harness(|it| it.remote.is_empty()),
                ),
                // A dictionary is deeper as pairs than as the object that it was read from.
                ("recursion limit exceeded", line.contains("$dict")),
                ("the line is longer than", line.len() >= LONGEST),
            ];
            let is_known = known.iter().any(|(says, may)| *may && words.contains(says));
            assert!(is_known, "{words}: {line}");
        }
    }
}

/// Two sets of tests are both there and have all tests.
fn divided(task: &Task) {
    let count = |tests: &Tests| match tests {
        Tests::Calls { calls, .. } => calls.len(),
        Tests::Stdio(runs) => runs.len(),
        Tests::Harness(_) => 1,
    };
    if let Some((told, decide)) = task.sets() {
        assert!(count(&told) > 0 && count(&decide) > 0);
        if task.scoring.is_none() {
            assert_eq!(count(&told) + count(&decide), count(&task.tests));
        }
    }
}

fn answered(task: &Task, completion: &str) {
    let submission = task.submission(completion);
    assert_eq!(submission.task_id, task.id);
    match &task.answer {
        Answer::Continues => {
            assert_eq!(submission.program, format!("{}{completion}", task.prefix));
        }
        Answer::EitherOf { name, .. } => {
            assert!(
                submission.program.contains(name.as_str()),
                "it lost the function {name}"
            );
        }
    }
}

/// What JSON can name comes back from it.
fn json(value: &Value) {
    if let Some(json) = to_json(value) {
        let again = from_json(&json);
        assert_eq!(again.as_ref().ok(), Some(value), "{json}");
    }
}
