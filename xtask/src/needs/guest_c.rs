//! zig, whose C compiler makes the interpreters of language packs WebAssembly.

use super::venv::Tool;
use super::{Found, Need};
use crate::context::Context;

const TOOL: Tool = Tool {
    requirements: "ziglang.txt",
    program: "python-zig",
    version: "version",
};

pub(super) struct GuestC;

impl Need for GuestC {
    fn name(&self) -> &'static str {
        "guests' C"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        let (program, version) = TOOL.find(cx)?;
        Ok(Found {
            detail: format!("zig {version} at {}", program.display()),
            guest_env: vec![("FALCON_ZIG", program.into_os_string())],
            ..Found::default()
        })
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        TOOL.install(cx)
    }

    fn remedy(&self) -> String {
        TOOL.by_hand()
    }
}
