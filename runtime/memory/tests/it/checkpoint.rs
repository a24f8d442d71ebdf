use std::{fs, sync::Arc};

use falcon_episode::LongTermMemory;
use falcon_memory::{MemoryError, Nearest, Options, Store};

use crate::support::{cause, content, open, open_with, query, varied};

/// One step of a run: some answers, a batch of items, rewards for what was shown.
fn step(store: &Store, number: usize) {
    let queries: Vec<_> = (0..8)
        .map(|at| query(&varied(number * 5 + at).prompt))
        .collect();
    let shown = store.retrieve(&queries).unwrap();
    let items: Vec<_> = (0..6).map(|at| varied(number * 6 + at)).collect();
    store.admit(&items).unwrap();
    let used: Vec<_> = shown
        .iter()
        .flatten()
        .map(|shown| (shown.id.clone(), 1.0, 0.25))
        .collect();
    store.feedback(&used).unwrap();
}

#[test]
fn a_resumed_run_is_the_undisturbed_run() {
    // A small capacity, so that items also leave; frequent maintenance, so that versions are pruned.
    let options = Options {
        capacity: 40,
        maintain_every: 3,
        ..Options::default()
    };
    let [whole, broken] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];

    let store = open_with(whole.path(), options);
    (0..6).for_each(|number| step(&store, number));
    let named = store.checkpoint().unwrap();
    (6..15).for_each(|number| step(&store, number));
    let expected = (
        content(&store),
        store.checkpoint().unwrap(),
        counted(&store),
    );

    let store = open_with(broken.path(), options);
    (0..6).for_each(|number| step(&store, number));
    assert_eq!(store.checkpoint().unwrap(), named);
    (6..12).for_each(|number| step(&store, number));
    store.checkpoint().unwrap();
    (20..23).for_each(|number| step(&store, number));
    drop(store);

    let store = open_with(broken.path(), options);
    store.restore(named).unwrap();
    (6..15).for_each(|number| step(&store, number));
    assert_eq!(
        (
            content(&store),
            store.checkpoint().unwrap(),
            counted(&store)
        ),
        expected
    );
}

fn counted(store: &Store) -> (u64, u64, u64, u64) {
    let statistics = store.statistics().unwrap();
    (
        statistics.retrievals,
        statistics.admitted,
        statistics.evicted,
        statistics.newest,
    )
}

#[test]
fn the_same_checkpoint_serves_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..20).map(varied).collect::<Vec<_>>())
        .unwrap();
    let named = store.checkpoint().unwrap();
    let before = content(&store);
    for round in 1..4 {
        store.restore(named).unwrap();
        assert_eq!(content(&store), before);
        store
            .admit(
                &(0..10)
                    .map(|at| varied(100 * round + at))
                    .collect::<Vec<_>>(),
            )
            .unwrap();
        assert_eq!(store.len(), 30);
        store.maintain().unwrap();
    }
    store.restore(named).unwrap();
    assert_eq!(content(&store), before);
    drop(store);
    assert_eq!(content(&open(folder.path())), before);
}

#[test]
fn a_checkpoint_is_read_beside_the_writer_that_went_on() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        maintain_every: 1,
        ..Options::default()
    };
    let store = open_with(folder.path(), options);
    let looked = |number| Store::open_for_reading_at(folder.path(), number, Arc::new(Nearest));
    store
        .admit(&(0..12).map(varied).collect::<Vec<_>>())
        .unwrap();
    store.retrieve(&[query("keep")]).unwrap();
    let named = store.checkpoint().unwrap();
    let version = store.statistics().unwrap().table_version;
    let before = (
        store.records(),
        store.retrieve(&[query("sort then")]).unwrap(),
    );
    let id = before.0[3].id.clone();
    store.feedback(&[(id, 1.0, 0.0)]).unwrap();
    store
        .admit(&(12..40).map(varied).collect::<Vec<_>>())
        .unwrap();
    let later = store.checkpoint().unwrap();
    store.maintain().unwrap();

    let reader = looked(named).unwrap();
    let told = reader.statistics().unwrap();
    assert_eq!((told.items, told.retrievals), (12, 1));
    assert_eq!(told.table_version, version);
    let after = (
        reader.records(),
        reader.retrieve(&[query("sort then")]).unwrap(),
    );
    assert_eq!(after, before);
    assert!(
        cause(reader.admit(&[varied(90)]))
            .to_string()
            .contains("reading")
    );
    assert_eq!(looked(later).unwrap().len(), 40);
    store.release_before(later).unwrap();
    store.maintain().unwrap();
    match looked(named).err() {
        Some(MemoryError::NoCheckpoint {
            wanted, available, ..
        }) => assert_eq!((wanted, available), (named, vec![later])),
        other => panic!("{other:?}"),
    }
    assert_eq!(looked(later).unwrap().records(), store.records());
}

#[test]
fn later_checkpoints_go_with_the_content_they_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut named = Vec::new();
    for number in 0..4 {
        store.admit(&[varied(number)]).unwrap();
        named.push(store.checkpoint().unwrap());
    }
    assert_eq!(named, [1, 2, 3, 4]);
    store.restore(2).unwrap();
    assert_eq!(store.len(), 2);
    match cause(store.restore(4)) {
        MemoryError::NoCheckpoint {
            wanted, available, ..
        } => {
            assert_eq!((wanted, available), (4, vec![1, 2]));
        }
        other => panic!("{other}"),
    }
    assert_eq!(store.checkpoint().unwrap(), 3);
    for _ in 0..2 {
        store.release_before(2).unwrap();
        assert_eq!(store.statistics().unwrap().checkpoints, [2, 3]);
    }
    store.restore(2).unwrap();
    assert_eq!(store.len(), 2);
}

#[test]
fn released_checkpoints_free_their_versions() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 0..12 {
        store.admit(&[varied(number)]).unwrap();
        store.checkpoint().unwrap();
    }
    store.maintain().unwrap();
    let held = store.statistics().unwrap();
    assert!(held.table_versions >= 12, "{held:?}");
    // A process that is killed while it releases may leave a checkpoint's version without its file.
    fs::remove_file(folder.path().join("checkpoints/3.json")).unwrap();
    store.release_before(12).unwrap();
    store.maintain().unwrap();
    let freed = store.statistics().unwrap();
    assert!(
        freed.table_versions <= 4 && freed.bytes < held.bytes,
        "{held:?} {freed:?}"
    );
    store.restore(12).unwrap();
    assert_eq!(store.len(), 12);
}
