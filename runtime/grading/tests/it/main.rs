//! Grading at its public surface, with the real Python pack.

mod benchmarks;
mod boundary;
mod conformance;
mod exceptions;
mod exchange;
mod hostile;
mod limits;
mod lua;
mod pipeline;
mod reward;
mod support;
