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
