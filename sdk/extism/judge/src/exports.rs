//! The functions of Extism's interface, under the names by which the builder finds them, and what the builder gives: the
//! module's own functions. Places are what the kernel gives; the names and types are Extism's.

#![allow(
    unsafe_code,
    reason = "functions are exported and imported by name; none of them takes a pointer"
)]

use std::{cell::RefCell, collections::BTreeMap};

use falcon_runner::services;
use falcon_sdk::log;
use serde_json::{Value, json};

use crate::{SLOT, kernel::Kernel};

thread_local! {
    static KERNEL: RefCell<Kernel> = RefCell::default();
}

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "falcon:extism")]
// SAFETY: the builder puts functions of these types there, or refuses the module.
unsafe extern "C" {
    /// What the module does before all else.
    safe fn begin();
    /// The module's own judge: 0 where it did well.
    safe fn judge() -> i32;
}

/// Runs the module on an input. What it answered; or the error that it set, and nothing where it set none.
#[cfg(target_arch = "wasm32")]
pub(crate) fn run(input: &[u8], config: BTreeMap<String, String>) -> Result<Vec<u8>, String> {
    KERNEL.with(|kernel| *kernel.borrow_mut() = Kernel::new(input, config));
    begin();
    let code = judge();
    with(|kernel| match (code, kernel.error()) {
        (0, 0) => kernel
            .output()
            .map(<[u8]>::to_vec)
            .ok_or_else(|| "it set no output".to_owned()),
        (code, 0) => Err(format!("judge returned {code} and set no error")),
        (_, error) => Err(String::from_utf8_lossy(kernel.block(error)).into_owned()),
    })
}

/// There is a module in a plugin alone.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn run(_: &[u8], _: BTreeMap<String, String>) -> Result<Vec<u8>, String> {
    Err("no module is joined to this".to_owned())
}

fn with<T>(then: impl FnOnce(&mut Kernel) -> T) -> T {
    KERNEL.with(|kernel| then(&mut kernel.borrow_mut()))
}

fn eight(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

/// Functions of the kernel, each exported as `kernel_NAME`.
macro_rules! kernel {
    ($($export:literal fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? { $body:expr })*) => {$(
        #[cfg_attr(target_arch = "wasm32", unsafe(export_name = $export))]
        extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            with($body)
        }
    )*};
}

kernel! {
    "kernel_alloc" fn alloc(size: u64) -> u64 { |kernel| kernel.alloc(size) }
    "kernel_free" fn free_block(place: u64) { |kernel| kernel.free(place) }
    "kernel_length" fn length(place: u64) -> u64 { |kernel| kernel.length(place) }
    "kernel_length_unsafe" fn length_of(place: u64) -> u64 { |kernel| kernel.length(place) }
    "kernel_load_u8" fn load_u8(place: u64) -> i32 { |kernel| kernel.bytes(place, 1)[0].into() }
    "kernel_load_u64" fn load_u64(place: u64) -> u64 { |kernel| eight(kernel.bytes(place, 8)) }
    "kernel_store_u8" fn store_u8(place: u64, value: i32) {
        |kernel| kernel.bytes_mut(place, 1)[0] = value.to_le_bytes()[0]
    }
    "kernel_store_u64" fn store_u64(place: u64, value: u64) {
        |kernel| kernel.bytes_mut(place, 8).copy_from_slice(&value.to_le_bytes())
    }
    "kernel_input_length" fn input_length() -> u64 { |kernel| kernel.input().1 }
    "kernel_input_offset" fn input_offset() -> u64 { |kernel| kernel.input().0 }
    "kernel_input_load_u8" fn input_load_u8(at: u64) -> i32 { |kernel| kernel.input_bytes(at, 1)[0].into() }
    "kernel_input_load_u64" fn input_load_u64(at: u64) -> u64 { |kernel| eight(kernel.input_bytes(at, 8)) }
    "kernel_output_set" fn output_set(place: u64, size: u64) { |kernel| kernel.set_output(place, size) }
    "kernel_error_set" fn error_set(place: u64) { |kernel| kernel.set_error(place) }
    "kernel_error_get" fn error_get() -> u64 { |kernel| kernel.error() }
    "kernel_config_get" fn config_get(name: u64) -> u64 { |kernel| kernel.setting(name) }
    "kernel_var_get" fn var_get(name: u64) -> u64 { |kernel| kernel.variable(name) }
    "kernel_var_set" fn var_set(name: u64, value: u64) { |kernel| kernel.set_variable(name, value) }
    "kernel_http_request" fn http_request(request: u64, body: u64) -> u64 { |kernel| send(kernel, request, body) }
    "kernel_http_status_code" fn http_status_code() -> i32 { |kernel| kernel.status }
    "kernel_http_headers" fn http_headers() -> u64 { |kernel| kernel.headers }
    "kernel_log_trace" fn log_trace(text: u64) { |kernel| log::debug(&said(kernel, text)) }
    "kernel_log_debug" fn log_debug(text: u64) { |kernel| log::debug(&said(kernel, text)) }
    "kernel_log_info" fn log_info(text: u64) { |kernel| log::info(&said(kernel, text)) }
    "kernel_log_warn" fn log_warn(text: u64) { |kernel| log::warn(&said(kernel, text)) }
    "kernel_log_error" fn log_error(text: u64) { |kernel| log::error(&said(kernel, text)) }
    // All of it: whether anybody hears it is the operator's.
    "kernel_get_log_level" fn get_log_level() -> i32 { |_| 0 }
}

fn said(kernel: &Kernel, text: u64) -> String {
    String::from_utf8_lossy(kernel.block(text)).into_owned()
}

/// Sends a request through the host's service, and gives the body of the answer.
///
/// # Panics
/// Where it was not sent: Extism's interface has no way to say so.
fn send(kernel: &mut Kernel, request: u64, body: u64) -> u64 {
    let asked: Value = serde_json::from_slice(kernel.block(request)).unwrap_or_default();
    let headers = asked["headers"].as_object().into_iter().flatten();
    let method = asked["method"].as_str().unwrap_or("GET");
    let method = method.to_ascii_lowercase();
    assert!(
        matches!(&*method, "get" | "post"),
        "the module sends {method} requests, and only GET and POST are sent"
    );
    let question = json!({
        "method": method,
        "url": asked["url"],
        "headers": headers.map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(kernel.block(body)),
    });
    let answer: Value = serde_json::from_str(&services::call(&SLOT, "http", &question.to_string()))
        .unwrap_or_default();
    let response = &answer["ok"];
    assert!(response.is_object(), "its request: {}", answer["problem"]);
    kernel.status = response["status"]
        .as_i64()
        .and_then(|status| i32::try_from(status).ok())
        .unwrap_or(0);
    let pairs = response["headers"].as_array().into_iter().flatten();
    let headers: serde_json::Map<String, Value> = pairs
        .map(|pair| {
            (
                pair[0].as_str().unwrap_or_default().to_owned(),
                pair[1].clone(),
            )
        })
        .collect();
    kernel.headers = kernel.put(Value::Object(headers).to_string().as_bytes());
    kernel.put(response["text"].as_str().unwrap_or_default().as_bytes())
}
