//! The vectors of a learned encoder, beside the hashed n-grams'.

use std::sync::Arc;

use falcon_episode::{Encoder, MOST_DIMENSIONS};

use crate::retrieval::{
    encoder::DIMENSIONS,
    matrix::{self, Vector},
};

const _: () = assert!(MOST_DIMENSIONS == DIMENSIONS);

/// Of a text that the encoder cannot read: its product with any vector is 0, so it is never found.
pub(crate) const NOTHING: Vector = [0; DIMENSIONS];

/// An encoder in force with its vectors of all rows.
pub(crate) struct Learned {
    encoder: Arc<dyn Encoder>,
    version: String,
    vectors: Vec<Vector>,
}

impl Learned {
    pub(crate) fn new(encoder: Arc<dyn Encoder>, vectors: Vec<Vector>) -> Self {
        let version = encoder.version();
        Self {
            encoder,
            version,
            vectors,
        }
    }

    pub(crate) fn encoder(&self) -> &Arc<dyn Encoder> {
        &self.encoder
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// By row.
    pub(crate) fn vectors(&self) -> &[Vector] {
        &self.vectors
    }

    /// The next row's text, with its vector where that is made already.
    pub(crate) fn add(&mut self, text: &str, made: Option<Vector>) {
        match made {
            Some(vector) => self.vectors.push(vector),
            None => self.vectors.extend(encode(&*self.encoder, &[text])),
        }
    }

    /// Only these rows stay, in their order.
    pub(crate) fn keep(&mut self, stays: impl Fn(usize) -> bool) {
        let mut row = 0..;
        self.vectors.retain(|_| row.next().is_some_and(&stays));
    }
}

/// The vectors of texts, of length 1.
pub(crate) fn encode(encoder: &dyn Encoder, texts: &[&str]) -> Vec<Vector> {
    let mut made = encoder.encode(texts).into_iter();
    let vector = |_: &&str| made.next().flatten().and_then(|vector| unit(&vector));
    let vectors = texts.iter().map(vector);
    vectors.map(|made| made.unwrap_or(NOTHING)).collect()
}

/// Scaled to length 1; none where that cannot be.
fn unit(vector: &[f32]) -> Option<Vector> {
    let square: f64 = vector.iter().map(|x| f64::from(*x).powi(2)).sum();
    let norm = square.sqrt();
    if vector.len() > DIMENSIONS || !norm.is_finite() || norm == 0.0 {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, reason = "of length 1")]
    let scaled: Vec<f32> = vector
        .iter()
        .map(|x| (f64::from(*x) / norm) as f32)
        .collect();
    Some(matrix::round(&scaled))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives these, whatever it is asked for.
    struct Says(Vec<Option<Vec<f32>>>);

    impl Encoder for Says {
        fn version(&self) -> String {
            "says".to_owned()
        }

        fn encode(&self, _texts: &[&str]) -> Vec<Option<Vec<f32>>> {
            self.0.clone()
        }
    }

    #[test]
    fn what_is_no_vector_counts_as_none() {
        let given = vec![
            Some(vec![3.0, 4.0]),
            None,
            Some(Vec::new()),
            Some(vec![0.0; 4]),
            Some(vec![1.0, f32::NAN]),
            Some(vec![f32::INFINITY]),
            Some(vec![1.0; DIMENSIONS + 1]),
            Some(vec![f32::MAX; DIMENSIONS]),
        ];
        let texts = ["text"; 9];
        let made = encode(&Says(given), &texts);
        assert_eq!(made.len(), texts.len(), "it answered one less");
        assert_eq!(made[0], matrix::round(&[0.6, 0.8]));
        assert_eq!(made[1..7], [NOTHING; 6]);
        assert_eq!(made[7], matrix::round(&[1.0 / 16.0; DIMENSIONS]));
        assert_eq!(made[8], NOTHING);
    }
}
