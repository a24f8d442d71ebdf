//! The completions file: checked before anything is graded, and what is wrong with it said with its name.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use anyhow::anyhow;
use falcon_tasks::completions::{self, Completion, CompletionsError};

use crate::failure::{Failure, nearest};

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
    completions::read(BufReader::new(file), ids).map_err(|error| match error {
        CompletionsError::Read(error) => cannot(error),
        CompletionsError::Line { line, message } => {
            Failure::usage(anyhow!(message).context(format!("{shown}:{line} is not a completion")))
                .hint("each line is one object: {\"task_id\": \"…\", \"completion\": \"…\"}")
        }
        CompletionsError::Unknown { line, id } => unknown(&id, &format!("{shown}:{line}"), ids),
        CompletionsError::Empty => Failure::usage(anyhow!("{shown} holds no completions")),
    })
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
