//! The text of a reward file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| falcon_fuzz::reward(bytes));
