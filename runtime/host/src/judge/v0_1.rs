//! Track 0.1: converts and forwards.

use falcon_episode::{Credit, Diagnostic, Episode, Severity, TestOutcome, Verdict};
use wasmtime::component::InstancePre;

use super::{JudgeInput, Judgement, Track};
use crate::{Failure, plugin::Call, services::Guest};
use bindings::{
    exports::falcon::judge::{batch, judge},
    falcon::types::types as wit,
};

/// Generated from `wit/judge/v0.1`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
    wasmtime::component::bindgen!({
        path: ["../../wit/types/v0.1", "../../wit/judge/v0.1"],
        world: "falcon:judge/batch-judge-plugin",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// A component of this track.
pub(super) struct Linked {
    pre: InstancePre<Guest>,
    judge: judge::GuestIndices,
    /// Where the component can take many episodes at once.
    batch: Option<batch::GuestIndices>,
}

impl Linked {
    pub(super) fn new(pre: &InstancePre<Guest>) -> wasmtime::Result<Self> {
        Ok(Self {
            judge: judge::GuestIndices::new(pre)?,
            batch: batch::GuestIndices::new(pre).ok(),
            pre: pre.clone(),
        })
    }
}

impl Track for Linked {
    fn judge(&self, call: Call<'_>, input: JudgeInput<'_>) -> Result<Judgement, Failure> {
        let details = details(input.episode);
        let held = Held::new(input, &details);
        let answer = call.fresh(&self.pre, |store, instance| {
            let guest = self.judge.load(&mut *store, instance)?;
            guest.call_judge(store, held.episode(), call.config)
        })?;
        answer.map(judgement).map_err(reported)
    }

    fn judge_all(
        &self,
        call: Call<'_>,
        inputs: &[JudgeInput<'_>],
    ) -> Result<Vec<Result<Judgement, Failure>>, Failure> {
        let Some(batch) = &self.batch else {
            return Ok(inputs
                .iter()
                .map(|input| self.judge(call, *input))
                .collect());
        };
        let details: Vec<_> = inputs.iter().map(|input| details(input.episode)).collect();
        let with_details = inputs.iter().zip(&details);
        let held: Vec<_> = with_details
            .map(|(input, details)| Held::new(*input, details))
            .collect();
        let episodes: Vec<_> = held.iter().map(Held::episode).collect();
        let answers = call.fresh(&self.pre, |store, instance| {
            let guest = batch.load(&mut *store, instance)?;
            guest.call_judge_all(store, &episodes, call.config)
        })?;
        Ok(answers
            .into_iter()
            .map(|answer| answer.map(judgement).map_err(reported))
            .collect())
    }
}

/// What a test's details hold: `got`, where the program returned something.
type Details<'a> = Option<(&'a str, &'a str)>;

/// The details of each test.
fn details(episode: &Episode) -> Vec<Details<'_>> {
    let tests = episode.tests.iter();
    tests
        .map(|test| test.got.as_deref().map(|got| ("got", got)))
        .collect()
}

/// The lists of an episode in the interface's types, which borrow its texts.
struct Held<'a> {
    input: JudgeInput<'a>,
    diagnostics: Vec<wit::Diagnostic<'a>>,
    tests: Vec<wit::TestOutcome<'a>>,
}

impl<'a> Held<'a> {
    fn new(input: JudgeInput<'a>, details: &'a [Details<'a>]) -> Self {
        let tests = input.episode.tests.iter().zip(details);
        Self {
            input,
            diagnostics: input.episode.diagnostics.iter().map(diagnostic).collect(),
            tests: tests
                .map(|(outcome, details)| test(outcome, details))
                .collect(),
        }
    }

    fn episode(&self) -> wit::Episode<'_> {
        let episode = self.input.episode;
        wit::Episode {
            task_id: &episode.task_id,
            language: &episode.language,
            prompt: &episode.prompt,
            program: &episode.program,
            reference: self.input.reference,
            attempt: episode.attempt,
            diagnostics: &self.diagnostics,
            verdict: verdict(episode.verdict),
            tests: &self.tests,
            fuel: episode.fuel,
            details: &[],
        }
    }
}

fn diagnostic(found: &Diagnostic) -> wit::Diagnostic<'_> {
    wit::Diagnostic {
        severity: match found.severity {
            Severity::Error => wit::Severity::Error,
            Severity::Warning => wit::Severity::Warning,
            Severity::Note => wit::Severity::Note,
        },
        class: &found.class,
        message: &found.message,
        line: found.line,
        column: found.column,
    }
}

fn test<'a>(outcome: &'a TestOutcome, details: &'a Details<'a>) -> wit::TestOutcome<'a> {
    wit::TestOutcome {
        name: &outcome.name,
        verdict: verdict(outcome.verdict),
        message: &outcome.message,
        at: outcome.at.as_ref().map(diagnostic),
        details: details.as_slice(),
    }
}

fn verdict(verdict: Verdict) -> wit::Verdict {
    match verdict {
        Verdict::Passed => wit::Verdict::Passed,
        Verdict::Failed => wit::Verdict::Failed,
        Verdict::CompileError => wit::Verdict::CompileError,
        Verdict::RuntimeError => wit::Verdict::RuntimeError,
        Verdict::OutOfFuel => wit::Verdict::OutOfFuel,
        Verdict::OutOfMemory => wit::Verdict::OutOfMemory,
        Verdict::OutputLimit => wit::Verdict::OutputLimit,
        Verdict::Forbidden => wit::Verdict::Forbidden,
        Verdict::Infrastructure => wit::Verdict::Infrastructure,
    }
}

fn judgement(answer: judge::Judgement) -> Judgement {
    let credit = |credit: judge::Credit| Credit {
        start: credit.span.start,
        end: credit.span.end,
        value: credit.value,
        note: credit.note,
    };
    // A part's note has no place of its own in the record, so it stands with the notes.
    let noted = answer.parts.iter().filter(|part| !part.note.is_empty());
    let notes = noted
        .map(|part| format!("{}: {}", part.name, part.note))
        .chain(answer.notes)
        .collect();
    Judgement {
        score: answer.score,
        parts: answer
            .parts
            .into_iter()
            .map(|part| (part.name, part.score))
            .collect(),
        credits: answer.credits.into_iter().map(credit).collect(),
        notes,
    }
}

fn reported(error: wit::Error) -> Failure {
    Failure::Reported {
        code: error.code,
        message: error.message,
        detail: error.detail,
    }
}
