//! `falcon plugin doctor`: what this machine can build, and whether this falcon can run a plugin.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use falcon_host::{Hosts, Limits, LoadError, Loader, PluginInfo, host_version};
use falcon_package::{ByteSize, Capability, build::tools};
use serde_json::json;

use super::named::Named;
use crate::{
    command::Context,
    failure::{Exit, Outcome},
    grant,
    output::Output,
    plugins,
};

/// One thing that was looked at.
struct Check {
    what: &'static str,
    /// What was found, or what is wrong and what to do.
    found: Result<String, String>,
}

/// What building plugins needs.
pub(super) fn tools(context: &Context) -> Outcome {
    let checks = vec![
        Check {
            what: "Rust: cargo",
            found: cargo(),
        },
        Check {
            what: "Rust: target",
            found: target(),
        },
        Check {
            what: "Python",
            found: tools::componentize_py()
                .map(|path| format!("componentize-py at {}", path.display()))
                .ok_or_else(tools::componentize_py_remedy),
        },
        Check {
            what: "JavaScript",
            found: tools::runner(tools::JAVASCRIPT_JUDGE)
                .map(|path| format!("runner at {}", path.display()))
                .map_err(|_| "the runner is not there: `cargo xtask build` makes it".to_owned()),
        },
        Check {
            what: "plugins",
            found: match plugins::folder(context.plugins.as_deref()) {
                Ok(folder) => Ok(format!("in {}", folder.display())),
                Err(failure) => Err(failure.error.to_string()),
            },
        },
    ];
    tell(context, None, &checks)
}

fn cargo() -> Result<String, String> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
    answer(Command::new(&cargo).arg("--version"))
        .ok_or_else(|| "cargo is not on the PATH: install Rust 1.95 or newer".to_owned())
}

fn target() -> Result<String, String> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let remedy = || format!("{TARGET} is not installed: `rustup target add {TARGET}`");
    let folder =
        answer(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    let folder = folder.filter(|folder| Path::new(folder).is_dir());
    folder
        .map(|_| format!("{TARGET} is installed"))
        .ok_or_else(remedy)
}

/// What a program says, where it ends well.
fn answer(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether this falcon can run a plugin as it is started now.
pub(super) fn plugin(context: &Context, asked: &str) -> Outcome {
    let named = Named::find(context, asked)?;
    let info = &named.info;
    let mut checks = vec![
        Check {
            what: "made for",
            found: made_for(info),
        },
        Check {
            what: "interface",
            found: match info.track() {
                Ok(track) => Ok(format!("{} {track}", info.manifest.kind)),
                Err(mismatch) => Err(format!("does not fit\n{mismatch}")),
            },
        },
    ];
    let services = info.manifest.capabilities.services();
    checks.extend(services.map(|one| Check {
        what: "capability",
        found: granted(context, info, one),
    }));
    checks.push(Check {
        what: "limits",
        found: limits(info),
    });
    checks.push(Check {
        what: "loads",
        found: loads(&named.file),
    });
    tell(context, Some(info), &checks)
}

fn made_for(info: &PluginInfo) -> Result<String, String> {
    let (wanted, host) = (&info.manifest.host, host_version());
    if wanted.matches(&host) {
        Ok(format!("falcon {wanted}; this is {host}"))
    } else {
        Err(format!(
            "falcon {wanted}, and this is {host}: get a version of the plugin for this one"
        ))
    }
}

fn granted(context: &Context, info: &PluginInfo, one: Capability) -> Result<String, String> {
    let name = &info.id.name;
    let granted = context.granted.to(name);
    let places = &info.manifest.capabilities.http;
    let missing = granted.hosts_missing(places);
    match one {
        Capability::Http if missing.is_empty() => {
            let places: Vec<String> = places.iter().map(ToString::to_string).collect();
            Ok(format!(
                "http to {} is asked for and granted",
                places.join(", ")
            ))
        }
        Capability::Http => Err(format!(
            "http to {} is asked for and not granted: {}",
            Hosts(missing.clone()),
            grant::of_hosts(name, &missing)
        )),
        _ if granted.has(one) => Ok(format!("{one} is asked for and granted")),
        _ => Err(format!(
            "{one} is asked for and not granted: --grant {name}={one}"
        )),
    }
}

fn limits(info: &PluginInfo) -> Result<String, String> {
    let (asked, allowed) = (&info.manifest.capabilities, Limits::default());
    let memory = asked.memory.map_or(allowed.memory as u64, |size| size.0);
    let fuel = asked.fuel.unwrap_or(allowed.fuel);
    let text = format!(
        "{} of memory and {fuel} units of fuel a call",
        ByteSize(memory)
    );
    if memory > allowed.memory as u64 || fuel > allowed.fuel {
        return Err(format!(
            "asks for {text}; {} and {} are allowed: lower them in plugin.toml",
            ByteSize(allowed.memory as u64),
            allowed.fuel
        ));
    }
    Ok(text)
}

/// Compiles and links it with everything granted, so that what is missing of grants is told once.
fn loads(file: &Path) -> Result<String, String> {
    let load = || -> Result<(), LoadError> {
        let loader = Loader::new()?.grants(grant::everything());
        loader.load(file).map(|_| ())
    };
    match load() {
        Ok(()) => Ok("it compiles and links".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn tell(context: &Context, info: Option<&PluginInfo>, checks: &[Check]) -> Outcome {
    let well = checks.iter().all(|check| check.found.is_ok());
    let mut output = Output::stdout();
    if context.json {
        let all: Vec<_> = checks
            .iter()
            .map(|check| {
                let (Ok(text) | Err(text)) = &check.found;
                json!({"what": check.what, "ok": check.found.is_ok(), "found": text})
            })
            .collect();
        output.document(&json!({
            "plugin": info.map(|info| info.id.name.as_str()),
            "ok": well,
            "checks": all,
        }))?;
    } else {
        if let Some(info) = info {
            output.text(&format!("{}\n", info.id))?;
        }
        for check in checks {
            let (mark, text) = match &check.found {
                Ok(text) => ("ok", text),
                Err(text) => ("NO", text),
            };
            let text = text.replace('\n', "\n                     ");
            output.text(&format!("  {mark}  {:<14} {text}\n", check.what))?;
        }
    }
    output.finish()?;
    Ok(Exit::answer(well))
}
