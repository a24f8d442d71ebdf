//! Compiles the engine, and the glue around it, into the runner.

/// The part of memory that holds what C and Rust keep on their stack, in bytes. `glue.c` says what of it scripts may
/// use.
const STACK: usize = 2 << 20;

fn main() {
    let engine = falcon_c::source_of("rquickjs-sys").join("quickjs");
    let wanted = ["dtoa.c", "libregexp.c", "libunicode.c", "quickjs.c"];
    falcon_c::Build::new()
        .files(wanted.map(|name| engine.join(name)))
        .file("src/glue.c")
        .file("src/system.c")
        .include(&engine)
        .define("_GNU_SOURCE", "")
        .flag("-funsigned-char")
        .link();
    println!("cargo:rustc-link-arg=-zstack-size={STACK}");
}
