//! Files of completions: JSON lines, `{"task_id": …, "completion": …}`.

use std::{
    collections::HashSet,
    io::{self, BufRead},
};

use serde::Deserialize;

use crate::json_line;

/// One sample for a task.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Completion {
    /// Some benchmarks number their tasks: `7` is the id `"7"`.
    #[serde(deserialize_with = "text_or_number")]
    pub task_id: String,
    /// What the model wrote.
    pub completion: String,
}

/// What is wrong with completions.
#[derive(Debug, thiserror::Error)]
pub enum CompletionsError {
    /// They cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// A line is none.
    #[error("line {line} is not a completion: {message}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// A line names a task that there is not.
    #[error("line {line}: no task has the id {id:?}")]
    Unknown {
        /// The line, from 1.
        line: usize,
        /// The id.
        id: String,
    },
    /// There are none.
    #[error("no completions")]
    Empty,
}

fn text_or_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom(
            "task_id is neither a text nor a number",
        )),
    }
}

/// Reads all completions. `ids` are the tasks there are.
///
/// # Errors
/// What cannot be read, a line that is not a completion, an id that no task has; each of the two names
/// its line.
pub fn read(from: impl BufRead, ids: &[&str]) -> Result<Vec<Completion>, CompletionsError> {
    let known: HashSet<&str> = ids.iter().copied().collect();
    let mut all = Vec::new();
    for (number, line) in (1..).zip(from.split(b'\n')) {
        let text = line?;
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let completion: Completion =
            json_line(&text).map_err(|message| CompletionsError::Line {
                line: number,
                message,
            })?;
        if !known.contains(completion.task_id.as_str()) {
            return Err(CompletionsError::Unknown {
                line: number,
                id: completion.task_id,
            });
        }
        all.push(completion);
    }
    if all.is_empty() {
        return Err(CompletionsError::Empty);
    }
    Ok(all)
}
