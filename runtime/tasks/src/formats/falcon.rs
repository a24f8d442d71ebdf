//! FALCON's own JSON lines; `docs/formats.md` describes them for people.

use std::collections::BTreeMap;

use falcon_episode::{Call, Compare, Files, Harness, Stdio, Tests, Value};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    Answer, Format, Task,
    plain::{from_json, to_json},
};
use crate::json_line;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    #[serde(default = "own_split")]
    split: String,
    #[serde(default = "python")]
    language: String,
    prompt: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    cheapest_fuel: Option<u64>,
    #[serde(default)]
    files: BTreeMap<String, Json>,
    tests: RowTests,
    #[serde(default)]
    scoring: Option<RowTests>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RowTests {
    Calls(RowCalls),
    Harness(RowHarness),
    Stdio(Vec<RowStdio>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowCalls {
    function: String,
    cases: Vec<RowCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowCase {
    arguments: Vec<Json>,
    expected: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowHarness {
    program: String,
    #[serde(default)]
    shared: String,
    #[serde(default)]
    remote: Vec<String>,
    #[serde(default)]
    entry: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowStdio {
    input: String,
    expected: String,
    #[serde(default)]
    compare: Compare,
}

fn own_split() -> String {
    Format::Falcon.to_string()
}

fn python() -> String {
    "python".to_owned()
}

pub(super) fn task(line: &str) -> Result<Task, String> {
    let row: Row = json_line(line.as_bytes())?;
    let full = row
        .reference
        .as_ref()
        .map(|body| format!("{}{body}", row.prefix));
    let of = |tests| tests_of(tests, full.clone(), &row.id);
    let (tests, scoring) = (of(row.tests)?, row.scoring.map(of).transpose()?);
    Ok(Task {
        id: row.id,
        line: 0,
        cheapest_fuel: row.cheapest_fuel,
        split: row.split,
        language: row.language,
        prompt: row.prompt,
        prefix: row.prefix,
        canonical: row.reference,
        tests,
        scoring,
        files: files(&row.files)?,
        answer: Answer::Continues,
    })
}

fn tests_of(tests: RowTests, reference: Option<String>, id: &str) -> Result<Tests, String> {
    let tests = match tests {
        RowTests::Calls(RowCalls { function, cases }) => Tests::Calls {
            function,
            calls: cases.into_iter().map(call).collect::<Result<_, _>>()?,
        },
        RowTests::Harness(harness) => harness_of(harness, reference)?,
        RowTests::Stdio(runs) => {
            Tests::Stdio(runs.into_iter().map(stdio).collect::<Result<_, _>>()?)
        }
    };
    let empty = match &tests {
        Tests::Calls { calls, .. } => calls.is_empty(),
        Tests::Stdio(runs) => runs.is_empty(),
        Tests::Harness(harness) => harness.tests.trim().is_empty(),
    };
    if empty {
        return Err(format!("task {id} has no tests"));
    }
    Ok(tests)
}

/// A task as a line of this format, without the line's end. None of what it cannot say: an answer that may be the whole
/// function again, or a value of a test that has no JSON.
#[must_use]
pub fn to_line(task: &Task) -> Option<String> {
    if task.answer != Answer::Continues {
        return None;
    }
    let mut row = json!({
        "id": task.id, "split": task.split, "language": task.language,
        "prompt": task.prompt, "prefix": task.prefix, "tests": tests_json(&task.tests)?,
    });
    if let Some(reference) = &task.canonical {
        row["reference"] = json!(reference);
    }
    if let Some(fuel) = task.cheapest_fuel {
        row["cheapest_fuel"] = json!(fuel);
    }
    if !task.files.is_empty() {
        let content = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => Some(json!(text)),
            Err(_) => to_json(&Value::Bytes(bytes.to_vec())),
        };
        let files = task.files.iter();
        let files = files.map(|(path, bytes)| Some((path.to_owned(), content(bytes)?)));
        row["files"] = Json::Object(files.collect::<Option<_>>()?);
    }
    if let Some(scoring) = &task.scoring {
        row["scoring"] = tests_json(scoring)?;
    }
    Some(row.to_string())
}

fn tests_json(tests: &Tests) -> Option<Json> {
    Some(match tests {
        Tests::Calls { function, calls } => {
            let case = |call: &Call| {
                let arguments = call.arguments.iter().map(to_json);
                let arguments: Vec<Json> = arguments.collect::<Option<_>>()?;
                Some(json!({ "arguments": arguments, "expected": to_json(&call.expected)? }))
            };
            let cases: Vec<Json> = calls.iter().map(case).collect::<Option<_>>()?;
            json!({ "calls": { "function": function, "cases": cases } })
        }
        Tests::Harness(harness) => json!({ "harness": {
            "program": harness.tests, "shared": harness.shared,
            "remote": harness.remote, "entry": harness.entry,
        } }),
        Tests::Stdio(runs) => {
            let run = |run: &Stdio| {
                let mut row = json!({ "input": run.input, "expected": run.expected });
                if run.compare != Compare::default() {
                    row["compare"] = json!(run.compare);
                }
                row
            };
            json!({ "stdio": runs.iter().map(run).collect::<Vec<Json>>() })
        }
    })
}

fn call(case: RowCase) -> Result<Call, String> {
    let plain = |json: &Json| from_json(json).map_err(|error| error.to_string());
    Ok(Call {
        arguments: case.arguments.iter().map(plain).collect::<Result<_, _>>()?,
        expected: plain(&case.expected)?,
    })
}

fn stdio(run: RowStdio) -> Result<Stdio, String> {
    if let Compare::Numbers(tolerance) = run.compare
        && !(tolerance.is_finite() && tolerance >= 0.0)
    {
        return Err(format!(
            "numbers are compared with a tolerance of 0 or more, and {tolerance} is none"
        ));
    }
    Ok(Stdio {
        input: run.input,
        expected: run.expected,
        compare: run.compare,
    })
}

fn files(given: &BTreeMap<String, Json>) -> Result<Files, String> {
    let mut all = Vec::new();
    for (path, json) in given {
        match from_json(json).map_err(|error| error.to_string())? {
            Value::Str(content) | Value::Bytes(content) => all.push((path.clone(), content)),
            _ => {
                return Err(format!(
                    "the file {path:?} is neither a text nor {{\"$bytes\": \"hex\"}}"
                ));
            }
        }
    }
    Files::new(all).map_err(|error| error.to_string())
}

fn harness_of(harness: RowHarness, reference: Option<String>) -> Result<Tests, String> {
    if harness.remote.is_empty() && reference.is_none() {
        return Err(
            "a harness needs `remote` names, or a `reference` to take them from".to_owned(),
        );
    }
    Ok(Tests::Harness(Harness {
        tests: harness.program,
        shared: harness.shared,
        reference: reference.unwrap_or_default(),
        remote: harness.remote,
        entry: harness.entry,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_comes_back_from_its_line() {
        let calls = r#"{"calls": {"function": "f", "cases": [{"arguments": [{"$tuple": [1]}, "a"], "expected": 2.5}]}}"#;
        let stdio = r#"{"stdio": [{"input": "1", "expected": "2", "compare": {"numbers": 0.5}}]}"#;
        let harness = r#"{"harness": {"program": "assert f(1)", "remote": ["f"], "shared": "", "entry": ""}}"#;
        for (tests, more) in [
            (calls, String::new()),
            (
                stdio,
                r#", "reference": "print(2)", "cheapest_fuel": 7, "files": {"a/b.txt": "ä", "raw": {"$bytes": "00ff"}}"#
                    .to_owned(),
            ),
            (harness, format!(r#", "scoring": {calls}"#)),
        ] {
            let line = format!(
                r#"{{"id": "a", "split": "s", "language": "python", "prompt": "p", "prefix": "x", "tests": {tests}{more}}}"#
            );
            let read = task(&line).expect("a task");
            let written = to_line(&read).expect("it has a line");
            let json =
                |text: &str| -> serde_json::Value { serde_json::from_str(text).expect("JSON") };
            assert_eq!(json(&written), json(&line));
            assert_eq!(read.scoring.is_some(), line.contains("scoring"));
        }
    }

    fn with(more: &str, stdio: &str) -> Result<Task, String> {
        task(&format!(
            r#"{{"id": "a", "prompt": ""{more}, "tests": {{"stdio": [{{"input": "", "expected": "x"{stdio}}}]}}}}"#
        ))
    }

    #[test]
    fn tasks_give_files_and_say_how_output_is_compared() {
        let files = r#", "files": {"data/words.txt": "ä", "raw.bin": {"$bytes": "00ff"}}"#;
        let submission = with(files, "").unwrap().submission("");
        let found: Vec<_> = submission
            .files
            .iter()
            .map(|(path, content)| (path, content.as_slice()))
            .collect();
        let wanted: [(&str, &[u8]); 2] = [
            ("data/words.txt", "ä".as_bytes()),
            ("raw.bin", &[0x00, 0xff]),
        ];
        assert_eq!(found, wanted);
        for (compare, wanted) in [
            ("", Compare::Text),
            (r#", "compare": "exact""#, Compare::Exact),
            (r#", "compare": "tokens""#, Compare::Tokens),
            (r#", "compare": {"numbers": 0.5}"#, Compare::Numbers(0.5)),
        ] {
            let Tests::Stdio(runs) = with("", compare).unwrap().tests else {
                panic!("the tests are of another form");
            };
            assert_eq!(runs[0].compare, wanted);
        }
    }

    #[test]
    fn the_second_set_decides_where_there_is_one() {
        let row = |n: u8| format!(r#"{{"stdio": [{{"input": "{n}", "expected": "{n}"}}]}}"#);
        let line = format!(
            r#"{{"id": "a", "prompt": "p", "tests": {}, "scoring": {}}}"#,
            row(1),
            row(2)
        );
        let tests = task(&line).expect("a task").submission("x").tests;
        assert!(format!("{tests:?}").contains("\"2\""), "{tests:?}");
        let line = format!(
            r#"{{"id": "a", "prompt": "p", "tests": {}, "scoring": {{"stdio": []}}}}"#,
            row(1)
        );
        assert_eq!(task(&line).unwrap_err(), "task a has no tests");
    }

    #[test]
    fn files_and_comparisons_that_are_none() {
        for (more, stdio, says) in [
            (r#", "files": {"../a": ""}"#, "", "no path of a file"),
            (r#", "files": {"/a": ""}"#, "", "no path of a file"),
            (r#", "files": {"a": 1}"#, "", "neither a text nor"),
            (
                r#", "files": {"a": "", "a/b": ""}"#,
                "",
                "both a file and a folder",
            ),
            ("", r#", "compare": "loosely""#, "unknown variant `loosely`"),
            (
                "",
                r#", "compare": {"numbers": -1}"#,
                "a tolerance of 0 or more",
            ),
        ] {
            let error = with(more, stdio).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
