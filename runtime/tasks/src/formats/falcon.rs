//! FALCON's own JSON lines; `docs/formats.md` describes them for people.

use std::collections::BTreeMap;

use falcon_episode::{Call, Compare, Files, Harness, Stdio, Tests, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Answer, Format, Task, plain::from_json};
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
    let tests = match row.tests {
        RowTests::Calls(RowCalls { function, cases }) => Tests::Calls {
            function,
            calls: cases.into_iter().map(call).collect::<Result<_, _>>()?,
        },
        RowTests::Harness(harness) => harness_of(harness, full)?,
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
        return Err(format!("task {} has no tests", row.id));
    }
    Ok(Task {
        id: row.id,
        cheapest_fuel: row.cheapest_fuel,
        split: row.split,
        language: row.language,
        prompt: row.prompt,
        prefix: row.prefix,
        canonical: row.reference,
        tests,
        files: files(&row.files)?,
        answer: Answer::Continues,
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
