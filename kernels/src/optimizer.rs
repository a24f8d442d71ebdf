//! AdamW (Loshchilov and Hutter 2019) over all parameters at once, in place.

use crate::cpu::adamw::{self, Factors};

/// Numbers of the optimiser that stay the same over a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWOptions {
    /// Decay of the mean gradient.
    pub beta1: f32,
    /// Decay of the mean squared gradient.
    pub beta2: f32,
    /// Added to the root of the mean squared gradient.
    pub eps: f32,
    /// Scale gradients down to this norm, taken over all parameters together, if they exceed it.
    pub clip_norm: Option<f32>,
}

impl Default for AdamWOptions {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.95,
            eps: 1e-8,
            clip_norm: Some(1.0),
        }
    }
}

/// One parameter's values and gradient for one step.
#[derive(Debug)]
pub struct Update<'a> {
    /// The parameter, updated in place.
    pub value: &'a mut [f32],
    /// Its gradient, before clipping.
    pub grad: &'a [f32],
    /// Decoupled weight decay for this parameter: `value *= 1 - lr * decay`.
    pub decay: f32,
}

/// Why a step or a restored state was refused. Nothing has been changed then.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    /// The parameters are not those the optimiser was made for.
    #[error("parameter {index} has {found} values; the optimiser holds state for {expected}")]
    Size {
        /// Position of the parameter in the list.
        index: usize,
        /// Values that the optimiser knows.
        expected: usize,
        /// Values that were given.
        found: usize,
    },
    /// A list of parameters is longer or shorter than the optimiser's.
    #[error("{found} parameters were given; the optimiser holds state for {expected}")]
    Count {
        /// Parameters that the optimiser knows.
        expected: usize,
        /// Parameters that were given.
        found: usize,
    },
    /// A gradient is infinite or not a number.
    #[error(
        "the gradient's norm is not finite ({0}); lower the learning rate or look for a division by zero in the loss"
    )]
    NotFinite(f32),
}

/// State of the optimiser: two moments for each value, and the number of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW {
    options: AdamWOptions,
    sizes: Vec<usize>,
    first: Vec<f32>,
    second: Vec<f32>,
    steps: u64,
}

impl AdamW {
    /// Fresh state for parameters of these sizes.
    #[must_use]
    pub fn new(options: AdamWOptions, sizes: &[usize]) -> Self {
        let total = sizes.iter().sum();
        Self {
            options,
            sizes: sizes.to_vec(),
            first: vec![0.0; total],
            second: vec![0.0; total],
            steps: 0,
        }
    }

    /// State as it was saved: what [`AdamW::moments`] and [`AdamW::steps`] gave.
    ///
    /// # Errors
    /// If the moments do not have as many values as the parameters together.
    pub fn restore(
        options: AdamWOptions,
        sizes: &[usize],
        first: Vec<f32>,
        second: Vec<f32>,
        steps: u64,
    ) -> Result<Self, OptimizerError> {
        let expected = sizes.iter().sum();
        for (index, moments) in [&first, &second].into_iter().enumerate() {
            if moments.len() != expected {
                return Err(OptimizerError::Size {
                    index,
                    expected,
                    found: moments.len(),
                });
            }
        }
        Ok(Self {
            options,
            sizes: sizes.to_vec(),
            first,
            second,
            steps,
        })
    }

    /// Mean gradients and mean squared gradients, parameters one after the other.
    #[must_use]
    pub fn moments(&self) -> (&[f32], &[f32]) {
        (&self.first, &self.second)
    }

    /// Steps taken.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes one step of learning rate `lr`.
    ///
    /// # Returns
    /// The norm of all gradients together, before clipping.
    ///
    /// # Errors
    /// If parameters do not fit the state, or the norm is not finite; nothing is changed then.
    pub fn step(&mut self, updates: &mut [Update<'_>], lr: f32) -> Result<f32, OptimizerError> {
        self.check(updates)?;
        let norm = global_norm(updates);
        if !norm.is_finite() {
            return Err(OptimizerError::NotFinite(norm));
        }
        self.steps += 1;
        let steps = self.steps as f64;
        let AdamWOptions {
            beta1,
            beta2,
            eps,
            clip_norm,
        } = self.options;
        let scale = clip_norm.map_or(1.0, |limit| if norm > limit { limit / norm } else { 1.0 });
        let rate = f64::from(lr) / (1.0 - f64::from(beta1).powf(steps));
        let correction = 1.0 / (1.0 - f64::from(beta2).powf(steps));
        let (mut first, mut second) = (self.first.as_mut_slice(), self.second.as_mut_slice());
        for update in updates {
            let (m, v);
            (m, first) = first.split_at_mut(update.value.len());
            (v, second) = second.split_at_mut(update.value.len());
            let factors = Factors {
                beta1,
                beta2,
                eps,
                scale,
                rate: rate as f32,
                correction: correction as f32,
                keep: 1.0 - lr * update.decay,
            };
            adamw::Update {
                value: update.value,
                grad: update.grad,
                first: m,
                second: v,
                factors,
            }
            .run();
        }
        Ok(norm)
    }

    fn check(&self, updates: &[Update<'_>]) -> Result<(), OptimizerError> {
        let (expected, found) = (self.sizes.len(), updates.len());
        if expected != found {
            return Err(OptimizerError::Count { expected, found });
        }
        for (index, (update, &expected)) in updates.iter().zip(&self.sizes).enumerate() {
            for found in [update.value.len(), update.grad.len()] {
                if found != expected {
                    return Err(OptimizerError::Size {
                        index,
                        expected,
                        found,
                    });
                }
            }
        }
        Ok(())
    }
}

/// In double precision and in order, so that it is exact enough and always the same.
fn global_norm(updates: &[Update<'_>]) -> f32 {
    let mut sums = [0.0f64; 8];
    for update in updates {
        for chunk in update.grad.chunks(8) {
            for (sum, value) in sums.iter_mut().zip(chunk) {
                *sum += f64::from(*value) * f64::from(*value);
            }
        }
    }
    sums.iter().sum::<f64>().sqrt() as f32
}
