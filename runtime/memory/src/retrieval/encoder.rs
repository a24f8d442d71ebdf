//! Text to vector without a model: signed hashed n-grams.
//!
//! Each n-gram adds ±√count to one of the dimensions, both chosen by its hash, and the whole is scaled to
//! length 1 (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"). A stored
//! vector depends on its own text alone, so it never goes stale; how rare an n-gram is in the whole store
//! weighs the *query* (the `lnc.ltc` scheme of Salton's SMART system).

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Numbers in an embedding.
pub const DIMENSIONS: usize = 256;
/// Names this encoding; another encoder has another name, and vectors of two encoders are never compared.
pub const ENCODER_VERSION: &str = "signed-ngrams-256-v2";

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
/// A word's many character n-grams together weigh about as much as the word.
const CHARACTER_WEIGHT: f32 = 0.35;

/// The distinct n-grams of a text with their weights, in the order of their hashes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grams(Vec<(u64, f32)>);

impl Grams {
    /// Words, pairs of neighbouring words, and 3 to 5 neighbouring characters of each word with its borders.
    pub(crate) fn of(words: &[String]) -> Self {
        let mut all: Vec<(u64, f32)> = Vec::with_capacity(words.len() * 16);
        let mut count = |kind: u8, parts: &[&str], weight: f32| {
            all.push((hash(kind, parts), weight));
        };
        for word in words {
            count(1, &[word], 1.0);
            let framed = format!("^{word}$");
            let mut starts: Vec<usize> = framed.char_indices().map(|(at, _)| at).collect();
            starts.push(framed.len());
            for length in 3..=5_u8 {
                for window in starts.windows(usize::from(length) + 1) {
                    let gram = &framed[window[0]..window[usize::from(length)]];
                    count(length, &[gram], CHARACTER_WEIGHT);
                }
            }
        }
        for pair in words.windows(2) {
            count(2, &[&pair[0], &pair[1]], 1.0);
        }
        all.sort_unstable_by_key(|(hash, _)| *hash);
        #[allow(clippy::cast_precision_loss, reason = "a text has few equal n-grams")]
        let weigh = |equal: &[(u64, f32)]| (equal[0].0, (equal.len() as f32).sqrt() * equal[0].1);
        Self(all.chunk_by(|a, b| a.0 == b.0).map(weigh).collect())
    }

    /// The embedding, of length 1, or 0 for a text without words.
    pub(crate) fn embed(&self) -> Vec<f32> {
        self.weighted(|_| 1.0)
    }

    fn weighted(&self, weight: impl Fn(u64) -> f32) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSIONS];
        for &(hash, value) in &self.0 {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "the remainder is below DIMENSIONS"
            )]
            let dimension = (hash % DIMENSIONS as u64) as usize;
            let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
            vector[dimension] += sign * value * weight(hash);
        }
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm > 0.0 {
            vector.iter_mut().for_each(|x| *x /= norm);
        }
        vector
    }
}

/// In how many items of the whole store each n-gram occurs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rarity {
    items: u32,
    occurs_in: HashMap<u64, u32, BuildHasherDefault<Mixed>>,
}

/// A hash that is one already is its own hash.
#[derive(Clone, Copy, Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Rarity {
    pub(crate) fn add(&mut self, grams: &Grams) {
        self.items += 1;
        for (hash, _) in &grams.0 {
            *self.occurs_in.entry(*hash).or_insert(0) += 1;
        }
    }

    pub(crate) fn remove(&mut self, grams: &Grams) {
        self.items = self.items.saturating_sub(1);
        for (hash, _) in &grams.0 {
            if let Some(count) = self.occurs_in.get_mut(hash) {
                *count -= 1;
                if *count == 0 {
                    self.occurs_in.remove(hash);
                }
            }
        }
    }

    /// A query's vector: each n-gram weighed by ln(1 + items / items with it). One that no item has
    /// would only add noise to a shared dimension, so it weighs nothing.
    #[allow(clippy::cast_precision_loss, reason = "a weight")]
    pub(crate) fn query(&self, grams: &Grams) -> Vec<f32> {
        let items = f64::from(self.items);
        grams.weighted(|hash| match self.occurs_in.get(&hash) {
            Some(&count) => (items / f64::from(count)).ln_1p() as f32,
            None => 0.0,
        })
    }
}

/// FNV-1a over kind and parts, then the finisher of `SplitMix64` so that every bit counts.
fn hash(kind: u8, parts: &[&str]) -> u64 {
    let mut state = (FNV_OFFSET ^ u64::from(kind)).wrapping_mul(FNV_PRIME);
    for part in parts {
        // 0xff occurs in no UTF-8 text, so parts do not run into each other.
        for byte in part.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
    }
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieval::words::words;

    fn embed(text: &str) -> Vec<f32> {
        Grams::of(&words(text)).embed()
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn vectors_have_length_one_and_compare_as_texts_do() {
        let text = embed("keep even numbers then sort them");
        assert!((cosine(&text, &text) - 1.0).abs() < 1e-5);
        let near = cosine(&text, &embed("keep even numbers then sort it"));
        let far = cosine(&text, &embed("turn the string upside down"));
        assert!(near > 0.6 && far < 0.3, "{near} {far}");
        assert!(embed("").iter().all(|x| *x == 0.0));
    }

    #[test]
    fn the_encoding_is_frozen_under_its_name() {
        let vector = embed("keep even then sort");
        let digest = falcon_episode::Digest::of(
            &vector
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect::<Vec<_>>(),
        );
        assert_eq!(
            digest.short(),
            "4985eb52f1a5",
            "another encoding needs another ENCODER_VERSION"
        );
    }

    #[test]
    fn rarity_forgets_what_leaves() {
        let [a, b] = ["keep even zib", "keep odd"].map(|text| Grams::of(&words(text)));
        let mut rarity = Rarity::default();
        rarity.add(&a);
        let alone = rarity.query(&a);
        rarity.add(&b);
        assert_ne!(rarity.query(&a), alone);
        rarity.remove(&b);
        assert_eq!(rarity.query(&a), alone);
        assert!(
            rarity
                .query(&Grams::of(&words("qqq")))
                .iter()
                .all(|x| *x == 0.0)
        );
    }
}
