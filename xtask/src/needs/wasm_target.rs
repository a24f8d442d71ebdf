//! The standard library for wasm32-unknown-unknown, which plugins in Rust are built on.
//!
//! rustup's own is the normal way. Where rustup is not there or cannot download, Debian's
//! `rustc-web`, `cargo-web` and `rust-web-src` build the standard library from source together with
//! the guests, linked by the LLVM linker of the toolchain at hand. Guests meet the host only as
//! WebAssembly, so it does not matter that their compiler is another one.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer, on_path};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";

pub(super) struct WasmTarget;

impl Need for WasmTarget {
    fn name(&self) -> &'static str {
        "wasm32 target"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        if let Some(library) = prebuilt(cx) {
            return Ok(Found::plain(format!(
                "standard library at {}",
                library.display()
            )));
        }
        from_source(cx)
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        by_rustup(cx).or_else(|first| {
            let mut packages = PACKAGES.to_vec();
            if linker_folders(cx).is_none() {
                packages.push("lld");
            }
            let done =
                apt::install(cx, &packages).map_err(|second| format!("{first}\n{second}"))?;
            Ok(format!(
                "{done}, since {}",
                first.lines().next().unwrap_or_default()
            ))
        })
    }

    fn remedy(&self) -> String {
        format!(
            "rustup target add {TARGET}; or, on Debian 12, {}",
            apt::by_hand(PACKAGES)
        )
    }
}

/// The folder of the prebuilt standard library in the toolchain at hand.
fn prebuilt(cx: &Context) -> Option<PathBuf> {
    let folder = cx
        .sysroot
        .join("lib")
        .join("rustlib")
        .join(TARGET)
        .join("lib");
    let has = |prefix: &str| {
        std::fs::read_dir(&folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with(prefix) && name.ends_with(".rlib")
            })
        })
    };
    (has("libcore-") && has("libstd-")).then_some(folder)
}

/// Debian's compiler and the source of its standard library.
fn from_source(cx: &Context) -> Result<Found, String> {
    let missing = || {
        format!(
            "the toolchain at {} has no {TARGET} standard library",
            cx.sysroot.display()
        )
    };
    if !Path::new(CARGO).is_file() {
        return Err(missing());
    }
    let root = answer(Command::new(RUSTC).args(["--print", "sysroot"])).map_err(|_| missing())?;
    let source = Path::new(root.trim())
        .join("lib")
        .join("rustlib")
        .join("src")
        .join("rust")
        .join("library");
    if !source.join("std").is_dir() {
        return Err(missing());
    }
    let linker = linker_folders(cx).ok_or_else(|| {
        "Debian's compiler for wasm32 is there, but no LLVM linker (rust-lld or lld)".to_owned()
    })?;
    let version = answer(Command::new(RUSTC).arg("--version")).unwrap_or_default();
    Ok(Found {
        detail: format!("built from source by {} at {RUSTC}", version.trim()),
        guest_env: vec![
            ("CARGO", CARGO.into()),
            ("RUSTC", RUSTC.into()),
            // Building the standard library is an unstable option, which a release compiler takes
            // only when asked so.
            ("RUSTC_BOOTSTRAP", "1".into()),
            ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort".into()),
        ],
        guest_path: linker,
        ..Found::default()
    })
}

/// Folders with `rust-lld` and `wasm-ld`: the toolchain's own, else the system's.
fn linker_folders(cx: &Context) -> Option<Vec<PathBuf>> {
    let own = cx
        .sysroot
        .join("lib")
        .join("rustlib")
        .join(&cx.host)
        .join("bin");
    let front = own.join("gcc-ld");
    if own.join("rust-lld").is_file() && front.join("wasm-ld").is_file() {
        return Some(vec![own, front]);
    }
    on_path("wasm-ld").map(|_| Vec::new())
}

fn by_rustup(cx: &Context) -> Result<String, String> {
    if on_path("rustup").is_none() {
        return Err("there is no rustup here".into());
    }
    cx.logged(
        "rustup",
        cx.command("rustup").args(["target", "add", TARGET]),
    )
    .map_err(|said| format!("rustup could not add the target; {said}"))?;
    match prebuilt(cx) {
        Some(_) => Ok("rustup added the target".into()),
        None => Err("rustup says that it has the target, and its files are not there".into()),
    }
}
