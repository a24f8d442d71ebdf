//! Which bytes of the program a problem is blamed on.

use std::ops::Range;

use falcon_sdk::serde::Deserialize;
use python_source::Lines;

use crate::errors::Problem;

/// What is blamed on what.
#[derive(Clone, Debug, Deserialize)]
#[serde(crate = "falcon_sdk::serde", rename_all = "kebab-case")]
pub struct Config {
    /// Credit for the line that an error came from.
    pub line_credit: f64,
    /// Credit for the whole program.
    pub whole_credit: f64,
    /// Classes that are blamed on the whole program.
    pub whole: String,
    /// Classes that no program is blamed for.
    pub ignore: String,
    /// Classes that a test may raise by itself.
    pub test_ignore: String,
}

/// What a problem is blamed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The text of one line.
    Line(Range<u32>),
    /// All that the policy wrote.
    Whole(Range<u32>),
    /// Nobody.
    Ignore,
}

/// Decides. `own` is the byte at which the policy's own text begins: what stands before it is the task's, so an
/// error there is blamed on all that the policy wrote.
pub(crate) fn of(problem: &Problem, program: &str, own: u32, config: &Config) -> Blame {
    let named = |list: &str| list.split_whitespace().any(|class| class == problem.class);
    if named(&config.ignore) || problem.of_test && named(&config.test_ignore) {
        return Blame::Ignore;
    }
    let line = match problem.line {
        Some(line) if !problem.of_test && !named(&config.whole) => line_text(program, line),
        _ => None,
    };
    match line {
        Some(text) if text.start >= own => Blame::Line(text),
        // A line of which the first part is the task's: the rest is the policy's.
        Some(text) if text.end > own => Blame::Line(own..text.end),
        _ => Blame::Whole(own..program.len() as u32),
    }
}

/// The text of a line without indentation and line end. Of a blank line, or one behind the last, as compilers
/// name where they missed something: the last line before it that is not blank.
fn line_text(program: &str, line: u32) -> Option<Range<u32>> {
    let lines = Lines::of(program);
    (1..=line.min(lines.count())).rev().find_map(|line| {
        let (start, _) = lines.bytes(line)?;
        let text = lines.text(program, line)?;
        let begun = text.trim_start();
        let start = start + (text.len() - begun.len()) as u32;
        let end = start + begun.trim_end().len() as u32;
        (start < end).then_some(start..end)
    })
}
