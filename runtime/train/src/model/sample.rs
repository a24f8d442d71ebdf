use falcon_kernels::decode::{self, DecodeError, Decoder, LayerWeights, ModelWeights, Sampling};
use falcon_tasks::TokenId;

use super::{
    Prefixes,
    batch::id,
    policy::{EPSILON, PER_LAYER, Policy, ROPE_BASE},
};
use crate::TrainError;

/// A prompt and the seeds of the answers to sample for it; the prompt is encoded once.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) prompt: Vec<TokenId>,
    pub(crate) seeds: Vec<u64>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Completion {
    /// With the end token where it was reached.
    pub(crate) tokens: Vec<TokenId>,
    /// Whether the end token was reached.
    pub(crate) finished: bool,
}

impl Completion {
    /// The program's tokens, without the end token.
    pub(crate) fn body(&self) -> &[TokenId] {
        &self.tokens[..self.tokens.len() - usize::from(self.finished)]
    }
}

/// Samples answers of at most `limit` tokens; at temperature 0 the most probable token is taken always.
/// An answer depends on its prompt and its seed alone.
///
/// # Errors
/// Where a prompt is empty or holds a token that the policy does not know.
pub(crate) fn generate(
    policy: &Policy,
    requests: &[Request],
    temperature: f64,
    limit: usize,
) -> Result<Vec<Vec<Completion>>, TrainError> {
    generate_after(policy, requests, &Prefixes::of(policy), temperature, limit)
}

/// The same with these soft prompts before the requests' prompts, in place of the policy's own.
///
/// # Errors
/// As [`generate`].
pub(crate) fn generate_after(
    policy: &Policy,
    requests: &[Request],
    prefixes: &Prefixes<'_>,
    temperature: f64,
    limit: usize,
) -> Result<Vec<Vec<Completion>>, TrainError> {
    let fault =
        |error: DecodeError| TrainError::Input(format!("sampling from the policy: {error}"));
    let policy = policy.merged();
    let decoder = Decoder::new(&weights(&policy, prefixes)).map_err(fault)?;
    let prompts: Vec<Vec<u32>> = requests
        .iter()
        .enumerate()
        .map(|(index, request)| {
            let prompt = request.prompt.iter().copied().map(id);
            prefixes.ids(index).chain(prompt).collect()
        })
        .collect();
    let asked: Vec<decode::Request<'_>> = prompts
        .iter()
        .zip(requests)
        .map(|(prompt, request)| decode::Request {
            prompt,
            seeds: &request.seeds,
        })
        .collect();
    let sampling = Sampling {
        temperature: temperature as f32,
        max_tokens: limit,
        eos: id(TokenId::EOS),
    };
    let written = decoder.generate(&asked, &sampling).map_err(fault)?;
    Ok(written
        .into_iter()
        .map(|group| group.into_iter().map(completion).collect())
        .collect())
}

fn completion(written: decode::Completion) -> Completion {
    let tokens = written
        .tokens
        .into_iter()
        .map(|token| TokenId(token as u16))
        .collect();
    Completion {
        tokens,
        finished: written.finished,
    }
}

fn weights<'a>(policy: &'a Policy, prefixes: &Prefixes<'a>) -> ModelWeights<'a> {
    let places = policy.base();
    let of = |index: usize| places[index].of(&policy.values);
    let layers = (0..policy.shape().layers)
        .map(|layer| 1 + layer * PER_LAYER)
        .map(|first| LayerWeights {
            norm1: of(first),
            qkv: of(first + 1),
            out: of(first + 2),
            norm2: of(first + 3),
            up: of(first + 4),
            down: of(first + 5),
        })
        .collect();
    ModelWeights {
        heads: policy.shape().heads,
        rope_base: ROPE_BASE,
        eps: EPSILON,
        embed_scale: (policy.shape().width as f32).sqrt(),
        embedding: of(0),
        context: prefixes.rows(),
        layers,
        final_norm: of(places.len() - 1),
    }
}
