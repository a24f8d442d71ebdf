//! The vocabulary kernel for GPUs, written in cubecl.
//!
//! One cube of threads takes one row: it finds the largest logit, then the two sums that
//! log-probability and entropy need, and either writes the two scores or turns the row into its
//! gradient. Logits are read, never copied, and at most four storage buffers are bound (software
//! Vulkan allows eight). Sums run over a tree of fixed shape, so that results do not vary from run
//! to run.
#![allow(unsafe_code)]

#[cfg(any(feature = "burn-wgpu", feature = "burn-cuda"))]
mod burn;

#[cfg(any(feature = "burn-wgpu", feature = "burn-cuda"))]
pub(crate) use self::burn::on_cube;

use cubecl::{features::Plane, prelude::*, server::Handle};

/// Threads of a cube where planes are not used, at most; a power of two.
const UNITS: usize = 128;

/// Vocabularies up to this size are reduced by one plane, without shared memory.
const ONE_PLANE: usize = 4096;

/// The widest first dimension of a launch that every API allows.
const WIDEST: u32 = 65_535;

/// How the threads of a cube combine their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// Threads of a cube.
    pub units: usize,
    /// Combine by plane operations, for which a cube must be one plane; else by shared memory.
    pub planes: bool,
}

impl Strategy {
    /// The strategy for a device and a size of vocabulary.
    ///
    /// Plane operations are used where the device has them and all its planes are of one size.
    #[must_use]
    pub fn choose(client: &Client, vocabulary: usize) -> Self {
        let hardware = &client.properties().hardware;
        let plane = hardware.plane_size_max as usize;
        let fixed = hardware.plane_size_min == hardware.plane_size_max && plane > 1;
        let planes = client.features().plane.contains(Plane::Ops);
        if planes && fixed && vocabulary <= ONE_PLANE {
            return Self {
                units: plane,
                planes: true,
            };
        }
        let most = (hardware.max_units_per_cube as usize).clamp(1, UNITS);
        Self {
            units: 1 << most.ilog2(),
            planes: false,
        }
    }
}

/// Buffers of one call, all dense, on the device of `client`.
#[derive(Clone, Debug)]
pub struct Rows {
    /// f32 `[N, V]`
    pub logits: Handle,
    /// i32 `[N]`, each below `V`
    pub targets: Handle,
    /// N
    pub rows: usize,
    /// V
    pub vocabulary: usize,
}

impl Rows {
    /// Scores f32 `[N, 2]`: log-probability of the target, entropy.
    #[must_use]
    pub fn forward(&self, client: &Client, strategy: Strategy) -> Handle {
        let scores = client.empty(self.rows * 2 * size_of::<f32>());
        if self.rows == 0 {
            return scores;
        }
        scores_kernel::launch(
            client,
            self.count(),
            CubeDim::new_1d(strategy.units as u32),
            // SAFETY (all arguments): the buffers hold as many values as their documentation says.
            unsafe { BufferArg::from_raw_parts(self.logits.clone(), self.rows * self.vocabulary) },
            unsafe { BufferArg::from_raw_parts(self.targets.clone(), self.rows) },
            unsafe { BufferArg::from_raw_parts(scores.clone(), self.rows * 2) },
            self.vocabulary as u32,
            self.rows as u32,
            strategy.units,
            strategy.planes,
        );
        scores
    }

    /// Gradient of the logits f32 `[N, V]`, given that of the scores, f32 `[N, 2]`.
    #[must_use]
    pub fn backward(&self, client: &Client, strategy: Strategy, grad: Handle) -> Handle {
        let out = client.empty(self.rows * self.vocabulary * size_of::<f32>());
        if self.rows == 0 {
            return out;
        }
        gradient_kernel::launch(
            client,
            self.count(),
            CubeDim::new_1d(strategy.units as u32),
            // SAFETY (all arguments): as in `forward`.
            unsafe { BufferArg::from_raw_parts(self.logits.clone(), self.rows * self.vocabulary) },
            unsafe { BufferArg::from_raw_parts(self.targets.clone(), self.rows) },
            unsafe { BufferArg::from_raw_parts(grad, self.rows * 2) },
            unsafe { BufferArg::from_raw_parts(out.clone(), self.rows * self.vocabulary) },
            self.vocabulary as u32,
            self.rows as u32,
            strategy.units,
            strategy.planes,
        );
        out
    }

    /// One cube for each row, and some that find themselves beyond the last.
    fn count(&self) -> CubeCount {
        let rows = self.rows as u32;
        let wide = rows.min(WIDEST);
        CubeCount::Static(wide, rows.div_ceil(wide), 1)
    }
}

#[cube(launch)]
fn scores_kernel(
    logits: &[f32],
    targets: &[i32],
    scores: &mut [f32],
    vocabulary: u32,
    rows: u32,
    #[comptime] units: usize,
    #[comptime] planes: bool,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let v = vocabulary as usize;
    let top = largest(logits, row * v, v, units, planes);
    let (sum, weight) = sums(logits, row * v, v, top, units, planes);
    if UNIT_POS == 0 {
        let target = targets[row] as usize;
        let log = sum.ln();
        scores[row * 2] = logits[row * v + target] - top - log;
        scores[row * 2 + 1] = log - weight / sum;
    }
}

#[cube(launch)]
fn gradient_kernel(
    logits: &[f32],
    targets: &[i32],
    grad: &[f32],
    out: &mut [f32],
    vocabulary: u32,
    rows: u32,
    #[comptime] units: usize,
    #[comptime] planes: bool,
) {
    let row = CUBE_POS;
    if row >= rows as usize {
        terminate!();
    }
    let v = vocabulary as usize;
    let from = row * v;
    let top = largest(logits, from, v, units, planes);
    let (sum, weight) = sums(logits, from, v, top, units, planes);
    let log = sum.ln();
    let entropy = log - weight / sum;
    let of_log_prob = grad[row * 2];
    let of_entropy = grad[row * 2 + 1];
    let target = targets[row] as usize;
    let mut j = UNIT_POS as usize;
    while j < v {
        // d log p_t / dz_j = [j = t] - p_j, dH / dz_j = -p_j (log p_j + H)
        let log_p = logits[from + j] - top - log;
        let mut slope = -(log_p.exp() * (of_log_prob + of_entropy * (log_p + entropy)));
        if j == target {
            slope += of_log_prob;
        }
        out[from + j] = slope;
        j += units;
    }
}

/// The largest of `v` logits from `from` on, for all threads of the cube.
#[cube]
fn largest(
    logits: &[f32],
    from: usize,
    v: usize,
    #[comptime] units: usize,
    #[comptime] planes: bool,
) -> f32 {
    let mut high = logits[from];
    let mut j = UNIT_POS as usize;
    while j < v {
        high = max(high, logits[from + j]);
        j += units;
    }
    if planes {
        plane_max(high)
    } else {
        shared_max(high, units)
    }
}

/// The sums of e^(z - top) and of e^(z - top) (z - top), for all threads of the cube.
#[cube]
fn sums(
    logits: &[f32],
    from: usize,
    v: usize,
    top: f32,
    #[comptime] units: usize,
    #[comptime] planes: bool,
) -> (f32, f32) {
    let mut sum = 0.0f32;
    let mut weight = 0.0f32;
    let mut j = UNIT_POS as usize;
    while j < v {
        let z = logits[from + j] - top;
        let e = z.exp();
        sum += e;
        weight += e * z;
        j += units;
    }
    if planes {
        (plane_sum(sum), plane_sum(weight))
    } else {
        (shared_sum(sum, units), shared_sum(weight, units))
    }
}

/// The largest value of a cube's threads, by halving in shared memory.
#[cube]
fn shared_max(value: f32, #[comptime] units: usize) -> f32 {
    let unit = UNIT_POS as usize;
    let mut shared = Shared::new_slice(units);
    shared[unit] = value;
    sync_cube();
    let mut reach = comptime!(units / 2).runtime();
    while reach > 0 {
        if unit < reach {
            shared[unit] = max(shared[unit], shared[unit + reach]);
        }
        sync_cube();
        reach /= 2;
    }
    shared[0]
}

/// The sum of a cube's threads, by halving in shared memory.
#[cube]
fn shared_sum(value: f32, #[comptime] units: usize) -> f32 {
    let unit = UNIT_POS as usize;
    let mut shared = Shared::new_slice(units);
    shared[unit] = value;
    sync_cube();
    let mut reach = comptime!(units / 2).runtime();
    while reach > 0 {
        if unit < reach {
            shared[unit] += shared[unit + reach];
        }
        sync_cube();
        reach /= 2;
    }
    shared[0]
}
