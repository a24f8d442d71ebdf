//! The functions of `glue.c`, and the values that they trade in.
//!
//! Everything that is unsafe is in this folder. What C is given are numbers, values that are alive, and
//! pointers to memory that outlives the call; what it gives is freed by whoever got it.

#![allow(unsafe_code, reason = "the engine is in C")]

mod acting;
pub(crate) mod files;
mod making;
mod natives;
mod raw;
mod reading;
mod system;

use std::slice;

use raw::{
    Raw, falcon_js_dup, falcon_js_exception, falcon_js_free, falcon_js_is_exception,
    falcon_js_release,
};

pub(crate) use natives::{Native, function, take_rejected};
pub(crate) use system::{
    enqueue, exit, job, lexical_names, lookup, now, read_all, refused, sleep, write,
};
pub(super) use system::{eval, run, start};

use super::{Property, Thrown};

// SAFETY (every block below): the engine was started before any value was made, and this thread, the
// only one, calls it. A `Value` holds one reference, so it is alive. Pointers are to Rust's own
// memory with its size, or come from C with theirs and are copied before anything else is called.

/// A value of the engine: one reference to it.
pub(crate) struct Value(Raw);

impl Drop for Value {
    fn drop(&mut self) {
        unsafe { falcon_js_free(self.0) }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self(unsafe { falcon_js_dup(self.0) })
    }
}

/// What came of something that may throw.
fn checked(raw: Raw) -> Result<Value, Thrown> {
    if unsafe { falcon_js_is_exception(raw) } {
        Err(Thrown::pending())
    } else {
        Ok(Value(raw))
    }
}

fn done(code: i32) -> Result<bool, Thrown> {
    if code < 0 {
        Err(Thrown::pending())
    } else {
        Ok(code > 0)
    }
}

fn terminated(text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).collect();
    bytes.push(0);
    bytes
}

/// Values of a C array, which is released.
fn taken(values: *mut Raw, count: u32) -> Vec<Value> {
    if values.is_null() {
        return Vec::new();
    }
    let all = unsafe { slice::from_raw_parts(values, count as usize) };
    let owned = all.iter().map(|raw| Value(*raw)).collect();
    unsafe { falcon_js_release(values, 0) };
    owned
}

fn property(code: i32, raw: Raw) -> Property {
    let value = Value(raw);
    match code {
        1 => Property::Data(value),
        2 => Property::Accessor(value.to_number() as u8),
        _ => Property::Absent,
    }
}

impl Value {
    /// The exception that is on its way.
    pub(super) fn pending() -> Self {
        Self(unsafe { falcon_js_exception() })
    }
}

fn raws(values: &[Value]) -> Vec<Raw> {
    values.iter().map(|value| value.0).collect()
}

fn copied(bytes: *const u8, size: u32) -> Vec<u8> {
    if bytes.is_null() || size == 0 {
        return Vec::new();
    }
    unsafe { slice::from_raw_parts(bytes, size as usize) }.to_vec()
}
