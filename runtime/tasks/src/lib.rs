//! Task families of FALCON.
//!
//! [`pymini`] is the embedded family: real Python over integer lists and strings, generated,
//! with splits by behaviour. [`formats`] reads public benchmark files, [`completions`] what models
//! answer, and [`bytes`] makes tokens of any text.

pub mod bytes;
pub mod completions;
pub mod formats;
mod json_line;
pub mod pymini;

pub use json_line::json_line;
pub use pymini::*;
