//! Texts as vectors, by the policy's own states.
//!
//! h is the mean, over a task's words, of the states after the last norm, with the words standing in a prompt as a task's do.
//! Such means lie in a narrow cone, in which all cosines are near 1 (Ethayarajh, arXiv 1909.00512). So they are whitened (Su et
//! al., arXiv 2103.15316): with μ and Σ the mean and covariance of the h of fixed reference texts, of d numbers each,
//!
//! ```text
//! v = L⁻¹ (h − μ),    L Lᵀ = Σ + ρ · (tr Σ / d) · I
//! ```
//!
//! where products of the v are those of any other root of the inverse. The ridge ρ keeps directions that references hardly use
//! from counting most. Reference texts are the policy's own family's and none of any memory, so a vector depends on its text and
//! the policy alone, and goes stale only where the policy moves on.

use std::sync::OnceLock;

use falcon_episode::{Digest, Encoder, MOST_DIMENSIONS};
use falcon_kernels::decode::{DecodeError, Decoder};
use falcon_tasks::{Family, MAX_PROMPT, TokenId};

use super::{Prefixes, batch::id, policy::Policy, sample::weights};
use crate::{Tokenizer, TrainError};

/// Reference texts: several for each number of the widest vector.
const REFERENCES: usize = 1024;
/// ρ. Not tuned.
const RIDGE: f64 = 0.1;

/// A policy as an encoder of texts: a copy of its weights as they are.
///
/// It reads texts in its own vocabulary, their words up to the first example. Of a text with any other word there is no vector:
/// what is left of it would be near to whatever has the same rest.
pub struct PolicyEncoder {
    decoder: Decoder,
    width: usize,
    /// Token ids that stand before a task's words.
    before: Vec<u32>,
    version: String,
    whitening: Whitening,
}

impl PolicyEncoder {
    /// Arranges a policy's weights, and encodes the reference texts.
    ///
    /// # Errors
    /// Where the policy has another vocabulary than PyMini's.
    pub fn new(policy: &Policy) -> Result<Self, TrainError> {
        let refused =
            |error: DecodeError| TrainError::Input(format!("encoding by the policy: {error}"));
        if policy.shape().tokenizer != Tokenizer::Pymini {
            return Err(TrainError::Input(
                "encoding by the policy: it was trained on files of tasks, and vectors are compared with those of PyMini's tasks"
                    .to_owned(),
            ));
        }
        let prefixes = Prefixes::of(policy);
        let marks = [TokenId::BOS, TokenId::SPEC].map(id);
        let before: Vec<u32> = prefixes.ids(0).chain(marks).collect();
        let merged = policy.merged();
        let references = references();
        let mut encoder = Self {
            decoder: Decoder::new(&weights(&merged, &prefixes)).map_err(refused)?,
            width: policy.shape().width,
            before,
            version: format!(
                "policy-states-1-{}-{}",
                policy.digest().short(),
                references.digest
            ),
            whitening: Whitening::default(),
        };
        let rows = references.texts.iter();
        let rows: Vec<Vec<u32>> = rows.filter_map(|words| encoder.row(words)).collect();
        let means = encoder.means(&rows).map_err(refused)?;
        encoder.whitening = Whitening::of(&means);
        Ok(encoder)
    }

    /// A text's tokens as they stand in a prompt; none of a text without words.
    fn row(&self, words: &[TokenId]) -> Option<Vec<u32>> {
        let examples = words.iter().position(|token| *token == TokenId::IN);
        let end = examples.unwrap_or(words.len()).min(MAX_PROMPT);
        let words = words[..end].iter().copied().map(id);
        (end > 0).then(|| self.before.iter().copied().chain(words).collect())
    }

    /// h of each row.
    fn means(&self, rows: &[Vec<u32>]) -> Result<Vec<Vec<f64>>, DecodeError> {
        let asked: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let states = self.decoder.states(&asked)?;
        let words = self.before.len() * self.width;
        let mean = |states: &Vec<f32>| mean(&states[words..], self.width);
        Ok(states.iter().map(mean).collect())
    }
}

impl Encoder for PolicyEncoder {
    fn version(&self) -> String {
        self.version.clone()
    }

    fn encode(&self, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        let vocabulary = falcon_tasks::vocabulary();
        let row = |text: &&str| self.row(&vocabulary.encode(text).ok()?);
        let rows: Vec<Option<Vec<u32>>> = texts.iter().map(row).collect();
        let read: Vec<Vec<u32>> = rows.iter().flatten().cloned().collect();
        // Only a token outside the vocabulary would be refused, and there the policy could not have been taken.
        let mut means = self.means(&read).unwrap_or_default().into_iter();
        let mean = |row: &Option<Vec<u32>>| row.as_ref().and_then(|_| means.next());
        let means = rows.iter().map(mean);
        means
            .map(|mean| Some(self.whitening.apply(&mean?)))
            .collect()
    }
}

/// Texts that a policy's means are compared with.
struct References {
    texts: Vec<Vec<TokenId>>,
    /// The beginning of their digest.
    digest: String,
}

fn references() -> &'static References {
    static REFERENCE: OnceLock<References> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let tasks = Family::new(0).gold_set(REFERENCES).into_iter();
        let texts: Vec<Vec<TokenId>> = tasks.map(|task| task.spec).collect();
        let vocabulary = falcon_tasks::vocabulary();
        let words: Vec<String> = texts.iter().map(|text| vocabulary.decode(text)).collect();
        let digest = Digest::of_parts(words.iter().map(String::as_bytes)).short();
        References { texts, digest }
    })
}

/// The mean of states, `[words, width]`. Of a wider state than a vector may be, numbers that are as far apart as it is long are
/// added up, every other with the other sign: a sketch that keeps angles roughly (Charikar et al. 2002).
fn mean(states: &[f32], width: usize) -> Vec<f64> {
    let mut sum = vec![0.0; width.min(MOST_DIMENSIONS)];
    for state in states.chunks_exact(width) {
        for (fold, numbers) in state.chunks(MOST_DIMENSIONS).enumerate() {
            let sign = if fold.is_multiple_of(2) { 1.0 } else { -1.0 };
            for (sum, number) in sum.iter_mut().zip(numbers) {
                *sum += sign * f64::from(*number);
            }
        }
    }
    let words = (states.len() / width) as f64;
    sum.iter_mut().for_each(|sum| *sum /= words);
    sum
}

/// μ and L.
#[derive(Default)]
struct Whitening {
    mean: Vec<f64>,
    /// `[d, d]`, of which the lower triangle counts.
    factor: Vec<f64>,
}

impl Whitening {
    /// Of samples of d numbers each.
    fn of(samples: &[Vec<f64>]) -> Self {
        let (n, d) = (samples.len() as f64, samples.first().map_or(0, Vec::len));
        let mut mean = vec![0.0; d];
        for sample in samples {
            for (mean, x) in mean.iter_mut().zip(sample) {
                *mean += x / n;
            }
        }
        let mut factor = vec![0.0; d * d];
        for sample in samples {
            let centred: Vec<f64> = sample.iter().zip(&mean).map(|(x, mean)| x - mean).collect();
            for (row, a) in factor.chunks_exact_mut(d).zip(&centred) {
                for (sum, b) in row.iter_mut().zip(&centred) {
                    *sum += a * b / n;
                }
            }
        }
        let trace: f64 = factor.iter().step_by(d + 1).sum();
        for variance in factor.iter_mut().step_by(d + 1) {
            *variance += RIDGE * trace / d as f64;
        }
        // Cholesky's factor, row by row in place.
        for i in 0..d {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| factor[i * d + k] * factor[j * d + k]).sum();
                let rest = factor[i * d + j] - known;
                factor[i * d + j] = if i == j {
                    rest.sqrt()
                } else {
                    rest / factor[j * d + j]
                };
            }
        }
        Self { mean, factor }
    }

    /// L⁻¹ (h − μ). Where the samples were all alike, or no numbers, neither is this.
    fn apply(&self, h: &[f64]) -> Vec<f32> {
        let d = self.mean.len();
        let mut v: Vec<f64> = Vec::with_capacity(d);
        let rows = self.factor.chunks_exact(d.max(1));
        for (row, (h, mean)) in rows.zip(h.iter().zip(&self.mean)) {
            let known: f64 = row.iter().zip(&v).map(|(factor, v)| factor * v).sum();
            v.push((h - mean - known) / row[v.len()]);
        }
        v.into_iter().map(|x| x as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_by_the_inverse_covariance() {
        let points = [[2.0, 1.0], [-2.0, -1.0], [2.0, 0.0], [-2.0, 0.0]];
        let samples = points.map(|[x, y]| vec![2.0 + x, -1.0 + y]);
        let whitening = Whitening::of(&samples);
        assert!((whitening.mean[0] - 2.0).abs() < 1e-12);
        assert!((whitening.mean[1] + 1.0).abs() < 1e-12);
        // Variances 4 and 1/2, covariance 1; to the variances the ridge adds a tenth of their mean.
        let (a, b, c) = (4.225, 1.0, 0.725);
        let determinant = a * c - b * b;
        let product = |[x, y]: [f64; 2], [u, v]: [f64; 2]| {
            (c * x * u - b * (x * v + y * u) + a * y * v) / determinant
        };
        for (h, g) in [
            ([1.0, 0.0], [0.0, 1.0]),
            ([0.3, -2.0], [1.5, 0.25]),
            ([4.0, 4.0], [4.0, 4.0]),
        ] {
            let whiten = |[x, y]: [f64; 2]| whitening.apply(&[2.0 + x, -1.0 + y]);
            let (v, w) = (whiten(h), whiten(g));
            let found: f64 = v.iter().zip(&w).map(|(v, w)| f64::from(v * w)).sum();
            assert!((found - product(h, g)).abs() < 1e-5, "{h:?} {g:?}: {found}");
        }
    }

    #[test]
    fn samples_that_are_alike_whiten_to_no_numbers() {
        let whitening = Whitening::of(&[vec![1.0, 2.0], vec![1.0, 2.0]]);
        assert!(whitening.apply(&[1.0, 2.0]).iter().all(|x| x.is_nan()));
        assert!(Whitening::default().apply(&[1.0]).is_empty());
    }

    #[test]
    fn a_wide_state_is_folded() {
        let width = 2 * MOST_DIMENSIONS + 1;
        let mut states = vec![0.0; 2 * width];
        (states[3], states[width + MOST_DIMENSIONS + 3]) = (8.0, 2.0);
        states[width + 2 * MOST_DIMENSIONS] = 4.0;
        let folded = mean(&states, width);
        assert_eq!(folded.len(), MOST_DIMENSIONS);
        assert_eq!((folded[3], folded[0], folded[1]), (3.0, 2.0, 0.0));
        assert_eq!(mean(&[1.0, 2.0, 3.0, 6.0], 2), [2.0, 4.0]);
    }
}
