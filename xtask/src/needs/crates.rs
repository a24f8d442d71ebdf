//! The sources of every crate in the lock files, so that a registry that cannot be reached is
//! found out now and not in the middle of the build.

use std::path::{Path, PathBuf};

use super::{Found, Need};
use crate::context::{Context, answer};

pub(super) struct Crates;

impl Need for Crates {
    fn name(&self) -> &'static str {
        "crates"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        for manifest in workspaces(cx) {
            fetch(cx, &manifest, true)
                .map_err(|_| "some crates of the lock files are not on this machine".to_owned())?;
        }
        Ok(Found::plain(
            "all crates of the lock files are on this machine",
        ))
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        for manifest in workspaces(cx) {
            fetch(cx, &manifest, false)?;
        }
        Ok("`cargo fetch` downloaded the rest".into())
    }

    fn remedy(&self) -> String {
        "the Rust registry must be reachable once: then `cargo fetch --locked`. Behind a mirror, set it up in \
         ~/.cargo/config.toml under [source]"
            .into()
    }
}

fn workspaces(cx: &Context) -> Vec<PathBuf> {
    ["Cargo.toml", "plugins/Cargo.toml", crate::fuzz::MANIFEST]
        .iter()
        .map(|name| cx.root.join(name))
        .filter(|path| path.exists())
        .collect()
}

fn fetch(cx: &Context, manifest: &Path, offline: bool) -> Result<(), String> {
    let mut command = cx.cargo();
    command
        .args([
            "fetch",
            "--quiet",
            "--locked",
            "--target",
            &cx.host,
            "--manifest-path",
        ])
        .arg(manifest);
    if offline {
        // A look: its output is nobody's, and makes no log.
        return answer(command.arg("--offline")).map(drop);
    }
    cx.logged("cargo-fetch", &mut command)
}
