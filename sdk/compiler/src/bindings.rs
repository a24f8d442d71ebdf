//! Generated from `wit/language`. Apart from the SDK's own, since both worlds export `pack`.
#![allow(missing_docs, unsafe_code, clippy::all, reason = "generated code")]

wit_bindgen::generate!({
    path: ["../../wit/types/v0.1", "../../wit/language/v0.1"],
    world: "falcon:language/compiled-language-pack",
    with: { "falcon:types/types@0.1.0": falcon_sdk::bindings::host::falcon::types::types },
    pub_export_macro: true,
    export_macro_name: "export_bindings",
});
