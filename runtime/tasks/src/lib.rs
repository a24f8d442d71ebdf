//! Task families of FALCON.
//!
//! [`pymini`] is the embedded family: real Python over integer lists and strings, generated,
//! with splits by behaviour. [`formats`] reads public benchmark files.

pub mod formats;
pub mod pymini;

pub use pymini::*;
