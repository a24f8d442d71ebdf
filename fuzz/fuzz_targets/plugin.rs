//! The bytes of a plugin file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| falcon_fuzz::plugin(bytes));
