//! Maps that outlive the process: what the next one finds, and what it refuses.

use std::{fs, path::Path};

use falcon_host::{KvError, KvStore, KvStoreError};
use falcon_package::PluginName;
use tempfile::tempdir;

use crate::common::{granted, loader, plugin, score};

fn name(text: &str) -> PluginName {
    text.parse().unwrap()
}

fn open(folder: &Path) -> Result<KvStore, KvStoreError> {
    KvStore::open(folder, 10_000, &[name("acme/one"), name("acme/two")])
}

#[test]
fn the_next_process_finds_what_this_one_kept() {
    let folder = tempdir().unwrap();
    let (one, two) = (name("acme/one"), name("acme/two"));
    let store = open(folder.path()).unwrap();
    store.set(&one, "a".into(), b"first".to_vec()).unwrap();
    store.set(&one, "a".into(), b"second".to_vec()).unwrap();
    store.set(&one, "gone".into(), Vec::new()).unwrap();
    store.set(&one, String::new(), vec![0, 255]).unwrap();
    store.delete(&one, "gone").unwrap();
    store.delete(&two, "never there").unwrap();
    // Nothing is written when it ends: a process that is killed leaves the same.
    drop(store);
    let store = open(folder.path()).unwrap();
    assert_eq!(store.get(&one, "a").as_deref(), Some(&b"second"[..]));
    assert_eq!(store.get(&one, "").as_deref(), Some(&[0, 255][..]));
    assert_eq!(store.get(&one, "gone"), None);
    assert_eq!(store.get(&two, "a"), None, "another plugin's");
}

#[test]
fn a_plugin_counts_on_in_the_next_process() {
    let folder = tempdir().unwrap();
    let contrary = [name("falcon/contrary")];
    for expected in [[0.0, 1.0], [2.0, 3.0]] {
        let store = KvStore::open(folder.path(), KvStore::QUOTA, &contrary).unwrap();
        let plugin = plugin(&loader().grants(granted().kv(store)));
        assert_eq!(
            [score(&plugin, "count", 0), score(&plugin, "count", 0)],
            expected
        );
    }
}

#[test]
fn the_file_stays_bounded_and_so_does_the_map() {
    let folder = tempdir().unwrap();
    let one = name("acme/one");
    let file = folder.path().join("acme/one.kv");
    let store = open(folder.path()).unwrap();
    let mut largest = 0;
    for turn in 0..200_u8 {
        store
            .set(&one, format!("key {}", turn % 4), vec![turn; 2000])
            .unwrap();
        largest = largest.max(fs::metadata(&file).unwrap().len());
    }
    assert!((20_000..45_000).contains(&largest), "{largest}");
    let full = store
        .set(&one, "one more".into(), vec![0; 2000])
        .unwrap_err();
    assert!(matches!(full, KvError::Quota { used: 8276, .. }), "{full}");
    drop(store);
    let store = open(folder.path()).unwrap();
    let kept = (196..200_u8).map(|turn| store.get(&one, &format!("key {}", turn % 4)));
    let kept: Vec<_> = kept.map(|value| value.unwrap()[0]).collect();
    assert_eq!(kept, [196, 197, 198, 199]);
    assert!(
        store.set(&one, "one more".into(), vec![0; 2000]).is_err(),
        "the quota holds on"
    );
}

#[test]
fn a_change_that_was_half_written_did_not_happen() {
    let folder = tempdir().unwrap();
    let one = name("acme/one");
    let file = folder.path().join("acme/one.kv");
    let store = open(folder.path()).unwrap();
    store.set(&one, "a".into(), b"kept".to_vec()).unwrap();
    let whole = fs::read(&file).unwrap();
    store.set(&one, "b".into(), b"lost".to_vec()).unwrap();
    drop(store);
    let all = fs::read(&file).unwrap();
    for end in whole.len()..all.len() {
        fs::write(&file, &all[..end]).unwrap();
        let store = open(folder.path()).unwrap();
        let found = (
            store.get(&one, "a").is_some(),
            store.get(&one, "b").is_some(),
        );
        assert_eq!(found, (true, false), "{end}");
        store.set(&one, "c".into(), b"after".to_vec()).unwrap();
        drop(store);
        assert!(
            open(folder.path()).unwrap().get(&one, "c").is_some(),
            "{end}"
        );
    }
}

#[test]
fn what_was_not_written_so_is_refused_with_its_place() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("acme/one.kv");
    let store = open(folder.path()).unwrap();
    store
        .set(&name("acme/one"), "key".into(), b"value".to_vec())
        .unwrap();
    drop(store);
    let good = fs::read(&file).unwrap();
    for (at, words) in [
        (0, "does not begin as such a file does"),
        (20, "the change at byte 12"),
    ] {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
        let error = open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains(words) && error.contains("remove the file"),
            "{error}"
        );
    }
}

#[test]
fn two_processes_do_not_write_to_one_folder() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let other = open(folder.path()).unwrap_err();
    assert!(matches!(other, KvStoreError::InUse(_)), "{other}");
    drop(store);
    open(folder.path()).unwrap();
}
