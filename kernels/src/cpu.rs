//! Kernels over plain slices, for the CPU.
//!
//! Work is cut into blocks by rows or by sequences, never by the number of threads, and sums over
//! blocks are taken in order: results are the same bits with one thread and with many.

pub(crate) mod adamw;
pub(crate) mod attention;
pub(crate) mod block;
pub(crate) mod gelu;
pub(crate) mod gemm;
pub(crate) mod norm;
pub(crate) mod parallel;
pub(crate) mod rope;
pub(crate) mod simd;
pub(crate) mod softmax;
pub(crate) mod vocabulary;
