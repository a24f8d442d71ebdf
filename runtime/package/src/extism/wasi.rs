//! What a module's C library would ask of the system, answered by a few instructions: no arguments, no environment, no
//! files, a clock that stands still, and numbers that are the same in each call.

use wasm_encoder::{Function, MemArg};
use wasmparser::{FuncType, ValType};

const BAD_FILE: i32 = 8;
const NOT_THERE: i32 = 52;

/// The function that answers an import of WASI preview 1.
///
/// # Arguments
/// - `memory`: the index of the module's memory, where it has one.
pub(super) fn stub(name: &str, ty: &FuncType, memory: Option<u32>) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    let zero = |memory| MemArg {
        offset: 0,
        align: 0,
        memory_index: memory,
    };
    let code_of = |name: &str| match name {
        "args_get" | "args_sizes_get" | "environ_get" | "environ_sizes_get" | "clock_time_get"
        | "clock_res_get" | "random_get" | "sched_yield" => 0,
        name if name.starts_with("fd_") => BAD_FILE,
        _ => NOT_THERE,
    };
    let parameters = ty.params();
    match (name, memory) {
        ("proc_exit", _) => {
            code.unreachable();
        }
        // Two numbers of nothing.
        ("args_sizes_get" | "environ_sizes_get", Some(memory))
            if parameters == [ValType::I32; 2] =>
        {
            for place in [0, 1] {
                code.local_get(place).i32_const(0).i32_store(zero(memory));
            }
        }
        ("clock_time_get", Some(memory))
            if parameters == [ValType::I32, ValType::I64, ValType::I32] =>
        {
            code.local_get(2).i64_const(0).i64_store(zero(memory));
        }
        ("clock_res_get", Some(memory)) if parameters == [ValType::I32; 2] => {
            code.local_get(1).i64_const(1).i64_store(zero(memory));
        }
        _ => {}
    }
    for result in ty.results() {
        match result {
            ValType::I64 => code.i64_const(0),
            ValType::F32 => code.f32_const(0.0.into()),
            ValType::F64 => code.f64_const(0.0.into()),
            _ => code.i32_const(code_of(name)),
        };
    }
    code.end();
    function
}
