//! The element-wise part of AdamW.

use super::simd::{Kernel, Simd, dispatch, read, vectors, write};

/// One parameter's update.
pub(crate) struct Update<'a> {
    pub(crate) value: &'a mut [f32],
    pub(crate) grad: &'a [f32],
    pub(crate) first: &'a mut [f32],
    pub(crate) second: &'a mut [f32],
    pub(crate) factors: Factors,
}

/// Numbers shared by all elements of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factors {
    pub(crate) beta1: f32,
    pub(crate) beta2: f32,
    pub(crate) eps: f32,
    /// Gradients are multiplied by this, for clipping.
    pub(crate) scale: f32,
    /// lr / (1 - beta1^t)
    pub(crate) rate: f32,
    /// 1 / (1 - beta2^t)
    pub(crate) correction: f32,
    /// 1 - lr * decay
    pub(crate) keep: f32,
}

impl Update<'_> {
    /// Updates value and moments in place.
    pub(crate) fn run(self) {
        dispatch(self);
    }
}

impl Kernel for Update<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let f = self.factors;
        let (b1, b2) = (s.splat(f.beta1), s.splat(f.beta2));
        let (c1, c2) = (s.splat(1.0 - f.beta1), s.splat(1.0 - f.beta2));
        let (scale, rate, keep) = (s.splat(f.scale), s.splat(-f.rate), s.splat(f.keep));
        let (correction, eps) = (s.splat(f.correction), s.splat(f.eps));
        vectors!(s, self.value.len(), |at, n| {
            let g = s.mul(read(s, self.grad, at, n), scale);
            let m = s.mul_add(read(s, self.first, at, n), b1, s.mul(g, c1));
            let v = s.mul_add(read(s, self.second, at, n), b2, s.mul(s.mul(g, g), c2));
            write(s, self.first, at, n, m);
            write(s, self.second, at, n, v);
            let size = s.add(s.sqrt(s.mul(v, correction)), eps);
            let step = s.div(s.mul(m, rate), size);
            let value = s.mul_add(read(s, self.value, at, n), keep, step);
            write(s, self.value, at, n, value);
        });
    }
}
