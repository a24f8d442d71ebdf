//! Grading at its public surface, with the real Python pack.

mod benchmarks;
mod boundary;
mod compiled;
mod hostile;
mod limits;
mod pipeline;
mod reward;
mod support;
