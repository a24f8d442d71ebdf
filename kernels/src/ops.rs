//! The operations over burn tensors, and the routing to the implementation of their backend.

mod flex;
mod node;
mod vocabulary;

use std::sync::Arc;

use burn::{
    backend::{Dispatch, DispatchDevice},
    tensor::{Device, Tensor},
};

use crate::{Layout, composed};
use flex::CpuOps;
#[cfg(any(feature = "burn-wgpu", feature = "burn-cuda"))]
pub(crate) use vocabulary::VocabularyOps;
pub use vocabulary::{TokenScores, log_prob, log_prob_tied};

/// Weights of one transformer block; matrices multiply from the right, `y = x W`.
#[derive(Clone, Debug)]
pub struct BlockWeights {
    /// Scale of the norm before attention, `[d]`.
    pub norm1: Tensor<1>,
    /// Queries, keys and values side by side, `[d, 3d]`.
    pub qkv: Tensor<2>,
    /// Projection of the heads' outputs, `[d, d]`.
    pub out: Tensor<2>,
    /// Scale of the norm before the hidden layer, `[d]`.
    pub norm2: Tensor<1>,
    /// Into the hidden layer, `[d, f]`.
    pub up: Tensor<2>,
    /// Out of the hidden layer, `[f, d]`.
    pub down: Tensor<2>,
}

/// Numbers of a block that are not learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockOptions {
    /// Attention heads; they divide the width, into an even size.
    pub heads: usize,
    /// Base of the rotary embedding's wavelengths, 10 000 in the original.
    pub rope_base: f32,
    /// Added to the mean square in norms.
    pub eps: f32,
}

/// Looks tokens up and scales them: row `i` is `embedding[tokens[i]] * scale`.
///
/// # Arguments
/// - `embedding`: `[V, d]`
/// - `tokens`: `T` ids below `V`
///
/// # Returns
/// `[T, d]`
///
/// # Panics
/// If a token is not below `V`.
#[must_use]
pub fn embed(embedding: Tensor<2>, tokens: &[u32], scale: f32) -> Tensor<2> {
    let rows = embedding.dims()[0];
    assert!(
        tokens.iter().all(|&t| (t as usize) < rows),
        "a token id is not below {rows}"
    );
    if !on_flex(&embedding.device()) {
        return composed::embed(embedding, tokens, scale);
    }
    let out = <Dispatch as CpuOps>::embed(embedding.into_dispatch(), tokens.into(), scale);
    Tensor::from_dispatch(out)
}

/// Root-mean-square normalisation over the last dimension: `x / sqrt(mean(x^2) + eps) * weight`.
///
/// # Arguments
/// - `x`: `[T, d]`
/// - `weight`: `[d]`
///
/// # Panics
/// If the widths differ.
#[must_use]
pub fn rms_norm(x: Tensor<2>, weight: Tensor<1>, eps: f32) -> Tensor<2> {
    assert_eq!(
        x.dims()[1],
        weight.dims()[0],
        "rms_norm: widths of rows and weight differ"
    );
    if !on_flex(&x.device()) {
        return composed::rms_norm(x, weight, eps);
    }
    let out = <Dispatch as CpuOps>::rms_norm(x.into_dispatch(), weight.into_dispatch(), eps);
    Tensor::from_dispatch(out)
}

/// The tanh form of GELU.
#[must_use]
pub fn gelu_tanh(x: Tensor<2>) -> Tensor<2> {
    if !on_flex(&x.device()) {
        return composed::gelu_tanh(x);
    }
    Tensor::from_dispatch(<Dispatch as CpuOps>::gelu_tanh(x.into_dispatch()))
}

/// Causal multi-head attention with rotary positions over packed rows.
///
/// A token sees the tokens before it in its segment, itself, and all of the segment's ancestors.
///
/// # Arguments
/// - `qkv`: `[T, 3d]`, queries, keys and values side by side, not yet turned
/// - `layout`: of `T` tokens
/// - `heads`: divides `d` into an even size
///
/// # Returns
/// `[T, d]`, heads side by side.
///
/// # Panics
/// If shapes do not fit together.
#[must_use]
pub fn attention(qkv: Tensor<2>, layout: &Arc<Layout>, heads: usize, rope_base: f32) -> Tensor<2> {
    let [rows, width] = qkv.dims();
    assert_eq!(
        width % 3,
        0,
        "attention: width of qkv is not a multiple of 3"
    );
    check_packed(rows, width / 3, layout, heads);
    if !on_flex(&qkv.device()) {
        return composed::attention(qkv, layout, heads, rope_base);
    }
    let qkv = qkv.into_dispatch();
    Tensor::from_dispatch(<Dispatch as CpuOps>::attention(
        qkv,
        layout.clone(),
        heads,
        rope_base,
    ))
}

/// A pre-norm transformer block: `mid = x + out(attention(qkv(norm1 x)))`,
/// `mid + down(gelu(up(norm2 mid)))`.
///
/// # Arguments
/// - `x`: `[T, d]`
/// - `layout`: of `T` tokens
///
/// # Returns
/// `[T, d]`
///
/// # Panics
/// If shapes do not fit together.
#[must_use]
pub fn block(
    x: Tensor<2>,
    weights: BlockWeights,
    layout: &Arc<Layout>,
    options: BlockOptions,
) -> Tensor<2> {
    let [rows, d] = x.dims();
    check_packed(rows, d, layout, options.heads);
    let f = weights.up.dims()[1];
    assert_eq!(weights.norm1.dims(), [d], "block: norm1");
    assert_eq!(weights.qkv.dims(), [d, 3 * d], "block: qkv");
    assert_eq!(weights.out.dims(), [d, d], "block: out");
    assert_eq!(weights.norm2.dims(), [d], "block: norm2");
    assert_eq!(weights.up.dims(), [d, f], "block: up");
    assert_eq!(weights.down.dims(), [f, d], "block: down");
    if !on_flex(&x.device()) {
        return composed::block(x, weights, layout, options);
    }
    Tensor::from_dispatch(<Dispatch as CpuOps>::block(
        x.into_dispatch(),
        weights.norm1.into_dispatch(),
        weights.qkv.into_dispatch(),
        weights.out.into_dispatch(),
        weights.norm2.into_dispatch(),
        weights.up.into_dispatch(),
        weights.down.into_dispatch(),
        layout.clone(),
        options,
    ))
}

fn check_packed(rows: usize, width: usize, layout: &Layout, heads: usize) {
    assert_eq!(
        rows,
        layout.tokens(),
        "the matrix and the layout differ in their number of tokens"
    );
    assert!(
        heads > 0 && width.is_multiple_of(2 * heads),
        "{heads} heads do not divide a width of {width} into an even size"
    );
}

/// Whether a device is the CPU backend for which kernels are written by hand.
pub(crate) fn on_flex(device: &Device) -> bool {
    fn is_flex(device: &DispatchDevice) -> bool {
        match device {
            DispatchDevice::Flex(_) => true,
            DispatchDevice::Autodiff(inner) => is_flex(inner),
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }
    is_flex(device.as_dispatch())
}
