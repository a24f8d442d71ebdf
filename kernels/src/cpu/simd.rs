//! A thin vector layer: one trait, three instruction sets, chosen once at run time.
//!
//! Kernels are written once against [`Simd`], marked `#[inline(always)]`, and entered through
//! [`dispatch`], whose wrappers carry the `#[target_feature]`. So a binary built for any x86-64
//! (or for another architecture) uses AVX-512 or AVX2 where the machine has it. Results may differ
//! in the last bits between instruction sets, never between runs or thread counts on one machine.
#![allow(unsafe_code)]

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::OnceLock;

/// Vector operations of one instruction set.
///
/// A value of the type is proof that the machine has the instructions: only [`dispatch`] makes one.
pub(crate) trait Simd: Copy + Send + Sync + 'static {
    /// f32 values in one vector.
    const LANES: usize;
    /// A vector of `LANES` f32.
    type V: Copy;

    /// Reads `LANES` values.
    ///
    /// # Safety
    /// `p` must be valid for reading `LANES` values; no alignment is asked.
    unsafe fn load(self, p: *const f32) -> Self::V;
    /// Reads the first `n` values and fills with zeros.
    ///
    /// # Safety
    /// `n <= LANES`, and `p` must be valid for reading `n` values.
    unsafe fn load_first(self, p: *const f32, n: usize) -> Self::V;
    /// Writes `LANES` values.
    ///
    /// # Safety
    /// `p` must be valid for writing `LANES` values.
    unsafe fn store(self, p: *mut f32, v: Self::V);
    /// Writes the first `n` values.
    ///
    /// # Safety
    /// `n <= LANES`, and `p` must be valid for writing `n` values.
    unsafe fn store_first(self, p: *mut f32, v: Self::V, n: usize);

    /// The same value in every lane.
    fn splat(self, x: f32) -> Self::V;
    /// `a + b`
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b`
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`, rounded once where the instruction set can.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The larger of each pair.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller of each pair.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// Nearest whole number.
    fn round(self, a: Self::V) -> Self::V;
    /// Square root.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// 2^n for whole n in -126..=127.
    fn pow2(self, n: Self::V) -> Self::V;
    /// Sum over lanes, in a fixed order.
    fn sum(self, a: Self::V) -> f32;
    /// Largest lane.
    fn largest(self, a: Self::V) -> f32;

    /// e^x with a relative error below 2e-7; underflows to about 1e-38 and saturates at 2^127.
    ///
    /// Range reduction by ln 2 in two parts and the degree-5 polynomial of Cephes' `expf`.
    #[inline(always)]
    fn exp(self, x: Self::V) -> Self::V {
        let c = |v: f32| self.splat(v);
        let x = self.min(self.max(x, c(-87.3)), c(88.0));
        let n = self.round(self.mul(x, c(std::f32::consts::LOG2_E)));
        let r = self.mul_add(n, c(-0.693_359_4), x);
        let r = self.mul_add(n, c(2.121_944_4e-4), r);
        let mut p = c(1.987_569_1e-4);
        for coefficient in [
            1.398_2e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            5.0e-1,
        ] {
            p = self.mul_add(p, r, c(coefficient));
        }
        let value = self.add(self.mul_add(p, self.mul(r, r), r), c(1.0));
        self.mul(value, self.pow2(n))
    }
}

/// A kernel waiting for an instruction set.
pub(crate) trait Kernel {
    /// What the kernel returns.
    type Output;
    /// The body; must be `#[inline(always)]`, and so must everything it calls.
    fn run<S: Simd>(self, s: S) -> Self::Output;
}

#[derive(Clone, Copy, Debug)]
enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

/// The instruction sets of this machine, the best first.
fn available() -> Vec<Isa> {
    let mut sets = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            sets.push(Isa::Avx512);
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            sets.push(Isa::Avx2);
        }
    }
    sets.push(Isa::Portable);
    sets
}

fn isa() -> Isa {
    static ISA: OnceLock<Isa> = OnceLock::new();
    *ISA.get_or_init(|| available()[0])
}

/// Runs a kernel with the best instruction set of this machine.
#[inline]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    run_on(isa(), kernel)
}

#[inline]
fn run_on<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    match isa {
        // SAFETY: a value of `Isa` other than `Portable` comes from `available`, which detected it.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::run_avx512(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::run_avx2(kernel) },
        Isa::Portable => kernel.run(portable::Portable),
    }
}

/// The name of the instruction set in use: `avx512`, `avx2` or `portable`.
#[must_use]
pub fn instruction_set() -> &'static str {
    match isa() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => "avx512",
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => "avx2",
        Isa::Portable => "portable",
    }
}

/// Runs a body for every vector of a run of values: `vectors!(s, len, |at, n| body)`, with `n` the
/// number of lanes except in a last, shorter piece.
///
/// A macro and not a function with a closure: a closure that the compiler declines to inline would
/// be compiled without the instruction set, and every vector operation in it would become a call.
macro_rules! vectors {
    ($s:expr, $len:expr, |$at:ident, $n:ident| $body:expr) => {{
        let (len, lanes) = ($len, $crate::cpu::simd::lanes($s));
        let mut from = 0;
        while from + lanes <= len {
            let ($at, $n) = (from, lanes);
            $body;
            from += lanes;
        }
        if from < len {
            let ($at, $n) = (from, len - from);
            $body;
        }
    }};
}
pub(crate) use vectors;

/// The number of lanes, from a value.
#[inline(always)]
pub(crate) fn lanes<S: Simd>(_: S) -> usize {
    S::LANES
}

/// Reads `count <= LANES` values of `slice` from `at`, zeros beyond.
#[inline(always)]
pub(crate) fn read<S: Simd>(s: S, slice: &[f32], at: usize, count: usize) -> S::V {
    let part = &slice[at..at + count];
    // SAFETY: `part` holds `count` values.
    unsafe {
        if count == S::LANES {
            s.load(part.as_ptr())
        } else {
            s.load_first(part.as_ptr(), count)
        }
    }
}

/// Writes the first `count <= LANES` values of `v` into `slice` at `at`.
#[inline(always)]
pub(crate) fn write<S: Simd>(s: S, slice: &mut [f32], at: usize, count: usize, v: S::V) {
    let part = &mut slice[at..at + count];
    // SAFETY: `part` holds `count` values.
    unsafe {
        if count == S::LANES {
            s.store(part.as_mut_ptr(), v);
        } else {
            s.store_first(part.as_mut_ptr(), v, count);
        }
    }
}

/// Runs a kernel with every instruction set of this machine, for tests.
#[cfg(test)]
pub(crate) fn run_on_all<K: Kernel>(make: impl Fn() -> K) -> Vec<(String, K::Output)> {
    available()
        .into_iter()
        .map(|isa| (format!("{isa:?}"), run_on(isa, make())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// e^x, the sum and the largest, with every vector length and tail.
    struct Probe<'a>(&'a [f32]);

    impl Kernel for Probe<'_> {
        type Output = (Vec<f32>, f32, f32, f32);
        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let mut exp = vec![0.0; self.0.len()];
            let mut sum = s.splat(0.0);
            vectors!(s, self.0.len(), |at, n| {
                let v = read(s, self.0, at, n);
                sum = s.add(sum, v);
                write(s, &mut exp, at, n, s.exp(v));
            });
            let first = s.sqrt(s.splat(2.0));
            (
                exp,
                s.sum(sum),
                s.largest(s.splat(3.0)),
                s.sum(first) / S::LANES as f32,
            )
        }
    }

    #[test]
    fn every_instruction_set_computes_the_same() {
        for len in [1, 7, 8, 15, 16, 17, 64, 500] {
            let x: Vec<f32> = (0..len).map(|i| (i as f32 * 0.37).sin() * 80.0).collect();
            for (isa, (exp, sum, largest, root)) in run_on_all(|| Probe(&x)) {
                for (x, e) in x.iter().zip(exp) {
                    let want = f64::from(*x).exp();
                    let error = (f64::from(e) - want).abs() / want;
                    assert!(error < 2e-7, "{isa}: exp({x}) = {e}, off by {error:e}");
                }
                let want: f64 = x.iter().map(|&v| f64::from(v)).sum();
                assert!(
                    (f64::from(sum) - want).abs() < 1e-3,
                    "{isa}: sum {sum} for {want}"
                );
                assert_eq!(largest, 3.0, "{isa}");
                assert!((root - 2.0f32.sqrt()).abs() < 1e-6, "{isa}");
            }
        }
    }
}
