//! The glue's C interface: the declarations of `glue/glue.h`, and what the glue calls.
#![allow(unsafe_code, reason = "the one module that talks to C")]

use std::{
    ffi::{CStr, c_char, c_void},
    ptr, slice,
};

use falcon_sdk::language::Operation;

use crate::{
    harness::link::{self, Answer, Status},
    lua::Fault,
};

/// Bytes of the glue's.
#[repr(C)]
struct Bytes {
    data: *const u8,
    length: usize,
    room: usize,
}

#[repr(C)]
struct RawFault {
    line: u32,
    out_of_memory: u32,
    by_program: u32,
    kind: Bytes,
    message: Bytes,
}

#[repr(C)]
struct RawReply {
    value: Bytes,
    changed: Bytes,
    answered: u32,
}

#[repr(C)]
struct RawOperation {
    kind: u32,
    handle: u32,
    name: *const u8,
    name_length: usize,
    arguments: *const u8,
    arguments_length: usize,
}

#[repr(C)]
struct RawLuaunit {
    source: *const u8,
    assertions: *const u8,
    length: usize,
    assertions_length: usize,
}

#[repr(C)]
struct RawAnswer {
    status: u32,
    value: *const u8,
    value_length: usize,
    changed: *const u8,
    changed_length: usize,
    message: *const u8,
    message_length: usize,
    has_value: u32,
}

#[repr(C)]
struct RawResult {
    site: u32,
    status: u32,
    name: *const u8,
    got: *const u8,
    message: *const u8,
    name_length: usize,
    got_length: usize,
    message_length: usize,
}

unsafe extern "C" {
    static falcon_fault: RawFault;
    static falcon_reply: RawReply;
    static falcon_exit_code: i32;
    fn falcon_new() -> *mut c_void;
    fn falcon_load(
        lua: *mut c_void,
        source: *const u8,
        length: usize,
        chunk: *const c_char,
    ) -> Status;
    fn falcon_reached(lua: *mut c_void, source: *const u8, length: usize) -> usize;
    fn falcon_run(lua: *mut c_void, arguments: *const u8, length: usize) -> Status;
    fn falcon_open(lua: *mut c_void) -> Status;
    fn falcon_share(lua: *mut c_void);
    fn falcon_perform(lua: *mut c_void, operation: *const RawOperation) -> Status;
    fn falcon_names(lua: *mut c_void) -> Status;
    fn falcon_harness(lua: *mut c_void, luaunit: *const RawLuaunit) -> Status;
    fn falcon_bind(
        lua: *mut c_void,
        name: *const u8,
        length: usize,
        data: *const u8,
        data_length: usize,
    ) -> Status;
    fn falcon_run_entry(lua: *mut c_void, entry: *const c_char, first: *const c_char) -> Status;
}

/// A Lua state of the glue's. It lives as long as the instance.
pub(crate) struct RawState(*mut c_void);

impl RawState {
    /// None where there is no memory for one.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: asks for nothing.
        let state = unsafe { falcon_new() };
        (!state.is_null()).then_some(Self(state))
    }

    /// Compiles a chunk and leaves it for `run` or `open`.
    pub(crate) fn load(&mut self, source: &[u8], chunk: &'static CStr) -> Status {
        // SAFETY: the state is live, and the glue only reads the source during the call.
        unsafe { falcon_load(self.0, source.as_ptr(), source.len(), chunk.as_ptr()) }
    }

    /// How many bytes of a source that does not compile the compiler takes.
    pub(crate) fn reached(&mut self, source: &[u8]) -> usize {
        // SAFETY: as in `load`.
        unsafe { falcon_reached(self.0, source.as_ptr(), source.len()) }
    }

    /// Runs the loaded chunk as a whole program, and ends the state. Each argument ends with a zero byte.
    pub(crate) fn run(self, arguments: &[u8]) -> Status {
        // SAFETY: the state is live, and given up here, since the glue closes it.
        unsafe { falcon_run(self.0, arguments.as_ptr(), arguments.len()) }
    }

    /// Runs the loaded chunk and keeps its locals.
    pub(crate) fn open(&mut self) -> Status {
        // SAFETY: the state is live, with a chunk that `load` left.
        unsafe { falcon_open(self.0) }
    }

    /// Makes the kept locals globals.
    pub(crate) fn share(&mut self) {
        // SAFETY: the state is live.
        unsafe { falcon_share(self.0) }
    }

    /// Does one operation on the open program.
    pub(crate) fn perform(&mut self, operation: &Operation, arguments: &[u8]) -> Status {
        let (kind, handle, name) = match operation {
            Operation::Call(name) => (0, 0, name.as_str()),
            Operation::CallHandle(handle) => (1, *handle, ""),
            Operation::CallMethod((handle, name)) => (2, *handle, name.as_str()),
            Operation::GetAttribute((handle, name)) => (3, *handle, name.as_str()),
            Operation::SetAttribute((handle, name)) => (4, *handle, name.as_str()),
            Operation::GetGlobal(name) => (5, 0, name.as_str()),
        };
        let operation = RawOperation {
            kind,
            handle,
            name: name.as_ptr(),
            name_length: name.len(),
            arguments: arguments.as_ptr(),
            arguments_length: arguments.len(),
        };
        // SAFETY: the state is live, and the glue only reads the operation during the call.
        unsafe { falcon_perform(self.0, &raw const operation) }
    }

    /// Leaves the names of the program's functions as the reply's value.
    pub(crate) fn names(&mut self) -> Status {
        // SAFETY: the state is live.
        unsafe { falcon_names(self.0) }
    }

    /// Makes this the state of the test side, with the two parts of its module luaunit.
    pub(crate) fn harness(&mut self, luaunit: &'static str, assertions: &'static str) -> Status {
        let sources = RawLuaunit {
            source: luaunit.as_ptr(),
            assertions: assertions.as_ptr(),
            length: luaunit.len(),
            assertions_length: assertions.len(),
        };
        // SAFETY: the state is live, and the glue may keep what is static.
        unsafe { falcon_harness(self.0, &raw const sources) }
    }

    /// Makes a global of the tests this plain data, or the program's own thing of that name.
    pub(crate) fn bind(&mut self, name: &str, data: Option<&[u8]>) -> Status {
        let (data, length) = data.map_or((ptr::null(), 0), |data| (data.as_ptr(), data.len()));
        // SAFETY: the state is live, and the glue only reads during the call.
        unsafe { falcon_bind(self.0, name.as_ptr(), name.len(), data, length) }
    }

    /// Calls the tests' entry function, with the thing that a global stands for where `first` names one.
    pub(crate) fn run_entry(&mut self, entry: &CStr, first: &CStr) -> Status {
        // SAFETY: the state is live, and the glue only reads during the call.
        unsafe { falcon_run_entry(self.0, entry.as_ptr(), first.as_ptr()) }
    }
}

/// What the glue says was raised last.
pub(crate) fn fault() -> Fault {
    let fault = &raw const falcon_fault;
    // SAFETY: nothing of the glue runs now, so nothing writes to it.
    let fault = unsafe { &*fault };
    Fault {
        by_program: fault.by_program != 0,
        kind: fault.kind.text(),
        message: fault.message.text(),
        line: fault.line,
        out_of_memory: fault.out_of_memory != 0,
    }
}

/// What the whole program that ran gave to `os.exit`.
pub(crate) fn exit_code() -> i32 {
    // SAFETY: as in `fault`.
    unsafe { falcon_exit_code }
}

/// The reply to the last operation: its value, what changed, and whether the operation was done at all.
pub(crate) fn reply() -> (Vec<u8>, Option<Vec<u8>>, bool) {
    let reply = &raw const falcon_reply;
    // SAFETY: as in `fault`.
    let reply = unsafe { &*reply };
    let changed = reply.changed.slice();
    let changed = (!changed.is_empty()).then(|| changed.to_vec());
    (reply.value.slice().to_vec(), changed, reply.answered != 0)
}

/// Longest text that is taken out of Lua, in bytes.
const TEXT: usize = 4096;

impl Bytes {
    fn slice(&self) -> &[u8] {
        // SAFETY: the glue keeps its buffers' pointers and lengths true.
        unsafe { read(self.data, self.length) }
    }

    fn text(&self) -> String {
        let bytes = self.slice();
        String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT)]).into_owned()
    }
}

/// # Safety
/// Where the length is not 0, so many bytes must be there for as long as the result lives.
unsafe fn read<'a>(data: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(data, length) }
}

/// # Safety
/// As for [`read`].
unsafe fn text(data: *const u8, length: usize) -> String {
    // SAFETY: the caller's promise.
    let bytes = unsafe { read(data, length) };
    String::from_utf8_lossy(bytes).into_owned()
}

/// # Safety
/// Called by the glue, with an operation and an answer that are whole.
#[unsafe(no_mangle)]
unsafe extern "C" fn falcon_on_perform(operation: *const RawOperation, answer: *mut RawAnswer) {
    // SAFETY: the glue's promise.
    let (operation, answer) = unsafe { (&*operation, &mut *answer) };
    // SAFETY: the glue's promise.
    let name = unsafe { text(operation.name, operation.name_length) };
    // SAFETY: the glue's promise.
    let arguments = unsafe { read(operation.arguments, operation.arguments_length) };
    let asked = match operation.kind {
        0 => Operation::Call(name),
        1 => Operation::CallHandle(operation.handle),
        2 => Operation::CallMethod((operation.handle, name)),
        3 => Operation::GetAttribute((operation.handle, name)),
        4 => Operation::SetAttribute((operation.handle, name)),
        _ => Operation::GetGlobal(name),
    };
    // The answer is kept until the next one, and the glue reads it before it asks again.
    link::perform(&asked, arguments, |kept: &Answer| {
        answer.status = kept.status as u32;
        (answer.value, answer.value_length) = (kept.value.as_ptr(), kept.value.len());
        let changed = kept.changed.as_deref();
        answer.changed = changed.map_or(ptr::null(), <[u8]>::as_ptr);
        answer.changed_length = changed.map_or(0, <[u8]>::len);
        (answer.message, answer.message_length) = (kept.message.as_ptr(), kept.message.len());
        answer.has_value = u32::from(kept.has_value);
    });
}

/// # Safety
/// Called by the glue, with a text.
#[unsafe(no_mangle)]
unsafe extern "C" fn falcon_on_unsendable(message: *const u8, length: usize) {
    // SAFETY: the glue's promise.
    link::unsendable(&unsafe { text(message, length) });
}

/// # Safety
/// Called by the glue, with a text.
#[unsafe(no_mangle)]
unsafe extern "C" fn falcon_on_refused(message: *const u8, length: usize) {
    // SAFETY: the glue's promise.
    link::refuse(unsafe { text(message, length) });
}

#[unsafe(no_mangle)]
extern "C" fn falcon_on_check() {
    link::checked();
}

#[unsafe(no_mangle)]
extern "C" fn falcon_on_exit(code: i32) {
    link::exited(code);
}

#[unsafe(no_mangle)]
extern "C" fn falcon_failures() -> u32 {
    link::failures()
}

/// # Safety
/// Called by the glue, with a result that is whole.
#[unsafe(no_mangle)]
unsafe extern "C" fn falcon_on_result(result: *const RawResult) {
    // SAFETY: the glue's promise.
    let result = unsafe { &*result };
    // SAFETY: the glue's promise.
    let (name, got, message) = unsafe {
        (
            text(result.name, result.name_length),
            text(result.got, result.got_length),
            text(result.message, result.message_length),
        )
    };
    link::ended(link::Ended {
        site: result.site as usize,
        status: Status::of(result.status),
        name,
        got,
        message,
    });
}
