//! Drawing one token.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::cpu::{
    simd::{Kernel, Simd, dispatch, read, vectors, write},
    vocabulary::log_denominator,
};

/// A token and what the distributions say about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) token: u32,
    /// At temperature 1.
    pub(super) log_prob: f32,
    /// At the temperature of sampling.
    pub(super) sampling_log_prob: f32,
}

/// Draws from `softmax(logits / temperature)`, or takes the first largest at temperature 0.
pub(super) fn draw(
    logits: &[f32],
    temperature: f32,
    rng: &mut ChaCha8Rng,
    weights: &mut [f32],
) -> Drawn {
    // One number for every token, whatever happens with it.
    let uniform: f64 = rng.random();
    dispatch(Draw {
        logits,
        temperature,
        uniform,
        weights,
    })
}

struct Draw<'a> {
    logits: &'a [f32],
    temperature: f32,
    uniform: f64,
    weights: &'a mut [f32],
}

impl Kernel for Draw<'_> {
    type Output = Drawn;
    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Drawn {
        let (lse, _) = log_denominator(s, self.logits);
        let (mut best, mut top) = (0, f32::NEG_INFINITY);
        for (index, &logit) in self.logits.iter().enumerate() {
            if logit > top {
                (best, top) = (index, logit);
            }
        }
        if self.temperature == 0.0 {
            return Drawn {
                token: best as u32,
                log_prob: top - lse,
                sampling_log_prob: 0.0,
            };
        }
        let inverse = 1.0 / self.temperature;
        let (factor, shift) = (s.splat(inverse), s.splat(-top * inverse));
        vectors!(s, self.logits.len(), |at, n| {
            let z = s.mul_add(read(s, self.logits, at, n), factor, shift);
            write(s, self.weights, at, n, s.exp(z));
        });
        let weights = &self.weights[..self.logits.len()];
        let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
        let mut left = self.uniform * total;
        let mut chosen = best;
        for (index, &weight) in weights.iter().enumerate() {
            left -= f64::from(weight);
            if left < 0.0 {
                chosen = index;
                break;
            }
        }
        let logit = self.logits[chosen];
        Drawn {
            token: chosen as u32,
            log_prob: logit - lse,
            sampling_log_prob: (logit - top) * inverse - total.ln() as f32,
        }
    }
}
