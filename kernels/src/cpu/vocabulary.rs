//! Log-probability of a target and entropy of the distribution, over rows of logits.
//!
//! With z the logits, L = log sum exp z and p = exp(z - L):
//! log p_t = z_t - L, H = L - sum p z,
//! d log p_t / dz_j = [j = t] - p_j, dH / dz_j = -p_j (log p_j + H).
#![allow(unsafe_code)]

use std::ops::Range;

use rayon::prelude::*;

use super::{
    gemm::{Left, Packed, Product, multiply},
    parallel::{ROWS, Rows, row_blocks, sum_in_order},
    simd::{Kernel, Simd, dispatch, read, vectors, write},
};

/// Values kept for each row: log-probability, entropy.
pub(crate) const SCORES: usize = 2;

/// Scores of dense logits `[N, V]`; returns `[N, 2]`.
pub(crate) fn forward(logits: &[f32], v: usize, targets: &[u32]) -> Vec<f32> {
    let mut scores = vec![0.0; targets.len() * SCORES];
    let out = Rows::new(&mut scores, SCORES);
    row_blocks(targets.len(), |rows| {
        // SAFETY: blocks of rows do not overlap.
        let out = unsafe { out.rows(rows.clone()) };
        let logits = &logits[rows.start * v..rows.end * v];
        dispatch(Score {
            logits,
            v,
            targets: &targets[rows],
            out,
        });
    });
    scores
}

/// Gradient of logits `[N, V]`, given those of the scores `[N, 2]`.
pub(crate) fn backward(logits: &[f32], v: usize, targets: &[u32], grad: &[f32]) -> Vec<f32> {
    let mut dlogits = logits.to_vec();
    let out = Rows::new(&mut dlogits, v);
    row_blocks(targets.len(), |rows| {
        // SAFETY: blocks of rows do not overlap.
        let logits = unsafe { out.rows(rows.clone()) };
        let grad = &grad[rows.start * SCORES..rows.end * SCORES];
        dispatch(ScoreGradient {
            logits,
            v,
            targets: &targets[rows],
            grad,
        });
    });
    dlogits
}

/// Logits that are the product of chosen rows of a hidden state with an embedding table.
#[derive(Clone, Copy)]
pub(crate) struct Tied<'a> {
    /// `[T, d]`
    pub(crate) hidden: &'a [f32],
    /// Rows of `hidden` that predict, `[N]`.
    pub(crate) rows: &'a [u32],
    /// `[V, d]`
    pub(crate) embedding: &'a [f32],
    /// `[N]`
    pub(crate) targets: &'a [u32],
    /// Width of the model.
    pub(crate) d: usize,
}

/// Partial sums of the embedding's gradient: a constant, so that the sum's order is one.
const PARTS: usize = 8;

impl Tied<'_> {
    fn vocabulary(&self) -> usize {
        self.embedding.len() / self.d
    }

    fn gather(&self, block: &Range<usize>) -> Vec<f32> {
        let mut rows = Vec::with_capacity(block.len() * self.d);
        for &row in &self.rows[block.clone()] {
            let at = row as usize * self.d;
            rows.extend_from_slice(&self.hidden[at..at + self.d]);
        }
        rows
    }

    /// Scores `[N, 2]`.
    pub(crate) fn forward(self) -> Vec<f32> {
        let v = self.vocabulary();
        let mut scores = vec![0.0; self.rows.len() * SCORES];
        let out = Rows::new(&mut scores, SCORES);
        let packed = Packed::columns(self.embedding, self.d, v, self.d);
        row_blocks(self.rows.len(), |block| {
            // SAFETY: blocks of rows do not overlap.
            let out = unsafe { out.rows(block.clone()) };
            let mut logits = vec![0.0; block.len() * v];
            let hidden = self.gather(&block);
            multiply(
                Left::rows(&hidden, self.d),
                block.len(),
                &packed,
                &mut logits,
                false,
            );
            dispatch(Score {
                logits: &logits,
                v,
                targets: &self.targets[block],
                out,
            });
        });
        scores
    }

    /// Gradients of `hidden` `[T, d]` and `embedding` `[V, d]`, given those of the scores `[N, 2]`.
    pub(crate) fn backward(self, grad: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (v, d, n) = (self.vocabulary(), self.d, self.rows.len());
        let logits = Packed::columns(self.embedding, d, v, d);
        let hidden = Packed::rows(self.embedding, v, d, d);
        let mut dchosen = vec![0.0; n * d];
        let chosen = Rows::new(&mut dchosen, d);
        // Whole blocks to each part.
        let step = n.div_ceil(PARTS).next_multiple_of(ROWS).max(ROWS);
        let parts: Vec<Vec<f32>> = (0..n.div_ceil(step))
            .into_par_iter()
            .with_max_len(1)
            .map(|part| {
                let mut dembedding = vec![0.0; v * d];
                let mut packed = Packed::default();
                for from in (part * step..n.min((part + 1) * step)).step_by(ROWS) {
                    let block = from..n.min((part + 1) * step).min(from + ROWS);
                    // SAFETY: blocks of rows do not overlap.
                    let out = unsafe { chosen.rows(block.clone()) };
                    self.block_backward(
                        block,
                        grad,
                        (&logits, &hidden),
                        &mut packed,
                        out,
                        &mut dembedding,
                    );
                }
                dembedding
            })
            .collect();
        let mut dhidden = vec![0.0; self.hidden.len()];
        for (&row, grad) in self.rows.iter().zip(dchosen.chunks_exact(d)) {
            let at = row as usize * d;
            for (to, from) in dhidden[at..at + d].iter_mut().zip(grad) {
                *to += from;
            }
        }
        (dhidden, sum_in_order(parts.into_iter(), v * d))
    }

    fn block_backward(
        &self,
        block: Range<usize>,
        grad: &[f32],
        (to_logits, to_hidden): (&Packed, &Packed),
        packed: &mut Packed,
        dchosen: &mut [f32],
        dembedding: &mut [f32],
    ) {
        let (v, d, n) = (self.vocabulary(), self.d, block.len());
        let hidden = self.gather(&block);
        let mut logits = vec![0.0; n * v];
        multiply(Left::rows(&hidden, d), n, to_logits, &mut logits, false);
        let grad = &grad[block.start * SCORES..block.end * SCORES];
        let targets = &self.targets[block];
        dispatch(ScoreGradient {
            logits: &mut logits,
            v,
            targets,
            grad,
        });
        multiply(Left::rows(&logits, v), n, to_hidden, dchosen, false);
        packed.set_rows(&hidden, n, d, d);
        Product {
            a: Left::transposed(&logits, v),
            m: v,
            b: packed,
            k: n,
            n: d,
            c: dembedding,
            stride: d,
            accumulate: true,
        }
        .run_here();
    }
}

struct Score<'a> {
    logits: &'a [f32],
    v: usize,
    targets: &'a [u32],
    out: &'a mut [f32],
}

impl Kernel for Score<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let rows = self.logits.chunks_exact(self.v).zip(self.targets);
        for ((row, &target), out) in rows.zip(self.out.chunks_exact_mut(SCORES)) {
            let (lse, entropy) = log_denominator(s, row);
            out[0] = row[target as usize] - lse;
            out[1] = entropy;
        }
    }
}

struct ScoreGradient<'a> {
    /// Logits in, their gradient out.
    logits: &'a mut [f32],
    v: usize,
    targets: &'a [u32],
    grad: &'a [f32],
}

impl Kernel for ScoreGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let rows = self.logits.chunks_exact_mut(self.v).zip(self.targets);
        for ((row, &target), grad) in rows.zip(self.grad.chunks_exact(SCORES)) {
            let (lse, entropy) = log_denominator(s, row);
            let (shift, of_log_prob) = (s.splat(-lse), s.splat(grad[0]));
            let (of_entropy, entropy) = (s.splat(grad[1]), s.splat(entropy));
            let zero = s.splat(0.0);
            vectors!(s, self.v, |at, n| {
                let log_p = s.add(read(s, row, at, n), shift);
                let slope = s.mul_add(of_entropy, s.add(log_p, entropy), of_log_prob);
                write(s, row, at, n, s.sub(zero, s.mul(s.exp(log_p), slope)));
            });
            row[target as usize] += grad[0];
        }
    }
}

/// log sum exp z and the entropy of softmax z.
#[inline(always)]
pub(crate) fn log_denominator<S: Simd>(s: S, row: &[f32]) -> (f32, f32) {
    let whole = row.len() - row.len() % S::LANES;
    let mut high = s.splat(f32::NEG_INFINITY);
    vectors!(s, whole, |at, n| high = s.max(high, read(s, row, at, n)));
    let top = row[whole..].iter().fold(s.largest(high), |a, b| a.max(*b));
    let shift = s.splat(-top);
    let (mut sums, mut weighted) = (s.splat(0.0), s.splat(0.0));
    vectors!(s, whole, |at, n| {
        let z = s.add(read(s, row, at, n), shift);
        let e = s.exp(z);
        sums = s.add(sums, e);
        weighted = s.mul_add(e, z, weighted);
    });
    let (mut sum, mut weight) = (s.sum(sums), s.sum(weighted));
    for value in &row[whole..] {
        let z = value - top;
        let e = z.exp();
        sum += e;
        weight += e * z;
    }
    let log = sum.ln();
    (top + log, log - weight / sum)
}
