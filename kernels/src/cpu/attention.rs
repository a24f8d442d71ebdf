//! Causal attention over packed sequences that may share ancestors.
//!
//! The forward pass keeps one number per token and head, the logarithm of the softmax's
//! denominator; the backward pass computes the probabilities again from it (Dao et al. 2022).
//! Queries go in blocks, so that a causal triangle costs about half its square.
#![allow(unsafe_code)]

use rayon::prelude::*;

use super::{
    gemm::{Left, Packed, Product},
    parallel::Rows,
    simd::dispatch,
    softmax::{ScoreGradients, Softmax},
};
use crate::Layout;

/// Queries that go through the keys together.
const QUERIES: usize = 32;

/// Sizes of one attention layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads {
    /// Number of heads.
    pub(crate) count: usize,
    /// Width of the model, `count * size`.
    pub(crate) width: usize,
}

impl Heads {
    fn size(self) -> usize {
        self.width / self.count
    }
    fn scale(self) -> f32 {
        1.0 / (self.size() as f32).sqrt()
    }
}

/// Attends: `qkv` `[T, 3 width]` with queries and keys already turned to their positions.
///
/// Writes the heads' outputs `[T, width]` and the log-denominators `[T, count]`.
pub(crate) fn forward(
    qkv: &[f32],
    layout: &Layout,
    heads: Heads,
    out: &mut [f32],
    denominators: &mut [f32],
) {
    let out = Rows::new(out, heads.width);
    let denominators = Rows::new(denominators, heads.count);
    layout
        .families()
        .par_iter()
        .with_max_len(1)
        .for_each(|family| {
            let mut scratch = Scratch::default();
            for &segment in family {
                let rows = layout.start(segment)..layout.start(segment) + layout.len(segment);
                // SAFETY: a segment belongs to one family, and families go to one task each.
                let (out, denominators) =
                    unsafe { (out.rows(rows.clone()), denominators.rows(rows.clone())) };
                scratch.gather(qkv, layout, segment, heads);
                for head in 0..heads.count {
                    segment_forward(
                        &mut scratch,
                        qkv,
                        rows.start,
                        head,
                        heads,
                        out,
                        denominators,
                    );
                }
            }
        });
}

/// What the backward pass of attention reads.
#[derive(Clone, Copy)]
pub(crate) struct Backward<'a> {
    /// As in [`forward`], `[T, 3 width]`.
    pub(crate) qkv: &'a [f32],
    /// Output of [`forward`], `[T, width]`.
    pub(crate) out: &'a [f32],
    /// Denominators of [`forward`], `[T, count]`.
    pub(crate) denominators: &'a [f32],
    /// Gradient of `out`.
    pub(crate) grad: &'a [f32],
}

impl Backward<'_> {
    /// Writes the gradient of `qkv` (still turned) into `dqkv` `[T, 3 width]`, which must be zero.
    pub(crate) fn run(self, layout: &Layout, heads: Heads, dqkv: &mut [f32]) {
        let dqkv = Rows::new(dqkv, 3 * heads.width);
        layout
            .families()
            .par_iter()
            .with_max_len(1)
            .for_each(|family| {
                let mut scratch = Scratch::default();
                for &segment in family {
                    scratch.gather(self.qkv, layout, segment, heads);
                    for head in 0..heads.count {
                        self.segment(&mut scratch, layout, segment, head, heads, &dqkv);
                    }
                }
            });
    }

    fn segment(
        self,
        scratch: &mut Scratch,
        layout: &Layout,
        segment: usize,
        head: usize,
        heads: Heads,
        dqkv: &Rows<'_>,
    ) {
        let (d, h, at) = (heads.width, heads.size(), head * heads.size());
        let (start, len) = (layout.start(segment), layout.len(segment));
        scratch.pack_for_backward(self.qkv, start, at, heads);
        let Scratch {
            context,
            keys_t,
            values_t,
            keys,
            block,
            scores,
            grads,
            dk,
            dv,
            ..
        } = scratch;
        let context = *context;
        dk.clear();
        dk.resize(context * h, 0.0);
        dv.clear();
        dv.resize(context * h, 0.0);
        // SAFETY: as in `forward`; ancestors' rows are taken only after this borrow is last used.
        let own = unsafe { dqkv.rows(start..start + len) };
        for first in (0..len).step_by(QUERIES) {
            let rows = QUERIES.min(len - first);
            let seen = context - len + first + rows;
            let row = start + first;
            let (q, grad) = (&self.qkv[row * 3 * d + at..], &self.grad[row * d + at..]);
            scores.resize(QUERIES * seen, 0.0);
            grads.resize(QUERIES * seen, 0.0);
            product(
                Left::rows(q, 3 * d),
                rows,
                keys_t,
                h,
                seen,
                scores,
                seen,
                false,
            );
            product(
                Left::rows(grad, d),
                rows,
                values_t,
                h,
                seen,
                grads,
                seen,
                false,
            );
            dispatch(ScoreGradients {
                scores,
                grads,
                seen,
                rows,
                scale: heads.scale(),
                out: &self.out[row * d + at..],
                grad,
                stride: d,
                size: h,
                denominators: &self.denominators[row * heads.count + head..],
                heads: heads.count,
            });
            let dq = &mut own[first * 3 * d + at..];
            product(
                Left::rows(grads, seen),
                rows,
                keys,
                seen,
                h,
                dq,
                3 * d,
                false,
            );
            block.set_rows(q, rows, h, 3 * d);
            product(
                Left::transposed(grads, seen),
                seen,
                block,
                rows,
                h,
                dk,
                h,
                true,
            );
            block.set_rows(grad, rows, h, d);
            product(
                Left::transposed(scores, seen),
                seen,
                block,
                rows,
                h,
                dv,
                h,
                true,
            );
        }
        let mut done = 0;
        for &source in layout.ancestors(segment).iter().chain([&segment]) {
            let (from, count) = (layout.start(source), layout.len(source));
            // SAFETY: ancestors are of the same family, so of the same task; no other rows are held.
            let rows = unsafe { dqkv.rows(from..from + count) };
            let parts = dk[done * h..]
                .chunks_exact(h)
                .zip(dv[done * h..].chunks_exact(h));
            for (row, (dk, dv)) in rows.chunks_exact_mut(3 * d).zip(parts) {
                add(&mut row[d + at..d + at + h], dk);
                add(&mut row[2 * d + at..2 * d + at + h], dv);
            }
            done += count;
        }
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

#[allow(clippy::too_many_arguments)]
fn product(
    a: Left<'_>,
    m: usize,
    b: &Packed,
    k: usize,
    n: usize,
    c: &mut [f32],
    stride: usize,
    accumulate: bool,
) {
    Product {
        a,
        m,
        b,
        k,
        n,
        c,
        stride,
        accumulate,
    }
    .run_here();
}

fn segment_forward(
    scratch: &mut Scratch,
    qkv: &[f32],
    start: usize,
    head: usize,
    heads: Heads,
    out: &mut [f32],
    denominators: &mut [f32],
) {
    let (d, h, at) = (heads.width, heads.size(), head * heads.size());
    scratch.pack_for_forward(qkv, start, at, heads);
    let Scratch {
        context,
        keys_t,
        values,
        scores,
        ..
    } = scratch;
    let len = out.len() / d;
    for first in (0..len).step_by(QUERIES) {
        let rows = QUERIES.min(len - first);
        let seen = *context - len + first + rows;
        scores.resize(QUERIES * seen, 0.0);
        let q = &qkv[(start + first) * 3 * d + at..];
        product(
            Left::rows(q, 3 * d),
            rows,
            keys_t,
            h,
            seen,
            scores,
            seen,
            false,
        );
        dispatch(Softmax {
            scores,
            seen,
            rows,
            scale: heads.scale(),
            denominators: &mut denominators[first * heads.count + head..],
            heads: heads.count,
        });
        let out = &mut out[first * d + at..];
        product(
            Left::rows(scores, seen),
            rows,
            values,
            seen,
            h,
            out,
            d,
            false,
        );
    }
}

/// Memory that one task uses again for every segment and head.
#[derive(Default)]
struct Scratch {
    /// Keys a segment's last token sees: its ancestors' and its own.
    context: usize,
    /// Keys and values of ancestors and segment, `[context, 2 width]`; empty without ancestors.
    gathered: Vec<f32>,
    keys_t: Packed,
    values_t: Packed,
    keys: Packed,
    values: Packed,
    block: Packed,
    scores: Vec<f32>,
    grads: Vec<f32>,
    dk: Vec<f32>,
    dv: Vec<f32>,
}

impl Scratch {
    fn gather(&mut self, qkv: &[f32], layout: &Layout, segment: usize, heads: Heads) {
        let d = heads.width;
        self.context = layout.position(segment) + layout.len(segment);
        self.gathered.clear();
        if layout.ancestors(segment).is_empty() {
            return;
        }
        for &source in layout.ancestors(segment).iter().chain([&segment]) {
            let from = layout.start(source) * 3 * d;
            let rows = &qkv[from..from + layout.len(source) * 3 * d];
            for row in rows.chunks_exact(3 * d) {
                self.gathered.extend_from_slice(&row[d..]);
            }
        }
    }

    fn pack_for_forward(&mut self, qkv: &[f32], start: usize, at: usize, heads: Heads) {
        let (n, h) = (self.context, heads.size());
        let (keys, values, stride) = sources(&self.gathered, qkv, start, at, heads);
        self.keys_t.set_columns(keys, h, n, stride);
        self.values.set_rows(values, n, h, stride);
    }

    fn pack_for_backward(&mut self, qkv: &[f32], start: usize, at: usize, heads: Heads) {
        let (n, h) = (self.context, heads.size());
        let (keys, values, stride) = sources(&self.gathered, qkv, start, at, heads);
        self.keys_t.set_columns(keys, h, n, stride);
        self.values_t.set_columns(values, h, n, stride);
        self.keys.set_rows(keys, n, h, stride);
    }
}

/// Where one head's keys and values begin, and the values from row to row.
fn sources<'a>(
    gathered: &'a [f32],
    qkv: &'a [f32],
    start: usize,
    at: usize,
    heads: Heads,
) -> (&'a [f32], &'a [f32], usize) {
    let d = heads.width;
    if gathered.is_empty() {
        let row = start * 3 * d;
        // An empty segment at the very end has no rows to point at.
        let from = |offset: usize| qkv.get(row + offset..).unwrap_or(&[]);
        (from(d + at), from(2 * d + at), 3 * d)
    } else {
        (&gathered[at..], &gathered[d + at..], 2 * d)
    }
}
