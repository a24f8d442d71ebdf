use burn::tensor::{Device, Tensor, TensorData};
use falcon_kernels::{
    BlockOptions, BlockWeights, TokenScores, block, embed, log_prob_tied, rms_norm,
};

use super::{
    Prefixes,
    batch::{Batch, Unit},
    policy::{EPSILON, PER_LAYER, Place, Policy, ROPE_BASE},
};

/// The gradient of an objective and what was seen on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learnt {
    /// Of the loss, that is of minus the objective; laid out as [`Policy::values`].
    pub(crate) gradient: Vec<f32>,
    /// Σ weight × log-probability.
    pub(crate) objective: f64,
    /// Σ log-probability over targets, in nats.
    pub(crate) log_probability: f64,
    /// Σ entropy of the prediction over targets, in nats.
    pub(crate) entropy: f64,
    /// Targets.
    pub(crate) targets: usize,
    /// Tokens that went forward and back.
    pub(crate) tokens: usize,
}

/// The gradient of Σ weight × log π(token | what is before it) over the units' answers.
///
/// Every objective of this crate has that form: with weight 1/N it is the supervised loss, with
/// weight A/L the policy gradient of an on-policy step, whose ratio is 1.
pub(crate) fn gradient(policy: &Policy, units: &[Unit]) -> Learnt {
    gradient_after(policy, units, &Prefixes::of(policy))
}

/// The same with these soft prompts before the units' prompts, in place of the policy's own: after the
/// gradient of the other weights comes that of the prefixes' rows.
pub(crate) fn gradient_after(policy: &Policy, units: &[Unit], prefixes: &Prefixes<'_>) -> Learnt {
    let batch = Batch::new(units, prefixes);
    if batch.targets.is_empty() {
        let own = policy.parameters() - policy.soft_prompt().len();
        return Learnt {
            gradient: vec![0.0; own + prefixes.rows().len()],
            ..Learnt::default()
        };
    }
    let device = Device::flex().autodiff();
    let policy = policy.merged();
    let leaves = Leaves::new(&policy, prefixes, &device);
    let scores = leaves.forward(&policy, &batch);
    let count = batch.weights.len();
    let weights = TensorData::new(batch.weights.clone(), [count]);
    let weights = Tensor::<1>::from_data(weights, &device);
    let loss = (scores.log_prob.clone() * weights).sum().neg();
    let mut gradients = loss.backward();
    let mut gradient = Vec::with_capacity(policy.parameters());
    for tensor in leaves.in_order() {
        match tensor {
            Leaf::Vector(leaf) => collect(leaf.grad_remove(&mut gradients), &mut gradient),
            Leaf::Matrix(leaf) => collect(leaf.grad_remove(&mut gradients), &mut gradient),
        }
    }
    policy.spread_gradient(&mut gradient);
    let sum = |values: Vec<f32>| values.iter().map(|value| f64::from(*value)).sum::<f64>();
    Learnt {
        gradient,
        objective: -sum(floats(loss.inner())),
        log_probability: sum(floats(scores.log_prob.inner())),
        entropy: sum(floats(scores.entropy.inner())),
        targets: count,
        tokens: batch.tokens.len(),
    }
}

impl Learnt {
    /// Puts another gradient of the same weights beside this one.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.gradient.is_empty() {
            self.gradient = vec![0.0; other.gradient.len()];
        }
        for (sum, value) in self.gradient.iter_mut().zip(&other.gradient) {
            *sum += value;
        }
        self.objective += other.objective;
        self.log_probability += other.log_probability;
        self.entropy += other.entropy;
        self.targets += other.targets;
        self.tokens += other.tokens;
    }
}

fn collect<const D: usize>(gradient: Option<Tensor<D>>, into: &mut Vec<f32>) {
    // Every weight takes part in every prediction, prefixes' rows at least in the table that the input
    // is looked up in, so there always is a gradient.
    into.extend(gradient.map(floats).unwrap_or_default());
}

/// The values of a tensor of 32-bit floats.
fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().unwrap_or_default()
}

enum Leaf {
    Vector(Tensor<1>),
    Matrix(Tensor<2>),
}

/// The weights as tensors that ask for gradients.
struct Leaves {
    embedding: Tensor<2>,
    /// Rows for inputs alone, below the embedding's; none where there is no soft prompt.
    prefixes: Option<Tensor<2>>,
    layers: Vec<BlockWeights>,
    norm: Tensor<1>,
}

impl Leaves {
    fn new(policy: &Policy, prefixes: &Prefixes<'_>, device: &Device) -> Self {
        let vector = |place: &Place| {
            let data = TensorData::new(place.of(&policy.values).to_vec(), [place.shape[0]]);
            Tensor::<1>::from_data(data, device).require_grad()
        };
        let matrix = |place: &Place| {
            let shape = [place.shape[0], place.shape[1]];
            let data = TensorData::new(place.of(&policy.values).to_vec(), shape);
            Tensor::<2>::from_data(data, device).require_grad()
        };
        let places = policy.base();
        let blocks = &places[1..places.len() - 1];
        Self {
            embedding: matrix(&places[0]),
            prefixes: (!prefixes.rows().is_empty()).then(|| {
                let width = policy.shape().width;
                let rows = prefixes.rows().to_vec();
                let shape = [rows.len() / width, width];
                Tensor::<2>::from_data(TensorData::new(rows, shape), device).require_grad()
            }),
            layers: blocks
                .chunks_exact(PER_LAYER)
                .map(|block| BlockWeights {
                    norm1: vector(&block[0]),
                    qkv: matrix(&block[1]),
                    out: matrix(&block[2]),
                    norm2: vector(&block[3]),
                    up: matrix(&block[4]),
                    down: matrix(&block[5]),
                })
                .collect(),
            norm: vector(&places[places.len() - 1]),
        }
    }

    /// Log-probability and entropy of each target, `[targets]`.
    fn forward(&self, policy: &Policy, batch: &Batch) -> TokenScores {
        let shape = policy.shape();
        let scale = (shape.width as f32).sqrt();
        let options = BlockOptions {
            heads: shape.heads,
            rope_base: ROPE_BASE,
            eps: EPSILON,
        };
        let inputs = match &self.prefixes {
            None => self.embedding.clone(),
            Some(rows) => Tensor::cat(vec![self.embedding.clone(), rows.clone()], 0),
        };
        // x: [tokens, width]
        let mut x = embed(inputs, &batch.tokens, scale);
        for layer in &self.layers {
            x = block(x, layer.clone(), &batch.layout, options);
        }
        let h = rms_norm(x, self.norm.clone(), EPSILON);
        log_prob_tied(h, &batch.rows, self.embedding.clone(), &batch.targets)
    }

    fn in_order(self) -> Vec<Leaf> {
        let mut leaves = vec![Leaf::Matrix(self.embedding)];
        for layer in self.layers {
            leaves.extend([
                Leaf::Vector(layer.norm1),
                Leaf::Matrix(layer.qkv),
                Leaf::Matrix(layer.out),
                Leaf::Vector(layer.norm2),
                Leaf::Matrix(layer.up),
                Leaf::Matrix(layer.down),
            ]);
        }
        leaves.push(Leaf::Vector(self.norm));
        leaves.extend(self.prefixes.map(Leaf::Matrix));
        leaves
    }
}
