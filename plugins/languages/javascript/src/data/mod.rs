//! Plain data: what of JavaScript's values crosses, both ways.

mod decode;
mod encode;
mod update;

pub(crate) use decode::{Malformed, decode};
pub(crate) use encode::{NotPlain, encode, encode_answer, type_name};
pub(crate) use update::update;

use falcon_sdk::language::value;

/// How much may cross at once.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    pub(crate) depth: usize,
    pub(crate) bytes: usize,
    pub(crate) values: usize,
}

/// What arguments may take.
pub(crate) const ARGUMENTS: Room = Room {
    depth: value::MAX_DEPTH,
    bytes: value::MAX_BYTES,
    values: value::MAX_VALUES,
};

/// What replies may take: less, so that they can be passed back.
pub(crate) const REPLY: Room = Room {
    depth: value::MAX_DEPTH - 2,
    bytes: value::MAX_BYTES - 64,
    values: value::MAX_VALUES - 16,
};

/// The typed arrays, by the numbers that the engine gives them.
const TYPED_ARRAYS: [&str; 12] = [
    "Uint8ClampedArray",
    "Int8Array",
    "Uint8Array",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "BigInt64Array",
    "BigUint64Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
];

/// The name of a typed array's type.
pub(crate) fn typed_array_name(kind: i32) -> &'static str {
    usize::try_from(kind)
        .ok()
        .and_then(|at| TYPED_ARRAYS.get(at).copied())
        .unwrap_or("TypedArray")
}
