//! Generated from `wit/language/v0.1`.
#![allow(missing_docs, unreachable_pub, reason = "generated code")]

wasmtime::component::bindgen!({
    path: ["../../wit/types/v0.1", "../../wit/language/v0.1"],
    world: "falcon:language/language-pack",
    imports: { default: trappable },
});

/// The world of packs that compile.
pub(super) mod compiling {
    wasmtime::component::bindgen!({
        path: ["../../wit/types/v0.1", "../../wit/language/v0.1"],
        world: "falcon:language/compiled-language-pack",
        imports: { default: trappable },
        with: { "falcon:types/types@0.1.0": super::falcon::types::types },
    });
}
