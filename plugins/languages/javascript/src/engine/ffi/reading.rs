//! Values read. No script takes part.

use std::slice;

use super::{
    super::{Kind, Property, Thrown},
    Value, copied, property,
    raw::*,
    taken,
};

// SAFETY (every block below): the engine was started before any value was made, and this thread, the
// only one, calls it. A `Value` holds one reference, so it is alive. Pointers are to Rust's own
// memory with its size, or come from C with theirs and are copied before anything else is called.

impl Value {
    /// Two values are the same object, symbol or small primitive where their addresses are equal.
    pub(crate) fn address(&self) -> u64 {
        self.0
    }

    pub(crate) fn kind(&self) -> Kind {
        Kind::of(unsafe { falcon_js_kind(self.0) })
    }

    pub(crate) fn prototype_is(&self) -> i32 {
        unsafe { falcon_js_prototype_is(self.0) }
    }

    pub(crate) fn prototype(&self) -> Self {
        Self(unsafe { falcon_js_prototype(self.0) })
    }

    pub(crate) fn to_bool(&self) -> bool {
        unsafe { falcon_js_to_bool(self.0) }
    }

    /// The number that it is; nan for what is none.
    pub(crate) fn to_number(&self) -> f64 {
        unsafe { falcon_js_to_number(self.0) }
    }

    pub(crate) fn string_length(&self) -> usize {
        unsafe { falcon_js_string_length(self.0) as usize }
    }

    /// A primitive's text in WTF-8; none where there is no memory for it. Not for objects.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let mut size = 0;
        let text = unsafe { falcon_js_text(self.0, &raw mut size) };
        if text.is_null() {
            let _ = Thrown::pending();
            return None;
        }
        let bytes = unsafe { slice::from_raw_parts(text, size) }.to_vec();
        unsafe { falcon_js_free_text(text) };
        Some(bytes)
    }

    pub(crate) fn symbol_text(&self) -> Self {
        Self(unsafe { falcon_js_symbol_text(self.0) })
    }

    /// The limbs of a big integer.
    pub(crate) fn limbs(&self) -> Vec<u32> {
        let (mut count, mut small) = (0, 0);
        let limbs = unsafe { falcon_js_bigint(self.0, &raw mut count, &raw mut small) };
        unsafe { slice::from_raw_parts(limbs, count as usize) }.to_vec()
    }

    /// Own keys: the enumerable ones, or all; strings, and symbols where asked.
    pub(crate) fn own_keys(&self, all: bool, symbols: bool) -> Vec<Self> {
        let mut count = 0;
        let keys = unsafe { falcon_js_own_keys(self.0, all, symbols, &raw mut count) };
        taken(keys, count)
    }

    pub(crate) fn own(&self, key: &Self) -> Property {
        let mut found = 0;
        let code = unsafe { falcon_js_own(self.0, key.0, &raw mut found) };
        property(code, found)
    }

    pub(crate) fn own_name(&self, name: &str) -> Property {
        let mut found = 0;
        let (text, size) = (name.as_ptr(), name.len());
        let code = unsafe { falcon_js_own_name(self.0, text, size, &raw mut found) };
        property(code, found)
    }

    pub(crate) fn own_index(&self, index: u32) -> Property {
        let mut found = 0;
        let code = unsafe { falcon_js_own_index(self.0, index, &raw mut found) };
        property(code, found)
    }

    pub(crate) fn array_length(&self) -> u32 {
        unsafe { falcon_js_array_length(self.0) }
    }

    pub(crate) fn is_dense(&self) -> bool {
        unsafe { falcon_js_is_dense(self.0) }
    }

    /// Keys and values of a map, or a set's values each with undefined, flat. Not for others.
    pub(crate) fn records(&self) -> Vec<Self> {
        let mut count = 0;
        let records = unsafe { falcon_js_records(self.0, &raw mut count) };
        taken(records, count)
    }

    pub(crate) fn record_count(&self) -> u32 {
        unsafe { falcon_js_record_count(self.0) }
    }

    /// What a date, a boxed primitive or an error (its stack) holds.
    pub(crate) fn inside(&self) -> Self {
        Self(unsafe { falcon_js_inside(self.0) })
    }

    pub(crate) fn regexp_parts(&self) -> (Self, String) {
        let mut letters = [0; 8];
        let count = unsafe { falcon_js_regexp_flags(self.0, letters.as_mut_ptr()) };
        let source = Self(unsafe { falcon_js_regexp_source(self.0) });
        (
            source,
            String::from_utf8_lossy(&letters[..count]).into_owned(),
        )
    }

    /// The number of a typed array's type, of its elements, and their bytes.
    pub(crate) fn typed_array_parts(&self) -> (i32, u32, Vec<u8>) {
        let (mut kind, mut count, mut size) = (0, 0, 0);
        let bytes =
            unsafe { falcon_js_typed_array(self.0, &raw mut kind, &raw mut count, &raw mut size) };
        (kind, count, copied(bytes, size))
    }

    pub(crate) fn buffer_bytes(&self) -> Vec<u8> {
        let mut size = 0;
        let bytes = unsafe { falcon_js_buffer(self.0, &raw mut size) };
        copied(bytes, size)
    }

    pub(crate) fn promise_state(&self) -> i32 {
        unsafe { falcon_js_promise_state(self.0) }
    }

    pub(crate) fn promise_result(&self) -> Self {
        Self(unsafe { falcon_js_promise_result(self.0) })
    }

    pub(crate) fn function_is(&self) -> i32 {
        unsafe { falcon_js_function_is(self.0) }
    }

    pub(crate) fn source(&self) -> Option<String> {
        let mut size = 0;
        let text = unsafe { falcon_js_source(self.0, &raw mut size) };
        let bytes = copied(text, size as u32);
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A name that a function takes from outside, and whether it is a global one.
    pub(crate) fn outer_name(&self, index: u32) -> Option<(String, bool)> {
        let mut global = false;
        let name = Self(unsafe { falcon_js_outer_name(self.0, index, &raw mut global) });
        (name.kind() == Kind::String).then(|| (name.text(), global))
    }

    /// `==` of two primitives.
    pub(crate) fn loosely_equals(&self, other: &Self) -> bool {
        unsafe { falcon_js_loosely_equal(self.0, other.0) }
    }

    /// `Object.is`.
    pub(crate) fn same(&self, other: &Self) -> bool {
        unsafe { falcon_js_same(self.0, other.0) }
    }

    /// Whether it was thrown so that no script can catch it.
    pub(crate) fn is_for_good(&self) -> bool {
        unsafe { falcon_js_is_for_good(self.0) }
    }
}
