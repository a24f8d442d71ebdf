//! Lines of JSON.

use serde::de::DeserializeOwned;

/// Parses one line of a file, with serde's words for what is wrong with it and without its own line number, which is
/// always 1.
///
/// # Errors
/// What is wrong, and at which column.
pub fn json_line<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| {
        let words = error.to_string();
        match words.rsplit_once(" at line 1 column ") {
            Some((what, column)) => format!("{what} at column {column}"),
            None => words,
        }
    })
}
