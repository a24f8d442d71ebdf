//! Fused kernels for the transformers that FALCON trains, as burn operations and as plain functions.
//!
//! | function | shapes | what is fused |
//! |---|---|---|
//! | [`log_prob`] | `[N, V]`, targets `N` → `[N]`, `[N]` | log-softmax, gather, entropy; on the CPU and as a cubecl kernel |
//! | [`log_prob_tied`] | `[T, d]`, `[V, d]` → `[N]`, `[N]` | the same with the tied projection: logits are never stored |
//! | [`block`] | `[T, d]` → `[T, d]` | a whole pre-norm transformer block over packed rows |
//! | [`attention`], [`rms_norm`], [`gelu_tanh`], [`embed`] | | the parts of a block, and its input |
//! | [`AdamW`] | slices | clipping by the global norm, decoupled decay, all parameters in one pass |
//! | [`decode::Decoder`] | slices | batched sampling that encodes a shared prompt once; log-probabilities and states of rows |
//!
//! Operations take burn tensors and differentiate under burn's autodiff. On the CPU backend (flex)
//! they run hand-written forward and backward passes; on any other backend they are compositions of
//! burn operations ([`composed`]), except where a cubecl kernel exists.
//!
//! Packed rows: a batch of sequences is one matrix of `T` tokens without padding, described by a
//! [`Layout`].
//!
//! Architecture invariant: results on the CPU are the same bits for every number of threads.

pub mod composed;
mod cpu;
#[cfg(any(feature = "wgpu", feature = "burn-cuda"))]
pub mod cube;
pub mod decode;
mod layout;
mod ops;
mod optimizer;

pub use cpu::simd::instruction_set;
pub use layout::{Layout, LayoutError, Segment};
pub use ops::{
    BlockOptions, BlockWeights, TokenScores, attention, block, embed, gelu_tanh, log_prob,
    log_prob_tied, rms_norm,
};
pub use optimizer::{AdamW, AdamWOptions, OptimizerError, Update};
