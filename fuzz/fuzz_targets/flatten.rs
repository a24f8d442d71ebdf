//! Components of several core modules, as linkers make them and broken in places.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| falcon_fuzz::flatten(bytes));
