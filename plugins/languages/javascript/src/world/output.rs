//! Standard output and error, kept together until there is enough to write.

use std::cell::RefCell;

use crate::engine;

/// Bytes that are written at once: where a limit ends the program, what is less is lost.
const ENOUGH: usize = 1 << 10;

thread_local! {
    static WAITING: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// Writes to standard output (1) or error (2).
pub(crate) fn put(descriptor: i32, bytes: &[u8]) {
    let at = usize::from(descriptor == 2);
    let full = WAITING.with_borrow_mut(|waiting| {
        waiting[at].extend_from_slice(bytes);
        (waiting[at].len() >= ENOUGH).then(|| std::mem::take(&mut waiting[at]))
    });
    if let Some(bytes) = full {
        engine::write(descriptor, &bytes);
    }
}

/// Writes what is waiting.
pub(crate) fn flush() {
    let [out, error] = WAITING.take();
    for (descriptor, bytes) in [(1, out), (2, error)] {
        if !bytes.is_empty() {
            engine::write(descriptor, &bytes);
        }
    }
}
