//! `cargo xtask test`: every test there is.

use std::process::ExitCode;

use crate::build::{self, Plugins};
use crate::context::{Context, display};
use crate::failure::Failure;
use crate::needs;
use crate::progress::State;

/// Builds, then runs the host's tests, the guests' and the kernels' on a Vulkan device.
pub(crate) fn run(cx: &mut Context, rest: &[String]) -> Result<ExitCode, Failure> {
    needs::settle(cx, &needs::to_test())?;
    build::host(cx)?;
    build::runners(cx)?;
    build::plugins(cx, Plugins::All)?;
    build::test_guests(cx)?;

    let mut cargo = cx.cargo();
    cargo
        .args(["test", "--release", "--locked"])
        .args(selection(rest))
        .args(rest)
        .env("FALCON_PLUGINS", cx.plugins());
    let shown = display(&cargo);
    cx.work("host tests", shown.trim_matches('`'), &mut cargo)?;
    if !rest.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    guests(cx)?;
    kernels(cx)?;
    Ok(ExitCode::SUCCESS)
}

/// What is tested beside what `rest` names: everything where that names no package. Cargo unifies
/// features over the packages named, so a package alone would compile LanceDB's tree once more; with
/// `falcon-cli`, which uses every crate, it is the tree that the build has made.
fn selection(rest: &[String]) -> &'static [&'static str] {
    let own = rest.iter().take_while(|argument| *argument != "--");
    let names_a_package = |argument: &String| {
        let short = argument.starts_with("-p");
        short || argument == "--package" || argument.starts_with("--package=")
    };
    if own.into_iter().any(names_a_package) {
        &["--package", "falcon-cli"]
    } else {
        &["--workspace"]
    }
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

/// The cubecl kernels on a Vulkan device. Apart from the rest, since cubecl's wgpu brings a tree that
/// only these tests need, and alone, since that tree's features would change those of the workspace:
/// the few crates that the kernels link are compiled once more.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_package_is_not_the_whole_workspace() {
        let everything: &[&str] = &["--workspace"];
        let named: &[&str] = &["--package", "falcon-cli"];
        for (line, wanted) in [
            ("", everything),
            ("-p falcon-train", named),
            ("-pfalcon-train", named),
            ("--package falcon-train some_test", named),
            ("--package=falcon-train", named),
            ("some_test", everything),
            ("--test it", everything),
            ("some_test -- -p", everything),
        ] {
            let rest: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(selection(&rest), wanted, "{line}");
        }
    }
}
