//! Long-term memory against the real database, in temporary folders.

mod aliases;
mod checkpoint;
mod durability;
mod elsewhere;
mod encoder;
mod errors;
mod exchange;
mod figures;
mod guard;
mod policy;
mod retrieval;
mod round_trip;
mod s3;
mod support;
mod warnings;
