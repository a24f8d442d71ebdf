//! Track 0.1: converts and forwards.

use falcon_episode::{Credit, Uses};

use super::{
    Judgement,
    linked::linked,
    types::{Held, noted, verdict, wit},
};
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

linked!();

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
