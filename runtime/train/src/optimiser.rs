use falcon_kernels::{AdamW, AdamWOptions, OptimizerError, Update};

use crate::model::Policy;

/// AdamW over a policy's weights: β₁ = 0.9, β₂ = 0.95, ε = 1e-8, decay on matrices alone, after
/// clipping the gradient's global norm to 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Optimiser(AdamW);

const OPTIONS: AdamWOptions = AdamWOptions {
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    clip_norm: Some(1.0),
};

impl Optimiser {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self(AdamW::new(OPTIONS, &sizes(policy)))
    }

    /// The state as it was saved.
    pub(crate) fn restore(
        policy: &Policy,
        first: Vec<f32>,
        second: Vec<f32>,
        steps: u64,
    ) -> Result<Self, OptimizerError> {
        AdamW::restore(OPTIONS, &sizes(policy), first, second, steps).map(Self)
    }

    /// Mean gradients and mean squared gradients, laid out as the weights.
    pub(crate) fn moments(&self) -> (&[f32], &[f32]) {
        self.0.moments()
    }

    pub(crate) fn steps(&self) -> u64 {
        self.0.steps()
    }

    /// One step down the gradient. Returns the gradient's norm before clipping.
    ///
    /// # Errors
    /// Where the gradient is not finite; nothing is changed then.
    pub(crate) fn step(
        &mut self,
        policy: &mut Policy,
        gradient: &[f32],
        rate: f64,
        decay: f64,
    ) -> Result<f64, OptimizerError> {
        let places = policy.tensors().to_vec();
        let (mut values, mut gradients) = (&mut policy.values[..], gradient);
        let mut updates = Vec::with_capacity(places.len());
        for place in &places {
            let (value, more) = values.split_at_mut(place.len());
            let (grad, rest) = gradients.split_at(place.len().min(gradients.len()));
            let decay = if place.shape.len() > 1 {
                decay as f32
            } else {
                0.0
            };
            updates.push(Update { value, grad, decay });
            (values, gradients) = (more, rest);
        }
        self.0.step(&mut updates, rate as f32).map(f64::from)
    }
}

fn sizes(policy: &Policy) -> Vec<usize> {
    policy.tensors().iter().map(crate::Place::len).collect()
}
