//! Files of tasks and of completions.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| falcon_fuzz::tasks(bytes));
