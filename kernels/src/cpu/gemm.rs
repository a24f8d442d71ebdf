//! Matrix products for the small, skinny shapes of a small transformer.
//!
//! The right-hand matrix is packed once into panels two vectors wide and shared by all row blocks
//! and threads; the left-hand one is read in place, in either orientation. Every element of the
//! result is one fused multiply-add chain over the inner dimension in ascending order, whatever the
//! number of rows: results do not depend on how rows are batched or split between threads.
#![allow(unsafe_code)]

use super::simd::{Kernel, Simd, dispatch};

/// Rows that go through all panels together, so that they stay in the first-level cache.
const ROW_BLOCK: usize = 64;

/// A right-hand matrix `[k, n]` in panels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed {
    data: Vec<f32>,
    /// Inner dimension.
    pub(crate) k: usize,
    /// Columns.
    pub(crate) n: usize,
}

/// The largest vector of any instruction set; panels are `PANEL` wide whatever the set in use.
const PANEL: usize = 32;

impl Packed {
    /// Packs `b`, `[k, n]` row-major with `stride` values from row to row.
    pub(crate) fn rows(b: &[f32], k: usize, n: usize, stride: usize) -> Self {
        let mut packed = Self::default();
        packed.set_rows(b, k, n, stride);
        packed
    }

    /// Packs the transpose of `b`, which is `[n, k]` row-major with `stride` values from row to row.
    pub(crate) fn columns(b: &[f32], k: usize, n: usize, stride: usize) -> Self {
        let mut packed = Self::default();
        packed.set_columns(b, k, n, stride);
        packed
    }

    fn reset(&mut self, k: usize, n: usize) {
        self.k = k;
        self.n = n;
        let size = n.div_ceil(PANEL) * PANEL * k;
        if self.data.len() < size {
            self.data.resize(size, 0.0);
        }
    }

    /// [`Packed::rows`] into the memory of `self`.
    pub(crate) fn set_rows(&mut self, b: &[f32], k: usize, n: usize, stride: usize) {
        self.reset(k, n);
        for (panel, out) in self.data.chunks_exact_mut((PANEL * k).max(1)).enumerate() {
            let from = panel * PANEL;
            if from >= n {
                break;
            }
            let width = PANEL.min(n - from);
            for (p, out) in out.chunks_exact_mut(PANEL).enumerate() {
                let at = p * stride + from;
                out[..width].copy_from_slice(&b[at..at + width]);
                out[width..].fill(0.0);
            }
        }
    }

    /// [`Packed::columns`] into the memory of `self`.
    pub(crate) fn set_columns(&mut self, b: &[f32], k: usize, n: usize, stride: usize) {
        self.reset(k, n);
        for (panel, out) in self.data.chunks_exact_mut((PANEL * k).max(1)).enumerate() {
            let from = panel * PANEL;
            if from >= n {
                break;
            }
            let width = PANEL.min(n - from);
            if width < PANEL {
                out.fill(0.0);
            }
            for j in 0..width {
                let row = &b[(from + j) * stride..(from + j) * stride + k];
                for (p, value) in row.iter().enumerate() {
                    out[p * PANEL + j] = *value;
                }
            }
        }
    }
}

/// A left-hand matrix read in place: element `(i, p)` is `data[i * row + p * inner]`.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    data: &'a [f32],
    row: usize,
    inner: usize,
}

impl<'a> Left<'a> {
    /// `[m, k]` row-major with `stride` values from row to row.
    pub(crate) fn rows(data: &'a [f32], stride: usize) -> Self {
        Self {
            data,
            row: stride,
            inner: 1,
        }
    }
    /// The transpose of a `[k, m]` row-major matrix with `stride` values from row to row.
    pub(crate) fn transposed(data: &'a [f32], stride: usize) -> Self {
        Self {
            data,
            row: 1,
            inner: stride,
        }
    }
}

/// One product `c = a b` or `c += a b`.
pub(crate) struct Product<'a> {
    /// `[m, k]`
    pub(crate) a: Left<'a>,
    /// Rows.
    pub(crate) m: usize,
    /// `[k, n]`
    pub(crate) b: &'a Packed,
    /// Inner dimension used, at most `b.k`.
    pub(crate) k: usize,
    /// Columns used, at most `b.n`.
    pub(crate) n: usize,
    /// `[m, n]` with `stride` values from row to row.
    pub(crate) c: &'a mut [f32],
    /// Values from row to row of `c`.
    pub(crate) stride: usize,
    /// Add to `c` instead of overwriting it.
    pub(crate) accumulate: bool,
}

/// `c = a b` (or `c += a b`) over all of `b`, with `c` dense.
pub(crate) fn multiply(a: Left<'_>, m: usize, b: &Packed, c: &mut [f32], accumulate: bool) {
    Product {
        a,
        m,
        b,
        k: b.k,
        n: b.n,
        c,
        stride: b.n,
        accumulate,
    }
    .run_here();
}

impl Product<'_> {
    /// Computes the product on the calling thread.
    pub(crate) fn run_here(self) {
        if self.m == 0 || self.n == 0 {
            return;
        }
        assert!(
            self.k <= self.b.k && self.n <= self.b.n,
            "inner or outer size beyond the packed matrix"
        );
        assert!(self.n <= self.stride && self.c.len() >= (self.m - 1) * self.stride + self.n);
        assert!(
            self.k == 0
                || self.a.data.len() > (self.m - 1) * self.a.row + (self.k - 1) * self.a.inner,
            "left-hand matrix too small"
        );
        dispatch(self);
    }
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut first = 0;
        while first < self.m {
            let rows = ROW_BLOCK.min(self.m - first);
            let mut from = 0;
            while from < self.n {
                let width = PANEL.min(self.n - from);
                // SAFETY: `run_here` checked that all rows, columns and inner positions lie inside
                // the three slices; a panel holds `k * PANEL` values.
                unsafe {
                    let panel = Panel {
                        k: self.k,
                        a: self.a.data.as_ptr().add(first * self.a.row),
                        row: self.a.row,
                        inner: self.a.inner,
                        b: self.b.data.as_ptr().add(from * self.b.k),
                        c: self.c.as_mut_ptr().add(first * self.stride + from),
                        stride: self.stride,
                        accumulate: self.accumulate,
                    };
                    panel.run(s, rows, width);
                }
                from += PANEL;
            }
            first += rows;
        }
    }
}

/// Some rows of the left matrix times one panel.
#[derive(Clone, Copy)]
struct Panel {
    k: usize,
    a: *const f32,
    row: usize,
    inner: usize,
    b: *const f32,
    c: *mut f32,
    stride: usize,
    accumulate: bool,
}

impl Panel {
    /// # Safety
    /// Pointers must be valid for `rows` rows, `width <= PANEL` columns of `c` and `k` inner steps.
    #[inline(always)]
    unsafe fn run<S: Simd>(self, s: S, rows: usize, width: usize) {
        // SAFETY: every tile lies inside what the caller promises.
        unsafe {
            if S::LANES == 16 {
                if width > 16 {
                    self.tiles::<S, 2, 8>(s, rows, 0, width);
                } else {
                    self.tiles::<S, 1, 16>(s, rows, 0, width);
                }
            } else {
                let mut from = 0;
                while from < width {
                    let part = (width - from).min(2 * S::LANES);
                    self.tiles::<S, 2, 4>(s, rows, from, part);
                    from += 2 * S::LANES;
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn tiles<S: Simd, const C: usize, const R: usize>(
        self,
        s: S,
        rows: usize,
        from: usize,
        width: usize,
    ) {
        // SAFETY: as for `run`.
        unsafe {
            let mut r = 0;
            while r + R <= rows {
                self.tile::<S, R, C>(s, r, from, width);
                r += R;
            }
            if R > 8 && r + 8 <= rows {
                self.tile::<S, 8, C>(s, r, from, width);
                r += 8;
            }
            if R > 4 && r + 4 <= rows {
                self.tile::<S, 4, C>(s, r, from, width);
                r += 4;
            }
            match rows - r {
                3 => self.tile::<S, 3, C>(s, r, from, width),
                2 => self.tile::<S, 2, C>(s, r, from, width),
                1 => self.tile::<S, 1, C>(s, r, from, width),
                _ => {}
            }
        }
    }

    // Indices, because the loops must unroll over constants into registers.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize, const C: usize>(
        self,
        s: S,
        first: usize,
        from: usize,
        width: usize,
    ) {
        // SAFETY: as for `run`; `first + R` rows and `from + width` columns exist.
        unsafe {
            let mut acc = [[s.splat(0.0); C]; R];
            let mut a = self.a.add(first * self.row);
            let mut b = self.b.add(from);
            for _ in 0..self.k {
                let mut right = [s.splat(0.0); C];
                for j in 0..C {
                    right[j] = s.load(b.add(j * S::LANES));
                }
                for r in 0..R {
                    let left = s.splat(*a.add(r * self.row));
                    for j in 0..C {
                        acc[r][j] = s.mul_add(left, right[j], acc[r][j]);
                    }
                }
                a = a.add(self.inner);
                b = b.add(PANEL);
            }
            for (r, acc) in acc.iter().enumerate() {
                let c = self.c.add((first + r) * self.stride + from);
                for (j, value) in acc.iter().enumerate() {
                    let at = j * S::LANES;
                    if at >= width {
                        break;
                    }
                    store(
                        s,
                        c.add(at),
                        *value,
                        S::LANES.min(width - at),
                        self.accumulate,
                    );
                }
            }
        }
    }
}

/// # Safety
/// `p` must be valid for `count <= LANES` values.
#[inline(always)]
unsafe fn store<S: Simd>(s: S, p: *mut f32, v: S::V, count: usize, accumulate: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        if count == S::LANES {
            let v = if accumulate { s.add(s.load(p), v) } else { v };
            s.store(p, v);
        } else {
            let v = if accumulate {
                s.add(s.load_first(p, count), v)
            } else {
                v
            };
            s.store_first(p, v, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::simd::run_on_all;

    struct Case<'a>(&'a [f32], &'a Packed, usize, bool);

    impl Kernel for Case<'_> {
        type Output = Vec<f32>;
        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Vec<f32> {
            let Case(a, b, m, transposed) = self;
            let a = if transposed {
                Left::transposed(a, m)
            } else {
                Left::rows(a, b.k)
            };
            let mut c = vec![1.0; m * b.n];
            let (k, n, stride) = (b.k, b.n, b.n);
            Product {
                a,
                m,
                b,
                k,
                n,
                c: &mut c,
                stride,
                accumulate: true,
            }
            .run(s);
            c
        }
    }

    /// Shapes around the sizes of tiles and panels, with every instruction set.
    #[test]
    fn products_agree_with_the_definition() {
        let value = |i: usize| ((i * 37 % 101) as f32 - 50.0) / 50.0;
        for (m, k, n) in [
            (1, 1, 1),
            (3, 5, 7),
            (8, 16, 32),
            (70, 33, 45),
            (17, 64, 284),
            (13, 0, 4),
        ] {
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..k * n).map(|i| value(i + 11)).collect();
            let flipped: Vec<f32> = (0..k * n)
                .map(|i| b[(i % k.max(1)) * n + i / k.max(1)])
                .collect();
            let packs = [
                Packed::rows(&b, k, n, n),
                Packed::columns(&flipped, k, n, k),
            ];
            let a_flipped: Vec<f32> = (0..m * k).map(|i| a[(i % m) * k + i / m]).collect();
            for (packed, left, transposed) in [
                (&packs[0], &a, false),
                (&packs[1], &a, false),
                (&packs[0], &a_flipped, true),
            ] {
                for (isa, c) in run_on_all(|| Case(left, packed, m, transposed)) {
                    for (at, got) in c.iter().enumerate() {
                        let (i, j) = (at / n, at % n);
                        let want = 1.0
                            + (0..k)
                                .map(|p| f64::from(a[i * k + p] * b[p * n + j]))
                                .sum::<f64>();
                        assert!(
                            (f64::from(*got) - want).abs() < 1e-4,
                            "{isa}: {m} {k} {n} at {at}"
                        );
                    }
                }
            }
        }
    }
}
