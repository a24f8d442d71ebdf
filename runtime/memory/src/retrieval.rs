//! Finding what is near: the resident copy of the store and its retrievers.

pub(crate) mod encoder;
pub(crate) mod examples;
pub(crate) mod fusion;
pub(crate) mod keys;
pub(crate) mod learned;
pub(crate) mod lists;
pub(crate) mod matrix;
pub(crate) mod sight;
pub(crate) mod signature;
pub(crate) mod snapshot;
pub(crate) mod text;
pub(crate) mod words;

/// New numbers for what is kept, in the same order; none for the others.
pub(crate) fn renumbered(kept: &[bool]) -> Vec<Option<u32>> {
    let mut next = 0;
    let number = |kept: &bool| {
        let number = kept.then_some(next);
        next += u32::from(*kept);
        number
    };
    kept.iter().map(number).collect()
}
