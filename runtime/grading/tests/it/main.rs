//! Grading at its public surface, with the real language packs.

mod benchmarks;
mod boundary;
mod c;
mod cancel;
mod conformance;
mod corpus;
mod cpp;
mod exceptions;
mod exchange;
mod files;
mod held;
mod host_calls;
mod hostile;
mod image;
mod javascript;
mod limits;
mod lua;
mod pipeline;
mod reward;
mod round_trip;
mod support;
mod throws;
