//! The functions of `glue.c`, and those that it calls.
//!
//! Everything that is unsafe is in this file. What C is given are pointers to memory that outlives the call, with
//! its size; what it gives is copied and released.

#![allow(unsafe_code, reason = "the engine is in C")]

use std::{cell::RefCell, ffi::c_char, ptr, slice};

use falcon_sdk::{clock, log};

use falcon_runner::services;

use crate::files::SLOT;

/// The module "falcon", with the zero that the engine wants after it.
const MODULE: &[u8] = concat!(include_str!("falcon.js"), "\0").as_bytes();

thread_local! {
    /// The answer that C has not read yet.
    static ANSWER: RefCell<String> = const { RefCell::new(String::new()) };
}

unsafe extern "C" {
    fn falcon_js_judge(
        episode: *const c_char,
        episode_size: usize,
        config: *const c_char,
        config_size: usize,
        text: *mut *mut c_char,
        size: *mut usize,
    ) -> i32;
    fn falcon_js_release(text: *mut c_char);
}

/// What `judge.js` answers to an episode, as JSON; or what it threw, as JSON, and nothing where there was no memory
/// for that.
pub(crate) fn judge(episode: &str, config: &str) -> Result<String, Option<String>> {
    // The engine's parser wants a zero after each text.
    let (episode, config) = (format!("{episode}\0"), format!("{config}\0"));
    let (mut text, mut size) = (ptr::null_mut(), 0);
    // SAFETY: both texts are Rust's own, with their sizes, and outlive the call.
    let code = unsafe {
        falcon_js_judge(
            episode.as_ptr().cast(),
            episode.len() - 1,
            config.as_ptr().cast(),
            config.len() - 1,
            &raw mut text,
            &raw mut size,
        )
    };
    if code < 0 || text.is_null() {
        return Err(None);
    }
    // SAFETY: C gave `size` bytes at `text`, which are ours until they are released.
    let copy = unsafe { slice::from_raw_parts(text.cast::<u8>(), size) };
    let copy = String::from_utf8_lossy(copy).into_owned();
    // SAFETY: `text` came from C's `malloc` and is not used again.
    unsafe { falcon_js_release(text) };
    if code == 0 { Ok(copy) } else { Err(Some(copy)) }
}

/// One of the author's files, with a zero after it; null where there is none.
#[unsafe(no_mangle)]
extern "C" fn falcon_js_file(name: *const u8, size: usize, found: *mut usize) -> *const u8 {
    // SAFETY: C gives a name of `size` bytes and a place for a size.
    let name = unsafe { slice::from_raw_parts(name, size) };
    if name == b"falcon" {
        // SAFETY: as above.
        unsafe { *found = MODULE.len() - 1 };
        return MODULE.as_ptr();
    }
    let Some(text) = str::from_utf8(name).ok().and_then(|name| SLOT.find(name)) else {
        return ptr::null();
    };
    // SAFETY: as above.
    unsafe { *found = text.len() - 1 };
    // Nobody writes there once the module is built.
    text.as_ptr().cast()
}

/// A line that a script prints.
#[unsafe(no_mangle)]
extern "C" fn falcon_js_log(level: i32, text: *const u8, size: usize) {
    let text = if text.is_null() {
        &[]
    } else {
        // SAFETY: C gives a text of `size` bytes, which it keeps during this call.
        unsafe { slice::from_raw_parts(text, size) }
    };
    let text = String::from_utf8_lossy(text);
    match level {
        0 => log::debug(&text),
        1 => log::info(&text),
        2 => log::warn(&text),
        _ => log::error(&text),
    }
}

/// Milliseconds since 1970; always 0 where the plugin does not ask for the clock.
#[unsafe(no_mangle)]
extern "C" fn falcon_js_now() -> u64 {
    clock::now_ms()
}

/// What a service of the host answers to a question; it stays until the next one.
#[unsafe(no_mangle)]
extern "C" fn falcon_js_call(
    service: *const u8,
    service_size: usize,
    question: *const u8,
    question_size: usize,
    size: *mut usize,
) -> *const u8 {
    let text = |from: *const u8, size: usize| {
        // SAFETY: C gives texts of these sizes, which it keeps during this call.
        String::from_utf8_lossy(unsafe { slice::from_raw_parts(from, size) }).into_owned()
    };
    let answer = services::call(
        &SLOT,
        &text(service, service_size),
        &text(question, question_size),
    );
    ANSWER.with(|kept| {
        let mut kept = kept.borrow_mut();
        *kept = answer;
        // SAFETY: C gives a place for a size.
        unsafe { *size = kept.len() };
        kept.as_ptr()
    })
}
