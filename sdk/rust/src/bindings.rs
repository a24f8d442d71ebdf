//! Generated from `wit/`; what plugins use of it is re-exported with the traits.
#![allow(missing_docs, unsafe_code, clippy::all, reason = "generated code")]

pub mod host {
    wit_bindgen::generate!({
        path: ["../../wit/types/v0.1", "../../wit/host/v0.1"],
        inline: "
            package falcon:sdk@0.1.0;
            world services {
                import falcon:types/types@0.1.0;
                import falcon:host/panic@0.1.0;
                import falcon:host/log@0.1.0;
                import falcon:host/clock@0.1.0;
                import falcon:host/kv@0.1.0;
                import falcon:host/llm@0.1.0;
                import falcon:host/http@0.1.0;
            }
        ",
        world: "falcon:sdk/services",
        generate_all,
        generate_unused_types: true,
    });
}

pub mod judge {
    wit_bindgen::generate!({
        path: ["../../wit/types/v0.1", "../../wit/judge/v0.2"],
        world: "falcon:judge/batch-judge-plugin",
        with: { "falcon:types/types@0.1.0": crate::bindings::host::falcon::types::types },
        pub_export_macro: true,
        export_macro_name: "export_bindings",
    });
}

pub mod memory {
    wit_bindgen::generate!({
        path: ["../../wit/types/v0.1", "../../wit/memory/v0.2"],
        world: "falcon:memory/memory-policy",
        with: { "falcon:types/types@0.1.0": crate::bindings::host::falcon::types::types },
        pub_export_macro: true,
        export_macro_name: "export_bindings",
    });
}

pub mod language {
    wit_bindgen::generate!({
        path: ["../../wit/types/v0.1", "../../wit/language/v0.1"],
        world: "falcon:language/language-pack",
        with: { "falcon:types/types@0.1.0": crate::bindings::host::falcon::types::types },
        pub_export_macro: true,
        export_macro_name: "export_bindings",
    });
}
