//! Loads and runs FALCON plugins as WebAssembly components.

mod cache;
mod engine;
pub mod language;
mod settings;

pub use cache::{CacheError, CompiledCache};
pub use engine::{CompileError, Engine, EngineError, Progress, quiet};
pub use settings::{Allocation, MAX_MEMORY};
