use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Digest, Uses, Verdict};

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

/// Something in the program that a judge marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name of the rule: `F841`.
    pub rule: String,
    /// How serious it is.
    pub severity: Severity,
    /// For people.
    pub message: String,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// 1-based; 0 where it concerns the whole program.
    pub line: u32,
    /// 1-based, in characters; 0 where it concerns a whole line or more.
    pub column: u32,
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
    /// What it marks in the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Notes; why it abstained.
    pub notes: Vec<String>,
    /// Why it failed, where it did: a fault of ours, and then there is no reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Whether it is recorded only, and in no reward.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// Which services of the host it used; absent where none.
    #[serde(default, skip_serializing_if = "Uses::is_none")]
    pub uses: Uses,
}

/// All that is known of one attempt on one task. Created once; each stage appends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// The task's id.
    pub task_id: String,
    /// The task set: `pool` of PyMini, `humaneval`. Empty where it is not known.
    #[serde(default)]
    pub split: String,
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
    /// The credit on the program's text that the reward takes, under its weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// Fuel the candidate used, in wasmtime units.
    pub fuel: u64,
    /// The least fuel by which a program is known to pass this task, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cheapest_fuel: Option<u64>,
    /// Wall time of grading in seconds; not part of any digest.
    pub seconds: f64,
    /// Digest of every plugin that took part, by name.
    pub plugins: BTreeMap<String, Digest>,
}

impl JudgeScore {
    /// A judge that abstains.
    #[must_use]
    pub fn none(judge: impl Into<String>, digest: Digest) -> Self {
        Self {
            judge: judge.into(),
            digest,
            score: None,
            parts: BTreeMap::new(),
            credits: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
            failure: None,
            shadow: false,
            uses: Uses::default(),
        }
    }
}

impl Episode {
    /// A program that ended so, with nothing else known of it yet.
    #[must_use]
    pub fn new(program: impl Into<String>, verdict: Verdict) -> Self {
        Self {
            task_id: String::new(),
            split: String::new(),
            language: String::new(),
            prompt: String::new(),
            program: program.into(),
            attempt: 1,
            diagnostics: Vec::new(),
            verdict,
            tests: Vec::new(),
            scores: Vec::new(),
            reward: None,
            credits: Vec::new(),
            fuel: 0,
            cheapest_fuel: None,
            seconds: 0.0,
            plugins: BTreeMap::new(),
        }
    }

    /// Whether every test held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }

    /// Whether it says nothing of its program, because the fault was ours.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.verdict == Verdict::Infrastructure
    }

    /// Why the first judge that failed did, where one failed whose word is in the reward. The program is graded all
    /// the same, and has no reward.
    #[must_use]
    pub fn judge_failure(&self) -> Option<&str> {
        let counted = self.scores.iter().filter(|one| !one.shadow);
        counted.into_iter().find_map(|one| one.failure.as_deref())
    }

    /// Share of the tests that held, in 0..=1; where there are none, whether the program passed.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "tests are few")]
    pub fn pass_ratio(&self) -> f64 {
        let held = self
            .tests
            .iter()
            .filter(|test| test.verdict == Verdict::Passed)
            .count();
        match self.tests.len() {
            0 => f64::from(u8::from(self.passed())),
            all => held as f64 / all as f64,
        }
    }

    /// `reward`, each judge's score under its name and each part under `judge/part`; what is
    /// missing, or no number, is left out.
    #[must_use]
    pub fn scores_by_name(&self) -> BTreeMap<String, f64> {
        let reward = self.reward.map(|reward| ("reward".to_owned(), reward));
        let judges = self.scores.iter().flat_map(|given| {
            let parts = given
                .parts
                .iter()
                .map(|(part, value)| (format!("{}/{part}", given.judge), *value));
            let whole = given.score.map(|score| (given.judge.clone(), score));
            whole.into_iter().chain(parts)
        });
        let all = reward.into_iter().chain(judges);
        all.filter(|(_, value)| value.is_finite()).collect()
    }

    /// What executing the program said, for people: verdict, error class and line, and the first test
    /// that did not hold. Empty where every test held, and for a fault of ours, which says nothing of
    /// the program.
    ///
    /// ```text
    /// failed at test 2: got 3, expected 4
    /// runtime-error IndexError in line 2 at test 1: list index out of range
    /// compile-error SyntaxError in line 1: invalid syntax
    /// ```
    #[must_use]
    pub fn feedback(&self) -> String {
        if matches!(self.verdict, Verdict::Passed | Verdict::Infrastructure) {
            return String::new();
        }
        let failed = self
            .tests
            .iter()
            .position(|test| test.verdict != Verdict::Passed);
        let failure = failed.map(|at| &self.tests[at]);
        let found = self
            .diagnostics
            .iter()
            .find(|found| found.severity == Severity::Error);
        let error = failure.and_then(|failure| failure.at.as_ref()).or(found);
        let mut said = self.verdict.to_string();
        if let Some(error) = error {
            said = format!("{said} {}", error.class);
            if error.line > 0 {
                said = format!("{said} in line {}", error.line);
            }
        }
        if let Some(at) = failed {
            said = format!("{said} at test {}", at + 1);
        }
        let message = failure.map(|failure| &failure.message);
        match message.or(found.map(|found| &found.message)) {
            Some(message) if !message.is_empty() => format!("{said}: {message}"),
            _ => said,
        }
    }

    /// The first test that did not hold.
    #[must_use]
    pub fn first_failure(&self) -> Option<&TestOutcome> {
        self.tests
            .iter()
            .find(|test| test.verdict != Verdict::Passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(class: &str, line: u32, message: &str) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            class: class.to_owned(),
            message: message.to_owned(),
            line,
            column: 1,
        }
    }

    fn episode(verdict: Verdict, tests: &[(Verdict, Option<Diagnostic>)]) -> Episode {
        let test = |(number, (verdict, at)): (usize, &(Verdict, Option<Diagnostic>))| TestOutcome {
            name: number.to_string(),
            verdict: *verdict,
            message: format!("message {}", number + 1),
            at: at.clone(),
            got: None,
        };
        Episode {
            tests: tests.iter().enumerate().map(test).collect(),
            ..Episode::new("p", verdict)
        }
    }

    use Verdict::{CompileError, Failed, Infrastructure, OutOfFuel, Passed, RuntimeError};

    #[test]
    fn feedback_is_of_the_first_test_that_did_not_hold() {
        let index = || Some(error("IndexError", 2, "list index out of range"));
        for (verdict, tests, said, ratio) in [
            (Passed, vec![(Passed, None); 2], "", 1.0),
            (
                Failed,
                vec![(Passed, None), (Failed, None), (RuntimeError, index())],
                "failed at test 2: message 2",
                1.0 / 3.0,
            ),
            (
                RuntimeError,
                vec![(RuntimeError, index()), (Failed, None)],
                "runtime-error IndexError in line 2 at test 1: message 1",
                0.0,
            ),
            (
                OutOfFuel,
                vec![(Passed, None), (OutOfFuel, None)],
                "out-of-fuel at test 2: message 2",
                0.5,
            ),
            (Infrastructure, vec![(Infrastructure, None)], "", 0.0),
        ] {
            let episode = episode(verdict, &tests);
            assert_eq!(episode.feedback(), said);
            assert!((episode.pass_ratio() - ratio).abs() < 1e-12, "{said}");
        }
        let mut broken = episode(CompileError, &[]);
        broken.diagnostics = vec![error("SyntaxError", 1, "invalid syntax")];
        assert_eq!(
            broken.feedback(),
            "compile-error SyntaxError in line 1: invalid syntax"
        );
    }

    #[test]
    fn every_score_that_was_given_has_a_name() {
        let mut episode = episode(Passed, &[]);
        assert!(episode.scores_by_name().is_empty());
        episode.reward = Some(0.5);
        let judge = |judge: &str, score, part| JudgeScore {
            score,
            parts: BTreeMap::from([("part".to_owned(), part)]),
            ..JudgeScore::none(judge, Digest::of(judge.as_bytes()))
        };
        episode.scores = vec![
            judge("a/one", Some(1.0), 0.25),
            judge("b/two", None, f64::NAN),
        ];
        let wanted = [("a/one", 1.0), ("a/one/part", 0.25), ("reward", 0.5)];
        assert_eq!(
            episode.scores_by_name(),
            BTreeMap::from(wanted.map(|(name, value)| (name.to_owned(), value)))
        );
    }
}
