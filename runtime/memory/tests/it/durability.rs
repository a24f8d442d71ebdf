use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use falcon_episode::LongTermMemory;
use falcon_memory::{Nearest, Options, Store};

use crate::support::{copy, open, open_with, varied};

/// Set for the process that writes until it is killed.
const FOLDER: &str = "FALCON_MEMORY_KILLED_WRITER";
/// How often it is killed: 50 for a thorough look.
const KILLS: &str = "FALCON_MEMORY_KILLS";
const BATCH: usize = 5;
/// Items that the killed writer's memory holds, so that items leave as well.
const CAPACITY: usize = 200;
/// Batches from one checkpoint to the next; the one before is let go, so that maintenance removes its version.
const CHECKPOINT_EVERY: usize = 4;

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
    let store = open_with(Path::new(&folder), killed());
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
        if batch % CHECKPOINT_EVERY == 0 {
            let newest = store.checkpoint().unwrap();
            store.release_before(newest).unwrap();
        }
    }
}

#[test]
fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let kills = env::var(KILLS).map_or(6, |kills| kills.parse::<u64>().unwrap());
    let folder = tempfile::tempdir().unwrap();
    kills_lose_nothing(folder.path(), kills);
}

/// Kills writers of a memory, and opens it after each.
pub(crate) fn kills_lose_nothing(folder: &Path, kills: u64) {
    let mut acknowledged = None;
    for kill in 0..kills {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "durability::killed_writer",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let batch = |line: String| line.strip_prefix("acknowledged ")?.parse::<usize>().ok();
        let first = lines.by_ref().find_map(|line| batch(line.unwrap()));
        assert!(first.is_some(), "the writer ended before its first batch");
        let reader =
            std::thread::spawn(move || lines.map_while(Result::ok).filter_map(batch).last());
        // A moment that has nothing to do with what the writer is at: up to a third of a second.
        let moment = (kill + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) % 333_000;
        std::thread::sleep(Duration::from_micros(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = reader.join().unwrap().or(first).or(acknowledged);
        let expected = (acknowledged.unwrap() + 1) * BATCH;
        let store = if kill % 2 == 0 {
            open_with(folder, killed())
        } else {
            Store::open_for_reading(folder, Arc::new(Nearest)).unwrap()
        };
        let found = numbers(&store);
        // One batch more may have been written and not yet acknowledged, but whole.
        assert!(
            found == held(expected) || found == held(expected + BATCH),
            "kill {kill}: {found:?} after {expected} writes"
        );
        // A tag may be without its file, never a file without its tag.
        for checkpoint in store.statistics().unwrap().checkpoints {
            let then = Store::open_for_reading_at(folder, checkpoint, Arc::new(Nearest)).unwrap();
            let found = numbers(&then);
            let last = found.last().expect("a checkpoint of some items") + 1;
            assert_eq!(found, held(last), "kill {kill}, checkpoint {checkpoint}");
            assert_eq!(last / BATCH % CHECKPOINT_EVERY, 1);
        }
    }
}

/// Often enough that a kill meets journal, commit and compaction alike.
fn killed() -> Options {
    Options {
        capacity: CAPACITY,
        maintain_every: 3,
        commit_every: 20,
        ..Options::default()
    }
}

/// The items' numbers, ascending: each as often as it is there.
fn numbers(store: &Store) -> Vec<usize> {
    let records = store.records();
    let mut numbers: Vec<usize> = records
        .iter()
        .map(|record| number(&record.item.task_id))
        .collect();
    numbers.sort_unstable();
    numbers
}

/// What memory holds after so many writes, a batch at a time: the oldest leave, and a 128th more than must.
fn held(writes: usize) -> Vec<usize> {
    let mut first = 0;
    for next in (BATCH..=writes).step_by(BATCH) {
        if next - first > CAPACITY {
            first = next - (CAPACITY - CAPACITY / 128);
        }
    }
    (first..writes).collect()
}

#[test]
fn a_reader_sees_what_the_writer_has_not_committed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let before = store.statistics().unwrap().table_version;
    store
        .admit(&(0..7).map(varied).collect::<Vec<_>>())
        .unwrap();
    let id = store.records()[2].id.clone();
    store.feedback(&[(id, 1.0, 0.5)]).unwrap();
    assert_eq!(store.statistics().unwrap().table_version, before);
    let reader = Store::open_for_reading(folder.path(), Arc::new(Nearest)).unwrap();
    assert_eq!(reader.records(), store.records());
    assert!(reader.records()[2].utility > 0.0);
    store.maintain().unwrap();
    assert!(store.statistics().unwrap().table_version > before);
    let reader = Store::open_for_reading(folder.path(), Arc::new(Nearest)).unwrap();
    assert_eq!(reader.records(), store.records());
}

/// The writer commits and prunes with every write, so that files go while they are read.
#[test]
fn many_readers_open_beside_a_writer_that_removes_what_they_read() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        maintain_every: 1,
        commit_every: 1,
        ..Options::default()
    };
    let store = open_with(folder.path(), options);
    store
        .admit(&(0..BATCH).map(varied).collect::<Vec<_>>())
        .unwrap();
    let acknowledged = AtomicUsize::new(BATCH);
    let done = AtomicBool::new(false);
    let opened: usize = std::thread::scope(|scope| {
        let read = || {
            let mut opened = 0_usize;
            while !done.load(Ordering::Relaxed) {
                let least = acknowledged.load(Ordering::Relaxed);
                let reader = Store::open_for_reading(folder.path(), Arc::new(Nearest)).unwrap();
                // A batch is acknowledged after it can be seen.
                let records = reader.records();
                assert!(records.len() >= least && records.len().is_multiple_of(BATCH));
                for (at, record) in records.iter().enumerate() {
                    assert_eq!(number(&record.item.task_id), at);
                }
                opened += 1;
            }
            opened
        };
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(read)).collect();
        let written = (1..60).try_for_each(|batch| {
            let items: Vec<_> = (0..BATCH).map(|at| varied(batch * BATCH + at)).collect();
            store.admit(&items)?;
            acknowledged.fetch_add(BATCH, Ordering::Relaxed);
            Ok::<_, falcon_episode::Infrastructure>(())
        });
        done.store(true, Ordering::Relaxed);
        written.unwrap();
        readers.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert!(opened >= 3, "{opened}");
    drop(store);
    assert_eq!(open(folder.path()).len(), 60 * BATCH);
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
