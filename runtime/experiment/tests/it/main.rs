//! Tests at the crate's public surface, with runs that are made up.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::cast_precision_loss
)]

mod answers;
mod drive;
mod fakes;
mod file;
mod presets;
