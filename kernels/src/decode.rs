//! Sampling from a transformer on the CPU.
//!
//! A prompt is encoded once, however many samples are drawn from it; samples keep only their own
//! keys and values, and a finished sample costs nothing more. Each sample depends on its prompt and
//! its seed alone: not on what else is in the batch, nor on the number of threads.

mod group;
mod prompt;
mod sample;
mod states;

use rayon::prelude::*;

use crate::{
    BlockOptions, Layout,
    cpu::{
        block::{self, Weights},
        gemm::Packed,
        norm,
        rope::Table,
        vocabulary::{SCORES, Tied},
    },
};
use group::Group;
use prompt::Prompt;

/// Weights of one block as row-major slices, `y = x W`; the fields of [`crate::BlockWeights`].
#[derive(Clone, Copy, Debug)]
pub struct LayerWeights<'a> {
    /// `[d]`
    pub norm1: &'a [f32],
    /// `[d, 3d]`
    pub qkv: &'a [f32],
    /// `[d, d]`
    pub out: &'a [f32],
    /// `[d]`
    pub norm2: &'a [f32],
    /// `[d, f]`
    pub up: &'a [f32],
    /// `[f, d]`
    pub down: &'a [f32],
}

/// Weights of a decoder-only transformer with tied embeddings.
#[derive(Clone, Debug)]
pub struct ModelWeights<'a> {
    /// Attention heads of every layer.
    pub heads: usize,
    /// Base of the rotary embedding.
    pub rope_base: f32,
    /// Added to the mean square in norms.
    pub eps: f32,
    /// Embeddings are multiplied by this on the way in, not on the way out.
    pub embed_scale: f32,
    /// `[V, d]`
    pub embedding: &'a [f32],
    /// More rows for inputs alone, `[C, d]`, scaled like the embedding: token ids `V..V + C`, which
    /// prompts may hold and which are never drawn. A soft prompt; empty for none.
    pub context: &'a [f32],
    /// Blocks, the first first.
    pub layers: Vec<LayerWeights<'a>>,
    /// Scale of the last norm, `[d]`.
    pub final_norm: &'a [f32],
}

/// How to draw tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Logits are divided by this; 0 takes the most probable token always.
    pub temperature: f32,
    /// A completion ends after this many tokens at the latest.
    pub max_tokens: usize,
    /// A completion ends with this token, which is part of it.
    pub eos: u32,
}

/// A prompt and the samples wanted from it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Token ids; at least one.
    pub prompt: &'a [u32],
    /// One completion is drawn for each seed.
    pub seeds: &'a [u64],
}

/// One sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// Token ids, with the end token if it was drawn.
    pub tokens: Vec<u32>,
    /// The model's own log-probability of each token, at temperature 1.
    pub log_probs: Vec<f32>,
    /// Log-probability of each token under the distribution it was drawn from; 0 at temperature 0.
    pub sampling_log_probs: Vec<f32>,
    /// Whether the end token was drawn.
    pub finished: bool,
}

/// Why weights or a request were refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// A slice does not have the size that the others imply.
    #[error("{name}{} has {found} values, expected {expected}", at_layer(*.layer))]
    Shape {
        /// The weight's name.
        name: &'static str,
        /// Its layer, if it belongs to one.
        layer: Option<usize>,
        /// Values given.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// The heads must divide the width into an even size.
    #[error("{heads} heads do not divide a width of {width} into an even size")]
    Heads {
        /// Heads given.
        heads: usize,
        /// Width of the model.
        width: usize,
    },
    /// There is nothing to continue.
    #[error("request {0} has an empty prompt; a prompt needs at least one token")]
    EmptyPrompt(usize),
    /// A token is neither in the vocabulary nor among the rows for inputs alone.
    #[error("request {request} contains token {token}; the vocabulary has {vocabulary}")]
    Token {
        /// Position of the request.
        request: usize,
        /// The token at fault.
        token: u32,
        /// Size of the vocabulary, with the rows for inputs alone.
        vocabulary: usize,
    },
    /// A temperature is a finite number, 0 or above.
    #[error("temperature {0} is not a finite number of 0 or more")]
    Temperature(f32),
}

fn at_layer(layer: Option<usize>) -> String {
    layer.map_or_else(String::new, |layer| format!(" of layer {layer}"))
}

/// A model ready for sampling: a copy of the weights, arranged for matrix products.
#[derive(Clone, Debug)]
pub struct Decoder {
    width: usize,
    vocabulary: usize,
    options: BlockOptions,
    embed_scale: f32,
    /// `[V + C, d]`
    embedding: Vec<f32>,
    logits: Packed,
    layers: Vec<Layer>,
    final_norm: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Layer {
    norm1: Vec<f32>,
    norm2: Vec<f32>,
    /// Row-major copies, for encoding prompts.
    plain: [Vec<f32>; 4],
    qkv: Packed,
    out: Packed,
    up: Packed,
    down: Packed,
}

impl Layer {
    fn weights(&self) -> Weights<'_> {
        let [qkv, out, up, down] = &self.plain;
        Weights {
            norm1: &self.norm1,
            qkv,
            out,
            norm2: &self.norm2,
            up,
            down,
        }
    }
}

impl Decoder {
    /// Copies and arranges weights.
    ///
    /// # Errors
    /// If sizes do not fit together.
    pub fn new(weights: &ModelWeights<'_>) -> Result<Self, DecodeError> {
        let d = weights.final_norm.len();
        if d == 0 || weights.heads == 0 || !d.is_multiple_of(2 * weights.heads) {
            return Err(DecodeError::Heads {
                heads: weights.heads,
                width: d,
            });
        }
        let vocabulary = weights.embedding.len() / d;
        check("embedding", None, weights.embedding, vocabulary.max(1) * d)?;
        let context = weights.context.len() / d;
        check("context", None, weights.context, context * d)?;
        let layers = weights.layers.iter().enumerate();
        let layers = layers
            .map(|(index, layer)| pack(index, layer, d))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            width: d,
            vocabulary,
            options: BlockOptions {
                heads: weights.heads,
                rope_base: weights.rope_base,
                eps: weights.eps,
            },
            embed_scale: weights.embed_scale,
            embedding: [weights.embedding, weights.context].concat(),
            logits: Packed::columns(weights.embedding, d, vocabulary, d),
            layers,
            final_norm: weights.final_norm.to_vec(),
        })
    }

    /// Draws one completion for each seed of each request.
    ///
    /// # Returns
    /// Completions by request and seed, in the order given.
    ///
    /// # Errors
    /// If a prompt is empty, a token is unknown, or the temperature is not a number of 0 or more.
    pub fn generate(
        &self,
        requests: &[Request<'_>],
        sampling: &Sampling,
    ) -> Result<Vec<Vec<Completion>>, DecodeError> {
        if !(sampling.temperature.is_finite() && sampling.temperature >= 0.0) {
            return Err(DecodeError::Temperature(sampling.temperature));
        }
        for (index, request) in requests.iter().enumerate() {
            if request.prompt.is_empty() {
                return Err(DecodeError::EmptyPrompt(index));
            }
            self.check_tokens(index, request.prompt)?;
        }
        let longest = requests.iter().map(|r| r.prompt.len()).max().unwrap_or(0);
        let size = self.width / self.options.heads;
        let table = Table::new(longest + sampling.max_tokens, size, self.options.rope_base);
        let batches = batches(requests);
        let groups: Vec<Vec<Vec<Completion>>> = batches
            .par_iter()
            .with_max_len(1)
            .map(|batch| {
                let prompts = Prompt::encode(self, batch);
                Group::new(self, &table, sampling, batch, &prompts).run()
            })
            .collect();
        Ok(groups.into_iter().flatten().collect())
    }

    /// Log-probabilities of given rows: element `i` of a result is log p(row\[i + 1\] | row\[..= i\]),
    /// which is −∞ for a token that only inputs have.
    ///
    /// # Errors
    /// If a token is unknown.
    pub fn score(&self, rows: &[&[u32]]) -> Result<Vec<Vec<f32>>, DecodeError> {
        for (index, row) in rows.iter().enumerate() {
            self.check_tokens(index, row)?;
        }
        let layout = Layout::plain(&rows.iter().map(|row| row.len()).collect::<Vec<_>>());
        let hidden = self.hidden(&rows.concat(), &layout, |_, _| ());
        let (mut predicting, mut targets) = (Vec::new(), Vec::new());
        let drawn = |token: u32| (token as usize) < self.vocabulary;
        for (segment, row) in rows.iter().enumerate() {
            let after = row.iter().copied().enumerate().skip(1);
            for (at, token) in after.filter(|(_, token)| drawn(*token)) {
                predicting.push((layout.start(segment) + at - 1) as u32);
                targets.push(token);
            }
        }
        let tied = Tied {
            hidden: &hidden,
            rows: &predicting,
            embedding: &self.embedding[..self.vocabulary * self.width],
            targets: &targets,
            d: self.width,
        };
        let scores = tied.forward();
        let mut log_probs = scores.chunks_exact(SCORES).map(|row| row[0]);
        let mut score = |token: u32| {
            let found = drawn(token).then(|| log_probs.next());
            found.flatten().unwrap_or(f32::NEG_INFINITY)
        };
        let scored = |row: &&[u32]| row.iter().skip(1).map(|token| score(*token)).collect();
        Ok(rows.iter().map(scored).collect())
    }

    fn check_tokens(&self, request: usize, tokens: &[u32]) -> Result<(), DecodeError> {
        let vocabulary = self.embedding.len() / self.width;
        match tokens.iter().find(|&&token| token as usize >= vocabulary) {
            Some(&token) => Err(DecodeError::Token {
                request,
                token,
                vocabulary,
            }),
            None => Ok(()),
        }
    }

    /// Runs packed tokens through all layers and the last norm; shows each layer's keys and values.
    ///
    /// `keep` gets the layer and its `[T, 3d]` queries, keys and values, turned to their positions.
    fn hidden(
        &self,
        tokens: &[u32],
        layout: &Layout,
        mut keep: impl FnMut(usize, &[f32]),
    ) -> Vec<f32> {
        let d = self.width;
        let mut x = vec![0.0; tokens.len() * d];
        for (row, &token) in x.chunks_exact_mut(d).zip(tokens) {
            self.embed(token, row);
        }
        for (index, layer) in self.layers.iter().enumerate() {
            let (y, saved) = block::forward(&x, &layer.weights(), layout, self.options);
            keep(index, &saved.qkv);
            x = y;
        }
        let mut normed = vec![0.0; x.len()];
        norm::forward(&x, &self.final_norm, self.options.eps, &mut normed);
        normed
    }

    fn embed(&self, token: u32, row: &mut [f32]) {
        let at = token as usize * self.width;
        for (to, from) in row.iter_mut().zip(&self.embedding[at..at + self.width]) {
            *to = from * self.embed_scale;
        }
    }
}

fn pack(index: usize, layer: &LayerWeights<'_>, d: usize) -> Result<Layer, DecodeError> {
    let f = layer.up.len() / d;
    let expect = |name, slice: &[f32], expected| check(name, Some(index), slice, expected);
    expect("norm1", layer.norm1, d)?;
    expect("qkv", layer.qkv, 3 * d * d)?;
    expect("out", layer.out, d * d)?;
    expect("norm2", layer.norm2, d)?;
    expect("up", layer.up, f.max(1) * d)?;
    expect("down", layer.down, f.max(1) * d)?;
    Ok(Layer {
        norm1: layer.norm1.to_vec(),
        norm2: layer.norm2.to_vec(),
        plain: [layer.qkv, layer.out, layer.up, layer.down].map(<[f32]>::to_vec),
        qkv: Packed::rows(layer.qkv, d, 3 * d, 3 * d),
        out: Packed::rows(layer.out, d, d, d),
        up: Packed::rows(layer.up, d, f, f),
        down: Packed::rows(layer.down, f, d, d),
    })
}

fn check(
    name: &'static str,
    layer: Option<usize>,
    slice: &[f32],
    expected: usize,
) -> Result<(), DecodeError> {
    if slice.len() == expected {
        return Ok(());
    }
    Err(DecodeError::Shape {
        name,
        layer,
        found: slice.len(),
        expected,
    })
}

/// Cuts requests into batches that one thread decodes from beginning to end.
///
/// Large enough to use the weights well, small enough that threads finish together. What a sample
/// is does not depend on it.
fn batches<'a, 'b>(requests: &'b [Request<'a>]) -> Vec<&'b [Request<'a>]> {
    let total: usize = requests.iter().map(|r| r.seeds.len()).sum();
    let rows = (total / (4 * rayon::current_num_threads())).clamp(16, 64);
    let mut batches = Vec::new();
    let (mut from, mut count) = (0, 0);
    for (index, request) in requests.iter().enumerate() {
        count += request.seeds.len();
        if count >= rows {
            batches.push(&requests[from..=index]);
            (from, count) = (index + 1, 0);
        }
    }
    if from < requests.len() {
        batches.push(&requests[from..]);
    }
    batches
}
