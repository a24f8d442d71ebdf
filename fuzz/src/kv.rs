// The file of a plugin's map, from falcon-host.
#[path = "../../runtime/host/src/services/kv/record.rs"]
mod record;

use std::collections::BTreeMap;

use record::{Entries, HEAD, read, record as change};

/// Most bytes of a file that is looked at in every part of it: each look reads it anew.
const SMALL: usize = 256;

/// A file of any bytes is a map that is the same when it is written anew, or an error. One that changes as the bytes
/// describe have written is the map that they made; and whatever of it is there when the process ends while it
/// writes is the map as it was before or after a change.
pub fn kv(bytes: &[u8]) {
    if let Ok((entries, whole)) = read(bytes) {
        assert!(whole <= bytes.len());
        assert_eq!(read(&bytes[..whole]), Ok((entries.clone(), whole)));
        let file = written(&entries);
        assert_eq!(read(&file), Ok((entries, file.len())));
    }
    changed(bytes);
}

/// A file with a map alone.
fn written(entries: &Entries) -> Vec<u8> {
    let changes = entries.iter();
    let changes = changes.flat_map(|(key, value)| change(key, Some(value)));
    HEAD.iter().copied().chain(changes).collect()
}

/// Changes as the bytes describe: a byte each for what is done, to which of eight keys, and how long the value is.
fn changed(bytes: &[u8]) {
    let mut entries = Entries::new();
    let mut file = HEAD.to_vec();
    // The map behind so many bytes of the file.
    let mut before = BTreeMap::from([(file.len(), entries.clone())]);
    for one in bytes.chunks_exact(3) {
        let key = "k".repeat(usize::from(one[1] % 8));
        if one[0].is_multiple_of(4) {
            entries.remove(&key);
            file.extend(change(&key, None));
        } else {
            let value = vec![one[0]; usize::from(one[2] % 16)];
            file.extend(change(&key, Some(&value)));
            entries.insert(key, value);
        }
        before.insert(file.len(), entries.clone());
        if file.len() > SMALL {
            break;
        }
    }
    for end in HEAD.len()..=file.len() {
        let (whole, expected) = before
            .range(..=end)
            .next_back()
            .expect("the file has a beginning");
        assert_eq!(read(&file[..end]), Ok((expected.clone(), *whole)), "{end}");
    }
}

/// Inputs to begin with, by name: a file with changes, and changes.
pub fn kv_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let changes = [
        change("a", Some(b"first")),
        change("", Some(&[0, 255])),
        change("a", None),
    ];
    vec![
        ("file", [HEAD, &changes.concat()].concat()),
        ("changes", vec![1, 1, 3, 2, 2, 0, 1, 1, 9, 0, 2, 0]),
    ]
}
