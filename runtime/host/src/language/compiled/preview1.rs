//! WASI preview 1 as core modules import it: the files, streams, clocks and randomness of [`Core`], and
//! nothing of the machine. What is not offered answers that it is not.

use falcon_package::core_module::{Offered, Signature};
use wasmtime::{Caller, Linker, Trap};

use super::{
    core::{Core, Exit, price},
    streams::Call,
};
use crate::{fuel, language::files::errno};

const MODULE: &str = "wasi_snapshot_preview1";

/// How a call ends that did not do what was asked.
pub(super) enum Stop {
    /// With WASI's number of an error.
    Errno(i32),
    /// With the instance.
    End(wasmtime::Error),
}

impl From<i32> for Stop {
    fn from(number: i32) -> Self {
        Self::Errno(number)
    }
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        Self::End(error)
    }
}

pub(super) type Done = Result<(), Stop>;

/// The letter of a parameter's type, and the type.
macro_rules! kind {
    (i) => {
        i32
    };
    (I) => {
        i64
    };
}

/// Lists each function once: what it is offered as, and what it does.
macro_rules! functions {
    ($( $name:ident ( $( $arg:ident : $kind:ident ),* ) $signature:literal => $body:expr; )*) => {
        /// Every function, by name and type.
        pub(super) const OFFERED: &[Offered] = &[
            $( Offered {
                module: MODULE,
                name: stringify!($name),
                signature: Signature { parameters: $signature, results: "i" },
            }, )*
            Offered { module: MODULE, name: "proc_exit", signature: Signature { parameters: "i", results: "" } },
        ];

        /// Gives them to what is linked.
        pub(super) fn add(linker: &mut Linker<Core>) -> wasmtime::Result<()> {
            $( linker.func_wrap(MODULE, stringify!($name),
                #[allow(unused_variables, reason = "some functions are not offered")]
                |mut caller: Caller<'_, Core> $(, $arg: kind!($kind) )*| {
                    let body: fn(&mut Call<'_> $(, kind!($kind) )*) -> Done = $body;
                    answer(&mut caller, |call| body(call $(, $arg )*))
                })?; )*
            linker.func_wrap(MODULE, "proc_exit", |code: i32| -> wasmtime::Result<()> { Err(Exit(code).into()) })?;
            Ok(())
        }
    };
}

const NOT_OFFERED: Done = Err(Stop::Errno(errno::NOSYS));
const NOTHING: Done = Ok(());

functions! {
    args_get(list: i, bytes: i) "ii" => |c, list, bytes| c.arguments(list, bytes);
    args_sizes_get(count: i, size: i) "ii" => |c, count, size| c.argument_sizes(count, size);
    environ_get(list: i, bytes: i) "ii" => |_, _, _| NOTHING;
    environ_sizes_get(count: i, size: i) "ii" => |c, count, size| { c.u32(count, 0)?; c.u32(size, 0) };
    clock_res_get(id: i, to: i) "ii" => |c, _, to| c.u64(to, 1);
    clock_time_get(id: i, precision: I, to: i) "iIi" => |c, id, _, to| c.time(id, to);
    fd_advise(fd: i, at: I, size: I, advice: i) "iIIi" => |_, _, _, _, _| NOTHING;
    fd_allocate(fd: i, at: I, size: I) "iII" => |_, _, _, _| NOT_OFFERED;
    fd_close(fd: i) "i" => |c, fd| Ok(c.core.descriptors.close(fd)?);
    fd_datasync(fd: i) "i" => |_, _| NOTHING;
    fd_fdstat_get(fd: i, to: i) "ii" => |c, fd, to| c.descriptor(fd, to);
    fd_fdstat_set_flags(fd: i, flags: i) "ii" => |_, _, _| NOTHING;
    fd_fdstat_set_rights(fd: i, a: I, b: I) "iII" => |_, _, _, _| NOTHING;
    fd_filestat_get(fd: i, to: i) "ii" => |c, fd, to| c.file_of(fd, to);
    fd_filestat_set_size(fd: i, size: I) "iI" => |c, fd, size| c.resize(fd, size);
    fd_filestat_set_times(fd: i, a: I, m: I, flags: i) "iIIi" => |_, _, _, _, _| NOTHING;
    fd_pread(fd: i, list: i, count: i, at: I, to: i) "iiiIi" => |c, fd, list, count, at, to| c.read(fd, list, count, Some(at), to);
    fd_prestat_get(fd: i, to: i) "ii" => |c, fd, to| c.opened(fd, to);
    fd_prestat_dir_name(fd: i, to: i, size: i) "iii" => |c, fd, to, size| c.opened_name(fd, to, size);
    fd_pwrite(fd: i, list: i, count: i, at: I, to: i) "iiiIi" => |c, fd, list, count, at, to| c.write(fd, list, count, Some(at), to);
    fd_read(fd: i, list: i, count: i, to: i) "iiii" => |c, fd, list, count, to| c.read(fd, list, count, None, to);
    fd_readdir(fd: i, to: i, size: i, cookie: I, used: i) "iiiIi" => |c, fd, to, size, cookie, used| c.list(fd, to, size, cookie, used);
    fd_renumber(from: i, to: i) "ii" => |_, _, _| NOT_OFFERED;
    fd_seek(fd: i, by: I, from: i, to: i) "iIii" => |c, fd, by, from, to| c.seek(fd, by, from, to);
    fd_sync(fd: i) "i" => |_, _| NOTHING;
    fd_tell(fd: i, to: i) "ii" => |c, fd, to| c.seek(fd, 0, 1, to);
    fd_write(fd: i, list: i, count: i, to: i) "iiii" => |c, fd, list, count, to| c.write(fd, list, count, None, to);
    path_create_directory(fd: i, path: i, size: i) "iii" => |c, fd, path, size| c.make_folder(fd, path, size);
    path_filestat_get(fd: i, flags: i, path: i, size: i, to: i) "iiiii" => |c, fd, _, path, size, to| c.file_at(fd, path, size, to);
    path_filestat_set_times(fd: i, flags: i, path: i, size: i, a: I, m: I, which: i) "iiiiIIi" => |_, _, _, _, _, _, _, _| NOTHING;
    path_link(fd: i, flags: i, old: i, size: i, to: i, path: i, length: i) "iiiiiii" => |_, _, _, _, _, _, _, _| NOT_OFFERED;
    path_open(fd: i, look: i, path: i, size: i, how: i, rights: I, more: I, flags: i, to: i) "iiiiiIIii" => |c, fd, _, path, size, how, rights, _, flags, to| c.open(fd, path, size, how, (rights, flags), to);
    path_readlink(fd: i, path: i, size: i, to: i, room: i, used: i) "iiiiii" => |_, _, _, _, _, _, _| Err(Stop::Errno(errno::INVAL));
    path_remove_directory(fd: i, path: i, size: i) "iii" => |c, fd, path, size| c.remove_folder(fd, path, size);
    path_rename(fd: i, path: i, size: i, to: i, other: i, length: i) "iiiiii" => |c, fd, path, size, to, other, length| c.rename(fd, path, size, to, other, length);
    path_symlink(path: i, size: i, fd: i, other: i, length: i) "iiiii" => |_, _, _, _, _, _| NOT_OFFERED;
    path_unlink_file(fd: i, path: i, size: i) "iii" => |c, fd, path, size| c.remove(fd, path, size);
    poll_oneoff(what: i, events: i, count: i, to: i) "iiii" => |c, what, events, count, to| c.wait(what, events, count, to);
    proc_raise(signal: i) "i" => |_, _| NOT_OFFERED;
    random_get(to: i, size: i) "ii" => |c, to, size| c.random(to, size);
    sched_yield() "" => |_| NOTHING;
    sock_accept(fd: i, flags: i, to: i) "iii" => |_, _, _, _| NOT_OFFERED;
    sock_recv(fd: i, list: i, count: i, flags: i, to: i, more: i) "iiiiii" => |_, _, _, _, _, _, _| NOT_OFFERED;
    sock_send(fd: i, list: i, count: i, flags: i, to: i) "iiiii" => |_, _, _, _, _, _| NOT_OFFERED;
    sock_shutdown(fd: i, how: i) "ii" => |_, _, _| NOT_OFFERED;
}

/// Does a call over the instance's memory, and has it pay for the host's work.
fn answer(
    caller: &mut Caller<'_, Core>,
    body: impl FnOnce(&mut Call<'_>) -> Done,
) -> wasmtime::Result<i32> {
    let done = with_memory(caller, body)?;
    match done {
        Ok(()) => Ok(0),
        Err(Stop::Errno(number)) => Ok(number),
        Err(Stop::End(error)) => Err(error),
    }
}

/// Does something over the instance's memory, and has it pay for the host's work.
pub(super) fn with_memory<T>(
    caller: &mut Caller<'_, Core>,
    body: impl FnOnce(&mut Call<'_>) -> T,
) -> wasmtime::Result<T> {
    let memory = caller
        .get_export("memory")
        .and_then(|export| export.into_memory());
    let memory = memory.ok_or_else(|| wasmtime::Error::msg("the module exports no memory"))?;
    let (bytes, core) = memory.data_and_store_mut(&mut *caller);
    core.owed += price::CALL;
    let done = body(&mut Call {
        memory: bytes,
        core,
    });
    let core = caller.data_mut();
    let owed = std::mem::take(&mut core.owed) + core.files.owed();
    if fuel::is_counted() {
        let left = caller.get_fuel()?.checked_sub(owed);
        caller.set_fuel(left.unwrap_or(0))?;
        left.ok_or(Trap::OutOfFuel)?;
    }
    Ok(done)
}
