//! One pre-norm transformer block, forward and backward:
//! `mid = x + out(attention(qkv(norm1 x)))`, `y = mid + down(gelu(up(norm2 mid)))`.
#![allow(unsafe_code)]

use std::ops::Range;

use super::{
    attention::{self, Heads},
    gelu,
    gemm::{Left, Packed, multiply},
    norm,
    parallel::{Rows, WeightGradient, row_blocks, sum_in_order, weight_gradients},
    rope::Table,
};
use crate::{BlockOptions, Layout};

/// Weights of a block as row-major slices, `y = x W`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights<'a> {
    /// `[d]`
    pub(crate) norm1: &'a [f32],
    /// `[d, 3d]`
    pub(crate) qkv: &'a [f32],
    /// `[d, d]`
    pub(crate) out: &'a [f32],
    /// `[d]`
    pub(crate) norm2: &'a [f32],
    /// `[d, f]`
    pub(crate) up: &'a [f32],
    /// `[f, d]`
    pub(crate) down: &'a [f32],
}

impl Weights<'_> {
    /// Width of the model, d.
    pub(crate) fn width(&self) -> usize {
        self.norm1.len()
    }
    /// Width of the hidden layer, f.
    pub(crate) fn hidden(&self) -> usize {
        self.up.len() / self.width()
    }
}

/// What the backward pass needs from the forward pass.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    /// `[T, 3d]`, queries and keys turned.
    pub(crate) qkv: Vec<f32>,
    /// `[T, d]`
    attended: Vec<f32>,
    /// `[T, heads]`
    denominators: Vec<f32>,
    /// `[T, d]`
    mid: Vec<f32>,
    /// `[T, f]`, before GELU.
    hidden: Vec<f32>,
}

/// Computes the block over packed rows `x` `[T, d]`.
pub(crate) fn forward(
    x: &[f32],
    w: &Weights<'_>,
    layout: &Layout,
    options: BlockOptions,
) -> (Vec<f32>, Saved) {
    let (t, d, f) = (layout.tokens(), w.width(), w.hidden());
    let heads = Heads {
        count: options.heads,
        width: d,
    };
    let table = Table::new(layout.longest(), d / options.heads, options.rope_base);
    let mut saved = Saved {
        qkv: vec![0.0; t * 3 * d],
        attended: vec![0.0; t * d],
        denominators: vec![0.0; t * options.heads],
        mid: vec![0.0; t * d],
        hidden: vec![0.0; t * f],
    };
    project(x, w, layout, &table, options.eps, &mut saved.qkv);
    let (out, denominators) = (&mut saved.attended, &mut saved.denominators);
    attention::forward(&saved.qkv, layout, heads, out, denominators);

    let mut y = vec![0.0; t * d];
    let packed = (
        Packed::rows(w.out, d, d, d),
        Packed::rows(w.up, d, f, f),
        Packed::rows(w.down, f, d, d),
    );
    let (mid, hidden) = (
        Rows::new(&mut saved.mid, d),
        Rows::new(&mut saved.hidden, f),
    );
    let (attended, result) = (&saved.attended, Rows::new(&mut y, d));
    row_blocks(t, |rows| {
        // SAFETY: blocks of rows do not overlap.
        let (mid, hidden, y) = unsafe {
            (
                mid.rows(rows.clone()),
                hidden.rows(rows.clone()),
                result.rows(rows.clone()),
            )
        };
        let n = rows.len();
        mid.copy_from_slice(part(x, &rows, d));
        multiply(
            Left::rows(part(attended, &rows, d), d),
            n,
            &packed.0,
            mid,
            true,
        );
        let mut normed = vec![0.0; n * d];
        norm::forward(mid, w.norm2, options.eps, &mut normed);
        multiply(Left::rows(&normed, d), n, &packed.1, hidden, false);
        let mut active = vec![0.0; n * f];
        gelu::forward(hidden, &mut active);
        y.copy_from_slice(mid);
        multiply(Left::rows(&active, f), n, &packed.2, y, true);
    });
    (y, saved)
}

fn project(x: &[f32], w: &Weights<'_>, layout: &Layout, table: &Table, eps: f32, qkv: &mut [f32]) {
    let d = w.width();
    let packed = Packed::rows(w.qkv, d, 3 * d, 3 * d);
    let qkv = Rows::new(qkv, 3 * d);
    row_blocks(layout.tokens(), |rows| {
        // SAFETY: blocks of rows do not overlap.
        let qkv = unsafe { qkv.rows(rows.clone()) };
        let mut normed = vec![0.0; rows.len() * d];
        norm::forward(part(x, &rows, d), w.norm1, eps, &mut normed);
        multiply(Left::rows(&normed, d), rows.len(), &packed, qkv, false);
        for (row, position) in qkv.chunks_exact_mut(3 * d).zip(&layout.positions()[rows]) {
            table.turn(&mut row[..2 * d], *position as usize);
        }
    });
}

/// Gradients of a block, shaped as what they belong to.
#[derive(Clone, Debug)]
pub(crate) struct Gradients {
    pub(crate) x: Vec<f32>,
    pub(crate) norm1: Vec<f32>,
    pub(crate) qkv: Vec<f32>,
    pub(crate) out: Vec<f32>,
    pub(crate) norm2: Vec<f32>,
    pub(crate) up: Vec<f32>,
    pub(crate) down: Vec<f32>,
}

/// Gradients of everything, given that of the output, `dy` `[T, d]`.
pub(crate) fn backward(
    x: &[f32],
    w: &Weights<'_>,
    layout: &Layout,
    options: BlockOptions,
    saved: &Saved,
    dy: &[f32],
) -> Gradients {
    let (t, d, f) = (layout.tokens(), w.width(), w.hidden());
    let upper = upper_backward(w, options.eps, saved, dy);

    let mut dqkv = vec![0.0; t * 3 * d];
    let heads = Heads {
        count: options.heads,
        width: d,
    };
    let pass = attention::Backward {
        qkv: &saved.qkv,
        out: &saved.attended,
        denominators: &saved.denominators,
        grad: &upper.dattended,
    };
    pass.run(layout, heads, &mut dqkv);

    let (mut dx, mut normed) = (upper.dmid.clone(), vec![0.0; t * d]);
    let packed = Packed::columns(w.qkv, 3 * d, d, 3 * d);
    let table = Table::new(layout.longest(), d / options.heads, options.rope_base);
    let (dx_rows, normed_rows) = (Rows::new(&mut dx, d), Rows::new(&mut normed, d));
    let dqkv_rows = Rows::new(&mut dqkv, 3 * d);
    let norm1 = row_blocks(t, |rows| {
        // SAFETY: blocks of rows do not overlap.
        let (dx, normed, dqkv) = unsafe {
            (
                dx_rows.rows(rows.clone()),
                normed_rows.rows(rows.clone()),
                dqkv_rows.rows(rows.clone()),
            )
        };
        for (row, position) in dqkv
            .chunks_exact_mut(3 * d)
            .zip(&layout.positions()[rows.clone()])
        {
            table.turn_back(&mut row[..2 * d], *position as usize);
        }
        let mut dnormed = vec![0.0; rows.len() * d];
        multiply(
            Left::rows(dqkv, 3 * d),
            rows.len(),
            &packed,
            &mut dnormed,
            false,
        );
        let x = part(x, &rows, d);
        norm::forward(x, w.norm1, options.eps, normed);
        let mut dnorm = vec![0.0; d];
        norm::backward(x, w.norm1, options.eps, &dnormed, dx, &mut dnorm);
        dnorm
    });

    let weights = [
        WeightGradient {
            input: &normed,
            m: d,
            output: &dqkv,
            n: 3 * d,
        },
        WeightGradient {
            input: &saved.attended,
            m: d,
            output: &upper.dmid,
            n: d,
        },
        WeightGradient {
            input: &upper.normed,
            m: d,
            output: &upper.dhidden,
            n: f,
        },
        WeightGradient {
            input: &upper.active,
            m: f,
            output: dy,
            n: d,
        },
    ];
    let mut matrices = weight_gradients(t, &weights).into_iter();
    let mut next = || matrices.next().unwrap_or_default();
    Gradients {
        qkv: next(),
        out: next(),
        up: next(),
        down: next(),
        x: dx,
        norm1: sum_in_order(norm1.into_iter(), d),
        norm2: upper.norm2,
    }
}

/// The part of the backward pass above attention.
struct Upper {
    /// Output of the second norm, `[T, d]`.
    normed: Vec<f32>,
    /// Gradient before GELU, `[T, f]`.
    dhidden: Vec<f32>,
    /// Output of GELU, `[T, f]`.
    active: Vec<f32>,
    /// `[T, d]`
    dmid: Vec<f32>,
    /// `[T, d]`
    dattended: Vec<f32>,
    /// `[d]`
    norm2: Vec<f32>,
}

fn upper_backward(w: &Weights<'_>, eps: f32, saved: &Saved, dy: &[f32]) -> Upper {
    let (d, f) = (w.width(), w.hidden());
    let t = dy.len() / d;
    let (mut normed, mut dhidden) = (vec![0.0; t * d], vec![0.0; t * f]);
    let (mut active, mut dmid, mut dattended) = (vec![0.0; t * f], dy.to_vec(), vec![0.0; t * d]);
    let packed = (
        Packed::columns(w.down, d, f, d),
        Packed::columns(w.up, f, d, f),
        Packed::columns(w.out, d, d, d),
    );
    let all = (
        Rows::new(&mut normed, d),
        Rows::new(&mut dhidden, f),
        Rows::new(&mut active, f),
        Rows::new(&mut dmid, d),
        Rows::new(&mut dattended, d),
    );
    let norm2 = row_blocks(t, |rows| {
        // SAFETY: blocks of rows do not overlap.
        let (normed, dhidden, active, dmid, dattended) = unsafe {
            (
                all.0.rows(rows.clone()),
                all.1.rows(rows.clone()),
                all.2.rows(rows.clone()),
                all.3.rows(rows.clone()),
                all.4.rows(rows.clone()),
            )
        };
        let n = rows.len();
        let mut dactive = vec![0.0; n * f];
        multiply(
            Left::rows(part(dy, &rows, d), d),
            n,
            &packed.0,
            &mut dactive,
            false,
        );
        gelu::backward(part(&saved.hidden, &rows, f), &dactive, dhidden, active);
        let mut dnormed = vec![0.0; n * d];
        multiply(Left::rows(dhidden, f), n, &packed.1, &mut dnormed, false);
        let mid = part(&saved.mid, &rows, d);
        norm::forward(mid, w.norm2, eps, normed);
        let mut dnorm = vec![0.0; d];
        norm::backward(mid, w.norm2, eps, &dnormed, dmid, &mut dnorm);
        multiply(Left::rows(dmid, d), n, &packed.2, dattended, false);
        dnorm
    });
    let norm2 = sum_in_order(norm2.into_iter(), d);
    Upper {
        normed,
        dhidden,
        active,
        dmid,
        dattended,
        norm2,
    }
}

fn part<'a>(matrix: &'a [f32], rows: &Range<usize>, width: usize) -> &'a [f32] {
    &matrix[rows.start * width..rows.end * width]
}
