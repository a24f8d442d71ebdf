//! Root-mean-square normalisation: y = x / sqrt(mean(x^2) + eps) * w.

use super::simd::{Kernel, Simd, dispatch, read, vectors, write};

/// `out = norm(x) * w` for rows of `w.len()` values.
pub(crate) fn forward(x: &[f32], w: &[f32], eps: f32, out: &mut [f32]) {
    dispatch(Forward { x, w, eps, out });
}

/// Adds the gradient of `x` to `dx` and that of `w` to `dw`, given that of the output.
pub(crate) fn backward(x: &[f32], w: &[f32], eps: f32, dy: &[f32], dx: &mut [f32], dw: &mut [f32]) {
    dispatch(Backward {
        x,
        w,
        eps,
        dy,
        dx,
        dw,
    });
}

struct Forward<'a> {
    x: &'a [f32],
    w: &'a [f32],
    eps: f32,
    out: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let d = self.w.len();
        for (x, out) in self.x.chunks_exact(d).zip(self.out.chunks_exact_mut(d)) {
            let scale = s.splat(inverse_rms(s, x, self.eps));
            vectors!(s, d, |at, n| {
                let v = s.mul(s.mul(read(s, x, at, n), scale), read(s, self.w, at, n));
                write(s, out, at, n, v);
            });
        }
    }
}

struct Backward<'a> {
    x: &'a [f32],
    w: &'a [f32],
    eps: f32,
    dy: &'a [f32],
    dx: &'a mut [f32],
    dw: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();
    /// With r = 1/rms: dx = r (w dy) - x r^3 mean(x w dy), dw = sum over rows of x r dy.
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let d = self.w.len();
        let rows = self.x.chunks_exact(d).zip(self.dy.chunks_exact(d));
        for ((x, dy), dx) in rows.zip(self.dx.chunks_exact_mut(d)) {
            let r = inverse_rms(s, x, self.eps);
            let mut dot = s.splat(0.0);
            vectors!(s, d, |at, n| {
                let g = s.mul(read(s, self.w, at, n), read(s, dy, at, n));
                dot = s.mul_add(read(s, x, at, n), g, dot);
            });
            let (scale, back) = (s.splat(r), s.splat(-r * r * r * s.sum(dot) / d as f32));
            vectors!(s, d, |at, n| {
                let (xv, g) = (read(s, x, at, n), read(s, dy, at, n));
                let scaled = s.mul(g, scale);
                let v = s.mul_add(scaled, read(s, self.w, at, n), read(s, dx, at, n));
                write(s, dx, at, n, s.mul_add(xv, back, v));
                let v = s.mul_add(xv, scaled, read(s, self.dw, at, n));
                write(s, self.dw, at, n, v);
            });
        }
    }
}

#[inline(always)]
fn inverse_rms<S: Simd>(s: S, x: &[f32], eps: f32) -> f32 {
    let mut sum = s.splat(0.0);
    vectors!(s, x.len(), |at, n| {
        let v = read(s, x, at, n);
        sum = s.mul_add(v, v, sum);
    });
    1.0 / (s.sum(sum) / x.len() as f32 + eps).sqrt()
}
