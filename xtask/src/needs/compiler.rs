//! Compilers for what crates bring in C (compression, cryptography) and in C++ (libFuzzer), with their libraries'
//! headers.

use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer, on_path, scratch};

pub(super) struct CCompiler;

pub(super) struct CxxCompiler;

/// What the two differ in.
struct Compiler {
    /// What is compiled: `C` or `C++`.
    language: &'static str,
    /// The variable that chooses the program, as crates read it.
    variable: &'static str,
    /// The program where none is chosen.
    program: &'static str,
    /// A file that needs the library's headers.
    probe: (&'static str, &'static str),
    packages: &'static [&'static str],
}

const C: Compiler = Compiler {
    language: "C",
    variable: "CC",
    program: "cc",
    probe: (
        "probe.c",
        "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n",
    ),
    packages: &["gcc", "libc6-dev"],
};

const CXX: Compiler = Compiler {
    language: "C++",
    variable: "CXX",
    program: "c++",
    probe: (
        "probe.cc",
        "#include <vector>\nint main() { return std::vector<int>().size(); }\n",
    ),
    packages: &["g++"],
};

impl Compiler {
    fn look(&self) -> Result<Found, String> {
        let Self { language, .. } = self;
        let program = std::env::var(self.variable).unwrap_or_else(|_| self.program.into());
        let place =
            on_path(&program).map_or_else(|| program.clone(), |path| path.display().to_string());
        let version = answer(Command::new(&program).arg("--version"))
            .map_err(|_| format!("no {language} compiler (`{program}` does not start)"))?;
        let folder = scratch("compiler")?;
        let (name, text) = self.probe;
        let source = folder.write(name, text)?;
        let tried = answer(Command::new(&program).arg("-fsyntax-only").arg(&source));
        tried.map_err(|_| {
            format!("{place} is there, but the {language} library's headers are not")
        })?;
        Ok(Found::plain(format!(
            "{} at {place}",
            version.lines().next().unwrap_or_default()
        )))
    }
}

impl Need for CCompiler {
    fn name(&self) -> &'static str {
        "C compiler"
    }

    fn look(&self, _: &Context) -> Result<Found, String> {
        C.look()
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        apt::install(cx, C.packages)
    }

    fn remedy(&self) -> String {
        apt::by_hand(C.packages)
    }
}

impl Need for CxxCompiler {
    fn name(&self) -> &'static str {
        "C++ compiler"
    }

    fn look(&self, _: &Context) -> Result<Found, String> {
        CXX.look()
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        apt::install(cx, CXX.packages)
    }

    fn remedy(&self) -> String {
        apt::by_hand(CXX.packages)
    }
}
