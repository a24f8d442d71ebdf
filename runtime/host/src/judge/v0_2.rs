//! Track 0.2: converts and forwards.

use falcon_episode::{Credit, Finding, Uses};

use super::{
    Judgement,
    linked::linked,
    types::{Held, noted, severity, verdict},
};
use bindings::exports::falcon::judge::{batch, judge};

/// Generated from `wit/judge/v0.2`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
    wasmtime::component::bindgen!({
        path: ["../../wit/types/v0.1", "../../wit/judge/v0.2"],
        world: "falcon:judge/batch-judge-plugin",
        with: { "falcon:types/types@0.1.0": crate::judge::v0_1::bindings::falcon::types::types },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

linked!();

fn episode<'a>(held: &'a Held<'a>) -> judge::Episode<'a> {
    let episode = held.input.episode;
    judge::Episode {
        task_id: &episode.task_id,
        split: &episode.split,
        language: &episode.language,
        prompt: &episode.prompt,
        program: &episode.program,
        reference: held.input.reference,
        attempt: episode.attempt,
        diagnostics: &held.diagnostics,
        verdict: verdict(episode.verdict),
        tests: &held.tests,
        fuel: episode.fuel,
        cheapest_fuel: episode.cheapest_fuel,
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
        findings: answer.findings.into_iter().map(finding).collect(),
        notes,
        uses: Uses::default(),
    }
}

fn finding(found: judge::Finding) -> Finding {
    Finding {
        rule: found.rule,
        severity: severity(found.severity),
        message: found.message,
        start: found.span.start,
        end: found.span.end,
        line: found.line,
        column: found.column,
    }
}
