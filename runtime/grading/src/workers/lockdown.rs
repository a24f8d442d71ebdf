//! The second wall: what a worker process gives up before it meets a program.
//!
//! WebAssembly is the first. A program that got out of it would find a process without network, files,
//! environment, children, new privileges or core dumps, as far as the kernel has the means; what is in
//! force is told at the start and never assumed.

use std::path::Path;

use super::InForce;

/// Before anything is loaded, while the process has one thread: only these paths may still be read.
#[cfg(target_os = "linux")]
pub(super) fn early(readable: &[&Path], so_far: &mut InForce) {
    // Where memory runs out, a worker goes before its parent.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    so_far.note("resource limits", limits());
    so_far.note("no new privileges", no_new_privileges());
    so_far.note("no core dumps or tracing", undumpable());
    landlock(readable, so_far);
}

/// After everything is loaded, for every thread: no more system calls than running programs takes.
#[cfg(target_os = "linux")]
pub(super) fn late(so_far: &mut InForce) {
    so_far.note("seccomp", seccomp::apply());
}

#[cfg(not(target_os = "linux"))]
pub(super) fn early(_: &[&Path], so_far: &mut InForce) {
    so_far.note("process limits", Err("only on Linux".to_owned()));
}

#[cfg(not(target_os = "linux"))]
pub(super) fn late(_: &mut InForce) {}

#[cfg(target_os = "linux")]
fn limits() -> Result<(), String> {
    use nix::sys::resource::{Resource, setrlimit};
    // The pipes, the engine's own, and the images of modules that are compiled later.
    let most = [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, 1024),
        (Resource::RLIMIT_MSGQUEUE, 0),
    ];
    most.into_iter()
        .try_for_each(|(resource, most)| setrlimit(resource, most, most))
        .map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
fn no_new_privileges() -> Result<(), String> {
    nix::sys::prctl::set_no_new_privs().map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
fn undumpable() -> Result<(), String> {
    use nix::sys::{prctl, signal::Signal};
    // A worker never outlives the parent's thread that started it, whatever ended that.
    prctl::set_pdeathsig(Signal::SIGKILL)
        .and_then(|()| prctl::set_dumpable(false))
        .map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
fn landlock(readable: &[&Path], so_far: &mut InForce) {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
    };
    let newest = ABI::V6;
    let restrict = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(newest))?
            .handle_access(AccessNet::from_all(newest))?
            .scope(Scope::from_all(newest))?
            .create()?
            .add_rules(path_beneath_rules(readable, AccessFs::from_read(newest)))?
            .restrict_self()
    };
    let status = restrict().map_err(|error: landlock::RulesetError| error.to_string());
    match status.map(|status| status.ruleset) {
        Ok(RulesetStatus::FullyEnforced) => so_far.note("landlock", Ok(())),
        Ok(RulesetStatus::PartiallyEnforced) => {
            so_far.note("landlock", Ok(()));
            let why = "this kernel's landlock holds files, and not all of network and signals";
            so_far.note("all of landlock", Err(why.to_owned()));
        }
        Ok(RulesetStatus::NotEnforced) => {
            so_far.note("landlock", Err("the kernel has none".to_owned()));
        }
        Err(error) => so_far.note("landlock", Err(error)),
    }
}

#[cfg(target_os = "linux")]
mod seccomp {
    use std::collections::BTreeMap;

    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch,
    };

    /// `PAGEMAP_SCAN`, by which a used slot's dirty pages are found.
    const PAGEMAP_SCAN: u64 = 0xc060_6610;

    /// What threads of this process need to run, answer and be stopped. Memory may be made executable,
    /// since the modules that compiled languages emit are compiled here.
    #[rustfmt::skip]
    const ALLOWED: &[libc::c_long] = &[
        libc::SYS_read, libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_close,
        libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mprotect, libc::SYS_madvise, libc::SYS_mremap, libc::SYS_brk,
        libc::SYS_restart_syscall, libc::SYS_futex, libc::SYS_membarrier, libc::SYS_sched_yield, libc::SYS_sched_getaffinity,
        libc::SYS_set_robust_list, libc::SYS_rseq, libc::SYS_getrandom,
        libc::SYS_clock_gettime, libc::SYS_clock_nanosleep, libc::SYS_nanosleep,
        libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_sigaltstack,
        libc::SYS_exit, libc::SYS_exit_group, libc::SYS_gettid, libc::SYS_getpid,
        libc::SYS_epoll_ctl, libc::SYS_epoll_pwait, #[cfg(target_arch = "x86_64")] libc::SYS_epoll_wait,
        libc::SYS_memfd_create, libc::SYS_ftruncate, libc::SYS_lseek, libc::SYS_fstat,
    ];

    /// What may be asked of open files: their flags, a copy, and seals on an image of memory. Not who gets
    /// signals of them.
    const FILE_CONTROL: [i32; 6] = [
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_GETFL,
        libc::F_DUPFD_CLOEXEC,
        libc::F_ADD_SEALS,
        libc::F_GET_SEALS,
    ];

    /// Everything else answers `EPERM`.
    pub(super) fn apply() -> Result<(), String> {
        let words = |error: seccompiler::BackendError| error.to_string();
        let arch: TargetArch = std::env::consts::ARCH.try_into().map_err(words)?;
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
        let only = |argument, length, operator, value| {
            SeccompCondition::new(argument, length, operator, value)
                .and_then(|condition| SeccompRule::new(vec![condition]))
                .map(|rule| vec![rule])
                .map_err(words)
        };
        // A panic ends this process, and no signal of it another.
        let process = u64::from(std::process::id());
        rules.insert(
            libc::SYS_tgkill,
            only(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, process)?,
        );
        let controls = FILE_CONTROL.iter().map(|control| {
            let control = u64::try_from(*control).unwrap_or_default();
            only(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, control)
        });
        let controls: Vec<_> = controls.collect::<Result<_, _>>()?;
        rules.insert(libc::SYS_fcntl, controls.concat());
        let threads = u64::try_from(libc::CLONE_THREAD).unwrap_or_default();
        let a_thread = SeccompCmpOp::MaskedEq(threads);
        rules.insert(
            libc::SYS_clone,
            only(0, SeccompCmpArgLen::Qword, a_thread, threads)?,
        );
        rules.insert(
            libc::SYS_ioctl,
            only(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, PAGEMAP_SCAN)?,
        );
        let name = u64::try_from(libc::PR_SET_NAME).unwrap_or_default();
        rules.insert(
            libc::SYS_prctl,
            only(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, name)?,
        );
        // Its flags lie in memory, where no filter can see them: told that there is none, the C library
        // asks `clone`. First, since the second filter takes no more filters; each call asks both.
        rules.insert(libc::SYS_clone3, Vec::new());
        let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
        let error = |code: i32| SeccompAction::Errno(code.unsigned_abs());
        for (rules, others, those) in [
            (clone3, SeccompAction::Allow, error(libc::ENOSYS)),
            (rules, error(libc::EPERM), SeccompAction::Allow),
        ] {
            let filter = SeccompFilter::new(rules, others, those, arch).map_err(words)?;
            let program: BpfProgram = filter.try_into().map_err(words)?;
            seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs, net::TcpListener, process::Command};

    use super::*;

    /// Set for the process that locks itself down.
    const PROBE: &str = "FALCON_LOCKDOWN_PROBE";

    /// What a process may no longer do, tried in a process that has given it up.
    #[test]
    fn a_worker_has_no_files_network_or_children() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if std::env::var_os(PROBE).is_some() {
            return probe();
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["a_worker_has_no_files_network_or_children", "--nocapture"])
            .env(PROBE, listener.local_addr().unwrap().to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        let line = |key: &str| {
            let found = said.lines().find_map(|line| line.strip_prefix(key));
            found.unwrap_or_else(|| panic!("no {key} in {said}")).trim()
        };
        let in_force: InForce = serde_json::from_str(line("in force:")).unwrap();
        let held = |name: &str| in_force.held.iter().any(|held| held == name);
        if held("seccomp") {
            for tried in ["read:", "write:", "connect:", "spawn:", "signal:", "owner:"] {
                assert_eq!(line(tried), "refused", "{tried} {in_force}");
            }
        } else if held("landlock") {
            assert_eq!(line("read:"), "refused", "{in_force}");
            assert_eq!(line("write:"), "refused", "{in_force}");
        }
        // What is left is enough to run programs.
        assert_eq!(line("thread:"), "worked");
        assert_eq!(line("memory:"), "worked");
    }

    #[allow(clippy::print_stdout, reason = "the test that started this reads it")]
    fn probe() {
        let mut in_force = InForce::default();
        early(&[], &mut in_force);
        late(&mut in_force);
        println!("in force:{}", serde_json::to_string(&in_force).unwrap());
        let told = |name: &str, refused: bool| {
            println!("{name}:{}", if refused { "refused" } else { "worked" });
        };
        let place = std::env::var(PROBE).unwrap();
        told("read", fs::read("/etc/passwd").is_err());
        let file = std::env::temp_dir().join("falcon-lockdown-probe");
        told("write", fs::write(file, "x").is_err());
        told("connect", std::net::TcpStream::connect(place).is_err());
        told("spawn", Command::new("/bin/true").status().is_err());
        let parent = nix::unistd::getppid();
        told("signal", nix::sys::signal::kill(parent, None).is_err());
        let owner = nix::fcntl::FcntlArg::F_SETFL(nix::fcntl::OFlag::O_ASYNC);
        told("owner", nix::fcntl::fcntl(std::io::stdin(), owner).is_err());
        let thread = std::thread::Builder::new().spawn(|| 1);
        told(
            "thread",
            thread.map_or(true, |thread| thread.join().is_err()),
        );
        told("memory", vec![1_u8; 64 << 20].iter().any(|byte| *byte == 0));
    }
}
