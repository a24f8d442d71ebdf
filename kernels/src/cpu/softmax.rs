//! Softmax over rows of scores in a causal block, and its gradient.
//!
//! In a block of `rows` queries over `seen` keys, the last query sees all keys, the one before it one
//! fewer, and so on.

use super::simd::{Kernel, Simd, read, vectors, write};

/// Probabilities of a block of queries.
pub(crate) struct Softmax<'a> {
    /// `[rows, seen]`: scores in, probabilities out.
    pub(crate) scores: &'a mut [f32],
    pub(crate) seen: usize,
    pub(crate) rows: usize,
    pub(crate) scale: f32,
    pub(crate) denominators: &'a mut [f32],
    pub(crate) heads: usize,
}

impl Kernel for Softmax<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (r, row) in self
            .scores
            .chunks_exact_mut(self.seen)
            .enumerate()
            .take(self.rows)
        {
            // The block's last query sees all `seen` keys, the one before it one fewer, and so on.
            let visible = self.seen - self.rows + r + 1;
            let (row, hidden) = row.split_at_mut(visible);
            hidden.fill(0.0);
            self.denominators[r * self.heads] = softmax(s, row, self.scale);
        }
    }
}

/// Turns raw scores into probabilities; returns the logarithm of the denominator.
#[inline(always)]
pub(crate) fn softmax<S: Simd>(s: S, row: &mut [f32], scale: f32) -> f32 {
    let whole = row.len() - row.len() % S::LANES;
    let mut high = s.splat(f32::NEG_INFINITY);
    vectors!(s, whole, |at, n| high = s.max(high, read(s, row, at, n)));
    let mut top = s.largest(high);
    for value in &row[whole..] {
        top = top.max(*value);
    }
    let (factor, shift) = (s.splat(scale), s.splat(-top * scale));
    let (mut sum, mut sums) = (0.0, s.splat(0.0));
    vectors!(s, row.len(), |at, n| {
        let e = s.exp(s.mul_add(read(s, row, at, n), factor, shift));
        write(s, row, at, n, e);
        if n == S::LANES {
            sums = s.add(sums, e);
        } else {
            for value in &row[at..at + n] {
                sum += value;
            }
        }
    });
    sum += s.sum(sums);
    let inverse = s.splat(1.0 / sum);
    vectors!(s, row.len(), |at, n| {
        let v = s.mul(read(s, row, at, n), inverse);
        write(s, row, at, n, v);
    });
    top * scale + sum.ln()
}

/// Gradients of a block of scores.
pub(crate) struct ScoreGradients<'a> {
    /// `[rows, seen]`: scores in, probabilities out.
    pub(crate) scores: &'a mut [f32],
    /// `[rows, seen]`: gradients of probabilities in, of raw scores out.
    pub(crate) grads: &'a mut [f32],
    pub(crate) seen: usize,
    pub(crate) rows: usize,
    pub(crate) scale: f32,
    pub(crate) out: &'a [f32],
    pub(crate) grad: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) size: usize,
    pub(crate) denominators: &'a [f32],
    pub(crate) heads: usize,
}

impl Kernel for ScoreGradients<'_> {
    type Output = ();
    /// p = exp(scale s - denominator); ds = scale p (dp - sum(out dout)).
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let scale = s.splat(self.scale);
        let scores = self.scores.chunks_exact_mut(self.seen);
        for (r, (row, grads)) in scores
            .zip(self.grads.chunks_exact_mut(self.seen))
            .enumerate()
            .take(self.rows)
        {
            let visible = self.seen - self.rows + r + 1;
            let at = r * self.stride;
            let mut dot = s.splat(0.0);
            vectors!(s, self.size, |j, n| {
                dot = s.mul_add(
                    read(s, self.out, at + j, n),
                    read(s, self.grad, at + j, n),
                    dot,
                );
            });
            let dot = s.splat(s.sum(dot));
            let shift = s.splat(-self.denominators[r * self.heads]);
            vectors!(s, visible, |at, n| {
                let p = s.exp(s.mul_add(read(s, row, at, n), scale, shift));
                write(s, row, at, n, p);
                let ds = s.mul(s.mul(p, scale), s.sub(read(s, grads, at, n), dot));
                write(s, grads, at, n, ds);
            });
            row[visible..].fill(0.0);
            grads[visible..].fill(0.0);
        }
    }
}
