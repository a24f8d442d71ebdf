//! Python programs as judges read them: parsed within bounds, with places and tokens.
//!
//! Architecture invariant: nothing here recurses deeper than [`MAX_DEPTH`] allows, whatever the program that compiled.

mod brackets;
mod depth;
mod lines;
mod own;
mod reading;
mod source;
mod walk;

pub use brackets::{closes, opens};
pub use depth::MAX_DEPTH;
pub use lines::{Lines, Place};
pub use own::own_text;
pub use reading::read;
pub use ruff_python_ast as ast;
pub use ruff_text_size::{Ranged, TextRange, TextSize};
pub use source::{MAX_BYTES, Source, Unread};
pub use walk::{walk_expr, walk_stmt};
