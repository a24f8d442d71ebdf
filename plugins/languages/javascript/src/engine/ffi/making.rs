//! Values made.

use super::{
    super::{Class, Thrown},
    Value, checked,
    raw::*,
    terminated,
};

// SAFETY (every block below): the engine was started before any value was made, and this thread, the
// only one, calls it. A `Value` holds one reference, so it is alive. Pointers are to Rust's own
// memory with its size, or come from C with theirs and are copied before anything else is called.

impl Value {
    pub(crate) fn undefined() -> Self {
        Self(unsafe { falcon_js_undefined() })
    }

    pub(crate) fn null() -> Self {
        Self(unsafe { falcon_js_null() })
    }

    pub(crate) fn bool(value: bool) -> Self {
        Self(unsafe { falcon_js_bool(value) })
    }

    pub(crate) fn number(value: f64) -> Self {
        Self(unsafe { falcon_js_number(value) })
    }

    pub(crate) fn utf8(text: &str) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_utf8(text.as_ptr(), text.len()) })
    }

    pub(crate) fn utf16(text: &[u16]) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_utf16(text.as_ptr(), text.len()) })
    }

    pub(crate) fn array() -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_array() })
    }

    pub(crate) fn object() -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_object() })
    }

    /// An object without a prototype.
    pub(crate) fn bare_object() -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_bare_object() })
    }

    pub(crate) fn date(milliseconds: f64) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_date(milliseconds) })
    }

    pub(crate) fn global() -> Self {
        Self(unsafe { falcon_js_global() })
    }

    pub(crate) fn proxy(target: &Self, handler: &Self) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_proxy(target.0, handler.0) })
    }

    pub(crate) fn map() -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_new_map(false) })
    }

    pub(crate) fn set() -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_new_map(true) })
    }

    pub(crate) fn regexp(source: &Self, flags: &Self) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_new_regexp(source.0, flags.0) })
    }

    pub(crate) fn buffer(bytes: &[u8]) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_new_buffer(bytes.as_ptr(), bytes.len()) })
    }

    pub(crate) fn typed_array(kind: i32, buffer: &Self) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_new_typed_array(kind, buffer.0) })
    }

    pub(crate) fn bigint(limbs: &[u32]) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_new_bigint(limbs.as_ptr(), limbs.len() as u32) })
    }

    pub(crate) fn error(class: Class, message: &str) -> Self {
        let message = terminated(message);
        let raw = unsafe { falcon_js_new_error(class as i32, message.as_ptr()) };
        checked(raw).unwrap_or_else(|thrown| thrown.value)
    }
}
