//! A C compiler with the C library's headers: compression and cryptography crates bring C.

use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer, on_path};

const PACKAGES: &[&str] = &["gcc", "libc6-dev"];

pub(super) struct CCompiler;

impl Need for CCompiler {
    fn name(&self) -> &'static str {
        "C compiler"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        let program = std::env::var("CC").unwrap_or_else(|_| "cc".into());
        let place =
            on_path(&program).map_or_else(|| program.clone(), |path| path.display().to_string());
        let version = answer(Command::new(&program).arg("--version"))
            .map_err(|_| format!("no C compiler (`{program}` does not start)"))?;
        let source = cx.cache.join("probe.c");
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&cx.cache)?;
            std::fs::write(
                &source,
                "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n",
            )
        };
        write().map_err(|error| format!("cannot write to {}: {error}", cx.cache.display()))?;
        let tried = answer(Command::new(&program).arg("-fsyntax-only").arg(&source));
        let _ = std::fs::remove_file(&source);
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
