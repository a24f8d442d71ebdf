//! What runners share. A runner is a core module that `cargo xtask build` makes once, and that `falcon plugin build`
//! puts an author's judge into; it speaks JSON with it.

pub mod answer;
pub mod episode;
pub mod services;
pub mod slot;
