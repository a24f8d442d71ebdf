//! Track 0.2: converts and forwards.

use super::linked::linked;

/// Generated from `wit/memory/v0.2`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
    wasmtime::component::bindgen!({
        path: ["../../wit/types/v0.1", "../../wit/memory/v0.2"],
        world: "falcon:memory/memory-policy",
    });
}

linked!();

impl Linked {
    fn composed(&self, call: Call<'_>, prompts: &[Prompt]) -> Result<Vec<Context>, Failure> {
        let prompts: Vec<_> = prompts.iter().map(prompt).collect();
        let answer = fresh!(self, call, call_compose, &prompts)?;
        let context = |context: wit::Context| Context {
            items: context.items,
            attempts: context.attempts.into_iter().map(|at| at as usize).collect(),
        };
        Ok(answer.into_iter().map(context).collect())
    }
}

fn prompt(prompt: &Prompt) -> wit::Prompt {
    let offer = |offer: &super::Offer| wit::Offer {
        candidate: candidate(&offer.candidate),
        tokens: offer.tokens,
    };
    wit::Prompt {
        query: query(&prompt.query),
        long: prompt.long.iter().map(offer).collect(),
        short: prompt.short.iter().map(attempt).collect(),
        attempts: prompt.attempts,
        budget: prompt.budget,
    }
}

fn attempt(attempt: &super::Attempt) -> wit::Attempt {
    let outcome = &attempt.outcome;
    wit::Attempt {
        program: attempt.program.clone(),
        score: attempt.score,
        number: attempt.number,
        outcome: wit::Outcome {
            verdict: outcome.verdict.clone(),
            class: outcome.class.clone(),
            line: outcome.line,
            test: outcome.test,
            said: outcome.said.clone(),
        },
        tokens: attempt.tokens,
    }
}
