//! Compiles the engine, and the glue that includes it, into the plugin.

/// The part of memory that holds what C and Rust keep on their stack, in bytes. `engine::STACK` is what
/// of it programs may use.
const STACK: usize = 8 << 20;

fn main() {
    let engine = falcon_c::source_of("rquickjs-sys").join("quickjs");
    let wanted = ["dtoa.c", "libregexp.c", "libunicode.c"];
    falcon_c::Build::new()
        .files(wanted.map(|name| engine.join(name)))
        .file("src/glue.c")
        .file("src/files.c")
        .include(&engine)
        .define("_GNU_SOURCE", "")
        .flag("-funsigned-char")
        .link();
    println!("cargo:rustc-link-arg=-zstack-size={STACK}");
}
