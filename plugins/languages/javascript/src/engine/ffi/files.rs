//! Files, as the C library reaches them: `files.c`.

use std::ffi::{CStr, c_char, c_void};

use super::terminated;

unsafe extern "C" {
    fn falcon_js_file_open(path: *const u8, how: i32) -> i32;
    fn falcon_js_file_close(file: i32) -> i32;
    fn falcon_js_file_read(file: i32, bytes: *mut u8, size: usize, at: f64) -> i32;
    fn falcon_js_file_write(file: i32, bytes: *const u8, size: usize, at: f64) -> i32;
    fn falcon_js_file_resize(file: i32, size: f64) -> i32;
    fn falcon_js_file_stat(path: *const u8, size: *mut f64) -> i32;
    fn falcon_js_file_stat_open(file: i32, size: *mut f64) -> i32;
    fn falcon_js_file_change(what: i32, path: *const u8, other: *const u8) -> i32;
    fn falcon_js_folder_open(path: *const u8, error: *mut i32) -> *mut c_void;
    fn falcon_js_folder_next(folder: *mut c_void, is_folder: *mut bool) -> *const c_char;
    fn falcon_js_folder_close(folder: *mut c_void);
}

/// The number of an error of the C library.
pub(crate) type Errno = i32;

fn came(code: i32) -> Result<i32, Errno> {
    if code < 0 { Err(-code) } else { Ok(code) }
}

// SAFETY (every block below): paths end in a zero and outlive the call, memory is Rust's own with its size, and what C
// gives of a name is copied before anything else is called.

/// Opens a path, `how` by the bits of `files.c`: the descriptor.
pub(crate) fn open(path: &str, how: i32) -> Result<i32, Errno> {
    came(unsafe { falcon_js_file_open(terminated(path).as_ptr(), how) })
}

pub(crate) fn close(file: i32) -> Result<i32, Errno> {
    came(unsafe { falcon_js_file_close(file) })
}

/// Reads at most so many bytes, from where the descriptor is where `at` is negative.
pub(crate) fn read(file: i32, size: usize, at: f64) -> Result<Vec<u8>, Errno> {
    let mut bytes = vec![0; size];
    let got = came(unsafe { falcon_js_file_read(file, bytes.as_mut_ptr(), size, at) })?;
    bytes.truncate(usize::try_from(got).unwrap_or(0));
    Ok(bytes)
}

/// Writes all of it, to where the descriptor is where `at` is negative.
pub(crate) fn write(file: i32, bytes: &[u8], at: f64) -> Result<i32, Errno> {
    came(unsafe { falcon_js_file_write(file, bytes.as_ptr(), bytes.len(), at) })
}

pub(crate) fn resize(file: i32, size: f64) -> Result<i32, Errno> {
    came(unsafe { falcon_js_file_resize(file, size) })
}

/// Whether a path is a folder, and the size of what is there.
pub(crate) fn stat(path: &str) -> Result<(bool, f64), Errno> {
    let mut size = 0.0;
    let code = unsafe { falcon_js_file_stat(terminated(path).as_ptr(), &raw mut size) };
    Ok((came(code)? == 1, size))
}

/// The same of what is open.
pub(crate) fn stat_open(file: i32) -> Result<(bool, f64), Errno> {
    let mut size = 0.0;
    let code = unsafe { falcon_js_file_stat_open(file, &raw mut size) };
    Ok((came(code)? == 1, size))
}

/// Removes a file (0) or a folder (1), makes a folder (2), or moves either (3).
pub(crate) fn change(what: i32, path: &str, other: &str) -> Result<i32, Errno> {
    let (path, other) = (terminated(path), terminated(other));
    came(unsafe { falcon_js_file_change(what, path.as_ptr(), other.as_ptr()) })
}

/// The names in a folder, and whether each is a folder.
pub(crate) fn list(path: &str) -> Result<Vec<(String, bool)>, Errno> {
    let mut error = 0;
    let folder = unsafe { falcon_js_folder_open(terminated(path).as_ptr(), &raw mut error) };
    if folder.is_null() {
        return Err(-error);
    }
    let mut found = Vec::new();
    let mut is_folder = false;
    loop {
        let name = unsafe { falcon_js_folder_next(folder, &raw mut is_folder) };
        if name.is_null() {
            break;
        }
        let name = unsafe { CStr::from_ptr(name) };
        let name = name.to_string_lossy().into_owned();
        if name != "." && name != ".." {
            found.push((name, is_folder));
        }
    }
    unsafe { falcon_js_folder_close(folder) };
    Ok(found)
}
