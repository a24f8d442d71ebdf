//! Generated from `wit/language/v0.1`.
#![allow(missing_docs, unreachable_pub, reason = "generated code")]

wasmtime::component::bindgen!({
    path: ["../../wit/types/v0.1", "../../wit/language/v0.1"],
    world: "falcon:language/language-pack",
    imports: { default: trappable },
});
