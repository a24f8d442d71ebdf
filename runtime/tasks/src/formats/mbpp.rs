//! MBPP (google-research).

use falcon_episode::{Files, Harness, Tests};
use serde::Deserialize;

use super::{Answer, Format, Task};
use crate::json_line;

#[derive(Deserialize)]
struct Row {
    text: String,
    code: String,
    task_id: u64,
    #[serde(default)]
    test_setup_code: String,
    test_list: Vec<String>,
}

pub(super) fn task(line: &str) -> Result<Task, String> {
    let row: Row = json_line(line.as_bytes())?;
    if row.test_list.is_empty() {
        return Err(format!("task {} has no tests", row.task_id));
    }
    let tests = row.test_list.join("\n");
    let harness = Harness {
        tests: format!("{}\n{tests}\n", row.test_setup_code),
        shared: String::new(),
        reference: row.code.clone(),
        // Decided from the reference's own definitions.
        remote: Vec::new(),
        entry: String::new(),
    };
    Ok(Task {
        id: row.task_id.to_string(),
        line: 0,
        cheapest_fuel: None,
        split: Format::Mbpp.to_string(),
        language: "python".to_owned(),
        prompt: format!("{}\n{tests}\n", row.text),
        prefix: String::new(),
        canonical: Some(row.code),
        tests: Tests::Harness(harness),
        scoring: None,
        files: Files::default(),
        answer: Answer::Continues,
    })
}
