//! Context parameters φ as part of a policy: which of its weights they are, and what they are at first.

use std::{borrow::Cow, collections::HashMap};

use falcon_tasks::TokenId;

use super::{PER_LAYER, Place, Policy, normal};
use crate::{Context, InnerConfig, random};

/// The tensor of a soft prompt, `[tokens, width]`.
const SOFT_PROMPT: &str = "context.soft_prompt";
/// The projections that have low-rank additions: the name, and its place among a block's tensors.
const LOW_RANK: [(&str, usize); 2] = [("qkv", 1), ("out", 2)];
/// Of a fresh soft prompt's rows around the embedding of the first token, as a share of its deviation.
const SPREAD: f64 = 0.3;

impl Policy {
    /// Gives the policy the context parameters that an inner loop asks for, where it has none.
    ///
    /// A fresh soft prompt repeats the embedding of the token that every prompt begins with, a little
    /// scattered so that its rows can part; fresh low-rank additions are A·B with B = 0, which adds
    /// nothing (Hu et al., arXiv 2106.09685, section 4.1). Scales of norms are weights of any policy.
    ///
    /// # Errors
    /// Where the policy has a context of another kind or size.
    pub(crate) fn attach(&mut self, inner: &InnerConfig, seed: u64) -> Result<(), String> {
        if self.has_context(inner) {
            return Ok(());
        }
        if let Some(held) = self.tensors.get(self.base().len()) {
            return Err(format!(
                "the model's context {} is {:?}, and [inner] asks for another; set inner.context, tokens and rank as they were when it was trained, or start from a model without a context",
                held.name, held.shape
            ));
        }
        match inner.context {
            Context::None | Context::Norms => {}
            Context::SoftPrompt => self.attach_soft_prompt(inner.tokens, seed),
            Context::Lora => self.attach_low_rank(inner.rank, seed),
        }
        Ok(())
    }

    /// Whether the policy has the context parameters that an inner loop asks for.
    pub(crate) fn has_context(&self, inner: &InnerConfig) -> bool {
        let extra = &self.tensors[self.base().len()..];
        match inner.context {
            // What a model has of a context belongs to it, also where nothing adapts it any more.
            Context::None => true,
            Context::Norms => extra.is_empty(),
            Context::SoftPrompt => {
                matches!(extra, [one] if one.name == SOFT_PROMPT && one.shape[0] == inner.tokens)
            }
            Context::Lora => extra
                .first()
                .is_some_and(|first| first.name != SOFT_PROMPT && first.shape[1] == inner.rank),
        }
    }

    /// Which tensors the context parameters of this kind are.
    pub(crate) fn context(&self, kind: Context) -> Vec<&Place> {
        let base = self.base();
        match kind {
            Context::None => Vec::new(),
            Context::Norms => base.iter().filter(|it| it.shape.len() == 1).collect(),
            Context::SoftPrompt | Context::Lora => self.tensors[base.len()..].iter().collect(),
        }
    }

    /// The values of these tensors, one after the other, out of a buffer laid out as the weights.
    pub(crate) fn gather(&self, kind: Context, from: &[f32]) -> Vec<f32> {
        let places = self.context(kind);
        places.iter().flat_map(|it| it.of(from)).copied().collect()
    }

    /// The same policy with other context parameters, as [`gather`](Self::gather) gives them.
    pub(crate) fn with_context(&self, kind: Context, phi: &[f32]) -> Self {
        let mut policy = self.clone();
        let mut left = phi;
        for place in self.context(kind) {
            let (values, more) = left.split_at(place.len());
            policy.values[place.offset..place.offset + place.len()].copy_from_slice(values);
            left = more;
        }
        policy
    }

    /// The soft prompt's rows, one after the other; empty where there is none.
    pub(crate) fn soft_prompt(&self) -> &[f32] {
        let first = self.tensors.get(self.base().len());
        first
            .filter(|it| it.name == SOFT_PROMPT)
            .map_or(&[], |it| it.of(&self.values))
    }

    /// Tokens that stand before every prompt.
    pub(crate) fn prefix(&self) -> usize {
        self.soft_prompt().len() / self.shape.width
    }

    /// The same policy with its low-rank additions put into the weights that they belong to.
    pub(crate) fn merged(&self) -> Cow<'_, Self> {
        let pairs = self.low_rank();
        if pairs.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut merged = self.clone();
        for [weight, a, b] in pairs {
            let (factor, other) = (a.of(&self.values), b.of(&self.values));
            let added = product(factor, other, a.shape[0], b.shape[1]);
            for (value, more) in merged.values[weight.offset..].iter_mut().zip(added) {
                *value += more;
            }
        }
        Cow::Owned(merged)
    }

    /// The gradients of low-rank additions from those of the weights that they were put into:
    /// with W + A·B, dA = dW·Bᵀ and dB = Aᵀ·dW. `gradient` is laid out as the transformer's own weights
    /// and grows to all weights.
    pub(crate) fn spread_gradient(&self, gradient: &mut Vec<f32>) {
        for [weight, a, b] in self.low_rank() {
            let (rows, rank, columns) = (a.shape[0], a.shape[1], b.shape[1]);
            let dw = weight.of(gradient).to_vec();
            let (a, b) = (a.of(&self.values), b.of(&self.values));
            let b_turned = turned(b, rank, columns);
            gradient.extend(product(&dw, &b_turned, rows, rank));
            gradient.extend(product(&turned(a, rows, rank), &dw, rank, columns));
        }
    }

    /// Each weight that has a low-rank addition, with the addition's two factors; in the order of the tensors.
    fn low_rank(&self) -> Vec<[&Place; 3]> {
        let extra = &self.tensors[self.base().len()..];
        let factors = extra.chunks_exact(2);
        let weights = (0..self.shape.layers)
            .flat_map(|layer| LOW_RANK.map(|(_, at)| 1 + layer * PER_LAYER + at));
        weights
            .zip(factors)
            .map(|(weight, pair)| [&self.tensors[weight], &pair[0], &pair[1]])
            .collect()
    }

    fn attach_soft_prompt(&mut self, tokens: usize, seed: u64) {
        let width = self.shape.width;
        let mut rng = random::stream(seed, "context", 0);
        let first = usize::from(TokenId::BOS.0) * width;
        let row = self.values[first..first + width].to_vec();
        let square = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let deviation = SPREAD * (square / width as f64).sqrt();
        let mut scattered = |value: f32| value + (deviation * normal(&mut rng)) as f32;
        let rows = (0..tokens).flat_map(|_| row.clone());
        let values: Vec<f32> = rows.map(&mut scattered).collect();
        self.push(SOFT_PROMPT.to_owned(), vec![tokens, width], values);
    }

    fn attach_low_rank(&mut self, rank: usize, seed: u64) {
        for (index, (name, [rows, columns])) in self.low_rank_shapes().into_iter().enumerate() {
            let mut rng = random::stream(seed, "context", index as u64);
            let deviation = 1.0 / (rows as f64).sqrt();
            let a = (0..rows * rank).map(|_| (deviation * normal(&mut rng)) as f32);
            let a: Vec<f32> = a.collect();
            self.push(format!("{name}_a"), vec![rows, rank], a);
            self.push(
                format!("{name}_b"),
                vec![rank, columns],
                vec![0.0; rank * columns],
            );
        }
    }

    /// Names and shapes of the weights that may have low-rank additions.
    fn low_rank_shapes(&self) -> Vec<(String, [usize; 2])> {
        let layers = 0..self.shape.layers;
        let of = |layer: usize| {
            LOW_RANK.map(|(name, at)| {
                let shape = &self.tensors[1 + layer * PER_LAYER + at].shape;
                (format!("context.{layer}.{name}"), [shape[0], shape[1]])
            })
        };
        layers.flat_map(of).collect()
    }

    /// Makes room for the context parameters that are among the tensors given.
    pub(super) fn make_room(&mut self, given: &HashMap<String, Vec<f32>>) {
        let width = self.shape.width;
        let rows = |name: &str| {
            let rows = given.get(name)?.len() / width;
            (rows > 0).then_some(rows)
        };
        if let Some(tokens) = rows(SOFT_PROMPT) {
            self.push(
                SOFT_PROMPT.to_owned(),
                vec![tokens, width],
                vec![0.0; tokens * width],
            );
        } else if let Some(rank) = rows("context.0.qkv_a") {
            self.attach_low_rank(rank, 0);
        }
    }

    fn push(&mut self, name: String, shape: Vec<usize>, values: Vec<f32>) {
        self.tensors.push(Place {
            name,
            offset: self.values.len(),
            shape,
        });
        self.values.extend(values);
    }
}

/// `a` (`[rows, n]`) times `b` (`[n, columns]`), row by row: the matrices are small.
fn product(a: &[f32], b: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let n = b.len() / columns.max(1);
    let mut out = vec![0.0; rows * columns];
    for (a, out) in a.chunks_exact(n).zip(out.chunks_exact_mut(columns)) {
        for (a, b) in a.iter().zip(b.chunks_exact(columns)) {
            for (out, b) in out.iter_mut().zip(b) {
                *out += a * b;
            }
        }
    }
    out
}

/// The transpose of a `[rows, columns]` matrix.
fn turned(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let at = |index: usize| values[(index % rows) * columns + index / rows];
    (0..rows * columns).map(at).collect()
}
