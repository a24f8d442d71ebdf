//! `cargo xtask doctor`: only looks.

use std::process::ExitCode;

use crate::context::Context;
use crate::failure::Failure;
use crate::needs;

/// Looks for all that any command needs.
pub(crate) fn run(cx: &mut Context) -> Result<ExitCode, Failure> {
    // Whatever is here counts, and nothing is promised that only an installer could keep.
    cx.install = false;
    match needs::look_only(cx, &needs::all()) {
        0 => Ok(ExitCode::SUCCESS),
        missing => Err(Failure::No(format!(
            "{missing} missing; `cargo xtask setup` installs what it can, or see the lines above"
        ))),
    }
}
