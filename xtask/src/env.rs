//! `cargo xtask env`: what xtask tells the programs that it starts, for a shell of one's own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::needs;

/// Prints the settings; installs nothing.
pub(crate) fn run(cx: &mut Context) -> Result<ExitCode, Failure> {
    cx.install = false;
    let missing = needs::look_only(cx, &needs::to_test());
    if missing > 0 {
        return Err(Failure::Missing {
            what: format!("{missing} missing, see the lines above"),
            remedy: "cargo xtask setup".into(),
        });
    }
    let mut all = cx.env.clone();
    all.insert("FALCON_PLUGINS".into(), cx.plugins().into());
    if cx.progress.json() {
        let text: BTreeMap<_, _> = all
            .iter()
            .map(|(name, value)| (name, value.to_string_lossy()))
            .collect();
        cx.progress.answer("env", json!(text));
    } else {
        print!("{}{}", exports(&all), guests(&cx.guest_env, &cx.guest_path));
    }
    Ok(ExitCode::SUCCESS)
}

/// One `export` a line, for any POSIX shell.
fn exports(all: &BTreeMap<String, OsString>) -> String {
    let lines = all
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    lines.collect()
}

/// A comment with what only the build of plugins may see, where their compiler is another one: it
/// would build the host anew.
fn guests(all: &BTreeMap<String, OsString>, folders: &[PathBuf]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut words: Vec<_> = all
        .iter()
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    let folders: String = folders
        .iter()
        .map(|folder| format!("{}:", quoted(folder.as_os_str())))
        .collect();
    words.push(format!("PATH={folders}\"$PATH\""));
    format!(
        "# for a plugin in Rust: env {} falcon plugin build DIR\n",
        words.join(" ")
    )
}

/// A word that the shell takes as it is.
fn quoted(value: &OsStr) -> String {
    format!("'{}'", value.to_string_lossy().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        let values = [
            "/plain/path",
            "/with space/x",
            "it's",
            "$HOME `x` \\ \"y\"",
            "",
        ];
        for value in values {
            let one = |name: &str| BTreeMap::from([(name.to_owned(), OsString::from(value))]);
            let script = format!(
                "{}{}printf '[%s]' \"$FALCON_X\" \"$FALCON_GUEST\"",
                exports(&one("FALCON_X")),
                guests(&one("FALCON_GUEST"), &[]),
            );
            let shell = Command::new("sh").arg("-c").arg(&script).output().unwrap();
            let said = String::from_utf8_lossy(&shell.stdout).into_owned();
            assert_eq!(said, format!("[{value}][]"), "{script}");
        }
        assert_eq!(guests(&BTreeMap::new(), &["/x".into()]), "");
    }
}
