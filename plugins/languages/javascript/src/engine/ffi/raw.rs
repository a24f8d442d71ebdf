//! The declarations of `glue.c`, in its order.

/// A value as C holds it.
pub(super) type Raw = u64;

unsafe extern "C" {
    pub(super) fn falcon_js_refused() -> bool;
    pub(super) fn falcon_js_start(stack: usize) -> bool;
    pub(super) fn falcon_js_free(value: Raw);
    pub(super) fn falcon_js_dup(value: Raw) -> Raw;
    pub(super) fn falcon_js_undefined() -> Raw;
    pub(super) fn falcon_js_null() -> Raw;
    pub(super) fn falcon_js_bool(value: bool) -> Raw;
    pub(super) fn falcon_js_number(value: f64) -> Raw;
    pub(super) fn falcon_js_utf8(text: *const u8, size: usize) -> Raw;
    pub(super) fn falcon_js_utf16(text: *const u16, size: usize) -> Raw;
    pub(super) fn falcon_js_array() -> Raw;
    pub(super) fn falcon_js_object() -> Raw;
    pub(super) fn falcon_js_bare_object() -> Raw;
    pub(super) fn falcon_js_date(milliseconds: f64) -> Raw;
    pub(super) fn falcon_js_global() -> Raw;
    pub(super) fn falcon_js_proxy(target: Raw, handler: Raw) -> Raw;
    pub(super) fn falcon_js_kind(value: Raw) -> i32;
    pub(super) fn falcon_js_prototype_is(value: Raw) -> i32;
    pub(super) fn falcon_js_prototype(value: Raw) -> Raw;
    pub(super) fn falcon_js_to_bool(value: Raw) -> bool;
    pub(super) fn falcon_js_to_number(value: Raw) -> f64;
    pub(super) fn falcon_js_string_length(value: Raw) -> u32;
    pub(super) fn falcon_js_text(value: Raw, size: *mut usize) -> *const u8;
    pub(super) fn falcon_js_free_text(text: *const u8);
    pub(super) fn falcon_js_symbol_text(value: Raw) -> Raw;
    pub(super) fn falcon_js_bigint(value: Raw, limbs: *mut u32, small: *mut i32) -> *const u32;
    pub(super) fn falcon_js_new_bigint(limbs: *const u32, count: u32) -> Raw;
    pub(super) fn falcon_js_own_keys(
        value: Raw,
        all: bool,
        symbols: bool,
        count: *mut u32,
    ) -> *mut Raw;
    pub(super) fn falcon_js_release(values: *mut Raw, count: u32);
    pub(super) fn falcon_js_own(value: Raw, key: Raw, found: *mut Raw) -> i32;
    pub(super) fn falcon_js_own_name(
        value: Raw,
        name: *const u8,
        size: usize,
        found: *mut Raw,
    ) -> i32;
    pub(super) fn falcon_js_own_index(value: Raw, index: u32, found: *mut Raw) -> i32;
    pub(super) fn falcon_js_array_length(value: Raw) -> u32;
    pub(super) fn falcon_js_is_dense(value: Raw) -> bool;
    pub(super) fn falcon_js_records(value: Raw, count: *mut u32) -> *mut Raw;
    pub(super) fn falcon_js_record_count(value: Raw) -> u32;
    pub(super) fn falcon_js_inside(value: Raw) -> Raw;
    pub(super) fn falcon_js_regexp_source(value: Raw) -> Raw;
    pub(super) fn falcon_js_regexp_flags(value: Raw, letters: *mut u8) -> usize;
    pub(super) fn falcon_js_typed_array(
        value: Raw,
        kind: *mut i32,
        count: *mut u32,
        size: *mut u32,
    ) -> *const u8;
    pub(super) fn falcon_js_buffer(value: Raw, size: *mut u32) -> *const u8;
    pub(super) fn falcon_js_new_buffer(bytes: *const u8, size: usize) -> Raw;
    pub(super) fn falcon_js_new_typed_array(kind: i32, buffer: Raw) -> Raw;
    pub(super) fn falcon_js_promise_state(value: Raw) -> i32;
    pub(super) fn falcon_js_promise_result(value: Raw) -> Raw;
    pub(super) fn falcon_js_function_is(value: Raw) -> i32;
    pub(super) fn falcon_js_source(value: Raw, size: *mut usize) -> *const u8;
    pub(super) fn falcon_js_outer_name(value: Raw, index: u32, global: *mut bool) -> Raw;
    pub(super) fn falcon_js_new_function(
        number: i32,
        name: *const u8,
        length: i32,
        constructs: bool,
    ) -> Raw;
    pub(super) fn falcon_js_eval(source: *const u8, size: usize, file: *const u8, how: i32) -> Raw;
    pub(super) fn falcon_js_run(compiled: Raw) -> Raw;
    pub(super) fn falcon_js_call(
        function: Raw,
        this: Raw,
        count: i32,
        arguments: *const Raw,
    ) -> Raw;
    pub(super) fn falcon_js_construct(function: Raw, count: i32, arguments: *const Raw) -> Raw;
    pub(super) fn falcon_js_get(value: Raw, key: Raw) -> Raw;
    pub(super) fn falcon_js_set(value: Raw, key: Raw, to: Raw) -> i32;
    pub(super) fn falcon_js_define(
        value: Raw,
        name: *const u8,
        size: usize,
        to: Raw,
        enumerable: bool,
    ) -> i32;
    pub(super) fn falcon_js_define_key(value: Raw, key: Raw, to: Raw) -> i32;
    pub(super) fn falcon_js_define_getter(value: Raw, name: *const u8, getter: Raw) -> i32;
    pub(super) fn falcon_js_delete(value: Raw, key: Raw) -> i32;
    pub(super) fn falcon_js_push(array: Raw, at: u32, value: Raw) -> i32;
    pub(super) fn falcon_js_set_length(array: Raw, length: f64) -> i32;
    pub(super) fn falcon_js_map_set(map: Raw, key: Raw, value: Raw) -> i32;
    pub(super) fn falcon_js_map_clear(map: Raw);
    pub(super) fn falcon_js_new_map(set: bool) -> Raw;
    pub(super) fn falcon_js_new_regexp(source: Raw, flags: Raw) -> Raw;
    pub(super) fn falcon_js_loosely_equal(a: Raw, b: Raw) -> bool;
    pub(super) fn falcon_js_same(a: Raw, b: Raw) -> bool;
    pub(super) fn falcon_js_clone(value: Raw) -> Raw;
    pub(super) fn falcon_js_lookup(name: *const u8, size: usize, found: *mut Raw) -> i32;
    pub(super) fn falcon_js_lexical_names(count: *mut u32) -> *mut Raw;
    pub(super) fn falcon_js_is_exception(value: Raw) -> bool;
    pub(super) fn falcon_js_exception() -> Raw;
    pub(super) fn falcon_js_throw(value: Raw) -> Raw;
    pub(super) fn falcon_js_new_error(class: i32, message: *const u8) -> Raw;
    pub(super) fn falcon_js_throw_for_good() -> Raw;
    pub(super) fn falcon_js_is_for_good(value: Raw) -> bool;
    pub(super) fn falcon_js_job() -> i32;
    pub(super) fn falcon_js_enqueue(count: i32, values: *const Raw) -> i32;
    pub(super) fn falcon_js_read(bytes: *mut u8, size: usize) -> usize;
    pub(super) fn falcon_js_write(descriptor: i32, bytes: *const u8, size: usize);
    pub(super) fn falcon_js_now() -> f64;
    pub(super) fn falcon_js_sleep(milliseconds: f64);
    pub(super) fn falcon_js_exit(code: i32) -> !;
}
