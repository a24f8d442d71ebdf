//! The checks of the source: `fmt`, `deny`, `lint`, `doc`.

use std::process::{Command, ExitCode};

use crate::context::Context;
use crate::failure::Failure;
use crate::fuzz;
use crate::needs;
use crate::progress::State;

/// The GPU kernels are checked with the rest; both commands name the same features, so that the
/// dependencies are checked once for the two.
const FEATURES: &[&str] = &["--features", "falcon-kernels/wgpu"];

/// The manifest of the guests' workspace.
const GUESTS: &str = "plugins/Cargo.toml";

/// Formatting of all three workspaces.
pub(crate) fn fmt(cx: &mut Context) -> Result<ExitCode, Failure> {
    let mut host = cx.cargo();
    host.args(["fmt", "--all", "--check"]);
    cx.work("format of host", "cargo fmt --all --check", &mut host)?;
    let mut guests = cx.cargo();
    guests.args(["fmt", "--all", "--check", "--manifest-path", GUESTS]);
    cx.work(
        "format of guests",
        "cargo fmt --all --check in plugins/",
        &mut guests,
    )?;
    let mut targets = cx.cargo();
    targets.args(["fmt", "--all", "--check", "--manifest-path", fuzz::MANIFEST]);
    cx.work(
        "format of fuzz targets",
        "cargo fmt --all --check in fuzz/",
        &mut targets,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Clippy on all three workspaces. The release profile shares build scripts and macros with the build.
pub(crate) fn lint(cx: &mut Context) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_check())?;
    let mut host = cx.cargo();
    host.args([
        "clippy",
        "--release",
        "--locked",
        "--workspace",
        "--all-targets",
    ]);
    host.args(FEATURES).args(["--", "-D", "warnings"]);
    cx.work(
        "clippy on host",
        "cargo clippy --release --workspace --all-targets",
        &mut host,
    )?;
    let mut guests = cx.cargo();
    guests.args([
        "clippy",
        "--release",
        "--locked",
        "--workspace",
        "--all-targets",
        "--manifest-path",
        GUESTS,
    ]);
    guests
        .args(["--", "-D", "warnings"])
        .env("CARGO_TARGET_DIR", cx.target.join("guests"));
    cx.work(
        "clippy on guests",
        "cargo clippy --release in plugins/",
        &mut guests,
    )?;
    let mut targets = cx.cargo();
    targets.args(["clippy", "--release", "--locked", "--all-targets"]);
    targets.args(["--manifest-path", fuzz::MANIFEST, "--", "-D", "warnings"]);
    cx.work(
        "clippy on fuzz targets",
        "cargo clippy --release in fuzz/",
        targets
            .env("CARGO_TARGET_DIR", cx.target.join("fuzz"))
            // Build scripts look at it, and all that depends on one would be built again when the targets are.
            .env("RUSTC_BOOTSTRAP", "1"),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The API documentation of the host, and of the SDK that plugins are written on.
pub(crate) fn doc(cx: &mut Context) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_check())?;
    let mut cargo = cx.cargo();
    cargo.args([
        "doc",
        "--release",
        "--locked",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    cargo.args(FEATURES);
    cx.work(
        "documentation",
        "cargo doc --no-deps",
        cargo.env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    let mut sdk = cx.cargo();
    sdk.args([
        "doc",
        "--release",
        "--locked",
        "--package",
        "falcon-sdk",
        "--no-deps",
        "--manifest-path",
        GUESTS,
    ]);
    sdk.env("CARGO_TARGET_DIR", cx.target.join("guests"));
    cx.work(
        "documentation of the SDK",
        "cargo doc --package falcon-sdk --no-deps in plugins/",
        sdk.env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The dependency trees of all three workspaces against `deny.toml`.
pub(crate) fn deny(cx: &mut Context) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_deny())?;
    let program = cx
        .env
        .get("FALCON_CARGO_DENY")
        .cloned()
        .unwrap_or_else(|| "cargo-deny".into());
    let known = advisories(cx, &program);
    let mut checks = vec!["bans", "licenses", "sources"];
    if known {
        checks.push("advisories");
    } else {
        let why = "the advisory database cannot be reached; the other checks run";
        cx.progress.note(State::Skipped, "advisories", why);
    }
    for (name, manifest) in [
        ("deny on host", "Cargo.toml"),
        ("deny on guests", GUESTS),
        ("deny on fuzz targets", fuzz::MANIFEST),
    ] {
        let mut deny = cx.command(&program);
        with_manifest(&mut deny, manifest)
            .args(["check", "--hide-inclusion-graph"])
            .args(&checks);
        cx.work(
            name,
            &format!("cargo deny check {}", checks.join(" ")),
            &mut deny,
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the advisory database is here or can be fetched.
fn advisories(cx: &Context, program: &std::ffi::OsStr) -> bool {
    let mut fetch = cx.command(program);
    with_manifest(&mut fetch, "Cargo.toml").args(["fetch", "db"]);
    cx.logged("cargo-deny-fetch", &mut fetch).is_ok()
}

fn with_manifest<'a>(deny: &'a mut Command, manifest: &str) -> &'a mut Command {
    deny.args([
        "--locked",
        "--log-level",
        "error",
        "--manifest-path",
        manifest,
    ])
}
