//! protoc **and** protobuf's own .proto files: LanceDB's build scripts compile schemas that import
//! `google/protobuf/empty.proto`. Debian packs the two apart, so both are tried, with one file.
//!
//! Where the system has no such pair, the one that the crate `protoc-bin-vendored` carries is
//! copied into the cache folder. That needs no root and is the same on every distribution.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer, on_path, scratch};

const PACKAGES: &[&str] = &["protobuf-compiler", "libprotobuf-dev"];

/// The crate with the prebuilt pair, pinned; the lock file pins its parts with their hashes.
const VENDORED: &str = "3.2.0";
const LOCK: &str = include_str!("../../requirements/protoc-unpack.lock");

pub(super) struct Protoc;

impl Need for Protoc {
    fn name(&self) -> &'static str {
        "protoc"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        let (chosen, include) = (variable("PROTOC"), variable("PROTOC_INCLUDE"));
        let program = chosen.clone().or_else(|| on_path("protoc"));
        let own = vendored(cx);
        let system = match program {
            // What the build scripts find by themselves gets no variables: a later plain
            // `cargo build` then sees the same settings and builds nothing again.
            Some(program) => usable(&program, include.as_deref()).map(Found::plain),
            None => Err("no protoc on PATH".to_owned()),
        };
        match system {
            Ok(found) => Ok(found),
            Err(missing) if chosen.is_some() => Err(format!("PROTOC is set, but {missing}")),
            Err(missing) => {
                let (program, include) = (own.join("bin").join("protoc"), own.join("include"));
                let detail = usable(&program, Some(&include)).map_err(|_| missing)?;
                Ok(Found {
                    detail,
                    env: vec![
                        ("PROTOC", program.into()),
                        ("PROTOC_INCLUDE", include.into()),
                    ],
                    ..Found::default()
                })
            }
        }
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        if variable("PROTOC").is_some() {
            return Err("a protoc that was chosen is not replaced".into());
        }
        unpack(cx).or_else(|first| {
            apt::install(cx, PACKAGES).map_err(|second| format!("{first}\n{second}"))
        })
    }

    fn remedy(&self) -> String {
        format!(
            "{}; or set PROTOC to a protoc and PROTOC_INCLUDE to the folder with google/protobuf/empty.proto",
            apt::by_hand(PACKAGES)
        )
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn vendored(cx: &Context) -> PathBuf {
    cx.cache.join(format!("protoc-{VENDORED}"))
}

/// Compiles a file that imports one of protobuf's own, in the way the build scripts will.
fn usable(program: &Path, include: Option<&Path>) -> Result<String, String> {
    let place = program.display();
    let version = answer(Command::new(program).arg("--version"))
        .map_err(|_| format!("{place} does not start"))?;
    let folder = scratch("protoc")?;
    folder.write(
        "probe.proto",
        "syntax = \"proto3\";\nimport \"google/protobuf/empty.proto\";\n\
         message Probe { optional google.protobuf.Empty nothing = 1; }\n",
    )?;
    let mut command = Command::new(program);
    command.arg("--proto_path").arg(folder.path());
    if let Some(include) = include {
        command.arg("--proto_path").arg(include);
    }
    command
        .arg("--descriptor_set_out")
        .arg(folder.path().join("probe.bin"))
        .arg("probe.proto");
    answer(&mut command).map_err(|_| format!("{place} finds no google/protobuf/empty.proto"))?;
    let number = version.trim().trim_start_matches("libprotoc ");
    let files = match include {
        Some(include) => format!("include files at {}", include.display()),
        None => "include files where it looks for them".to_owned(),
    };
    Ok(format!("{number} at {place}, {files}"))
}

/// Compiles and runs a project of a few lines that copies the crate's files to the cache folder.
fn unpack(cx: &Context) -> Result<String, String> {
    let (project, to) = (cx.cache.join("protoc-unpack"), vendored(cx));
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(project.join("src"))?;
        std::fs::write(project.join("Cargo.toml"), manifest())?;
        std::fs::write(project.join("Cargo.lock"), LOCK)?;
        std::fs::write(project.join("src").join("main.rs"), UNPACK)
    };
    write().map_err(|error| format!("cannot write to {}: {error}", project.display()))?;
    let mut cargo = cx.cargo();
    cargo
        .args(["run", "--locked", "--manifest-path"])
        .arg(project.join("Cargo.toml"))
        .arg("--")
        .arg(&to);
    cx.logged(
        "protoc",
        cargo.env("CARGO_TARGET_DIR", project.join("target")),
    )?;
    let _ = std::fs::remove_dir_all(&project);
    Ok(format!(
        "the crate protoc-bin-vendored {VENDORED} was unpacked to {}",
        to.display()
    ))
}

fn manifest() -> String {
    format!(
        "[package]\nname = \"protoc-unpack\"\nversion = \"0.0.0\"\nedition = \"2021\"\npublish = false\n\n\
         [workspace]\n\n[dependencies]\nprotoc-bin-vendored = \"={VENDORED}\"\n"
    )
}

const UNPACK: &str = r#"
use std::path::Path;

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return std::fs::copy(from, to).map(|_| ());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let to = std::env::args_os().nth(1).ok_or("where to?")?;
    let to = Path::new(&to);
    std::fs::create_dir_all(to.join("bin"))?;
    copy(&protoc_bin_vendored::include_path()?, &to.join("include"))?;
    copy(&protoc_bin_vendored::protoc_bin_path()?, &to.join("bin").join("protoc"))?;
    Ok(())
}
"#;
