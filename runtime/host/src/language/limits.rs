//! What a program may use.

use serde::{Deserialize, Serialize};

/// What one program may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Fuel of the program, in wasmtime units: one for most WebAssembly instructions, more for calls, throws and growing
    /// memory, and what the host does for the program is paid of it too. A unit of a compiled program counts for sixteen.
    pub fuel: u64,
    /// Fuel of the test program, counted apart.
    pub test_fuel: u64,
    /// Memory of each instance, in bytes.
    pub memory: usize,
    /// Bytes kept of each of standard output and error; more is `output-limit`.
    pub output: usize,
    /// Ticks of the engine's epoch before an instance is killed. Only a safety net: fuel decides.
    pub epochs: u64,
    /// Seed of the randomness an instance sees.
    pub seed: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Some seconds.
            fuel: 100_000_000_000,
            test_fuel: 100_000_000_000,
            memory: 256 << 20,
            output: 1 << 20,
            // Twenty minutes: the slowest that an instance is known to use up that fuel, a throw after another through as
            // deep a stack as there is, takes some of them.
            epochs: 120_000,
            seed: 0,
        }
    }
}
