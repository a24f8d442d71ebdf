//! componentize-py, which makes the Python language pack: CPython and its start-up state as one
//! WebAssembly component.

use super::venv::Tool;
use super::{Found, Need};
use crate::context::Context;

const TOOL: Tool = Tool {
    requirements: "componentize-py.txt",
    program: "componentize-py",
    version: "--version",
};

pub(super) struct ComponentBuilder;

impl Need for ComponentBuilder {
    fn name(&self) -> &'static str {
        "component builder"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        let (program, version) = TOOL.find(cx)?;
        let folder = program.parent().map(Into::into);
        Ok(Found {
            detail: format!("{version} at {}", program.display()),
            env: vec![("FALCON_COMPONENTIZE_PY", program.into_os_string())],
            guest_path: folder.into_iter().collect(),
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
