//! Grading at its public surface, with the real language packs.

mod benchmarks;
mod boundary;
mod c;
mod conformance;
mod corpus;
mod cpp;
mod exceptions;
mod exchange;
mod held;
mod hostile;
mod javascript;
mod limits;
mod lua;
mod pipeline;
mod reward;
mod round_trip;
mod support;
