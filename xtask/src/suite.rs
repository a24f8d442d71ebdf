//! `cargo xtask test`: every test there is.

use std::process::ExitCode;

use crate::build;
use crate::context::Context;
use crate::failure::Failure;
use crate::needs;
use crate::progress::State;

/// Builds, then runs the host's tests, the guests' and the kernels' on a Vulkan device.
pub(crate) fn run(cx: &mut Context, rest: &[String]) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_test())?;
    build::host(cx)?;
    build::plugins(cx)?;
    build::test_guests(cx)?;

    let mut cargo = cx.cargo();
    cargo
        .args(["test", "--release", "--locked", "--workspace"])
        .args(rest)
        .env("FALCON_PLUGINS", cx.plugins());
    cx.work("host tests", "cargo test --release --workspace", &mut cargo)?;
    if !rest.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    guests(cx)?;
    kernels(cx)?;
    Ok(ExitCode::SUCCESS)
}

/// The guests' own tests run as host programs: their logic needs no sandbox.
fn guests(cx: &mut Context) -> Result<(), Failure> {
    let mut cargo = cx.cargo();
    cargo.args([
        "test",
        "--release",
        "--locked",
        "--workspace",
        "--manifest-path",
        "plugins/Cargo.toml",
    ]);
    cargo.env("CARGO_TARGET_DIR", cx.target.join("guests"));
    cx.work(
        "guest tests",
        "cargo test --release in plugins/",
        &mut cargo,
    )
}

/// The cubecl kernels on a Vulkan device. Apart from the rest, since the `wgpu` feature of burn
/// brings a tree that only these tests need. The whole workspace is named, and one test of it: so
/// what is already built keeps its features and is not built again.
fn kernels(cx: &mut Context) -> Result<(), Failure> {
    if !cx.env.contains_key("FALCON_VULKAN") {
        cx.progress.note(
            State::Skipped,
            "kernel tests",
            "no Vulkan device, see above",
        );
        return Ok(());
    }
    let mut cargo = cx.cargo();
    cargo.args([
        "test",
        "--release",
        "--locked",
        "--package",
        "falcon-kernels",
        "--features",
        "wgpu",
    ]);
    cx.work(
        "kernel tests",
        "cargo test --release -p falcon-kernels --features wgpu",
        &mut cargo,
    )
}
