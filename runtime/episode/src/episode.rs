use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Digest, Verdict};

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The program cannot be accepted.
    Error,
    /// Worth changing.
    Warning,
    /// For information.
    Note,
}

/// A finding with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How serious it is.
    pub severity: Severity,
    /// Stable class in the language's own terms: `SyntaxError`.
    pub class: String,
    /// For people.
    pub message: String,
    /// 1-based; 0 where unknown.
    pub line: u32,
    /// 1-based, in characters; 0 where unknown.
    pub column: u32,
}

/// What one test said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestOutcome {
    /// The test's name, or its number.
    pub name: String,
    /// Its own verdict.
    pub verdict: Verdict,
    /// For people: what was wanted and what came.
    pub message: String,
    /// The place, if known.
    pub at: Option<Diagnostic>,
    /// What the program returned, as the language writes it, where a call returned plain data.
    pub got: Option<String>,
}

/// Credit on a byte range of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credit {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// In the judge's own scale.
    pub value: f64,
    /// Why.
    pub note: String,
}

/// What one judge said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeScore {
    /// The judge's plugin name, `owner/name`.
    pub judge: String,
    /// The plugin's digest.
    pub digest: Digest,
    /// None where it abstained or failed.
    pub score: Option<f64>,
    /// The breakdown, by name.
    pub parts: BTreeMap<String, f64>,
    /// Credit on the program's text.
    pub credits: Vec<Credit>,
    /// Notes; why it abstained.
    pub notes: Vec<String>,
}

/// All that is known of one attempt on one task. Created once; each stage appends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// The task's id.
    pub task_id: String,
    /// The language pack's name.
    pub language: String,
    /// The task as the policy saw it.
    pub prompt: String,
    /// The program as graded.
    pub program: String,
    /// 1 for the first attempt on the task.
    pub attempt: u32,
    /// What the checker said.
    pub diagnostics: Vec<Diagnostic>,
    /// Over all tests.
    pub verdict: Verdict,
    /// One for each test, in order.
    pub tests: Vec<TestOutcome>,
    /// Judges' scores, in the reward file's order.
    pub scores: Vec<JudgeScore>,
    /// The composed reward; none for an infrastructure failure.
    pub reward: Option<f64>,
    /// Fuel the candidate used, in wasmtime units.
    pub fuel: u64,
    /// Wall time of grading in seconds; not part of any digest.
    pub seconds: f64,
    /// Digest of every plugin that took part, by name.
    pub plugins: BTreeMap<String, Digest>,
}

impl Episode {
    /// Whether every test held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }

    /// The first test that did not hold.
    #[must_use]
    pub fn first_failure(&self) -> Option<&TestOutcome> {
        self.tests
            .iter()
            .find(|test| test.verdict != Verdict::Passed)
    }
}
