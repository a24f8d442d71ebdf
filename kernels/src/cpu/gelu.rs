//! The tanh form of GELU: 0.5 u (1 + tanh(c (u + 0.044715 u^3))) with c = sqrt(2/pi), which is
//! u sigmoid(2 c (u + 0.044715 u^3)).

use super::simd::{Kernel, Simd, dispatch, read, vectors, write};

const TWICE_C: f32 = 2.0 * 0.797_884_6;
const CUBE: f32 = 0.044_715;

/// `out = gelu(u)`
pub(crate) fn forward(u: &[f32], out: &mut [f32]) {
    dispatch(Forward { u, out });
}

/// `du = gelu'(u) dy`, and `y = gelu(u)` again where it is wanted.
pub(crate) fn backward(u: &[f32], dy: &[f32], du: &mut [f32], y: &mut [f32]) {
    dispatch(Backward { u, dy, du, y });
}

struct Forward<'a> {
    u: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let len = self.u.len().min(self.out.len());
        vectors!(s, len, |at, n| {
            let u = read(s, self.u, at, n);
            write(s, self.out, at, n, s.mul(u, gate(s, u)));
        });
    }
}

struct Backward<'a> {
    u: &'a [f32],
    dy: &'a [f32],
    du: &'a mut [f32],
    y: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    type Output = ();
    /// d/du [u g(z)] = g + u g (1 - g) dz/du, with dz/du = 2c (1 + 3 * 0.044715 u^2).
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        vectors!(s, self.u.len(), |at, n| {
            let u = read(s, self.u, at, n);
            let g = gate(s, u);
            let y = s.mul(u, g);
            let slope = s.mul_add(s.mul(u, u), s.splat(3.0 * CUBE * TWICE_C), s.splat(TWICE_C));
            let change = s.mul(s.mul(y, s.sub(s.splat(1.0), g)), slope);
            write(
                s,
                self.du,
                at,
                n,
                s.mul(s.add(g, change), read(s, self.dy, at, n)),
            );
            write(s, self.y, at, n, y);
        });
    }
}

#[inline(always)]
fn gate<S: Simd>(s: S, u: S::V) -> S::V {
    let one = s.splat(1.0);
    let inner = s.mul(
        u,
        s.mul_add(s.mul(u, u), s.splat(-CUBE * TWICE_C), s.splat(-TWICE_C)),
    );
    s.div(one, s.add(one, s.exp(inner)))
}
