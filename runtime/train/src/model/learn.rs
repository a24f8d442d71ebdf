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
    /// Entropy of the prediction of each target, in nats.
    pub(crate) entropies: Vec<f32>,
    /// Targets.
    pub(crate) targets: usize,
    /// Tokens that went forward and back.
    pub(crate) tokens: usize,
}

/// The gradient of Σ weight × log π(token | what is before it) over the units' answers, with the answers' own weights:
/// with weight 1/N it is that of the supervised loss.
pub(crate) fn gradient(policy: &Policy, units: &[Unit]) -> Learnt {
    gradient_after(policy, units, Prefixes::of(policy))
}

/// The same with these soft prompts before the units' prompts, in place of the policy's own: after the
/// gradient of the other weights comes that of the prefixes' rows.
pub(crate) fn gradient_after(policy: &Policy, units: &[Unit], prefixes: Prefixes<'_>) -> Learnt {
    let batch = Batch::new(units, prefixes);
    gradient_by(policy, prefixes, &batch, |_| batch.weights.clone())
}

/// The same with weights that depend on the policy as it is: `weigh` gets the log-probability of each target and gives
/// the derivative of an objective by each of them, which is what its gradient weighs ∇ log π with. The batch was made with
/// as many prefixes.
pub(crate) fn gradient_by(
    policy: &Policy,
    prefixes: Prefixes<'_>,
    batch: &Batch,
    weigh: impl FnOnce(&[f32]) -> Vec<f32>,
) -> Learnt {
    if batch.targets.is_empty() {
        let own = policy.parameters() - policy.soft_prompt().len();
        return Learnt {
            gradient: vec![0.0; own + prefixes.rows().len()],
            ..Learnt::default()
        };
    }
    let device = Device::flex().autodiff();
    let policy = policy.merged();
    let leaves = Leaves::new(&policy, prefixes, &device, true);
    let scores = leaves.forward(&policy, batch);
    let count = batch.targets.len();
    let now = floats(scores.log_prob.clone().inner());
    let weights = TensorData::new(weigh(&now), [count]);
    let weights = Tensor::<1>::from_data(weights, &device);
    let loss = (scores.log_prob * weights).sum().neg();
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
        log_probability: sum(now),
        entropies: floats(scores.entropy.inner()),
        targets: count,
        tokens: batch.tokens.len(),
    }
}

/// Log-probability of each target, forward only, after the policy's own soft prompt.
pub(crate) fn log_probs(policy: &Policy, batch: &Batch) -> Vec<f32> {
    if batch.targets.is_empty() {
        return Vec::new();
    }
    let policy = policy.merged();
    let leaves = Leaves::new(&policy, Prefixes::of(&policy), &Device::flex(), false);
    floats(leaves.forward(&policy, batch).log_prob)
}

impl Learnt {
    /// Puts another gradient of the same weights beside this one.
    pub(crate) fn add(&mut self, other: Self) {
        if self.gradient.is_empty() {
            self.gradient = vec![0.0; other.gradient.len()];
        }
        for (sum, value) in self.gradient.iter_mut().zip(&other.gradient) {
            *sum += value;
        }
        self.objective += other.objective;
        self.log_probability += other.log_probability;
        self.entropies.extend(other.entropies);
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

/// The weights as tensors.
struct Leaves {
    embedding: Tensor<2>,
    /// Rows for inputs alone, below the embedding's; none where there is no soft prompt.
    prefixes: Option<Tensor<2>>,
    layers: Vec<BlockWeights>,
    norm: Tensor<1>,
}

impl Leaves {
    /// `learns` where they ask for gradients; the device then is one of autodiff.
    fn new(policy: &Policy, prefixes: Prefixes<'_>, device: &Device, learns: bool) -> Self {
        let vector = |place: &Place| {
            let data = TensorData::new(place.of(&policy.values).to_vec(), [place.shape[0]]);
            let leaf = Tensor::<1>::from_data(data, device);
            if learns { leaf.require_grad() } else { leaf }
        };
        let matrix = |place: &Place| {
            let shape = [place.shape[0], place.shape[1]];
            let data = TensorData::new(place.of(&policy.values).to_vec(), shape);
            let leaf = Tensor::<2>::from_data(data, device);
            if learns { leaf.require_grad() } else { leaf }
        };
        let places = policy.base();
        let blocks = &places[1..places.len() - 1];
        Self {
            embedding: matrix(&places[0]),
            prefixes: (!prefixes.rows().is_empty()).then(|| {
                let width = policy.shape().width;
                let rows = prefixes.rows().to_vec();
                let shape = [rows.len() / width, width];
                let leaf = Tensor::<2>::from_data(TensorData::new(rows, shape), device);
                if learns { leaf.require_grad() } else { leaf }
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
        let mut h = rms_norm(x, self.norm.clone(), EPSILON);
        if let Some(scale) = &batch.scale {
            // Logits are linear in the state, so this divides them by the temperature.
            let scale = TensorData::new(scale.clone(), [scale.len(), 1]);
            h = h.clone() * Tensor::<2>::from_data(scale, &h.device());
        }
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

#[cfg(test)]
mod tests {
    use falcon_tasks::TokenId;

    use super::*;
    use crate::{
        ModelConfig,
        model::{Answer, Request, generate},
    };

    fn small() -> Policy {
        let shape = ModelConfig {
            width: 16,
            layers: 2,
            heads: 2,
            ..ModelConfig::default()
        };
        Policy::new(&shape, 40, 5)
    }

    fn units() -> Vec<Unit> {
        let answer = |tokens: &[u16]| {
            let tokens: Vec<TokenId> = tokens.iter().copied().map(TokenId).collect();
            Answer::even(tokens, 0.5)
        };
        vec![
            Unit {
                prompt: [3, 7, 9].map(TokenId).to_vec(),
                answers: vec![answer(&[4, 5, 6]), answer(&[11])],
            },
            Unit {
                prompt: [8, 2].map(TokenId).to_vec(),
                answers: vec![answer(&[13, 4])],
            },
        ]
    }

    #[test]
    fn what_is_learnt_is_the_policy_that_was_sampled() {
        let policy = small();
        let request = Request {
            prompt: [3, 7, 9].map(TokenId).to_vec(),
            seeds: vec![1, 2, 3],
        };
        for temperature in [0.6, 1.0, 1.7] {
            let written = generate(&policy, std::slice::from_ref(&request), temperature, 12);
            let written = written.unwrap().swap_remove(0);
            let drawn: Vec<f32> = written.iter().flat_map(|it| it.log_probs.clone()).collect();
            let answers = written.into_iter().map(|it| Answer::even(it.tokens, 1.0));
            let unit = Unit {
                prompt: request.prompt.clone(),
                answers: answers.collect(),
            };
            let batch = Batch::new(&[unit], Prefixes::of(&policy));
            let batch = batch.at_temperature(drawn.len(), temperature);
            let learnt = log_probs(&policy, &batch);
            assert_eq!(learnt.len(), drawn.len());
            for (a, b) in learnt.iter().zip(&drawn) {
                assert!((a - b).abs() < 1e-4, "at {temperature}: {a} {b}");
            }
        }
    }

    /// With weights log π, the objective is half the sum of squares of the log-probabilities.
    #[test]
    fn weights_that_depend_on_the_policy_give_the_gradient_of_their_integral() {
        let mut policy = small();
        let batch = Batch::new(&units(), Prefixes::of(&policy)).at_temperature(4, 1.6);
        let learnt = gradient_by(&policy, Prefixes::of(&policy), &batch, <[f32]>::to_vec);
        assert_eq!(learnt.targets, 6);
        let value = |policy: &Policy| -> f64 {
            let squares = log_probs(policy, &batch)
                .into_iter()
                .map(|x| f64::from(x).powi(2));
            squares.sum::<f64>() / 2.0
        };
        // Along the gradient of the loss, which is minus the objective's.
        let norm = learnt.gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        let start = policy.values.clone();
        let h = 2e-3;
        let mut side = |sign: f32| {
            for ((value, from), g) in policy.values.iter_mut().zip(&start).zip(&learnt.gradient) {
                *value = from + sign * h * g / norm;
            }
            value(&policy)
        };
        let slope = (side(1.0) - side(-1.0)) / (2.0 * f64::from(h));
        assert!(
            (slope + f64::from(norm)).abs() < 0.01 * f64::from(norm),
            "{slope} {norm}"
        );
    }

    #[test]
    fn a_temperature_reaches_its_own_units_alone() {
        let policy = small();
        let plain = log_probs(&policy, &Batch::new(&units(), Prefixes::of(&policy)));
        let mixed = log_probs(
            &policy,
            &Batch::new(&units(), Prefixes::of(&policy)).at_temperature(4, 2.0),
        );
        assert!(plain[..4].iter().zip(&mixed[..4]).all(|(a, b)| a != b));
        assert_eq!(plain[4..], mixed[4..]);
        let own = gradient(&policy, &units());
        let own_prefix = Prefixes::of(&policy);
        let batch = Batch::new(&units(), own_prefix);
        let given = gradient_by(&policy, own_prefix, &batch, |now| vec![0.5; now.len()]);
        assert_eq!(own.gradient, given.gradient);
    }
}
