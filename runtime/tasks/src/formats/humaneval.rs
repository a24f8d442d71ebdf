//! HumanEval (openai/human-eval).

use falcon_episode::{Files, Harness, Tests};
use serde::Deserialize;

use super::{Answer, Format, Task};
use crate::json_line;

#[derive(Deserialize)]
struct Row {
    task_id: String,
    prompt: String,
    entry_point: String,
    #[serde(default)]
    canonical_solution: Option<String>,
    test: String,
}

pub(super) fn task(line: &str) -> Result<Task, String> {
    let row: Row = json_line(line.as_bytes())?;
    let shared = given(&row.prompt, &row.entry_point)
        .ok_or_else(|| format!("the prompt does not define {}", row.entry_point))?;
    let harness = Harness {
        tests: row.test,
        shared,
        reference: String::new(),
        remote: vec![row.entry_point],
        entry: "check".to_owned(),
    };
    Ok(Task {
        id: row.task_id,
        line: 0,
        cheapest_fuel: None,
        split: Format::HumanEval.to_string(),
        language: "python".to_owned(),
        prefix: row.prompt.clone(),
        prompt: row.prompt,
        canonical: row.canonical_solution,
        tests: Tests::Harness(harness),
        scoring: None,
        files: Files::default(),
        answer: Answer::Continues,
    })
}

/// What the prompt defines before the function asked for: imports and helpers, which some tests
/// call (32, 38 and 50).
fn given(prompt: &str, entry: &str) -> Option<String> {
    let mut at = 0;
    let mut found = None;
    for line in prompt.split_inclusive('\n') {
        let name = line
            .strip_prefix("def ")
            .or_else(|| line.strip_prefix("async def "));
        if name
            .and_then(|rest| rest.trim_start().strip_prefix(entry))
            .is_some_and(|rest| rest.trim_start().starts_with('('))
        {
            found = Some(at);
        }
        at += line.len();
    }
    found.map(|at| prompt[..at].to_owned())
}
