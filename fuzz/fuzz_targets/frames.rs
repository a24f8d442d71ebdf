//! What a worker process sends to its parent, and what it is sent.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| falcon_fuzz::frames(bytes));
