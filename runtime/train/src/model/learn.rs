use burn::tensor::{Device, Tensor, TensorData};
use falcon_kernels::{
    BlockOptions, BlockWeights, TokenScores, block, embed, log_prob_tied, rms_norm,
};

use super::{
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
    let batch = Batch::new(units);
    if batch.targets.is_empty() {
        return Learnt {
            gradient: vec![0.0; policy.parameters()],
            ..Learnt::default()
        };
    }
    let device = Device::flex().autodiff();
    let leaves = Leaves::new(policy, &device);
    let scores = leaves.forward(policy, &batch);
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

fn collect<const D: usize>(gradient: Option<Tensor<D>>, into: &mut Vec<f32>) {
    // Every weight takes part in every prediction, so there always is a gradient.
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
    layers: Vec<BlockWeights>,
    norm: Tensor<1>,
}

impl Leaves {
    fn new(policy: &Policy, device: &Device) -> Self {
        let vector = |place: &Place| {
            let data = TensorData::new(place.of(&policy.values).to_vec(), [place.shape[0]]);
            Tensor::<1>::from_data(data, device).require_grad()
        };
        let matrix = |place: &Place| {
            let shape = [place.shape[0], place.shape[1]];
            let data = TensorData::new(place.of(&policy.values).to_vec(), shape);
            Tensor::<2>::from_data(data, device).require_grad()
        };
        let places = policy.tensors();
        let blocks = &places[1..places.len() - 1];
        Self {
            embedding: matrix(&places[0]),
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
        // x: [tokens, width]
        let mut x = embed(self.embedding.clone(), &batch.tokens, scale);
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
        leaves
    }
}
