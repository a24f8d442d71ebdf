//! Track 0.1: converts and forwards.

use falcon_episode::{Credit, Uses};
use wasmtime::component::InstancePre;

use super::{
    JudgeInput, Judgement, Track,
    types::{Held, details, noted, reported, verdict, wit},
    with_first,
};
use crate::{Failure, plugin::Call, services::Guest};
use bindings::exports::falcon::judge::{batch, judge};

/// Generated from `wit/judge/v0.1`.
pub(super) mod bindings {
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
        let answered = call.fresh(&self.pre, |store, instance| {
            let guest = self.judge.load(&mut *store, instance)?;
            guest.call_judge(store, episode(&held), call.config)
        })?;
        let judged = answered.answer.map(judgement).map_err(reported);
        judged.map(|judgement| judgement.using(answered.uses))
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
        let episodes: Vec<_> = held.iter().map(episode).collect();
        let answered = call.fresh(&self.pre, |store, instance| {
            let guest = batch.load(&mut *store, instance)?;
            guest.call_judge_all(store, &episodes, call.config)
        })?;
        let answers = answered.answer.into_iter();
        let judged = answers.map(|answer| answer.map(judgement).map_err(reported));
        Ok(with_first(judged.collect(), answered.uses))
    }
}

fn episode<'a>(held: &'a Held<'a>) -> wit::Episode<'a> {
    let episode = held.input.episode;
    wit::Episode {
        task_id: &episode.task_id,
        language: &episode.language,
        prompt: &episode.prompt,
        program: &episode.program,
        reference: held.input.reference,
        attempt: episode.attempt,
        diagnostics: &held.diagnostics,
        verdict: verdict(episode.verdict),
        tests: &held.tests,
        fuel: episode.fuel,
        details: &[],
    }
}

fn judgement(answer: judge::Judgement) -> Judgement {
    let credit = |credit: judge::Credit| Credit {
        start: credit.span.start,
        end: credit.span.end,
        value: credit.value,
        note: credit.note,
    };
    let parts = answer.parts.iter();
    let notes = noted(parts.map(|part| (&*part.name, &*part.note)), answer.notes);
    Judgement {
        score: answer.score,
        parts: answer
            .parts
            .into_iter()
            .map(|part| (part.name, part.score))
            .collect(),
        credits: answer.credits.into_iter().map(credit).collect(),
        findings: Vec::new(),
        notes,
        uses: Uses::default(),
    }
}
