//! Plain data that a sandboxed instance returns.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| falcon_fuzz::plain_data(bytes));
