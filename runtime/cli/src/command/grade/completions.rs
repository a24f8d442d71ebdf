//! The completions file: JSON lines, each checked before anything is graded.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::Path,
};

use anyhow::anyhow;
use serde::Deserialize;

use crate::failure::{Failure, nearest};

/// One sample for a task.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Completion {
    /// Some benchmarks number their tasks: `7` is the id `"7"`.
    #[serde(deserialize_with = "text_or_number")]
    pub(super) task_id: String,
    pub(super) completion: String,
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
/// A file that cannot be read, a line that is not a completion, an id that no task has; each names
/// the line.
pub(super) fn read(path: &Path, ids: &[&str]) -> Result<Vec<Completion>, Failure> {
    let shown = path.display();
    let cannot =
        |error: io::Error| Failure::file(error, format!("cannot read completions from {shown}"));
    let file = File::open(path).map_err(cannot)?;
    if file.metadata().map_err(cannot)?.is_dir() {
        return Err(cannot(io::ErrorKind::IsADirectory.into()));
    }
    let known: std::collections::HashSet<&str> = ids.iter().copied().collect();
    let mut all = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(file).split(b'\n')) {
        let line = line.map_err(cannot)?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let completion: Completion = serde_json::from_slice(&line).map_err(|error| {
            Failure::usage(
                anyhow!(why(&error)).context(format!("{shown}:{number} is not a completion")),
            )
            .hint("each line is one object: {\"task_id\": \"…\", \"completion\": \"…\"}")
        })?;
        if !known.contains(completion.task_id.as_str()) {
            return Err(unknown(
                &completion.task_id,
                &format!("{shown}:{number}"),
                ids,
            ));
        }
        all.push(completion);
    }
    if all.is_empty() {
        return Err(Failure::usage(anyhow!("{shown} holds no completions")));
    }
    Ok(all)
}

/// serde's words without its line, which is always 1 in a file of lines.
pub(crate) fn why(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line 1 column ") {
        Some((what, column)) => format!("{what} at column {column}"),
        None => text,
    }
}

fn unknown(id: &str, place: &str, ids: &[&str]) -> Failure {
    let failure = Failure::usage(anyhow!("{place}: no task has the id {id:?}"));
    match nearest(id, ids.iter().copied()).as_slice() {
        [] => failure.hint(format!(
            "the tasks file has {} tasks, the first is {:?}",
            ids.len(),
            ids.first().copied().unwrap_or_default()
        )),
        near => failure.hint(format!("did you mean {}?", near.join(" or "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Completion>, Failure> {
        let path = std::env::temp_dir().join(format!(
            "falcon-completions-{}-{}",
            std::process::id(),
            text.len()
        ));
        std::fs::write(&path, text).unwrap();
        let result = read(&path, &["HumanEval/0", "HumanEval/1"]);
        std::fs::remove_file(&path).unwrap();
        result
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        let good = "{\"task_id\": \"HumanEval/0\", \"completion\": \"pass\"}\n";
        for (text, wanted) in [
            (
                format!("{good}{{\"task_id\": \"HumanEval/0\""),
                ":2 is not a completion",
            ),
            (
                format!("{good}\n{{\"task_id\": \"HumanEval/0\"}}"),
                "missing field `completion`",
            ),
            (
                "{\"task_id\": \"HumanEval/9\", \"completion\": \"\"}".into(),
                ":1: no task has the id \"HumanEval/9\"",
            ),
            (" \n\n".into(), "holds no completions"),
            ("\u{fffd}\u{0}".into(), "expected value at column 1"),
        ] {
            let failure = read_text(&text).unwrap_err();
            assert_eq!(failure.exit, crate::failure::Exit::Usage);
            assert!(
                failure.text().contains(wanted),
                "{wanted:?} is not in {}",
                failure.text()
            );
        }
        assert_eq!(read_text(&good.repeat(2)).unwrap().len(), 2);
    }

    #[test]
    fn a_folder_is_not_a_file() {
        let failure = read(&std::env::temp_dir(), &[]).unwrap_err();
        assert_eq!(failure.exit, crate::failure::Exit::Usage);
    }
}
