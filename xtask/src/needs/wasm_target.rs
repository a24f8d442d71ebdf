//! The standard library for wasm32-unknown-unknown, which plugins in Rust are built on.
//!
//! rustup's own is the normal way. Where rustup is not there or cannot download, Debian's
//! `rustc-web`, `cargo-web` and `rust-web-src` build the standard library from source together with
//! the guests, linked by the LLVM linker of the toolchain at hand. Guests meet the host only as
//! WebAssembly, so it does not matter that their compiler is another one, if it is new enough.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer, on_path};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
/// The oldest compiler that guests build with: their workspace's is this one's.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

#[derive(Default)]
pub(super) struct WasmTarget {
    /// Whether rustup was asked and could not help, so that the system's compiler is the answer.
    rustup_failed: Cell<bool>,
}

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
        // rustup's comes first wherever it may be asked.
        if cx.install && on_path("rustup").is_some() && !self.rustup_failed.get() {
            return Err(missing(cx));
        }
        from_source(cx)
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        by_rustup(cx).or_else(|first| {
            self.rustup_failed.set(true);
            let why = first.lines().next().unwrap_or_default();
            if from_source(cx).is_ok() {
                return Ok(format!("the system's compiler builds it, since {why}"));
            }
            let mut packages = PACKAGES.to_vec();
            if linker_folders(cx).is_none() {
                packages.push("lld");
            }
            let done =
                apt::install(cx, &packages).map_err(|second| format!("{first}\n{second}"))?;
            Ok(format!("{done}, since {why}"))
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

fn missing(cx: &Context) -> String {
    format!(
        "the toolchain at {} has no {TARGET} standard library",
        cx.sysroot.display()
    )
}

/// The system's compiler and the source of its standard library.
fn from_source(cx: &Context) -> Result<Found, String> {
    let version = system_compiler(Path::new(RUSTC), Path::new(CARGO))
        .map_err(|why| format!("{}{why}", missing(cx)))?;
    let linker = linker_folders(cx).ok_or_else(|| {
        "Debian's compiler for wasm32 is there, but no LLVM linker (rust-lld or lld)".to_owned()
    })?;
    Ok(Found {
        detail: format!("built from source by {version} at {RUSTC}"),
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

/// What the compiler says of itself, where it is new enough and has its library's source. The error
/// goes on a sentence, and is empty where there is nothing to be said.
fn system_compiler(rustc: &Path, cargo: &Path) -> Result<String, String> {
    if !cargo.is_file() {
        return Err(String::new());
    }
    let ask = |argument: &[&str]| answer(Command::new(rustc).args(argument));
    let root = ask(&["--print", "sysroot"]).map_err(|_| String::new())?;
    let source = Path::new(root.trim()).join("lib/rustlib/src/rust/library/std");
    if !source.is_dir() {
        return Err(String::new());
    }
    let version = ask(&["--version"]).map_err(|_| String::new())?;
    let version = version.trim();
    if numbers(version.trim_start_matches("rustc ")) < numbers(OLDEST) {
        return Err(format!(
            ", and {version} at {} is older than {OLDEST}",
            rustc.display()
        ));
    }
    Ok(version.to_owned())
}

/// Major and minor of a version.
fn numbers(version: &str) -> Vec<u32> {
    let parts = version.split(['.', '-', ' ']).take(2);
    parts.map_while(|part| part.parse().ok()).collect()
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_compiler_that_is_too_old_or_lacks_its_source_is_none() {
        let root = crate::context::scratch("system-compiler").unwrap();
        let program = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
            path
        };
        let cargo = program("cargo", "");
        let next = numbers(OLDEST)[1] + 1;
        let newer = format!("1.{next}.0 (abc 2026-01-01)");
        for (version, source, found) in [
            ("1.85.0 (4d91de4e4 2025-02-17)", true, Err("is older than")),
            (OLDEST, true, Ok(OLDEST)),
            (&newer, true, Ok(&*newer)),
            (&newer, false, Err("")),
        ] {
            let sysroot = root.path().join(if source { "with" } else { "without" });
            if source {
                std::fs::create_dir_all(sysroot.join("lib/rustlib/src/rust/library/std")).unwrap();
            }
            let script = format!(
                "#!/bin/sh\ncase $1 in --print) echo {}; ;; *) echo 'rustc {version}'; ;; esac\n",
                sysroot.display()
            );
            let rustc = program("rustc", &script);
            match (system_compiler(&rustc, &cargo), found) {
                (Ok(said), Ok(wanted)) => assert_eq!(said, format!("rustc {wanted}")),
                (Err(said), Err(wanted)) => {
                    assert!(
                        said.contains(wanted) && said.is_empty() == wanted.is_empty(),
                        "{said}"
                    );
                }
                (got, _) => panic!("{version}, source {source}: {got:?}"),
            }
        }
        let absent = root.path().join("absent");
        assert!(system_compiler(&absent, &cargo).is_err());
        assert!(system_compiler(&root.path().join("rustc"), &absent).is_err());
    }
}
