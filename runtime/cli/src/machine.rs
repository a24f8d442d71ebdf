//! The machine a run ran on, for its report.

use std::fs;

use falcon_report::Machine;

/// What the system says of itself; empty where it says nothing.
pub(crate) fn machine() -> Machine {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = field(&cpuinfo, "model name")
        .unwrap_or(std::env::consts::ARCH)
        .to_owned();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or(std::env::consts::OS, |name| name.trim_matches('"'));
    let kernel = match kernel.trim() {
        "" => String::new(),
        kernel => format!(", kernel {kernel}"),
    };
    Machine {
        cpu,
        cores: std::thread::available_parallelism().map_or(1, |n| n.get() as u64),
        memory_bytes: memory(),
        system: format!("{system}{kernel}, {}", std::env::consts::ARCH),
    }
}

/// Starts the count of the process's highest resident set anew, where the system can: the next run of
/// a series is not charged with what the one before it used.
pub(crate) fn forget_peak() {
    // See proc_pid_clear_refs(5); elsewhere there is no such file, and no count either.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn memory() -> u64 {
    bytes("/proc/meminfo", "MemTotal")
}

/// A value that a file of the kernel's gives in kB, in bytes; 0 where there is none.
pub(crate) fn bytes(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = field(&text, name).and_then(|value| value.split_whitespace().next()?.parse().ok());
    value.map_or(0, |kilobytes: u64| kilobytes * 1024)
}

/// The value of the first `name : value` line.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t: 85\nmodel name\t: A CPU\nmodel name\t: another\n";
        assert_eq!(super::field(text, "model name"), Some("A CPU"));
        assert_eq!(super::field(text, "name"), None);
    }
}
