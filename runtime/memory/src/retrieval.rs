//! Finding what is near: the resident copy of the store and its two retrievers.

pub(crate) mod encoder;
pub(crate) mod fusion;
pub(crate) mod matrix;
pub(crate) mod sight;
pub(crate) mod snapshot;
pub(crate) mod text;
pub(crate) mod words;
