//! What must hold of everything that reads hostile bytes, each a function of any bytes that panics where
//! it does not. A fuzz target (`fuzz_targets/`) is one of them with libFuzzer around it; `cargo xtask fuzz`
//! builds and runs them.
//!
//! `falcon-grading` and `falcon-host` link wasmtime, which takes longer to compile with the flags of coverage
//! than all targets run in CI. Their files that read bytes stand alone, and are compiled here by themselves: a
//! name of theirs that is not theirs is found at the same place as there.

mod exchange;
#[path = "../../runtime/grading/src/execution.rs"]
mod execution;
mod flatten;
mod form;
mod join;
mod kv;
mod manifest;
mod module;
mod plain_data;
mod plugin;
#[path = "../../runtime/grading/src/reward/mod.rs"]
#[allow(dead_code, reason = "falcon-grading uses the rest")]
mod reward;
mod rewards;
mod tasks;
mod workers;

pub use exchange::{exchange, exchange_seeds};
pub use flatten::flatten;
pub use form::form;
pub use join::{join, join_seeds};
pub use kv::{kv, kv_seeds};
pub use manifest::manifest;
pub use module::{module, module_seeds};
pub use plain_data::plain_data;
pub use plugin::plugin;
pub use rewards::reward;
pub use tasks::tasks;
pub use workers::{frame_seeds, frames};
