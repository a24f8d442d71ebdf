//! Programs in Python whose normal forms are taken.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| falcon_fuzz::form(bytes));
