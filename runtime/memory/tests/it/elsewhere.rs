//! Items in object storage, beside a folder that has all else. `shared-memory` is the object store's own, of one process;
//! `file-object-store` is a folder that is spoken to as object storage is.

use std::{
    path::Path,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use falcon_episode::LongTermMemory;
use falcon_memory::{MemoryError, Nearest, Options, Store};

use crate::{
    durability::kills_lose_nothing,
    support::{cause, content, open, varied},
};

fn open_elsewhere(folder: &Path, url: &str, options: Options) -> Result<Store, MemoryError> {
    Store::open_elsewhere(folder, url, options, Arc::new(Nearest))
}

fn look(place: &str) -> Result<Store, MemoryError> {
    Store::open_for_reading(Path::new(place), Arc::new(Nearest))
}

fn admit(store: &Store, numbers: std::ops::Range<usize>) {
    let items: Vec<_> = numbers.map(varied).collect();
    assert_eq!(store.admit(&items).unwrap(), items.len());
}

/// What a memory below a URL goes through; at each point it answers as one whose items are in its folder.
pub(crate) fn lives_below(url: &str) {
    let [near, far] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let local = open(near.path());
    let store = open_elsewhere(far.path(), url, Options::default()).unwrap();
    assert!(!far.path().join("items.lance").exists());
    let both = |act: &dyn Fn(&Store)| {
        act(&local);
        act(&store);
        assert_eq!(content(&store), content(&local));
    };
    both(&|store: &Store| admit(store, 0..20));
    // What no commit has reached is in the journal: known to who reads the folder, not to who reads the URL.
    let reader = Store::open_for_reading(far.path(), Arc::new(Nearest)).unwrap();
    assert_eq!(reader.len(), 20);
    assert!(look(url).unwrap().is_empty());

    both(&|store: &Store| assert_eq!(store.checkpoint().unwrap(), 1));
    assert_eq!(look(url).unwrap().records(), local.records());
    both(&|store: &Store| {
        let id = store.records()[3].id.clone();
        store.feedback(&[(id, 1.0, 0.0)]).unwrap();
        admit(store, 20..50);
        store.maintain().unwrap();
    });
    let reader = look(url).unwrap();
    assert_eq!(reader.records(), local.records());
    let told = reader.statistics().unwrap();
    assert_eq!(told.items_at.as_deref(), Some(url));
    assert_eq!((told.folder.as_path(), told.items), (Path::new(url), 50));
    assert_eq!(told.checkpoints, [1]);
    // What the writer's folder alone knows is not told as if it were nothing, to programs neither.
    assert!(told.note.is_some());
    assert!(serde_json::to_string(&told).unwrap().contains("\"note\""));
    assert!(
        cause(reader.admit(&[varied(90)]))
            .to_string()
            .contains("reading")
    );

    let at = |number| Store::open_for_reading_at(Path::new(url), number, Arc::new(Nearest));
    assert_eq!(at(1).unwrap().len(), 20);
    match at(7).err() {
        Some(MemoryError::NoCheckpoint { available, .. }) => assert_eq!(available, [1]),
        other => panic!("{other:?}"),
    }
    both(&|store: &Store| store.restore(1).unwrap());
    both(&|store: &Store| admit(store, 60..70));
    drop((store, local));
    // The folder names the URL, so that it opens as any other does.
    let (store, local) = (open(far.path()), open(near.path()));
    assert_eq!(content(&store), content(&local));
    let told = store.statistics().unwrap();
    assert_eq!(told.items_at.as_deref(), Some(url));
    assert_eq!((told.schema_version, told.note), (3, None));
    drop((store, local));
    assert!(open_elsewhere(far.path(), url, Options::default()).is_ok());

    Store::remove_elsewhere(far.path()).unwrap();
    assert!(matches!(look(url), Err(MemoryError::NoItems { .. })));
    Store::remove_elsewhere(near.path()).unwrap();
    assert_eq!(open(near.path()).len(), 30);
}

#[test]
fn items_elsewhere_answer_as_items_in_the_folder() {
    lives_below("shared-memory://whole/memory/train");
}

#[test]
fn a_killed_writer_of_object_storage_loses_nothing() {
    let storage = tempfile::tempdir().unwrap();
    let url = format!("file-object-store://{}/items", storage.path().display());
    let folder = tempfile::tempdir().unwrap();
    drop(open_elsewhere(folder.path(), &url, Options::default()).unwrap());
    kills_lose_nothing(folder.path(), 4);
    assert!(storage.path().join("items").is_dir());
}

#[test]
fn many_read_a_url_beside_its_writer() {
    let url = "shared-memory://beside/items";
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        maintain_every: 4,
        commit_every: 1,
        ..Options::default()
    };
    let store = open_elsewhere(folder.path(), url, options).unwrap();
    let done = AtomicBool::new(false);
    let read = || {
        let mut seen = 0;
        while !done.load(Ordering::Relaxed) {
            let records = look(url).unwrap().records();
            assert!(records.len() >= seen, "{} after {seen}", records.len());
            seen = records.len();
            for (number, record) in records.iter().enumerate() {
                assert_eq!(record.item.task_id, format!("task-{number}"));
            }
        }
        seen
    };
    std::thread::scope(|scope| {
        let readers = [scope.spawn(read), scope.spawn(read)];
        let writing = Ends(&done);
        for number in 0..60 {
            admit(&store, number..number + 1);
        }
        drop(writing);
        for reader in readers {
            assert!(reader.join().unwrap() <= 60);
        }
    });
    store.maintain().unwrap();
    assert_eq!(look(url).unwrap().len(), 60);
}

/// Says that something is done when it is dropped, however that comes: who waits for it would wait for ever after a panic.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn checkpoints_are_read_by_url_beside_a_writer_that_releases_them() {
    let url = "shared-memory://released/items";
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        maintain_every: 2,
        commit_every: 1,
        ..Options::default()
    };
    let store = open_elsewhere(folder.path(), url, options).unwrap();
    let (done, newest) = (AtomicBool::new(false), AtomicU64::new(0));
    let read = || {
        while !done.load(Ordering::Relaxed) {
            let number = newest.load(Ordering::Relaxed);
            match Store::open_for_reading_at(Path::new(url), number, Arc::new(Nearest)) {
                Ok(seen) => assert_eq!(seen.len() as u64, number),
                Err(MemoryError::NoCheckpoint { .. }) => {}
                Err(error) => panic!("checkpoint {number}: {error}"),
            }
        }
    };
    std::thread::scope(|scope| {
        let readers = [scope.spawn(read), scope.spawn(read)];
        let writing = Ends(&done);
        for number in 0..60 {
            admit(&store, number..number + 1);
            let checkpoint = store.checkpoint().unwrap();
            assert_eq!(checkpoint, number as u64 + 1);
            newest.store(checkpoint, Ordering::Relaxed);
            store.release_before(checkpoint).unwrap();
        }
        drop(writing);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    let told = look(url).unwrap().statistics().unwrap();
    assert_eq!(told.checkpoints, [60]);
}

fn taken<T: std::fmt::Debug>(result: Result<T, MemoryError>) {
    assert!(
        matches!(result, Err(MemoryError::Taken { .. })),
        "{result:?}"
    );
}

#[test]
fn a_table_is_written_and_removed_by_the_folder_that_made_it_alone() {
    let url = "shared-memory://owned/items";
    let [first, second, third] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let header = |folder: &tempfile::TempDir| folder.path().join("memory.json");
    let reopened = |folder: &tempfile::TempDir| {
        let store = Store::open(folder.path(), Options::default(), Arc::new(Nearest));
        store.map(|store| store.len())
    };
    drop(open_elsewhere(first.path(), url, Options::default()).unwrap());
    // Whoever is killed before the table is made leaves the header alone.
    std::fs::copy(header(&first), header(&third)).unwrap();
    Store::remove_elsewhere(first.path()).unwrap();
    let store = open_elsewhere(second.path(), url, Options::default()).unwrap();
    admit(&store, 0..5);
    drop(store);

    taken(Store::remove_elsewhere(first.path()));
    taken(Store::remove_elsewhere(third.path()));
    taken(reopened(&first));
    taken(reopened(&third));
    assert_eq!(reopened(&second).unwrap(), 5);
    assert_eq!(look(url).unwrap().len(), 5);
    // A folder that never had a table may name another place.
    assert!(header(&first).exists() && !header(&third).exists());
    let other = "shared-memory://owned/third";
    assert!(open_elsewhere(third.path(), other, Options::default()).is_ok());
}

#[test]
fn of_folders_that_begin_at_one_url_at_once_one_does() {
    for round in 0..20 {
        let url = format!("shared-memory://at-once-{round}/items");
        let folders = [(); 8].map(|()| tempfile::tempdir().unwrap());
        let start = Barrier::new(folders.len());
        let begin = |folder: &Path| {
            start.wait();
            open_elsewhere(folder, &url, Options::default())
        };
        let begun: Vec<_> = std::thread::scope(|scope| {
            let all = folders.each_ref();
            let all = all.map(|folder| scope.spawn(move || begin(folder.path())));
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let (mut first, mut others) = (None, Vec::new());
        for (folder, begun) in folders.iter().zip(begun) {
            match begun {
                Ok(store) => {
                    assert!(first.is_none(), "two have {url}");
                    admit(&store, 0..5);
                    first = Some(folder);
                }
                lost => {
                    taken(lost.map(|store| store.len()));
                    others.push(folder);
                }
            }
        }
        assert_eq!(open(first.expect("one that has it").path()).len(), 5);
        assert_eq!(look(&url).unwrap().len(), 5);
        // Nothing keeps the others from another place.
        for folder in &others {
            assert!(!folder.path().join("memory.json").exists());
        }
        let other = format!("shared-memory://at-once-{round}/other");
        assert!(open_elsewhere(others[0].path(), &other, Options::default()).is_ok());
    }
}

#[test]
fn folders_and_tables_of_a_time_without_owners_open() {
    let [far, local] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let url = "shared-memory://ownerless/items";
    let reopened = || Store::open(far.path(), Options::default(), Arc::new(Nearest)).unwrap();
    let store = open_elsewhere(far.path(), url, Options::default()).unwrap();
    admit(&store, 0..4);
    drop(store);
    let header = far.path().join("memory.json");
    let text = std::fs::read(&header).unwrap();
    let mut told: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let owner = told.as_object_mut().unwrap().remove("owner").unwrap();
    std::fs::write(&header, told.to_string()).unwrap();
    assert_eq!(reopened().len(), 4);

    // The table of a folder has no owner, and is one in object storage to who speaks to the folder as to that.
    let store = open(local.path());
    admit(&store, 0..3);
    drop(store);
    let url = format!("file-object-store://{}", local.path().display());
    told["items"] = url.as_str().into();
    told["owner"] = owner;
    std::fs::write(&header, told.to_string()).unwrap();
    assert_eq!(reopened().len(), 3);
    Store::remove_elsewhere(far.path()).unwrap();
    assert!(matches!(look(&url), Err(MemoryError::NoItems { .. })));
}

fn told(result: Result<Store, MemoryError>, words: &[&str]) {
    let text = result.err().expect("an error").to_string();
    for word in words {
        assert!(text.contains(word), "{text:?} lacks {word:?}");
    }
}

#[test]
fn places_that_items_cannot_be_at_are_told() {
    let url = "shared-memory://places/items";
    let [first, second, local] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    told(look(url), &[url, "Check bucket and prefix"]);
    assert!(!Store::has_items(url).unwrap());
    assert!(Store::has_items("places/items").is_err());
    drop(open_elsewhere(first.path(), url, Options::default()).unwrap());
    assert!(Store::has_items(url).unwrap());
    told(
        open_elsewhere(second.path(), url, Options::default()),
        &[url, "already", "another prefix"],
    );
    // Nothing keeps the second folder from another place.
    drop(
        open_elsewhere(
            second.path(),
            "shared-memory://places/second",
            Options::default(),
        )
        .unwrap(),
    );
    told(
        open_elsewhere(second.path(), url, Options::default()),
        &["places/second", "export and import"],
    );
    drop(open(local.path()));
    told(
        open_elsewhere(local.path(), url, Options::default()),
        &["in the folder", url],
    );
    told(
        Store::open(Path::new(url), Options::default(), Arc::new(Nearest)),
        &[url, "a folder of its own"],
    );
    let text = std::fs::read_to_string(first.path().join("memory.json")).unwrap();
    assert!(
        text.contains(url) && text.contains("\"schema_version\":3"),
        "{text}"
    );
    Store::remove_elsewhere(first.path()).unwrap();
    told(
        Store::open(first.path(), Options::default(), Arc::new(Nearest)),
        &["items are gone", url],
    );
    // The header is read from a file, and is judged as what a person types.
    let text = text.replace(url, "ftp://somewhere/else");
    std::fs::write(first.path().join("memory.json"), text).unwrap();
    told(
        Store::open(first.path(), Options::default(), Arc::new(Nearest)),
        &["ftp://somewhere/else", "s3://bucket/prefix"],
    );
}

/// Storage that is not built in is told as such, before anything is written but the empty folder.
#[cfg(not(feature = "s3"))]
#[test]
fn storage_that_is_not_built_in_says_how_to_build_it() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["s3://bucket/prefix", "--features s3"];
    told(look("s3://bucket/prefix"), &words);
    told(
        open_elsewhere(folder.path(), "s3://bucket/prefix", Options::default()),
        &words,
    );
    assert!(!folder.path().join("memory.json").exists());
}
