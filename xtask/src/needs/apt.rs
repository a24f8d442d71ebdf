//! Debian's packages, where apt-get is there and may be used.

use std::process::Command;

use crate::context::{Context, answer, on_path};

/// Installs the packages. The answer names them; the error says what stood in the way.
pub(super) fn install(cx: &Context, packages: &[&str]) -> Result<String, String> {
    let prefix = privilege()?;
    let log = format!("apt-{}", packages.first().copied().unwrap_or("none"));
    let run = |log: &str, arguments: &[&str]| {
        let mut command = match prefix {
            Some(sudo) => {
                let mut command = cx.command(sudo);
                command.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
                command
            }
            None => cx.command("apt-get"),
        };
        cx.logged(
            log,
            command
                .env("DEBIAN_FRONTEND", "noninteractive")
                .args(arguments),
        )
    };
    run("apt-update", &["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    run(&log, &arguments)?;
    Ok(format!("apt-get installed {}", packages.join(", ")))
}

/// The command that a person types.
pub(super) fn by_hand(packages: &[&str]) -> String {
    format!("sudo apt-get install {}", packages.join(" "))
}

/// None for root, `sudo` where it asks no password.
fn privilege() -> Result<Option<&'static str>, String> {
    if on_path("apt-get").is_none() {
        return Err("there is no apt-get here".into());
    }
    if answer(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Ok(None);
    }
    if answer(Command::new("sudo").args(["-n", "true"])).is_ok() {
        return Ok(Some("sudo"));
    }
    Err("apt-get needs root, and sudo is not to be had without a password".into())
}
