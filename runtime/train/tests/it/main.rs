//! Tests at the crate's public surface.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::cast_precision_loss
)]

mod ahead;
mod config;
mod encoder;
mod exemplars;
mod experiment;
mod fakes;
mod faults;
mod file_counts;
mod file_mistakes;
mod files;
mod inner;
mod models;
mod objectives;
mod runs;
mod second_attempts;
