use std::{fs, path::Path, sync::Arc};

use falcon_episode::LongTermMemory;
use falcon_memory::{MemoryError, Nearest, Options, Store};

use crate::support::{cause, content, copy, open, varied};

fn failure(folder: &Path) -> MemoryError {
    match Store::open(folder, Options::default(), Arc::new(Nearest)) {
        Ok(_) => panic!("{} opened", folder.display()),
        Err(error) => error,
    }
}

/// Each message names the folder and says what to do.
fn says(error: &MemoryError, folder: &Path, words: &[&str]) {
    let text = error.to_string();
    let name = folder.file_name().unwrap().to_str().unwrap();
    for word in words.iter().chain(&[name]) {
        assert!(text.contains(word), "{text:?} lacks {word:?}");
    }
}

#[test]
fn folders_that_are_no_memory_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    says(
        &failure(folder.path()),
        folder.path(),
        &["thesis.txt", "not a memory folder", "new folder"],
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let missing = folder.path().join("missing");
    let error = Store::open_for_reading(&missing, Arc::new(Nearest))
        .err()
        .unwrap();
    says(&error, &missing, &["does not exist"]);
    assert!(!missing.exists());
    let file = folder.path().join("thesis.txt");
    assert!(matches!(failure(&file), MemoryError::File { .. }));
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let header = folder.path().join("memory.json");
    let text = fs::read_to_string(&header)
        .unwrap()
        .replace("\"schema_version\":2", "\"schema_version\":7");
    fs::write(&header, text).unwrap();
    says(
        &failure(folder.path()),
        folder.path(),
        &["schema 7", "up to 3", "Upgrade falcon"],
    );
}

#[test]
fn damage_is_told_and_never_overwritten() {
    type Damage = fn(&Path);
    let damages: [(Damage, &str); 5] = [
        (
            |folder| fs::write(folder.join("memory.json"), "{").unwrap(),
            "memory.json",
        ),
        (
            |folder| {
                fs::write(
                    folder.join("memory.json"),
                    "{\"format\":\"x\",\"schema_version\":1,\"encoder_version\":\"\"}",
                )
                .unwrap()
            },
            "format",
        ),
        (
            |folder| fs::write(folder.join("counters.json"), "[]").unwrap(),
            "counters.json",
        ),
        (
            |folder| fs::remove_dir_all(folder.join("items.lance")).unwrap(),
            "items.lance is missing",
        ),
        (
            |folder| empty_files(&folder.join("items.lance/data")),
            "reading the items",
        ),
    ];
    for (damage, words) in damages {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store
            .admit(&(0..20).map(varied).collect::<Vec<_>>())
            .unwrap();
        drop(store);
        damage(folder.path());
        let error = failure(folder.path());
        assert!(matches!(error, MemoryError::Corrupt { .. }), "{error}");
        says(&error, folder.path(), &["damaged", words, "checkpoint"]);
        // Asking again does not make a new memory of it.
        assert!(matches!(
            failure(folder.path()),
            MemoryError::Corrupt { .. }
        ));
    }
}

fn empty_files(folder: &Path) {
    for file in fs::read_dir(folder).unwrap() {
        fs::write(file.unwrap().path(), "").unwrap();
    }
}

#[test]
fn there_is_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    says(
        &failure(folder.path()),
        folder.path(),
        &["another process", "one writer"],
    );
    drop(store);
    drop(open(folder.path()));
}

#[test]
fn a_creation_that_was_cut_off_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("writer.lock"), "").unwrap();
    fs::write(folder.path().join("memory.json.part"), "{").unwrap();
    fs::create_dir_all(folder.path().join("items.lance/data")).unwrap();
    fs::write(folder.path().join("items.lance/data/half.lance"), "half").unwrap();
    let store = open(folder.path());
    assert_eq!(store.admit(&[varied(1)]).unwrap(), 1);
    drop(store);
    assert_eq!(open(folder.path()).len(), 1);
    // As if the process had been killed just before it wrote the header.
    for name in ["memory.json", "counters.json"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    assert_eq!(open(folder.path()).len(), 1);
}

/// As folders were before there was a journal: no `journal.bin`, schema 1, counters without a history.
#[test]
fn a_folder_of_the_first_schema_opens_and_becomes_one_of_this() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..20).map(varied).collect::<Vec<_>>())
        .unwrap();
    let checkpoint = store.checkpoint().unwrap();
    let records = store.records();
    drop(store);
    fs::remove_file(folder.path().join("journal.bin")).unwrap();
    let header = folder.path().join("memory.json");
    let text = fs::read_to_string(&header).unwrap();
    let old = text.replace("\"schema_version\":2", "\"schema_version\":1");
    assert_ne!(old, text);
    fs::write(&header, &old).unwrap();
    let counters = folder.path().join("counters.json");
    let mut told: serde_json::Value =
        serde_json::from_slice(&fs::read(&counters).unwrap()).unwrap();
    assert!(told.as_object_mut().unwrap().remove("history").is_some());
    fs::write(&counters, told.to_string()).unwrap();

    let reader = Store::open_for_reading(folder.path(), Arc::new(Nearest)).unwrap();
    assert_eq!(reader.records(), records);
    assert_eq!(reader.statistics().unwrap().admitted, 20);
    // Looking changes nothing.
    assert_eq!(fs::read_to_string(&header).unwrap(), old);
    let store = open(folder.path());
    assert_eq!(store.records(), records);
    assert_eq!(fs::read_to_string(&header).unwrap(), text);
    assert_eq!(store.admit(&[varied(50)]).unwrap(), 1);
    store.restore(checkpoint).unwrap();
    assert_eq!(store.records(), records);
    store.admit(&[varied(51)]).unwrap();
    drop(store);
    assert_eq!(open(folder.path()).len(), 21);
}

/// What `tests/fixtures/memory-2` was written by.
fn written_once(store: &Store) {
    store
        .admit(&(0..12).map(varied).collect::<Vec<_>>())
        .unwrap();
    let id = store.records()[4].id.clone();
    store.feedback(&[(id, 1.0, 0.3)]).unwrap();
    assert_eq!(store.checkpoint().unwrap(), 1);
    store
        .admit(&(12..15).map(varied).collect::<Vec<_>>())
        .unwrap();
}

/// A folder as falcon 0.1.0 wrote it, with a checkpoint and a journal of which the table has nothing, and which is never written again.
#[test]
fn a_folder_that_was_written_once_opens_for_good() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/memory-2");
    let [old, new] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    copy(&fixture, old.path());
    let expected = open(new.path());
    written_once(&expected);
    let reader = Store::open_for_reading(old.path(), Arc::new(Nearest)).unwrap();
    assert_eq!(content(&reader), content(&expected));
    let store = open(old.path());
    let acts: [fn(&Store); 4] = [
        |_| (),
        |store| store.restore(1).unwrap(),
        |store| assert_eq!(store.admit(&[varied(20)]).unwrap(), 1),
        |store| store.maintain().unwrap(),
    ];
    for act in acts {
        act(&store);
        act(&expected);
        assert_eq!(content(&store), content(&expected));
    }
    drop(store);
    assert_eq!(content(&open(old.path())), content(&expected));
}

/// Earlier versions kept a full-text index in the table.
#[tokio::test]
async fn an_index_that_nobody_asks_goes_with_the_next_maintenance() {
    use lancedb::index::{Index, scalar::FtsIndexBuilder};
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..40).map(varied).collect::<Vec<_>>())
        .unwrap();
    store.maintain().unwrap();
    drop(store);
    let database = lancedb::connect(folder.path().to_str().unwrap())
        .execute()
        .await
        .unwrap();
    let table = database.open_table("items").execute().await.unwrap();
    let text = FtsIndexBuilder::default()
        .memory_limit_mb(64)
        .num_workers(1);
    table
        .create_index(&["prompt"], Index::FTS(text))
        .execute()
        .await
        .unwrap();
    assert_eq!(table.list_indices().await.unwrap().len(), 1);
    let store = open(folder.path());
    let before = content(&store);
    store.maintain().unwrap();
    assert_eq!(content(&store), before);
    table.checkout_latest().await.unwrap();
    assert_eq!(table.list_indices().await.unwrap().len(), 0);
}

#[test]
fn vectors_of_another_encoder_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..20).map(varied).collect::<Vec<_>>())
        .unwrap();
    let records = store.records();
    drop(store);
    let header = folder.path().join("memory.json");
    let text = fs::read_to_string(&header).unwrap();
    let old = text.replace(falcon_memory::ENCODER_VERSION, "signed-ngrams-64-v0");
    assert_ne!(old, text);
    fs::write(&header, old).unwrap();
    let reader = Store::open_for_reading(folder.path(), Arc::new(Nearest)).unwrap();
    assert_eq!(
        reader.statistics().unwrap().encoder_version,
        "signed-ngrams-64-v0"
    );
    let store = open(folder.path());
    assert_eq!(store.records(), records);
    assert!(store.statistics().unwrap().table_version > 2);
    drop(store);
    assert_eq!(fs::read_to_string(&header).unwrap(), text);
}

/// A checkpoint may be of a time before the encoder.
#[tokio::test]
async fn vectors_that_a_checkpoint_brings_back_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..20).map(varied).collect::<Vec<_>>())
        .unwrap();
    let records = store.records();
    drop(store);
    let database = lancedb::connect(folder.path().to_str().unwrap())
        .execute()
        .await
        .unwrap();
    let table = database.open_table("items").execute().await.unwrap();
    let of_old = "encoder_version = 'signed-ngrams-64-v0'";
    let old = table
        .update()
        .column("encoder_version", "'signed-ngrams-64-v0'");
    old.execute().await.unwrap();
    let count = async || {
        table.checkout_latest().await.unwrap();
        table.count_rows(Some(of_old.to_owned())).await.unwrap()
    };
    assert_eq!(count().await, 20);
    let store = open(folder.path());
    let checkpoint = store.checkpoint().unwrap();
    store.admit(&[varied(50)]).unwrap();
    store.checkpoint().unwrap();
    store.restore(checkpoint).unwrap();
    assert_eq!(store.records(), records);
    assert_eq!(count().await, 0);
}

/// A small file system of its own, which goes when the test ends; none where mounting is not allowed.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder.path())
            .output();
        mount
            .is_ok_and(|output| output.status.success())
            .then(|| Self(folder))
    }

    fn remount(&self, options: &str) {
        let status = std::process::Command::new("mount")
            .args(["-o", options])
            .arg(self.0.path())
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status();
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = Mounted::new("size=512k") else {
        return skipped("a full disk");
    };
    let folder = disk.0.path().join("memory");
    let store = open(&folder);
    let mut acknowledged = 0;
    let error = loop {
        let batch: Vec<_> = (0..16).map(|at| varied(acknowledged + at)).collect();
        match store.admit(&batch) {
            Ok(entered) => acknowledged += entered,
            Err(_) if acknowledged == 0 => return skipped("a full disk: not even one batch fits"),
            error => break cause(error),
        }
        assert!(acknowledged < 100_000, "the disk never fills");
    };
    assert!(matches!(error, MemoryError::Full { .. }), "{error}");
    says(&error, &folder, &["disk is full", "free some space"]);
    drop(store);
    disk.remount("remount,size=64m");
    let store = open(&folder);
    assert_eq!(store.len(), acknowledged);
    assert_eq!(store.admit(&[varied(200_000)]).unwrap(), 1);
}

#[test]
fn a_folder_that_takes_no_writes_says_so_and_can_be_read() {
    let Some(disk) = Mounted::new("size=8m") else {
        return skipped("a read-only folder");
    };
    let folder = disk.0.path().join("memory");
    let store = open(&folder);
    store.admit(&[varied(1)]).unwrap();
    drop(store);
    disk.remount("remount,ro");
    let error = failure(&folder);
    assert!(matches!(error, MemoryError::ReadOnly { .. }), "{error}");
    says(&error, &folder, &["cannot be written", "permissions"]);
    let reader = Store::open_for_reading(&folder, Arc::new(Nearest)).unwrap();
    assert_eq!(reader.len(), 1);
}

#[allow(clippy::print_stderr, reason = "a test that does not run says so")]
fn skipped(what: &str) {
    eprintln!("skipped: {what} (mounting a file system is not allowed here)");
}
