//! A Python that can make virtual environments. It runs the component builder and the oracles of
//! some tests; programs under training never see it.

use std::path::PathBuf;
use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer};

const PACKAGES: &[&str] = &["python3", "python3-venv"];
const NEWEST_FIRST: &[&str] = &[
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
];

/// Prints version and path, and fails where venv (which Debian packs apart) or 3.10 is missing.
const PROBE: &str = "import sys, venv, ensurepip\n\
                     assert sys.version_info >= (3, 10)\n\
                     print('%d.%d.%d' % sys.version_info[:3], sys.executable)";

pub(super) struct Python;

impl Need for Python {
    fn name(&self) -> &'static str {
        "Python"
    }

    fn look(&self, _: &Context) -> Result<Found, String> {
        let (version, path) = interpreter()?;
        Ok(Found::plain(format!(
            "{version} with venv at {}",
            path.display()
        )))
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        apt::install(cx, PACKAGES)
    }

    fn remedy(&self) -> String {
        format!(
            "{}; or set FALCON_PYTHON to a Python 3.10 or newer with venv and ensurepip",
            apt::by_hand(PACKAGES)
        )
    }
}

/// The version and the path of the first Python that fits.
pub(super) fn interpreter() -> Result<(String, PathBuf), String> {
    let probe = |program: &str| {
        let said = answer(Command::new(program).args(["-c", PROBE])).ok()?;
        let (version, path) = said.trim().split_once(' ')?;
        Some((version.to_owned(), PathBuf::from(path)))
    };
    match std::env::var("FALCON_PYTHON") {
        Ok(chosen) => probe(&chosen)
            .ok_or_else(|| format!("FALCON_PYTHON is {chosen}, which is no Python 3.10 or newer with venv and ensurepip")),
        Err(_) => NEWEST_FIRST
            .iter()
            .find_map(|program| probe(program))
            .ok_or_else(|| "no Python 3.10 or newer with venv and ensurepip".to_owned()),
    }
}
