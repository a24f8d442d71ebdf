use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use falcon_episode::LongTermMemory;
use falcon_memory::{Options, Store};

use crate::support::{open, open_with, varied};

/// Set for the process that writes until it is killed.
const FOLDER: &str = "FALCON_MEMORY_KILLED_WRITER";
const BATCH: usize = 5;

#[test]
fn what_was_acknowledged_is_there_without_closing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..5).map(varied).collect::<Vec<_>>())
        .unwrap();
    let copied = tempfile::tempdir().unwrap();
    copy(folder.path(), copied.path());
    // The first store is still open: nothing that closing it would write is in the copy.
    assert_eq!(open(copied.path()).records(), store.records());
}

/// Not a test of its own: the child of the next one.
#[test]
#[allow(clippy::print_stdout, reason = "the parent reads what is acknowledged")]
fn killed_writer() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let options = Options {
        maintain_every: 4,
        ..Options::default()
    };
    let store = open_with(Path::new(&folder), options);
    let start = store
        .records()
        .iter()
        .map(|record| number(&record.item.task_id) + 1)
        .max()
        .unwrap_or(0);
    for batch in start / BATCH..10_000 {
        let items: Vec<_> = (0..BATCH).map(|at| varied(batch * BATCH + at)).collect();
        store.admit(&items).unwrap();
        let id = store.records()[0].id.clone();
        store.feedback(&[(id, 1.0, 0.0)]).unwrap();
        println!("\nacknowledged {batch}");
    }
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = None;
    for kill in 0..6_u64 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "durability::killed_writer",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        for line in lines {
            let Ok(line) = line else { break };
            let Some(batch) = line.strip_prefix("acknowledged ") else {
                continue;
            };
            acknowledged = Some(batch.parse::<usize>().unwrap());
            heard += 1;
            if heard == 3 + kill {
                // Some way into the next write, or its maintenance.
                std::thread::sleep(Duration::from_micros(kill * 1700));
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(
            heard >= 3 + kill,
            "the writer ended by itself after {heard} batches"
        );
        let store = open(folder.path());
        let mut found: BTreeMap<usize, usize> = BTreeMap::new();
        store
            .records()
            .iter()
            .for_each(|record| *found.entry(number(&record.item.task_id)).or_default() += 1);
        let expected = (acknowledged.unwrap() + 1) * BATCH;
        for wanted in 0..expected {
            assert_eq!(
                found.get(&wanted),
                Some(&1),
                "item {wanted} of {expected}, kill {kill}"
            );
        }
        // One batch more may have been written and not yet acknowledged, but whole.
        assert!(
            found.len() == expected || found.len() == expected + BATCH,
            "{} {expected}",
            found.len()
        );
    }
}

#[test]
fn many_small_writes_keep_the_folder_small() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        maintain_every: 16,
        ..Options::default()
    };
    let store = open_with(folder.path(), options);
    let mut most = 0;
    for batch in 0..120 {
        store
            .admit(&[varied(batch * 2), varied(batch * 2 + 1)])
            .unwrap();
        let id = store.records()[batch].id.clone();
        store.feedback(&[(id, 1.0, 0.5)]).unwrap();
        most = most.max(files(&store));
    }
    store.maintain().unwrap();
    let least = files(&store);
    assert!(
        most < 250 && least < 60,
        "{most} files at most, {least} after maintenance"
    );
    assert_eq!(store.statistics().unwrap().table_versions, 1);
    let records = store.records();
    assert_eq!(
        records.iter().filter(|record| record.uses == 1).count(),
        120
    );
    drop(store);
    assert_eq!(open(folder.path()).records(), records);
}

fn files(store: &Store) -> u64 {
    store.statistics().unwrap().files
}

fn number(task: &str) -> usize {
    task.strip_prefix("task-").unwrap().parse().unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
