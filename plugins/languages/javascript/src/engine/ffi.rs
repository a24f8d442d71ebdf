//! The functions of `glue.c`, and the values that they trade in.
//!
//! Everything that is unsafe is here. What C is given are numbers, values that are alive, and pointers
//! to memory that outlives the call; what it gives is freed by whoever got it.

#![allow(unsafe_code, reason = "the engine is in C")]

use std::{cell::RefCell, ffi::CStr, slice};

use super::{Class, Kind, Property, Thrown};

type Raw = u64;

unsafe extern "C" {
    fn falcon_js_refused() -> bool;
    fn falcon_js_start(stack: usize) -> bool;
    fn falcon_js_free(value: Raw);
    fn falcon_js_dup(value: Raw) -> Raw;
    fn falcon_js_undefined() -> Raw;
    fn falcon_js_null() -> Raw;
    fn falcon_js_bool(value: bool) -> Raw;
    fn falcon_js_number(value: f64) -> Raw;
    fn falcon_js_utf8(text: *const u8, size: usize) -> Raw;
    fn falcon_js_utf16(text: *const u16, size: usize) -> Raw;
    fn falcon_js_array() -> Raw;
    fn falcon_js_object() -> Raw;
    fn falcon_js_bare_object() -> Raw;
    fn falcon_js_date(milliseconds: f64) -> Raw;
    fn falcon_js_global() -> Raw;
    fn falcon_js_proxy(target: Raw, handler: Raw) -> Raw;
    fn falcon_js_kind(value: Raw) -> i32;
    fn falcon_js_prototype_is(value: Raw) -> i32;
    fn falcon_js_prototype(value: Raw) -> Raw;
    fn falcon_js_to_bool(value: Raw) -> bool;
    fn falcon_js_to_number(value: Raw) -> f64;
    fn falcon_js_string_length(value: Raw) -> u32;
    fn falcon_js_text(value: Raw, size: *mut usize) -> *const u8;
    fn falcon_js_free_text(text: *const u8);
    fn falcon_js_symbol_text(value: Raw) -> Raw;
    fn falcon_js_bigint(value: Raw, limbs: *mut u32, small: *mut i32) -> *const u32;
    fn falcon_js_new_bigint(limbs: *const u32, count: u32) -> Raw;
    fn falcon_js_own_keys(value: Raw, all: bool, symbols: bool, count: *mut u32) -> *mut Raw;
    fn falcon_js_release(values: *mut Raw, count: u32);
    fn falcon_js_own(value: Raw, key: Raw, found: *mut Raw) -> i32;
    fn falcon_js_own_name(value: Raw, name: *const u8, size: usize, found: *mut Raw) -> i32;
    fn falcon_js_own_index(value: Raw, index: u32, found: *mut Raw) -> i32;
    fn falcon_js_array_length(value: Raw) -> u32;
    fn falcon_js_is_dense(value: Raw) -> bool;
    fn falcon_js_records(value: Raw, count: *mut u32) -> *mut Raw;
    fn falcon_js_record_count(value: Raw) -> u32;
    fn falcon_js_inside(value: Raw) -> Raw;
    fn falcon_js_regexp_source(value: Raw) -> Raw;
    fn falcon_js_regexp_flags(value: Raw, letters: *mut u8) -> usize;
    fn falcon_js_typed_array(
        value: Raw,
        kind: *mut i32,
        count: *mut u32,
        size: *mut u32,
    ) -> *const u8;
    fn falcon_js_buffer(value: Raw, size: *mut u32) -> *const u8;
    fn falcon_js_new_buffer(bytes: *const u8, size: usize) -> Raw;
    fn falcon_js_new_typed_array(kind: i32, buffer: Raw) -> Raw;
    fn falcon_js_promise_state(value: Raw) -> i32;
    fn falcon_js_promise_result(value: Raw) -> Raw;
    fn falcon_js_function_is(value: Raw) -> i32;
    fn falcon_js_source(value: Raw, size: *mut usize) -> *const u8;
    fn falcon_js_outer_name(value: Raw, index: u32, global: *mut bool) -> Raw;
    fn falcon_js_new_function(number: i32, name: *const u8, length: i32, constructs: bool) -> Raw;
    fn falcon_js_eval(source: *const u8, size: usize, file: *const u8, how: i32) -> Raw;
    fn falcon_js_run(compiled: Raw) -> Raw;
    fn falcon_js_call(function: Raw, this: Raw, count: i32, arguments: *const Raw) -> Raw;
    fn falcon_js_construct(function: Raw, count: i32, arguments: *const Raw) -> Raw;
    fn falcon_js_get(value: Raw, key: Raw) -> Raw;
    fn falcon_js_set(value: Raw, key: Raw, to: Raw) -> i32;
    fn falcon_js_define(value: Raw, name: *const u8, size: usize, to: Raw, enumerable: bool)
    -> i32;
    fn falcon_js_define_key(value: Raw, key: Raw, to: Raw) -> i32;
    fn falcon_js_define_getter(value: Raw, name: *const u8, getter: Raw) -> i32;
    fn falcon_js_delete(value: Raw, key: Raw) -> i32;
    fn falcon_js_push(array: Raw, at: u32, value: Raw) -> i32;
    fn falcon_js_set_length(array: Raw, length: f64) -> i32;
    fn falcon_js_map_set(map: Raw, key: Raw, value: Raw) -> i32;
    fn falcon_js_map_clear(map: Raw);
    fn falcon_js_new_map(set: bool) -> Raw;
    fn falcon_js_new_regexp(source: Raw, flags: Raw) -> Raw;
    fn falcon_js_loosely_equal(a: Raw, b: Raw) -> bool;
    fn falcon_js_same(a: Raw, b: Raw) -> bool;
    fn falcon_js_clone(value: Raw) -> Raw;
    fn falcon_js_lookup(name: *const u8, size: usize, found: *mut Raw) -> i32;
    fn falcon_js_lexical_names(count: *mut u32) -> *mut Raw;
    fn falcon_js_is_exception(value: Raw) -> bool;
    fn falcon_js_exception() -> Raw;
    fn falcon_js_throw(value: Raw) -> Raw;
    fn falcon_js_new_error(class: i32, message: *const u8) -> Raw;
    fn falcon_js_throw_for_good() -> Raw;
    fn falcon_js_is_for_good(value: Raw) -> bool;
    fn falcon_js_job() -> i32;
    fn falcon_js_enqueue(count: i32, values: *const Raw) -> i32;
    fn falcon_js_read(bytes: *mut u8, size: usize) -> usize;
    fn falcon_js_write(descriptor: i32, bytes: *const u8, size: usize);
    fn falcon_js_now() -> f64;
    fn falcon_js_sleep(milliseconds: f64);
    fn falcon_js_exit(code: i32) -> !;
}

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

    /// `==` of two primitives.
    pub(crate) fn loosely_equals(&self, other: &Self) -> bool {
        unsafe { falcon_js_loosely_equal(self.0, other.0) }
    }

    /// `Object.is`.
    pub(crate) fn same(&self, other: &Self) -> bool {
        unsafe { falcon_js_same(self.0, other.0) }
    }

    pub(crate) fn structured_clone(&self) -> Result<Self, Thrown> {
        checked(unsafe { falcon_js_clone(self.0) })
    }

    /// Whether it was thrown so that no script can catch it.
    pub(crate) fn is_for_good(&self) -> bool {
        unsafe { falcon_js_is_for_good(self.0) }
    }

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

/// Starts the engine: once an instance, before any value is made.
pub(super) fn start(stack: usize) -> bool {
    unsafe { falcon_js_start(stack) }
}

/// Whether memory was refused since this was asked last.
pub(crate) fn refused() -> bool {
    unsafe { falcon_js_refused() }
}

pub(super) fn eval(source: &str, file: &CStr, how: i32) -> Result<Value, Thrown> {
    let mut text = Vec::with_capacity(source.len() + 1);
    text.extend_from_slice(source.as_bytes());
    text.push(0);
    let file = file.as_ptr().cast();
    checked(unsafe { falcon_js_eval(text.as_ptr(), source.len(), file, how) })
}

pub(super) fn run(compiled: Value) -> Result<Value, Thrown> {
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
