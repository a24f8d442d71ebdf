//! Compiles Lua and the glue between it and the pack.

fn main() {
    // Checking the crate for the machine itself needs no C.
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        return;
    }
    let lua = falcon_c::source_of("lua-src").join("lua-5.4.8");
    let glue = std::path::Path::new("glue");
    println!("cargo:rerun-if-changed=glue");
    falcon_c::Build::new()
        .files(falcon_c::c_files(&lua, &[]))
        .files(falcon_c::c_files(glue, &[]))
        .include(&lua)
        .include(glue)
        .flag("-include")
        .flag("throw.h")
        .define("LUA_USE_JUMPTABLE", "1")
        .define("_WASI_EMULATED_SIGNAL", "")
        .define("_WASI_EMULATED_PROCESS_CLOCKS", "")
        .setjmp()
        .link();
}
