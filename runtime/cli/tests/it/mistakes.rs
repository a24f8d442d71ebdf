//! A clear message, the right exit code, no panic, nothing half-written.

use std::{
    fs,
    io::Read as _,
    process::{Command, Stdio},
};

use crate::falcon::{Folder, command, falcon, fixture, plugins};

const GOOD: &str = "{\"task_id\": \"Own/0\", \"completion\": \"    return 2 * x\\n\"}\n";

/// What `falcon grade` needs at least.
fn grade<'a>(tasks: &'a str, completions: &'a str) -> [&'a str; 7] {
    [
        "grade",
        "--tasks",
        tasks,
        "--format",
        "humaneval",
        "--completions",
        completions,
    ]
}

#[test]
fn input_errors_name_the_place() {
    let folder = Folder::new();
    let tasks = fixture("tasks.jsonl");
    let good = folder.write("good.jsonl", GOOD);
    let broken = folder.write(
        "broken.jsonl",
        format!("{GOOD}{{\"task_id\": \"Own/1\", \"comp"),
    );
    let unknown = folder.write("unknown.jsonl", GOOD.replace("Own/0", "Own/7"));
    let bad_tasks = folder.write("bad_tasks.jsonl", "{\"task_id\": \"Own/0\"}\n{]\n");
    let absent = folder.path("absent.jsonl");
    let before = folder.names();
    for (tasks, completions, words) in [
        (&absent, &good, &["absent.jsonl", "No such file"][..]),
        (&tasks, &absent, &["absent.jsonl", "No such file"]),
        (&tasks, &broken, &["broken.jsonl:2", "hint:"]),
        (
            &tasks,
            &unknown,
            &["unknown.jsonl:1", "Own/7", "did you mean Own/0"],
        ),
        (&bad_tasks, &good, &["bad_tasks.jsonl:1"]),
    ] {
        let out = folder.path("out.jsonl");
        let ended = falcon(&[&grade(tasks, completions)[..], &["--out", &out]].concat());
        let ended = ended.expect(2).saying(words).saying(&["error: "]);
        assert!(ended.stdout.is_empty());
        assert_eq!(folder.names(), before);
    }
}

#[test]
fn usage_errors_are_two() {
    for arguments in [
        &["grade"][..],
        &["levitate"],
        &["run", "x.py", "--timeout", "soon"],
        &["train", "--steps", "0"],
        &[],
    ] {
        falcon(arguments).expect(2);
    }
    falcon(&["--help"]).expect(0);
    falcon(&["--version"]).expect(0);
}

#[test]
fn plugin_errors_say_which_and_what_to_do() {
    let folder = Folder::new();
    let program = folder.write("p.py", "print(1)\n");
    let whole = fs::read(plugins().join("falcon-python.wasm")).unwrap();
    let truncated = folder.write("truncated.wasm", &whole[..whole.len() / 3]);
    let text = folder.write("text.wasm", "this is no component");
    let absent = folder.path("absent.wasm");
    let empty = folder.path("empty");
    fs::create_dir(&empty).unwrap();
    for (language, words) in [
        ("pyhton", &["pyhton", "did you mean falcon/python"][..]),
        ("acme/cobol", &["acme/cobol", "falcon/python"]),
        ("unit-tests", &["falcon/unit-tests", "judge", "language"]),
        (&truncated, &["truncated.wasm"]),
        (&text, &["text.wasm"]),
        (&absent, &["absent.wasm"]),
    ] {
        falcon(&["run", &program, "--language", language])
            .expect(2)
            .saying(words);
    }
    falcon(&["--plugins", &empty, "run", &program])
        .expect(2)
        .saying(&["empty", "cargo xtask build"]);
    falcon(&["--plugins", &folder.path("nowhere"), "run", &program])
        .expect(2)
        .saying(&["nowhere"]);
}

#[test]
fn errors_are_json_where_json_is_asked_for() {
    let ended = falcon(&["run", "absent.py", "--json"]).expect(2);
    let told: serde_json::Value =
        serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(told["error"]["exit_code"], 2);
    assert!(
        told["error"]["message"]
            .as_str()
            .unwrap()
            .contains("absent.py")
    );
    assert!(ended.stdout.is_empty());
    // Also where the command line itself is wrong; help stays for people.
    for (arguments, words) in [
        (&["train", "--json", "--stepz", "3"][..], "--stepz"),
        (&["--json", "levitate"], "levitate"),
        (&["--json"], "subcommand"),
        (&["grade", "--json"], "--completions <FILE>"),
        (&["--json", "--grant", "x=log", "plugin", "list"], "x"),
    ] {
        let ended = falcon(arguments).expect(2);
        let told: serde_json::Value = serde_json::from_str(&ended.stderr).expect(&ended.stderr);
        let message = told["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{told}");
    }
    assert!(
        falcon(&["--json", "--help"])
            .expect(0)
            .stdout
            .contains("Usage")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_infrastructure_and_leaves_nothing() {
    let folder = Folder::new();
    let completions = folder.write("c.jsonl", GOOD);
    let tasks = fixture("tasks.jsonl");
    let once = grade(&tasks, &completions);
    let to_device = falcon(&[&once[..], &["--out", "/dev/full"]].concat());
    to_device.expect(3).saying(&["/dev/full", "No space left"]);

    let mut to_stdout = command(&once);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let ended = crate::falcon::Ended::from(to_stdout.stdout(full).output().unwrap());
    ended
        .expect(3)
        .saying(&["standard output", "No space left"]);

    let disk = folder.path("disk");
    fs::create_dir(&disk).unwrap();
    let Some(_mounted) = Mounted::tmpfs(&disk, "size=64k") else {
        return;
    };
    fs::write(format!("{disk}/ballast"), vec![0; 64 << 10]).unwrap_or_default();
    let out = format!("{disk}/out.jsonl");
    let many = folder.write("many.jsonl", GOOD.repeat(200));
    falcon(&[&grade(&tasks, &many)[..], &["--out", &out]].concat())
        .expect(3)
        .saying(&["out.jsonl", "No space left"]);
    let left: Vec<_> = fs::read_dir(&disk)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["ballast"]);
    falcon(&["train", "--steps", "1", "--out", &format!("{disk}/run")])
        .expect(3)
        .saying(&["start.json", "No space left"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_told_before_any_work() {
    let folder = Folder::new();
    let disk = folder.path("disk");
    fs::create_dir(&disk).unwrap();
    let Some(_mounted) = Mounted::tmpfs(&disk, "ro") else {
        return;
    };
    let completions = folder.write("c.jsonl", GOOD);
    let tasks = fixture("tasks.jsonl");
    let out = format!("{disk}/out.jsonl");
    let grade = [&grade(&tasks, &completions)[..], &["--out", &out]].concat();
    let ended = falcon(&grade).expect(2).saying(&["out.jsonl", "read-only"]);
    assert!(ended.stdout.is_empty());
    falcon(&["train", "--out", &format!("{disk}/run")])
        .expect(2)
        .saying(&["read-only"]);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = Folder::new();
    let program = folder.write("p.py", "for i in range(100000): print(i)\n");
    let mut child = command(&["run", &program])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 2];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = crate::falcon::Ended::from(child.wait_with_output().unwrap());
    assert_eq!(&first, b"0\n");
    let ended = ended.expect(0);
    assert!(!ended.stderr.contains("error"), "{}", ended.stderr);
}

/// A small file system of its own; needs root, so a test without it is skipped.
struct Mounted(String);

impl Mounted {
    fn tmpfs(folder: &str, options: &str) -> Option<Self> {
        let mount = ["-t", "tmpfs", "-o", options, "falcon-test", folder];
        let done = Command::new("mount")
            .args(mount)
            .stderr(Stdio::null())
            .status();
        if done.is_ok_and(|status| status.success()) {
            return Some(Self(folder.to_owned()));
        }
        #[allow(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: no file system can be mounted here");
        }
        None
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
