mod context;

use std::collections::HashMap;

use falcon_episode::Digest;
use rand::Rng;

use crate::{ModelConfig, random};

/// A decoder-only transformer's weights: pre-RMSNorm, rotary positions (half-split, base 10 000),
/// GELU MLP of four times the width, no biases, tied embedding.
///
/// All weights lie in one buffer, tensor after tensor in the order of [`Policy::tensors`], so that
/// optimiser, gradient sums and checkpoints are loops over one slice. Context parameters that are
/// weights of their own (a soft prompt, low-rank additions) come last.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    shape: ModelConfig,
    vocabulary: usize,
    tensors: Vec<Place>,
    /// Every weight.
    pub(crate) values: Vec<f32>,
}

/// Where one tensor lies in the buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tensor's name in files.
    pub name: String,
    /// Its first value.
    pub offset: usize,
    /// Its shape; matrices are `[in, out]`, the embedding `[vocabulary, width]`.
    pub shape: Vec<usize>,
}

impl Place {
    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Never: a tensor has values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tensor's values in the buffer.
    pub(crate) fn of<'a>(&self, values: &'a [f32]) -> &'a [f32] {
        &values[self.offset..self.offset + self.len()]
    }
}

/// Base of the rotary positions' wavelengths.
pub(crate) const ROPE_BASE: f32 = 10_000.0;
/// Added to the mean square in norms.
pub(crate) const EPSILON: f32 = 1e-6;
/// Tensors of one block, after the embedding; then comes the last norm.
pub(crate) const PER_LAYER: usize = 6;

impl Policy {
    /// Fresh weights: the embedding with variance 1/width, the others 0.7/√width, and those
    /// that write to the residual stream divided by √(2·layers), so that its variance stays 1.
    #[must_use]
    pub fn new(shape: &ModelConfig, vocabulary: usize, seed: u64) -> Self {
        let tensors = places(shape, vocabulary);
        let size = tensors.last().map_or(0, |last| last.offset + last.len());
        let mut policy = Self {
            shape: shape.clone(),
            vocabulary,
            tensors,
            values: vec![0.0; size],
        };
        let narrow = 1.0 / (shape.width as f64).sqrt();
        let residual = 1.0 / (2.0 * shape.layers as f64).sqrt();
        for (index, place) in policy.tensors.iter().enumerate() {
            let mut rng = random::stream(seed, "weights", index as u64);
            let deviation = match place.name.rsplit('.').next() {
                Some("embedding") => narrow,
                Some("qkv" | "up") => 0.7 * narrow,
                Some("out" | "down") => 0.7 * narrow * residual,
                _ => 0.0,
            };
            for value in &mut policy.values[place.offset..place.offset + place.len()] {
                *value = if deviation == 0.0 {
                    1.0
                } else {
                    (deviation * normal(&mut rng)) as f32
                };
            }
        }
        policy
    }

    /// Takes weights by name; those of a context where there are any.
    ///
    /// # Errors
    /// With the name, where a tensor is missing or of another size.
    pub(crate) fn from_tensors(
        shape: &ModelConfig,
        vocabulary: usize,
        mut given: HashMap<String, Vec<f32>>,
    ) -> Result<Self, String> {
        let mut policy = Self::new(shape, vocabulary, 0);
        policy.make_room(&given);
        for place in &policy.tensors {
            let values = given
                .remove(&place.name)
                .ok_or_else(|| format!("it lacks {}", place.name))?;
            if values.len() != place.len() {
                return Err(format!(
                    "{} has {} values, where the configuration asks for {:?}",
                    place.name,
                    values.len(),
                    place.shape
                ));
            }
            policy.values[place.offset..place.offset + place.len()].copy_from_slice(&values);
        }
        Ok(policy)
    }

    /// A policy of the same shape with these weights, laid out as its own.
    pub(crate) fn with_values(&self, values: Vec<f32>) -> Self {
        Self {
            shape: self.shape.clone(),
            vocabulary: self.vocabulary,
            tensors: self.tensors.clone(),
            values,
        }
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> &ModelConfig {
        &self.shape
    }

    /// Tokens it knows.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Where each tensor lies.
    #[must_use]
    pub fn tensors(&self) -> &[Place] {
        &self.tensors
    }

    /// Where each tensor of the transformer itself lies: all but those of a context.
    pub(crate) fn base(&self) -> &[Place] {
        &self.tensors[..2 + self.shape.layers * PER_LAYER]
    }

    /// How many weights there are.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.values.len()
    }

    /// The digest of names, shapes and values.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let layout = format!("{:?}", self.tensors);
        let values: Vec<u8> = self
            .values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        Digest::of_parts([layout.as_bytes(), &values])
    }
}

fn places(shape: &ModelConfig, vocabulary: usize) -> Vec<Place> {
    let d = shape.width;
    let mut named = vec![("embedding".to_owned(), vec![vocabulary, d])];
    for layer in 0..shape.layers {
        let mut add = |name: &str, shape| named.push((format!("layers.{layer}.{name}"), shape));
        add("norm_attention", vec![d]);
        add("qkv", vec![d, 3 * d]);
        add("out", vec![d, d]);
        add("norm_mlp", vec![d]);
        add("up", vec![d, 4 * d]);
        add("down", vec![4 * d, d]);
    }
    named.push(("norm".to_owned(), vec![d]));
    let mut offset = 0;
    named
        .into_iter()
        .map(|(name, shape)| {
            let place = Place {
                name,
                offset,
                shape,
            };
            offset += place.len();
            place
        })
        .collect()
}

/// A standard normal draw (Box and Muller).
fn normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}
