//! Room for the build: LanceDB, wasmtime and burn fill some gigabytes.

use std::path::Path;
use std::process::Command;

use super::{Found, Need};
use crate::context::{Context, answer};

/// What a build from nothing and its tests leave in the target folder, rounded up, in MiB.
const ROOM: u64 = 12 * 1024;

pub(super) struct DiskSpace;

impl Need for DiskSpace {
    fn name(&self) -> &'static str {
        "disk space"
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        let place = cx.target.display();
        if cx.falcon().exists() {
            return Ok(Found::plain(format!("an earlier build is in {place}")));
        }
        match free_mib(&cx.target) {
            Some(free) if free < ROOM => Err(format!(
                "{:.1} GiB free for {place}, and a build from nothing takes up to {} GiB",
                free as f64 / 1024.0,
                ROOM / 1024
            )),
            Some(free) => Ok(Found::plain(format!(
                "{:.0} GiB free for {place}",
                free as f64 / 1024.0
            ))),
            None => Ok(Found::plain(format!(
                "`df` does not tell the room for {place}"
            ))),
        }
    }

    fn install(&self, _: &Context) -> Result<String, String> {
        Err("room cannot be installed".into())
    }

    fn remedy(&self) -> String {
        "free some room, or set CARGO_TARGET_DIR to a folder on a larger disk".into()
    }
}

/// Free room in MiB on the file system of the nearest folder that exists.
fn free_mib(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|path| path.exists())?;
    let table = answer(Command::new("df").arg("-Pm").arg(there)).ok()?;
    table
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}
