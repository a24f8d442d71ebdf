//! Task families of FALCON.
//!
//! [`pymini`] is the embedded family: real Python over integer lists and strings, generated,
//! with splits by behaviour. [`formats`] reads public benchmark files, and [`completions`] what models
//! answer.

pub mod completions;
pub mod formats;
mod json_line;
pub mod pymini;

pub use json_line::json_line;
pub use pymini::*;
