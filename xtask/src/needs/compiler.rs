//! Compilers for what crates bring in C (compression, cryptography) and in C++ (libFuzzer), with their libraries'
//! headers.

use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer, on_path, scratch};

/// One of the two.
pub(super) struct Compiler {
    /// The need's name.
    name: &'static str,
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

pub(super) const C: Compiler = Compiler {
    name: "C compiler",
    language: "C",
    variable: "CC",
    program: "cc",
    probe: (
        "probe.c",
        "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n",
    ),
    packages: &["gcc", "libc6-dev"],
};

pub(super) const CXX: Compiler = Compiler {
    name: "C++ compiler",
    language: "C++",
    variable: "CXX",
    program: "c++",
    probe: (
        "probe.cc",
        "#include <vector>\nint main() { return std::vector<int>().size(); }\n",
    ),
    packages: &["g++"],
};

impl Need for Compiler {
    fn name(&self) -> &'static str {
        self.name
    }

    fn look(&self, _: &Context) -> Result<Found, String> {
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
    fn install(&self, cx: &Context) -> Result<String, String> {
        apt::install(cx, self.packages)
    }

    fn remedy(&self) -> String {
        apt::by_hand(self.packages)
    }
}
