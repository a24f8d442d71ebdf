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
    /// Log-probability of each token under the distribution that it was drawn from; 0 at temperature 0.
    pub(crate) log_probs: Vec<f32>,
    /// Whether the end token was reached.
    pub(crate) finished: bool,
}

impl Completion {
    /// The program's tokens, without the end token.
    pub(crate) fn body(&self) -> &[TokenId] {
        &self.tokens[..self.tokens.len() - usize::from(self.finished)]
    }
}

/// A policy arranged for sampling: a copy of its weights as they are, and the soft prompts before prompts.
pub(crate) struct Sampler<'a> {
    decoder: Decoder,
    prefixes: Prefixes<'a>,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(policy: &'a Policy) -> Result<Self, TrainError> {
        Self::after(policy, Prefixes::of(policy))
    }

    /// With these soft prompts before prompts, in place of the policy's own.
    pub(crate) fn after(policy: &Policy, prefixes: Prefixes<'a>) -> Result<Self, TrainError> {
        let policy = policy.merged();
        let decoder = Decoder::new(&weights(&policy, &prefixes)).map_err(refused)?;
        Ok(Self { decoder, prefixes })
    }

    /// Tokens before each prompt.
    pub(crate) fn prefix(&self) -> usize {
        self.prefixes.tokens()
    }

    /// Samples answers of at most `limit` tokens; at temperature 0 the most probable token is taken always.
    /// An answer depends on its prompt and its seed alone.
    ///
    /// # Errors
    /// Where a prompt is empty or holds a token that the policy does not know.
    pub(crate) fn generate(
        &self,
        requests: &[Request],
        temperature: f64,
        limit: usize,
    ) -> Result<Vec<Vec<Completion>>, TrainError> {
        let prompts: Vec<Vec<u32>> = requests
            .iter()
            .enumerate()
            .map(|(index, request)| {
                let prompt = request.prompt.iter().copied().map(id);
                self.prefixes.ids(index).chain(prompt).collect()
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
        let written = self.decoder.generate(&asked, &sampling).map_err(refused)?;
        Ok(written
            .into_iter()
            .map(|group| group.into_iter().map(completion).collect())
            .collect())
    }
}

/// Samples from a policy once: [`Sampler::generate`].
///
/// # Errors
/// As there.
pub(crate) fn generate(
    policy: &Policy,
    requests: &[Request],
    temperature: f64,
    limit: usize,
) -> Result<Vec<Vec<Completion>>, TrainError> {
    Sampler::new(policy)?.generate(requests, temperature, limit)
}

fn refused(error: DecodeError) -> TrainError {
    TrainError::Input(format!("sampling from the policy: {error}"))
}

fn completion(written: decode::Completion) -> Completion {
    let tokens = written
        .tokens
        .into_iter()
        .map(|token| TokenId(token as u16))
        .collect();
    Completion {
        tokens,
        log_probs: written.sampling_log_probs,
        finished: written.finished,
    }
}

/// The weights as the decoder takes them.
pub(super) fn weights<'a>(policy: &'a Policy, prefixes: &Prefixes<'a>) -> ModelWeights<'a> {
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
