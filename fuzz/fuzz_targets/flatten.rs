//! Components of several core modules, as linkers make them and broken in places.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if falcon_fuzz::flatten(bytes) {
        Corpus::Keep
    } else {
        Corpus::Reject
    }
});
