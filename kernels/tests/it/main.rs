//! Kernels against compositions of burn operations, finite differences, and one another.

mod blocks;
mod decoding;
mod optimizer;
mod support;
mod vocabulary;
