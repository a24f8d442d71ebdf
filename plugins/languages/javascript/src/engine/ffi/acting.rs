//! Values changed and called, as scripts do it where it says so.

use super::{super::Thrown, Value, checked, done, raw::*, raws, terminated};

// SAFETY (every block below): the engine was started before any value was made, and this thread, the
// only one, calls it. A `Value` holds one reference, so it is alive. Pointers are to Rust's own
// memory with its size, or come from C with theirs and are copied before anything else is called.

impl Value {
    pub(crate) fn call(&self, this: &Self, arguments: &[Self]) -> Result<Self, Thrown> {
        let raw = raws(arguments);
        checked(unsafe { falcon_js_call(self.0, this.0, raw.len() as i32, raw.as_ptr()) })
    }

    pub(crate) fn construct(&self, arguments: &[Self]) -> Result<Self, Thrown> {
        let raw = raws(arguments);
        checked(unsafe { falcon_js_construct(self.0, raw.len() as i32, raw.as_ptr()) })
    }

    /// Reads a property as scripts do: getters and traps run.
    pub(crate) fn get(&self, key: &Self) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_get(self.0, key.0) })
    }

    /// Sets a property as scripts do.
    pub(crate) fn set_property(&self, key: &Self, to: &Self) -> Result<(), Thrown> {
        done(unsafe { falcon_js_set(self.0, key.0, to.0) }).map(drop)
    }

    pub(crate) fn define(&self, name: &str, to: &Self, enumerable: bool) -> Result<(), Thrown> {
        let (text, size) = (name.as_ptr(), name.len());
        done(unsafe { falcon_js_define(self.0, text, size, to.0, enumerable) }).map(drop)
    }

    pub(crate) fn define_key(&self, key: &Self, to: &Self) -> Result<(), Thrown> {
        done(unsafe { falcon_js_define_key(self.0, key.0, to.0) }).map(drop)
    }

    pub(crate) fn define_getter(&self, name: &str, getter: &Self) -> Result<(), Thrown> {
        let name = terminated(name);
        done(unsafe { falcon_js_define_getter(self.0, name.as_ptr(), getter.0) }).map(drop)
    }

    pub(crate) fn delete(&self, key: &Self) -> Result<(), Thrown> {
        done(unsafe { falcon_js_delete(self.0, key.0) }).map(drop)
    }

    pub(crate) fn set_index(&self, at: u32, value: &Self) -> Result<(), Thrown> {
        done(unsafe { falcon_js_push(self.0, at, value.0) }).map(drop)
    }

    pub(crate) fn set_length(&self, length: u32) -> Result<(), Thrown> {
        done(unsafe { falcon_js_set_length(self.0, f64::from(length)) }).map(drop)
    }

    pub(crate) fn map_set(&self, key: &Self, value: &Self) -> Result<(), Thrown> {
        done(unsafe { falcon_js_map_set(self.0, key.0, value.0) }).map(drop)
    }

    pub(crate) fn map_clear(&self) {
        unsafe { falcon_js_map_clear(self.0) }
    }

    pub(crate) fn structured_clone(&self) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_clone(self.0) })
    }
}
