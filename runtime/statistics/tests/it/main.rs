//! Tests at the crate's public surface.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::cast_precision_loss
)]

mod bootstrap;
mod claims;
