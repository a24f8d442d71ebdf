//! What a process tree holds of the machine.

use std::fs;

use crate::machine::bytes;

/// This process and those below it.
pub(super) struct Tree {
    pub(super) parent_mib: f64,
    pub(super) workers_mib: f64,
    /// Open files of this process.
    pub(super) files: u64,
    /// Those of the processes below, where the system says.
    pub(super) worker_files: Option<u64>,
    /// Processes below this one, ended ones that nobody waited for included.
    pub(super) processes: u64,
}

impl Tree {
    /// As it is; zeros where the system does not say.
    pub(super) fn now() -> Self {
        let own = std::process::id();
        let children = children(own);
        Self {
            parent_mib: resident_mib(own),
            workers_mib: children.iter().map(|child| resident_mib(*child)).sum(),
            files: open_files(own).unwrap_or(0),
            worker_files: children.iter().map(|child| open_files(*child)).sum(),
            processes: children.len() as u64,
        }
    }
}

fn children(parent: u32) -> Vec<u32> {
    let parent = parent.to_string();
    let is_child = |id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // After the name in parentheses: the state, then the parent.
        stat.rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1))
            == Some(&parent)
    };
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(is_child)
        .collect()
}

fn open_files(process: u32) -> Option<u64> {
    let entries = fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    Some(entries.count() as u64)
}

fn resident_mib(process: u32) -> f64 {
    bytes(&format!("/proc/{process}/status"), "VmRSS") as f64 / f64::from(1 << 20)
}
