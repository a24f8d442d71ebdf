//! What a text is found by.

use crate::retrieval::{
    encoder::Grams,
    examples::examples,
    matrix::{self, Vector},
    signature::signature,
    words::words,
};

/// What a text is found by, made apart from the store so that many are made at once.
#[derive(Clone)]
pub(crate) struct Keys {
    /// All its words, by which exact duplicates are found.
    pub(crate) whole: String,
    /// Its words, without the data of its examples.
    pub(crate) words: Vec<String>,
    pub(crate) grams: Grams,
    pub(crate) vector: Vector,
    /// The laws that its examples keep.
    pub(crate) laws: Vec<String>,
    /// The vector of the learned encoder in force, where it is made already.
    pub(crate) learned: Option<Vector>,
}

impl Keys {
    pub(crate) fn of(text: &str) -> Self {
        let (examples, prose) = examples(text);
        let words = words(&prose);
        let whole = if examples.is_empty() {
            words.join(" ")
        } else {
            crate::retrieval::words::words(text).join(" ")
        };
        let grams = Grams::of(&words);
        let vector = matrix::round(&grams.embed());
        Self {
            whole,
            words,
            grams,
            vector,
            laws: signature(&examples),
            learned: None,
        }
    }
}

/// The embedding of a text as the table stores it: of length 1, or 0 for a text without words.
#[must_use]
pub fn embed(text: &str) -> Vec<f32> {
    Grams::of(&words(&examples(text).1)).embed()
}
