//! The engine itself, its jobs, and the system, as far as there is one.

use std::ffi::CStr;

use super::{super::Thrown, Value, checked, done, raw::*, raws, taken};

// SAFETY (every block below): the engine was started before any value was made, and this thread, the
// only one, calls it. A `Value` holds one reference, so it is alive. Pointers are to Rust's own
// memory with its size, or come from C with theirs and are copied before anything else is called.

/// Starts the engine: once an instance, before any value is made.
pub(crate) fn start(stack: usize) -> bool {
    unsafe { falcon_js_start(stack) }
}

/// Whether memory was refused since this was asked last.
pub(crate) fn refused() -> bool {
    unsafe { falcon_js_refused() }
}

pub(crate) fn eval(source: &str, file: &CStr, how: i32) -> Result<Value, Thrown> {
    let mut text = Vec::with_capacity(source.len() + 1);
    text.extend_from_slice(source.as_bytes());
    text.push(0);
    let file = file.as_ptr().cast();
    checked(unsafe { falcon_js_eval(text.as_ptr(), source.len(), file, how) })
}

pub(crate) fn run(compiled: Value) -> Result<Value, Thrown> {
    // C takes the reference.
    let raw = compiled.0;
    std::mem::forget(compiled);
    checked(unsafe { falcon_js_run(raw) })
}

/// A top-level name of the scripts that ran.
pub(crate) fn lookup(name: &str) -> Result<Option<Value>, Thrown> {
    let mut found = 0;
    let code = unsafe { falcon_js_lookup(name.as_ptr(), name.len(), &raw mut found) };
    let value = Value(found);
    Ok(done(code)?.then_some(value))
}

pub(crate) fn lexical_names() -> Vec<Value> {
    let mut count = 0;
    let names = unsafe { falcon_js_lexical_names(&raw mut count) };
    taken(names, count)
}

/// Runs one waiting job. False where there was none.
pub(crate) fn job() -> Result<bool, Thrown> {
    done(unsafe { falcon_js_job() })
}

/// Makes a job of a call.
pub(crate) fn enqueue(function_and_arguments: &[Value]) -> Result<(), Thrown> {
    let raw = raws(function_and_arguments);
    done(unsafe { falcon_js_enqueue(raw.len() as i32, raw.as_ptr()) }).map(drop)
}

/// Reads standard input to its end, or as far as memory goes.
pub(crate) fn read_all() -> Vec<u8> {
    let mut all = Vec::new();
    let mut part = [0; 16 << 10];
    loop {
        let got = unsafe { falcon_js_read(part.as_mut_ptr(), part.len()) };
        if got == 0 {
            return all;
        }
        all.extend_from_slice(&part[..got]);
    }
}

/// Writes to standard output (1) or error (2).
pub(crate) fn write(descriptor: i32, bytes: &[u8]) {
    unsafe { falcon_js_write(descriptor, bytes.as_ptr(), bytes.len()) }
}

/// Milliseconds since some moment.
pub(crate) fn now() -> f64 {
    unsafe { falcon_js_now() }
}

pub(crate) fn sleep(milliseconds: f64) {
    unsafe { falcon_js_sleep(milliseconds) }
}

/// Ends the instance.
pub(crate) fn exit(code: i32) -> ! {
    unsafe { falcon_js_exit(code) }
}
