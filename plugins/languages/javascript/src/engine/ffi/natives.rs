//! Functions of ours that scripts call.

use std::{cell::RefCell, slice};

use super::{super::Thrown, Value, checked, raw::*, terminated};

// SAFETY (every block below): the engine was started before any value was made, and this thread, the
// only one, calls it. A `Value` holds one reference, so it is alive. Pointers are to Rust's own
// memory with its size, or come from C with theirs and are copied before anything else is called.

/// A function of ours: what `this` is, and the arguments.
pub(crate) type Native = fn(&Value, &[Value]) -> Result<Value, Thrown>;

thread_local! {
    static NATIVES: RefCell<Vec<Native>> = const { RefCell::new(Vec::new()) };
    static REJECTED: RefCell<Vec<(Value, Value)>> = const { RefCell::new(Vec::new()) };
}

/// Makes a function of ours a value.
pub(crate) fn function(name: &str, length: i32, native: Native, constructs: bool) -> Value {
    let number = NATIVES.with_borrow_mut(|natives| {
        natives.push(native);
        natives.len() - 1
    });
    let name = terminated(name);
    let raw = unsafe { falcon_js_new_function(number as i32, name.as_ptr(), length, constructs) };
    checked(raw).unwrap_or_else(|thrown| thrown.value)
}

/// Promises that were rejected and that no one has handled so far, with their reasons.
pub(crate) fn take_rejected() -> Vec<(Value, Value)> {
    REJECTED.take()
}

#[unsafe(no_mangle)]
extern "C" fn falcon_js_native(number: i32, this: Raw, count: i32, arguments: *const Raw) -> Raw {
    let native = NATIVES.with_borrow(|natives| natives[number as usize]);
    let borrowed = |raw| Value(unsafe { falcon_js_dup(raw) });
    let raw = if count == 0 {
        &[]
    } else {
        unsafe { slice::from_raw_parts(arguments, count as usize) }
    };
    let arguments: Vec<_> = raw.iter().map(|raw| borrowed(*raw)).collect();
    match native(&borrowed(this), &arguments) {
        Ok(value) => {
            let raw = value.0;
            std::mem::forget(value);
            raw
        }
        Err(thrown) if thrown.for_good => unsafe { falcon_js_throw_for_good() },
        Err(thrown) => unsafe { falcon_js_throw(thrown.value.0) },
    }
}

#[unsafe(no_mangle)]
extern "C" fn falcon_js_rejection(promise: Raw, reason: Raw, handled: bool) {
    REJECTED.with_borrow_mut(|rejected| {
        if handled {
            rejected.retain(|(one, _)| one.0 != promise);
        } else {
            let owned = |raw| Value(unsafe { falcon_js_dup(raw) });
            rejected.push((owned(promise), owned(reason)));
        }
    });
}
