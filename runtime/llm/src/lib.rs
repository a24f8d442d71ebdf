//! Asks OpenAI-compatible endpoints (chat completions) on behalf of FALCON plugins.
//!
//! [`Client`] is the [`LanguageModel`](falcon_host::LanguageModel) that an operator grants: one endpoint and
//! one model, out of a file ([`Settings`]). A question goes through the cache, then the
//! budget, then the wire, with retries.
//!
//! Architecture invariants:
//! - No plugin chooses where its question goes, and none learns the key.
//! - The key is in no file, no message and no `Debug` text.
//! - What the operator's limits would not cover is not sent.

mod budget;
mod cache;
mod client;
mod key;
mod settings;
mod transport;
mod wire;

pub use client::{Client, Spent};
pub use settings::{Limits, Prices, Settings, SettingsError};
