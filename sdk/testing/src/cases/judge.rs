//! Cases of a judge: an episode, and what the judge must say of it.

use std::collections::BTreeMap;

use falcon_episode::{Diagnostic, Episode, JudgeScore, Severity, TestOutcome, Verdict};
use falcon_host::{JudgeInput, Plugin};
use serde::Deserialize;
use serde_json::Value;

use super::{Trouble, failed, near, of_failure, tolerance};

/// One case. What is not given is not looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Case {
    name: String,
    #[serde(default)]
    config: Value,
    episode: CaseEpisode,
    score: Option<f64>,
    /// That it gives no score.
    #[serde(default)]
    abstains: bool,
    #[serde(default)]
    parts: BTreeMap<String, f64>,
    /// Each is a part of one of the judge's notes.
    #[serde(default)]
    notes: Vec<String>,
    /// All credit, in order.
    credits: Option<Vec<CaseCredit>>,
    /// A part of what a failing judge says.
    fails: Option<String>,
    #[serde(default = "tolerance")]
    tolerance: f64,
}

/// An episode of which only what matters is given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct CaseEpisode {
    #[serde(alias = "task_id")]
    task_id: String,
    language: String,
    prompt: String,
    program: String,
    reference: Option<String>,
    attempt: u32,
    diagnostics: Vec<CaseDiagnostic>,
    verdict: Verdict,
    tests: Vec<CaseTest>,
    fuel: u64,
}

impl Default for CaseEpisode {
    fn default() -> Self {
        Self {
            task_id: "task".to_owned(),
            language: "python".to_owned(),
            prompt: String::new(),
            program: String::new(),
            reference: None,
            attempt: 1,
            diagnostics: Vec::new(),
            verdict: Verdict::Passed,
            tests: Vec::new(),
            fuel: 0,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseDiagnostic {
    #[serde(default = "error")]
    severity: Severity,
    class: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    line: u32,
    #[serde(default)]
    column: u32,
}

fn error() -> Severity {
    Severity::Error
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTest {
    #[serde(default)]
    name: String,
    verdict: Verdict,
    #[serde(default)]
    message: String,
    at: Option<CaseDiagnostic>,
    got: Option<String>,
}

/// Credit on a part of the program, which is named by its text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseCredit {
    text: String,
    value: f64,
}

impl super::Case for Case {
    fn name(&self) -> &str {
        &self.name
    }

    fn expects(&self) -> bool {
        let said = self.score.is_some() || self.fails.is_some() || self.credits.is_some();
        said || self.abstains || !self.parts.is_empty() || !self.notes.is_empty()
    }

    fn differences(&self, plugin: &Plugin) -> Result<Vec<String>, Trouble> {
        let judge = plugin.judge(&self.config).map_err(Trouble::Use)?;
        let episode = self.episode.whole();
        let input = JudgeInput {
            episode: &episode,
            reference: self.episode.reference.as_deref(),
        };
        match judge.judge(input) {
            Ok(said) => Ok(self.compare(&said)),
            Err(error) => Ok(of_failure(self.fails.as_deref(), &failed(error)?)),
        }
    }
}

impl Case {
    fn compare(&self, said: &JudgeScore) -> Vec<String> {
        let mut differs = Vec::new();
        let shown = said
            .score
            .map_or_else(|| "none".to_owned(), |score| score.to_string());
        if let Some(part) = &self.fails {
            differs.push(format!(
                "it should fail with {part:?}, and gives the score {shown}"
            ));
        }
        if let Some(expected) = self.score
            && !said
                .score
                .is_some_and(|score| near(score, expected, self.tolerance))
        {
            differs.push(format!("the score should be {expected}, and is {shown}"));
        }
        if self.abstains && said.score.is_some() {
            differs.push(format!("it should give no score, and gives {shown}"));
        }
        for (name, expected) in &self.parts {
            match said.parts.get(name) {
                Some(part) if near(*part, *expected, self.tolerance) => {}
                Some(part) => {
                    differs.push(format!("part {name:?} should be {expected}, and is {part}"))
                }
                None => differs.push(format!(
                    "there is no part {name:?}; there are {:?}",
                    said.parts.keys().collect::<Vec<_>>()
                )),
            }
        }
        for part in &self.notes {
            if !said.notes.iter().any(|note| note.contains(part)) {
                differs.push(format!(
                    "no note says {part:?}; the notes are {:?}",
                    said.notes
                ));
            }
        }
        if let Some(expected) = &self.credits {
            differs.extend(self.credits_differ(expected, said));
        }
        differs
    }

    fn credits_differ(&self, expected: &[CaseCredit], said: &JudgeScore) -> Option<String> {
        let program = &self.episode.program;
        // The host has seen that each is within the program; that it cuts no character is not its business.
        let text = |start: u32, end: u32| {
            let bytes = &program.as_bytes()[start as usize..end as usize];
            String::from_utf8_lossy(bytes).into_owned()
        };
        let given: Vec<(String, f64)> = said
            .credits
            .iter()
            .map(|credit| (text(credit.start, credit.end), credit.value))
            .collect();
        let same = given.len() == expected.len()
            && given.iter().zip(expected).all(|((text, value), wanted)| {
                *text == wanted.text && near(*value, wanted.value, self.tolerance)
            });
        let wanted: Vec<_> = expected.iter().map(|one| (&one.text, one.value)).collect();
        (!same).then(|| format!("the credit should be {wanted:?}, and is {given:?}"))
    }
}

impl CaseEpisode {
    fn whole(&self) -> Episode {
        Episode {
            task_id: self.task_id.clone(),
            language: self.language.clone(),
            prompt: self.prompt.clone(),
            attempt: self.attempt,
            diagnostics: self.diagnostics.iter().map(CaseDiagnostic::whole).collect(),
            tests: (1..)
                .zip(&self.tests)
                .map(|(number, test)| test.whole(number))
                .collect(),
            fuel: self.fuel,
            ..Episode::new(self.program.clone(), self.verdict)
        }
    }
}

impl CaseDiagnostic {
    fn whole(&self) -> Diagnostic {
        Diagnostic {
            severity: self.severity,
            class: self.class.clone(),
            message: self.message.clone(),
            line: self.line,
            column: self.column,
        }
    }
}

impl CaseTest {
    fn whole(&self, number: u32) -> TestOutcome {
        let name = if self.name.is_empty() {
            number.to_string()
        } else {
            self.name.clone()
        };
        TestOutcome {
            name,
            verdict: self.verdict,
            message: self.message.clone(),
            at: self.at.as_ref().map(CaseDiagnostic::whole),
            got: self.got.clone(),
        }
    }
}
