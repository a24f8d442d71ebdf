//! Loads and runs FALCON plugins as WebAssembly components.
//!
//! [`Loader::load`] makes a [`Plugin`] of a file; a plugin becomes a [`Judge`], a [`MemoryPolicy`] or a
//! [`language::LanguagePack`]. [`PluginSet`] finds plugins in a folder.
//!
//! Architecture invariants:
//! - There is one [`Engine`] in a process, and no compiled code is loaded that this user's FALCON did
//!   not write.
//! - Every call gets a fresh instance; nothing is left of it but its answer.
//! - A plugin gets a service only where its manifest asks for it **and** the operator grants it.
//! - This crate knows nothing of training.

mod cache;
mod engine;
mod error;
mod fuel;
mod grants;
mod identity;
mod info;
mod judge;
pub mod language;
mod limits;
mod loader;
pub mod memory;
mod payload;
mod plugin;
mod services;
mod set;
mod settings;
pub mod stack;
mod track;
mod usage;

pub use cache::{CacheError, CompiledCache};
pub use engine::{CompileError, Engine, EngineError, Progress, quiet};
pub use error::{CallError, Failure, Hosts, LoadError, UseError};
pub use fuel::leave_fuel_uncounted;
pub use grants::{ClockSource, Grants, HttpHosts, LogLevel, LogMessage, LogSink};
pub use identity::PluginId;
pub use info::{PluginInfo, inspect};
pub use judge::{Judge, JudgeInput};
pub use limits::Limits;
pub use loader::{Loader, host_version};
pub use memory::MemoryPolicy;
pub use plugin::Plugin;
pub use services::{
    HttpCause, HttpClient, HttpError, HttpMethod, HttpReply, HttpRequest, KvError, KvStore,
    KvStoreError, LanguageModel, LlmAnswer, LlmCause, LlmError, LlmMessage, LlmQuestion, LlmRole,
};
pub use set::{PluginSet, Selector};
pub use settings::{Allocation, MAX_MEMORY};
pub use track::Mismatch;
pub use usage::Usage;
