//! The same operations as compositions of burn operations.
//!
//! They run on every backend and differentiate by burn's autodiff. Kernels are tested against them,
//! and backends without a kernel use them.

use std::sync::Arc;

use burn::tensor::{Bool, Int, Tensor, TensorData, activation};

use crate::{BlockOptions, BlockWeights, Layout, TokenScores, cpu::rope::Table};

/// [`crate::embed`] by burn operations.
#[must_use]
pub fn embed(embedding: Tensor<2>, tokens: &[u32], scale: f32) -> Tensor<2> {
    select(embedding, tokens).mul_scalar(scale)
}

/// Rows of a matrix, `[N, d]` from `[T, d]` and `N` indices.
#[must_use]
pub fn select(matrix: Tensor<2>, rows: &[u32]) -> Tensor<2> {
    let rows = indices(rows, &matrix);
    matrix.select(0, rows)
}

/// [`crate::rms_norm`] by burn operations.
#[must_use]
pub fn rms_norm(x: Tensor<2>, weight: Tensor<1>, eps: f32) -> Tensor<2> {
    let mean = (x.clone() * x.clone()).mean_dim(1);
    x / mean.add_scalar(eps).sqrt() * weight.unsqueeze()
}

/// [`crate::gelu_tanh`] by burn operations.
#[must_use]
pub fn gelu_tanh(x: Tensor<2>) -> Tensor<2> {
    let cube = x.clone() * x.clone() * x.clone();
    let inner = (x.clone() + cube.mul_scalar(0.044_715)).mul_scalar(0.797_884_6);
    (x * inner.tanh().add_scalar(1.0)).mul_scalar(0.5)
}

/// [`crate::attention`] by burn operations, one segment after the other.
#[must_use]
pub fn attention(qkv: Tensor<2>, layout: &Arc<Layout>, heads: usize, rope_base: f32) -> Tensor<2> {
    let [t, width] = qkv.dims();
    let (d, size) = (width / 3, width / 3 / heads);
    let part = |at: usize| {
        let part = qkv.clone().slice([0..t, at * d..(at + 1) * d]);
        part.reshape([t, heads, size])
    };
    let table = Table::new(layout.longest(), size, rope_base);
    let (cos, sin) = (
        angles(table.cos(), layout, &qkv),
        angles(table.sin(), layout, &qkv),
    );
    let q = turn(part(0), &cos, &sin).swap_dims(0, 1);
    let k = turn(part(1), &cos, &sin).swap_dims(0, 1);
    let v = part(2).swap_dims(0, 1);
    let rows = (0..layout.segments())
        .filter(|&s| layout.len(s) > 0)
        .map(|segment| {
            let (own, context) = (rows_of(layout, segment), context_of(layout, segment));
            let pick = |x: &Tensor<3>| {
                let parts = context
                    .iter()
                    .map(|rows| x.clone().narrow(1, rows.0, rows.1));
                Tensor::cat(parts.collect(), 1)
            };
            let scores = q
                .clone()
                .narrow(1, own.0, own.1)
                .matmul(pick(&k).swap_dims(1, 2));
            let scores = scores.mul_scalar(1.0 / (size as f32).sqrt());
            let hidden = later(layout.position(segment), own.1, &qkv).unsqueeze::<3>();
            let scores = scores.mask_fill(
                hidden.expand([heads, own.1, layout.position(segment) + own.1]),
                f32::NEG_INFINITY,
            );
            activation::softmax(scores, 2)
                .matmul(pick(&v))
                .swap_dims(0, 1)
                .reshape([own.1, d])
        });
    Tensor::cat(rows.collect(), 0)
}

/// [`crate::block`] by burn operations.
#[must_use]
pub fn block(
    x: Tensor<2>,
    w: BlockWeights,
    layout: &Arc<Layout>,
    options: BlockOptions,
) -> Tensor<2> {
    let normed = rms_norm(x.clone(), w.norm1, options.eps);
    let attended = attention(
        normed.matmul(w.qkv),
        layout,
        options.heads,
        options.rope_base,
    );
    let mid = x + attended.matmul(w.out);
    let normed = rms_norm(mid.clone(), w.norm2, options.eps);
    mid + gelu_tanh(normed.matmul(w.up)).matmul(w.down)
}

/// [`crate::log_prob`] by burn operations.
#[must_use]
pub fn log_prob(logits: Tensor<2>, targets: &[u32]) -> TokenScores {
    let n = targets.len();
    let log_p = activation::log_softmax(logits, 1);
    let entropy = (log_p.clone().exp() * log_p.clone())
        .sum_dim(1)
        .neg()
        .reshape([n]);
    let targets = indices(targets, &log_p).reshape([n, 1]);
    TokenScores {
        log_prob: log_p.gather(1, targets).reshape([n]),
        entropy,
    }
}

fn indices(ids: &[u32], beside: &Tensor<2>) -> Tensor<1, Int> {
    let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
    let n = ids.len();
    Tensor::from_data(TensorData::new(ids, [n]), &beside.device())
}

/// First row and number of rows of a segment.
fn rows_of(layout: &Layout, segment: usize) -> (usize, usize) {
    (layout.start(segment), layout.len(segment))
}

fn context_of(layout: &Layout, segment: usize) -> Vec<(usize, usize)> {
    let sources = layout.ancestors(segment).iter().chain([&segment]);
    sources
        .map(|&s| rows_of(layout, s))
        .filter(|rows| rows.1 > 0)
        .collect()
}

/// `[len, before + len]`: true where a key comes after the query.
fn later(before: usize, len: usize, beside: &Tensor<2>) -> Tensor<2, Bool> {
    let n = before + len;
    let after = (0..len)
        .flat_map(|q| (0..n).map(move |k| k > before + q))
        .collect::<Vec<bool>>();
    Tensor::from_data(TensorData::new(after, [len, n]), &beside.device())
}

/// A table `[positions, half]` spread over the rows of a layout, `[T, 1, half]`.
fn angles(table: &[f32], layout: &Layout, beside: &Tensor<2>) -> Tensor<3> {
    let half = table.len() / layout.longest().max(1);
    let rows: Vec<f32> = layout
        .positions()
        .iter()
        .flat_map(|&p| &table[p as usize * half..(p as usize + 1) * half])
        .copied()
        .collect();
    Tensor::from_data(
        TensorData::new(rows, [layout.tokens(), 1, half]),
        &beside.device(),
    )
}

/// Turns `[T, heads, size]` by half-split rotation.
fn turn(x: Tensor<3>, cos: &Tensor<3>, sin: &Tensor<3>) -> Tensor<3> {
    let half = x.dims()[2] / 2;
    let (low, high) = (x.clone().narrow(2, 0, half), x.narrow(2, half, half));
    let turned_low = low.clone() * cos.clone() - high.clone() * sin.clone();
    let turned_high = high * cos.clone() + low * sin.clone();
    Tensor::cat(vec![turned_low, turned_high], 2)
}
