//! Track 0.1: converts and forwards. Its budget is in characters, and it composes one prompt a call.

use super::linked::linked;

/// Generated from `wit/memory/v0.1`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
    wasmtime::component::bindgen!({
        path: ["../../wit/types/v0.1", "../../wit/memory/v0.1"],
        world: "falcon:memory/memory-policy",
    });
}

linked!();

impl Linked {
    fn composed(&self, call: Call<'_>, prompts: &[Prompt]) -> Result<Vec<Context>, Failure> {
        let one = |prompt: &Prompt| -> Result<Context, Failure> {
            let long: Vec<Candidate> = prompt
                .long
                .iter()
                .map(|offer| offer.candidate.clone())
                .collect();
            let short: Vec<_> = prompt.short.iter().map(attempt).collect();
            let budget = in_characters(prompt);
            let context = fresh!(
                self,
                call,
                call_compose,
                &query(&prompt.query),
                &candidates(&long),
                &short,
                budget
            )?;
            let attempts = context.attempts.into_iter().map(|at| at as usize);
            Ok(fitting(prompt, context.items, attempts))
        };
        prompts.iter().map(one).collect()
    }
}

fn attempt(attempt: &super::Attempt) -> wit::Attempt {
    wit::Attempt {
        program: attempt.program.clone(),
        score: attempt.score,
        feedback: attempt.outcome.said.clone(),
    }
}

/// The budget at the mean of characters a token of what is offered.
fn in_characters(prompt: &Prompt) -> u32 {
    let long = prompt.long.iter().map(|offer| {
        let item = &offer.candidate.item;
        (length(&[&item.prompt, &item.program]), offer.tokens)
    });
    let short = prompt.short.iter().map(|attempt| {
        let texts = [&attempt.program[..], &attempt.outcome.said];
        (length(&texts), attempt.tokens)
    });
    let (characters, tokens) = long.chain(short).fold((0, 0), |(all, of), (size, tokens)| {
        (all + size, of + u64::from(tokens))
    });
    let budget = u64::from(prompt.budget) * characters / tokens.max(1);
    u32::try_from(budget).unwrap_or(u32::MAX)
}

fn length(texts: &[&str]) -> u64 {
    texts.iter().map(|text| text.chars().count() as u64).sum()
}

/// What was chosen, cut where the limits or the tokens end. What was not offered stays, for its error.
fn fitting(prompt: &Prompt, items: Vec<String>, attempts: impl Iterator<Item = usize>) -> Context {
    let mut left = prompt.budget;
    let mut fits = |tokens: u32| left.checked_sub(tokens).map(|rest| left = rest).is_some();
    let size = |id: &String| {
        let mut offers = prompt.long.iter();
        let offer = offers.find(|offer| offer.candidate.item.id == *id);
        offer.map_or(0, |offer| offer.tokens)
    };
    let items = items.into_iter().take(prompt.query.limit as usize);
    let items = items.take_while(|id| fits(size(id))).collect();
    let tokens = |at: &usize| prompt.short.get(*at).map_or(0, |attempt| attempt.tokens);
    let attempts = attempts.take(prompt.attempts as usize);
    let attempts = attempts.take_while(|at| fits(tokens(at))).collect();
    Context { items, attempts }
}
