//! Splitting rows between threads.
#![allow(unsafe_code)]

use std::{marker::PhantomData, ops::Range};

use rayon::prelude::*;

use super::gemm::{Left, Packed, Product};

/// Rows of one task. Fixed, so that sums over tasks never depend on the number of threads.
pub(crate) const ROWS: usize = 64;

/// A matrix whose rows several tasks write at once, each its own.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    data: *mut f32,
    len: usize,
    width: usize,
    _data: PhantomData<&'a mut [f32]>,
}

// SAFETY: `Rows` gives out parts only through `rows`, whose contract forbids overlap.
unsafe impl Send for Rows<'_> {}
// SAFETY: as above.
unsafe impl Sync for Rows<'_> {}

impl<'a> Rows<'a> {
    /// Rows of `width` values.
    pub(crate) fn new(data: &'a mut [f32], width: usize) -> Self {
        Self {
            data: data.as_mut_ptr(),
            len: data.len(),
            width,
            _data: PhantomData,
        }
    }

    /// The rows of a range.
    ///
    /// # Safety
    /// No other task may hold any of these rows while the result lives.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn rows(&self, range: Range<usize>) -> &'a mut [f32] {
        let (from, to) = (range.start * self.width, range.end * self.width);
        assert!(from <= to && to <= self.len, "rows outside the matrix");
        // SAFETY: the range lies inside the slice, and the caller promises exclusive use.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(from), to - from) }
    }
}

/// Runs `task` for every block of [`ROWS`] rows of `total` and returns the results in order.
pub(crate) fn row_blocks<R: Send>(total: usize, task: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    (0..total.div_ceil(ROWS))
        .into_par_iter()
        .with_max_len(1)
        .map(|block| task(block * ROWS..total.min((block + 1) * ROWS)))
        .collect()
}

/// Sums equally long vectors in order.
pub(crate) fn sum_in_order(mut parts: impl Iterator<Item = Vec<f32>>, len: usize) -> Vec<f32> {
    let mut total = parts.next().unwrap_or_else(|| vec![0.0; len]);
    for part in parts {
        for (sum, value) in total.iter_mut().zip(part) {
            *sum += value;
        }
    }
    total
}

/// A gradient of a weight matrix: `input^T [m, t] x output [t, n]`, summed over all rows `t`.
pub(crate) struct WeightGradient<'a> {
    /// `[t, m]`
    pub(crate) input: &'a [f32],
    /// Columns of `input`.
    pub(crate) m: usize,
    /// `[t, n]`
    pub(crate) output: &'a [f32],
    /// Columns of `output`.
    pub(crate) n: usize,
}

/// Columns of a weight gradient that one task computes.
const COLUMNS: usize = 32;
/// Rows of the batch that are packed at once.
const DEPTH: usize = 256;

/// Computes weight gradients over `t` rows; returns one `[m, n]` matrix for each.
pub(crate) fn weight_gradients(t: usize, of: &[WeightGradient<'_>]) -> Vec<Vec<f32>> {
    let mut results: Vec<Vec<f32>> = of.iter().map(|g| vec![0.0; g.m * g.n]).collect();
    let tasks: Vec<(usize, usize)> = of
        .iter()
        .enumerate()
        .flat_map(|(index, g)| {
            (0..g.n.div_ceil(COLUMNS)).map(move |panel| (index, panel * COLUMNS))
        })
        .collect();
    let panels: Vec<Vec<f32>> = tasks
        .par_iter()
        .with_max_len(1)
        .map(|&(index, from)| gradient_columns(t, &of[index], from))
        .collect();
    for (&(index, from), panel) in tasks.iter().zip(panels) {
        let n = of[index].n;
        let width = COLUMNS.min(n - from);
        for (row, part) in results[index]
            .chunks_exact_mut(n)
            .zip(panel.chunks_exact(width))
        {
            row[from..from + width].copy_from_slice(part);
        }
    }
    results
}

fn gradient_columns(t: usize, g: &WeightGradient<'_>, from: usize) -> Vec<f32> {
    let width = COLUMNS.min(g.n - from);
    let mut result = vec![0.0; g.m * width];
    let mut packed = Packed::default();
    let mut first = 0;
    while first < t {
        let depth = DEPTH.min(t - first);
        packed.set_rows(&g.output[first * g.n + from..], depth, width, g.n);
        Product {
            a: Left::transposed(&g.input[first * g.m..(first + depth) * g.m], g.m),
            m: g.m,
            b: &packed,
            k: depth,
            n: width,
            c: &mut result,
            stride: width,
            accumulate: true,
        }
        .run_here();
        first += depth;
    }
    result
}
