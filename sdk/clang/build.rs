//! Makes what the packs carry: the compiler as it was installed, and the files that it finds, which are headers and
//! libraries. The C++ library and our runtime are compiled here with WebAssembly exceptions, by zig, which has
//! the library's source.
//!
//! `FALCON_CLANG` names the folder of the compiler's package, `FALCON_ZIG` the zig program.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

/// How everything is compiled here.
const FLAGS: &[&str] = &[
    "-target",
    "wasm32-wasi",
    "-O2",
    "-g0",
    "-w",
    "-fno-sanitize=all",
    "-nostdinc",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-fwasm-exceptions",
    "-mexception-handling",
    "-mllvm",
    "-wasm-use-legacy-eh=false",
    "-D_WASI_EMULATED_SIGNAL",
    "-D__WASM_EXCEPTIONS__",
];
const CXX: &[&str] = &[
    "-std=c++23",
    "-nostdinc++",
    "-nostdlib++",
    "-fexceptions",
    "-fcxx-exceptions",
];
const LIBRARY: &[&str] = &[
    "-D_LIBCPP_BUILDING_LIBRARY",
    "-DLIBCXX_BUILDING_LIBCXXABI",
    "-D_LIBCXXABI_BUILDING_LIBRARY",
    "-DLIBCXXABI_NON_DEMANGLING_TERMINATE",
];

/// Headers of the compiler itself that programs for WebAssembly use, by the beginning of their names.
const OWN_HEADERS: &[&str] = &[
    "stddef.h",
    "__stddef",
    "stdarg.h",
    "__stdarg",
    "stdbool.h",
    "limits.h",
    "float.h",
    "__float",
    "stdint.h",
    "stdalign.h",
    "stdatomic.h",
    "stdnoreturn.h",
    "inttypes.h",
    "iso646.h",
    "tgmath.h",
    "wasm_simd128.h",
    "stdckdint.h",
];
/// The C library, as it is in the package.
const C_LIBRARY: &[&str] = &[
    "lib/wasm32-wasip1/libc.a",
    "lib/wasm32-wasip1/libsetjmp.a",
    "lib/wasm32-wasip1/libwasi-emulated-signal.a",
    "lib/wasm32-wasip1/libwasi-emulated-process-clocks.a",
    "lib/wasm32-wasip1/libwasi-emulated-getpid.a",
    "lib/wasm32-wasip1/libwasi-emulated-mman.a",
    "lib/wasm32-unknown-wasip1/libclang_rt.builtins.a",
];

fn main() {
    for name in ["FALCON_CLANG", "FALCON_ZIG"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=sysroot");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("a build script has OUT_DIR"));
    let payload = out.join("payload");
    println!("cargo:payload={}", payload.display());
    // Checked, or built for the machine: the packs alone need the compiler.
    if env::var("TARGET").is_ok_and(|target| !target.starts_with("wasm32")) {
        return make(&payload);
    }
    let clang = PathBuf::from(env::var_os("FALCON_CLANG").unwrap_or_else(|| {
        panic!("FALCON_CLANG must name the folder of the compiler's package; `cargo xtask build` sets it")
    }));
    let mut files = headers(&clang, &out);
    libraries(&out, &mut files);
    make(&payload);
    copy(
        &clang.join("gen/llvm.core.wasm"),
        &payload.join("tool-llvm.wasm"),
    );
    write(&payload.join("files"), &packed(&files));
}

/// The files that the compiler will find, by path.
type Files = BTreeMap<String, Vec<u8>>;

/// All headers, also written below `out` for the compilation of the libraries.
fn headers(clang: &Path, out: &Path) -> Files {
    let mut files = Files::new();
    let source = zig_library();
    add(&mut files, "/include/cxx", &source.join("libcxx/include"));
    add(
        &mut files,
        "/include/cxx",
        &source.join("libcxxabi/include"),
    );
    for name in ["unwind.h", "unwind_itanium.h", "__libunwind_config.h"] {
        files.insert(
            format!("/include/cxx/{name}"),
            read(&source.join("libunwind/include").join(name)),
        );
    }
    // zig hands the configuration over as macros; here it is a header, as elsewhere.
    let config = files
        .get_mut("/include/cxx/__config")
        .expect("libc++ has __config");
    let text = String::from_utf8_lossy(config).into_owned();
    let guard = "#define _LIBCPP___CONFIG\n";
    assert!(
        text.contains(guard),
        "libc++'s __config has no guard where it was"
    );
    *config = text
        .replacen(guard, &format!("{guard}#include <__config_site>\n"), 1)
        .into_bytes();
    for (path, bytes) in unpacked(&read(&clang.join("gen/llvm-resources.tar"))) {
        if let Some(name) = path.strip_prefix("include/wasm32-wasip1/") {
            if !name.starts_with("c++/") {
                files.insert(format!("/include/libc/{name}"), bytes);
            }
        } else if let Some(name) = path.strip_prefix("include/") {
            if !name.contains('/') && OWN_HEADERS.iter().any(|own| name.starts_with(own)) {
                files.insert(format!("/include/clang/{name}"), bytes);
            }
        } else if C_LIBRARY.contains(&path.as_str()) {
            let name = path.rsplit('/').next().expect("a name");
            files.insert(format!("/lib/{name}"), bytes);
        }
    }
    for folder in ["own", "tests"] {
        add(
            &mut files,
            &format!("/include/{folder}"),
            &Path::new("sysroot").join(folder),
        );
    }
    assert!(
        files.contains_key("/lib/libc.a"),
        "the compiler's package has no C library where it was"
    );
    for (path, bytes) in files
        .iter()
        .filter(|(path, _)| path.starts_with("/include/"))
    {
        let to = out.join("sysroot").join(&path[1..]);
        make(to.parent().expect("a folder"));
        write(&to, bytes);
    }
    files
}

/// Compiles the C++ library and our runtime.
fn libraries(out: &Path, files: &mut Files) {
    let source = zig_library();
    let mut units = Vec::new();
    for folder in [
        "libcxx/src",
        "libcxx/src/ryu",
        "libcxx/src/filesystem",
        "libcxxabi/src",
    ] {
        units.extend(
            sources(&source.join(folder))
                .into_iter()
                .map(|path| (path, true)),
        );
    }
    units.retain(|(path, _)| !path.ends_with("cxa_noexception.cpp"));
    units.push((source.join("libunwind/src/Unwind-wasm.c"), true));
    units.extend(
        sources(Path::new("sysroot/runtime"))
            .into_iter()
            .map(|path| (path, false)),
    );
    let objects = compile_all(out, &source, units);
    let named = |name: &str| {
        objects
            .iter()
            .find(|(from, _)| from.ends_with(name))
            .expect("it was compiled")
            .1
            .clone()
    };
    for role in ["program", "candidate", "tests"] {
        files.insert(
            format!("/lib/start_{role}.o"),
            read(&named(&format!("start_{role}.cpp"))),
        );
    }
    let library: Vec<_> = objects
        .iter()
        .filter(|(from, _)| !from.to_string_lossy().contains("start_"))
        .map(|(_, object)| object.clone())
        .collect();
    let archive = out.join("libc++.a");
    let _ = fs::remove_file(&archive);
    run(zig(out).args(["ar", "rcsD"]).arg(&archive).args(library));
    files.insert("/lib/libc++.a".to_owned(), read(&archive));
}

/// Compiles each file on as many threads as there are cores: what came from where.
fn compile_all(out: &Path, source: &Path, units: Vec<(PathBuf, bool)>) -> Vec<(PathBuf, PathBuf)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, done) = (
        Mutex::new(units.into_iter().enumerate()),
        Mutex::new(Vec::new()),
    );
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let one = next.lock().expect("no thread panicked").next();
                    let Some((number, (path, library))) = one else {
                        return;
                    };
                    let object = out.join(format!("{number}.o"));
                    compile(out, source, &path, library, &object);
                    done.lock()
                        .expect("no thread panicked")
                        .push((number, path, object));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panicked");
    done.sort();
    done.into_iter()
        .map(|(_, path, object)| (path, object))
        .collect()
}

fn compile(out: &Path, source: &Path, path: &Path, library: bool, object: &Path) {
    let sysroot = out.join("sysroot/include");
    let mut command = zig(out);
    command.arg("cc").args(FLAGS);
    for folder in ["own", "cxx", "clang", "libc"] {
        command.arg(format!("-I{}", sysroot.join(folder).display()));
    }
    if library {
        command.args(LIBRARY);
        for folder in [
            "libcxx/src",
            "libcxx/src/include",
            "libcxx/libc",
            "libcxxabi/include",
            "libunwind/include",
        ] {
            command.arg(format!("-I{}", source.join(folder).display()));
        }
    }
    if path.extension().is_some_and(|ending| ending == "c") {
        command.args(["-std=gnu17", "-fdeclspec", "-D_LIBUNWIND_HAS_NO_THREADS"]);
    } else {
        command.args(CXX);
    }
    // The same bytes wherever it is built.
    command.arg(format!("-ffile-prefix-map={}=/libcxx", source.display()));
    run(command.arg("-c").arg(path).arg("-o").arg(object));
}

fn zig(out: &Path) -> Command {
    let mut command = Command::new(env::var_os("FALCON_ZIG").unwrap_or_else(|| "zig".into()));
    command
        .env("ZIG_GLOBAL_CACHE_DIR", out.join("zig"))
        .env("ZIG_LOCAL_CACHE_DIR", out.join("zig"));
    command
}

/// Where zig keeps the sources of the C++ library.
fn zig_library() -> PathBuf {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("a build script has OUT_DIR"));
    let said = run(zig(&out).arg("env"));
    let text = String::from_utf8_lossy(&said);
    let after = text
        .split("lib_dir")
        .nth(1)
        .unwrap_or_else(|| panic!("zig env names no lib_dir:\n{text}"));
    let path = after.split('"').find(|part| Path::new(part).is_absolute());
    PathBuf::from(path.unwrap_or_else(|| panic!("zig env names no lib_dir:\n{text}")))
}

/// The C++ files in a folder, sorted.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = entries(folder);
    found.retain(|path| path.extension().is_some_and(|ending| ending == "cpp"));
    found
}

fn add(files: &mut Files, under: &str, folder: &Path) {
    for path in entries(folder) {
        let name = format!(
            "{under}/{}",
            path.file_name().expect("a name").to_string_lossy()
        );
        if path.is_dir() {
            // The headers of an older language, which nothing here compiles.
            if !name.ends_with("/__cxx03") {
                add(files, &name, &path);
            }
        } else {
            files.insert(name, read(&path));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    let mut found: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// The files of a tar archive, by name.
fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default())
            .into_owned()
    };
    let (mut files, mut at) = (Vec::new(), 0);
    while let Some(header) = archive.get(at..at + 512).filter(|header| header[0] != 0) {
        let size =
            usize::from_str_radix(text(&header[124..136]).trim(), 8).expect("a tar archive's size");
        let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
        let name = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        if matches!(header[156], b'0' | 0) {
            files.push((
                name.trim_start_matches("./").to_owned(),
                archive[at + 512..at + 512 + size].to_vec(),
            ));
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

/// As the host reads them.
fn packed(files: &Files) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, content) in files {
        for part in [path.as_bytes(), content] {
            out.extend_from_slice(
                &u32::try_from(part.len())
                    .expect("no file is that large")
                    .to_le_bytes(),
            );
            out.extend_from_slice(part);
        }
    }
    out
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| {
        panic!(
            "zig, which compiles the C++ library, could not be started: {error}. Install it \
                (`pip install ziglang` has it), and put it on PATH or name it in FALCON_ZIG"
        )
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?} failed ({}):\n{said}",
        output.status
    );
    output.stdout
}

fn make(folder: &Path) {
    fs::create_dir_all(folder)
        .unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("cannot copy {}: {error}", from.display()));
}
