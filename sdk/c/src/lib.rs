//! For build scripts: compiles C into a plugin written in Rust, so that an interpreter written in C can
//! be a language pack.
//!
//! The C compiler is `zig cc`, which carries the C library for WebAssembly with it; `FALCON_ZIG` names
//! the program, else it is looked for on `PATH`. What the C library asks of the system goes through WASI
//! preview 1, which `falcon plugin build` adapts to the host's interfaces.
//!
//! ```no_run
//! // build.rs
//! let lua = falcon_c::source_of("lua-src").join("lua-5.4.8");
//! falcon_c::Build::new()
//!     .files(falcon_c::c_files(&lua, &["lua.c", "luac.c"]))
//!     .file("src/glue.c")
//!     .include(&lua)
//!     .setjmp()
//!     .link();
//! ```

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: [&str; 2] = ["-target", "wasm32-wasi"];

/// What to compile, and how.
#[derive(Debug, Default)]
pub struct Build {
    files: Vec<PathBuf>,
    flags: Vec<String>,
    setjmp: bool,
}

impl Build {
    /// Nothing yet; optimised for speed, without warnings of code that is not one's own.
    #[must_use]
    pub fn new() -> Self {
        Self {
            flags: ["-O2", "-w", "-DNDEBUG", "-fno-sanitize=all"]
                .map(str::to_owned)
                .to_vec(),
            ..Self::default()
        }
    }

    /// One more C file.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// More C files.
    #[must_use]
    pub fn files(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.files.extend(paths);
        self
    }

    /// A folder of headers.
    #[must_use]
    pub fn include(self, folder: &Path) -> Self {
        self.flag(format!("-I{}", folder.display()))
    }

    /// `-Dname=value`; `-Dname` where the value is empty.
    #[must_use]
    pub fn define(self, name: &str, value: &str) -> Self {
        let flag = if value.is_empty() {
            format!("-D{name}")
        } else {
            format!("-D{name}={value}")
        };
        self.flag(flag)
    }

    /// Any other flag of the compiler.
    #[must_use]
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// With `setjmp` and `longjmp`, which become WebAssembly exceptions.
    #[must_use]
    pub fn setjmp(self) -> Self {
        let with = Self {
            setjmp: true,
            ..self
        };
        ["-wasm-enable-sjlj", "-wasm-use-legacy-eh=false"]
            .into_iter()
            .fold(with, |build, option| build.flag("-mllvm").flag(option))
            .flag("-mexception-handling")
    }

    /// Compiles, and has the crate linked with the objects and the C library, where it is built for
    /// WebAssembly; nothing elsewhere.
    ///
    /// # Panics
    /// Where a file does not compile: the message ends the build script.
    pub fn link(self) {
        // On another target the crate is only looked at or its logic tested: nothing calls the C.
        if env::var_os("CARGO_CFG_TARGET_ARCH").is_none_or(|arch| arch != "wasm32") {
            return;
        }
        println!("cargo:rerun-if-env-changed=FALCON_ZIG");
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("a build script has OUT_DIR"));
        let mut files = self.files.clone();
        if self.setjmp {
            let runtime = out.join("falcon_setjmp.c");
            write(&runtime, include_str!("setjmp.c"));
            files.push(runtime);
        }
        for (number, file) in files.iter().enumerate() {
            println!("cargo:rerun-if-changed={}", file.display());
            let object = out.join(format!("{number}.o"));
            let mut zig = zig(&out);
            zig.arg("cc").args(TARGET).args(&self.flags);
            // An assertion of the C code names its file; another machine has it elsewhere.
            if let Some(folder) = file.parent() {
                zig.arg(format!("-ffile-prefix-map={}=/c", folder.display()));
            }
            run(zig.arg("-c").arg(file).arg("-o").arg(&object));
            println!("cargo:rustc-link-arg={}", object.display());
        }
        for library in c_library(&out) {
            println!("cargo:rustc-link-arg={library}");
        }
    }
}

/// The folder of a crate's source, which carries C code. Name the crate under
/// `[target.'cfg(any())'.dependencies]`: it is then fetched and pinned, and never compiled.
///
/// # Panics
/// Where no dependency has this name.
#[must_use]
pub fn source_of(name: &str) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest =
        Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("Cargo.toml");
    let said = run(Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(&manifest));
    let metadata: serde_json::Value =
        serde_json::from_slice(&said).expect("cargo metadata writes JSON");
    metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == name)
        .and_then(|package| Path::new(package["manifest_path"].as_str()?).parent())
        .unwrap_or_else(|| panic!("{} depends on no crate {name}", manifest.display()))
        .to_owned()
}

/// The C files in a folder but for these, sorted.
///
/// # Panics
/// Where the folder cannot be read.
#[must_use]
pub fn c_files(folder: &Path, but: &[&str]) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "c"))
        .filter(|path| !but.iter().any(|name| path.ends_with(name)))
        .collect();
    files.sort();
    files
}

/// The archives that zig links a C program with, made now if it has not made them before.
fn c_library(out: &Path) -> Vec<String> {
    let empty = out.join("falcon_empty.c");
    write(&empty, "int main(void) { return 0; }\n");
    let mut zig = zig(out);
    zig.arg("build-exe").arg(&empty).args(TARGET).args([
        "-lc",
        "-lwasi-emulated-signal",
        "-lwasi-emulated-process-clocks",
        "-lwasi-emulated-getpid",
        "-lwasi-emulated-mman",
        "--verbose-link",
    ]);
    zig.arg(format!("-femit-bin={}", out.join("empty.wasm").display()));
    let output = zig.output().unwrap_or_else(|error| missing(&error));
    let said = String::from_utf8_lossy(&output.stderr);
    let mut found: Vec<String> = said
        .split_whitespace()
        .filter(|word| word.ends_with(".a") && !word.contains("ubsan"))
        .map(str::to_owned)
        .collect();
    found.dedup();
    assert!(
        output.status.success() && found.iter().any(|path| path.ends_with("libc.a")),
        "zig did not say what it links a C program with:\n{said}"
    );
    found
}

fn zig(out: &Path) -> Command {
    let mut command = Command::new(env::var_os("FALCON_ZIG").unwrap_or_else(|| "zig".into()));
    // Beside what is built, so that nothing else clears it away.
    command.env("ZIG_GLOBAL_CACHE_DIR", out.join("zig"));
    command.env("ZIG_LOCAL_CACHE_DIR", out.join("zig"));
    command
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| missing(&error));
    assert!(
        output.status.success(),
        "{command:?} failed ({}):\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn missing(error: &std::io::Error) -> ! {
    panic!(
        "zig, which compiles this plugin's C code, could not be started: {error}. Install it \
         (`pip install ziglang` has it), and put it on PATH or name it in FALCON_ZIG"
    )
}

fn write(path: &Path, text: &str) {
    fs::write(path, text)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
