//! Grading at its public surface, with the real language packs.

mod benchmarks;
mod boundary;
mod compiled;
mod conformance;
mod corpus;
mod exceptions;
mod exchange;
mod hostile;
mod javascript;
mod limits;
mod lua;
mod pipeline;
mod reward;
mod support;
