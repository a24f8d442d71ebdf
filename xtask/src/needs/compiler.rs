//! A C compiler with the C library's headers: compression and cryptography crates bring C.

use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer, on_path, scratch};

const PACKAGES: &[&str] = &["gcc", "libc6-dev"];

pub(super) struct CCompiler;

impl Need for CCompiler {
    fn name(&self) -> &'static str {
        "C compiler"
    }

    fn look(&self, _: &Context) -> Result<Found, String> {
        let program = std::env::var("CC").unwrap_or_else(|_| "cc".into());
        let place =
            on_path(&program).map_or_else(|| program.clone(), |path| path.display().to_string());
        let version = answer(Command::new(&program).arg("--version"))
            .map_err(|_| format!("no C compiler (`{program}` does not start)"))?;
        let folder = scratch("compiler")?;
        let source = folder.write(
            "probe.c",
            "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n",
        )?;
        let tried = answer(Command::new(&program).arg("-fsyntax-only").arg(&source));
        tried.map_err(|_| format!("{place} is there, but the C library's headers are not"))?;
        Ok(Found::plain(format!(
            "{} at {place}",
            version.lines().next().unwrap_or_default()
        )))
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        apt::install(cx, PACKAGES)
    }

    fn remedy(&self) -> String {
        apt::by_hand(PACKAGES)
    }
}
