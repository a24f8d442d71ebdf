//! A learned encoder beside the hashed n-grams: what it finds, when it answers, and what is kept of it.

use std::{
    fs,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use falcon_episode::{Encoder, LongTermMemory, MemoryItem};
use falcon_memory::{Nearest, Options, Retriever, Store};

use crate::support::{content, item, open, open_with, query, varied};

/// How often each letter occurs in a text, from a letter on; reads no text with a digit. Words that are anagrams are one to it,
/// which no other retriever can tell.
struct Letters {
    from: u8,
    /// Calls that came, and texts that were encoded.
    calls: AtomicUsize,
    encoded: AtomicUsize,
    /// Shut while it must not answer.
    gate: (Mutex<bool>, Condvar),
}

impl Letters {
    fn new(from: u8) -> Arc<Self> {
        Arc::new(Self {
            from,
            calls: AtomicUsize::new(0),
            encoded: AtomicUsize::new(0),
            gate: (Mutex::new(false), Condvar::new()),
        })
    }

    fn set_shut(&self, shut: bool) {
        *self.gate.0.lock().unwrap() = shut;
        self.gate.1.notify_all();
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn encoded(&self) -> usize {
        self.encoded.load(Ordering::Relaxed)
    }
}

impl Encoder for Letters {
    fn version(&self) -> String {
        format!("letters-from-{}", char::from(self.from))
    }

    fn encode(&self, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let shut = self.gate.0.lock().unwrap();
        drop(self.gate.1.wait_while(shut, |shut| *shut).unwrap());
        self.encoded.fetch_add(texts.len(), Ordering::Relaxed);
        let encode = |text: &&str| {
            if text.bytes().any(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let mut counts = vec![0.0; 26];
            for byte in text.bytes().filter(u8::is_ascii_lowercase) {
                if byte >= self.from {
                    counts[usize::from(byte - b'a')] += 1.0;
                }
            }
            Some(counts)
        };
        texts.iter().map(encode).collect()
    }
}

const WORDS: [&str; 6] = ["listen", "master", "parsed", "stored", "lemons", "caters"];

/// Items that are one word each.
fn filled(store: &Store) {
    let words = WORDS.iter().enumerate();
    let items: Vec<_> = words.map(|(number, word)| item(number, word)).collect();
    store.admit(&items).unwrap();
}

fn tasks(store: &Store, text: &str, by: Retriever) -> Vec<String> {
    let found = store.rank(&[query(text)], by, 10).remove(0);
    let records = store.records();
    let task = |(id, _): (String, f64)| {
        let record = records.iter().find(|record| record.id == id);
        record.expect("it is held").item.task_id.clone()
    };
    found.into_iter().map(task).collect()
}

#[test]
fn it_finds_what_the_others_do_not_and_takes_part_in_the_fusion() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    filled(&store);
    store.admit(&[item(50, "unread 1")]).unwrap();
    assert_eq!(store.encoder(), None);
    assert!(tasks(&store, "silent", Retriever::Learned).is_empty());
    let before = tasks(&store, "silent", Retriever::Fusion);
    let text = tasks(&store, "silent", Retriever::Text);

    store.encode_by(Letters::new(b'a')).unwrap();
    assert_eq!(store.encoder().as_deref(), Some("letters-from-a"));
    assert_eq!(store.encoded(), WORDS.len());
    let learned = tasks(&store, "silent", Retriever::Learned);
    assert_eq!(learned[0], "task-0", "listen is an anagram of silent");
    assert_eq!(
        learned.len(),
        WORDS.len(),
        "what it cannot read is not found"
    );
    let after = tasks(&store, "silent", Retriever::Fusion);
    assert_eq!(after[0], "task-0");
    assert_ne!(after, before);
    assert_eq!(tasks(&store, "silent", Retriever::Text), text);
    // A question that it cannot read is answered by the others.
    assert!(tasks(&store, "unread 2", Retriever::Learned).is_empty());
    assert_eq!(tasks(&store, "unread 2", Retriever::Fusion)[0], "task-50");
    // What a question may not see, it does not see by this either.
    let mut own = query("silent");
    own.task_id = "task-0".to_owned();
    let found = store.rank(&[own], Retriever::Learned, 10).remove(0);
    assert_eq!(found.len(), WORDS.len() - 1);
    let apart = MemoryItem {
        project: "mine".to_owned(),
        ..item(60, "enlist")
    };
    store.admit(&[apart]).unwrap();
    let mut of_project = query("silent");
    of_project.project = "mine".to_owned();
    let found = store.rank(&[of_project], Retriever::Learned, 10).remove(0);
    assert_eq!(found.len(), 1);
}

#[test]
fn questions_are_answered_as_before_until_it_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    filled(&store);
    store.encode_by(Letters::new(b'a')).unwrap();
    let before = tasks(&store, "silent", Retriever::Learned);

    let next = Letters::new(b'n');
    next.set_shut(true);
    let given: Arc<dyn Encoder> = next.clone();
    store.prepare_encoder(given).unwrap();
    // It makes no vector yet, and nothing waits for it: neither questions nor writes.
    assert_eq!(tasks(&store, "silent", Retriever::Learned), before);
    store.admit(&[item(20, "tinsel"), varied(3)]).unwrap();
    assert_eq!(store.encoder().as_deref(), Some("letters-from-a"));
    let both = tasks(&store, "silent", Retriever::Learned);
    assert_eq!(both[..2], ["task-20", "task-0"], "the newer leads");

    next.set_shut(false);
    store.adopt_encoder().unwrap();
    assert_eq!(store.encoder().as_deref(), Some("letters-from-n"));
    let after = tasks(&store, "silent", Retriever::Learned);
    // What came meanwhile has a vector of it as well.
    assert_eq!(after[..2], ["task-20", "task-0"]);
    assert_ne!(after, both);
    // Adopting is done once.
    store.adopt_encoder().unwrap();

    // One that is prepared and never adopted is dropped with the store, or for the next one.
    store.prepare_encoder(Letters::new(b'p')).unwrap();
    store.prepare_encoder(Letters::new(b'q')).unwrap();
    assert_eq!(tasks(&store, "silent", Retriever::Learned), after);
}

#[test]
fn a_write_has_a_batch_encoded_at_once_while_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    filled(&store);
    let letters = Letters::new(b'a');
    store.encode_by(letters.clone()).unwrap();
    let (calls, encoded) = (letters.calls(), letters.encoded());
    // The first is held already.
    let words = ["listen", "tinsel", "stream", "unread 1"];
    let words = words.into_iter().enumerate();
    let items: Vec<_> = words
        .map(|(at, word)| item(if at == 0 { 0 } else { 100 + at }, word))
        .collect();
    letters.set_shut(true);
    thread::scope(|scope| {
        let write = scope.spawn(|| store.admit(&items).unwrap());
        while letters.calls() == calls && !write.is_finished() {
            thread::yield_now();
        }
        // The write waits for the encoder, and nobody for the write.
        let (tell, told) = mpsc::channel();
        let store = &store;
        scope.spawn(move || tell.send(store.len()));
        let held = told.recv_timeout(Duration::from_secs(30));
        letters.set_shut(false);
        assert_eq!(held, Ok(WORDS.len()));
        assert_eq!(write.join().unwrap(), 3);
    });
    assert_eq!(letters.calls(), calls + 1);
    assert_eq!(letters.encoded(), encoded + 3);
    let found = tasks(&store, "silent", Retriever::Learned);
    assert_eq!(found[..2], ["task-101", "task-0"]);

    // So has an import, which takes what another memory learnt.
    let other = tempfile::tempdir().unwrap();
    let other = open(other.path());
    other.encode_by(letters.clone()).unwrap();
    let calls = letters.calls();
    other.import(&store.records()).unwrap();
    assert_eq!(letters.calls(), calls + 1);
    assert_eq!(tasks(&other, "silent", Retriever::Learned), found);
}

/// Vectors can always be made again, so a file that cannot be written is no reason to stop.
#[test]
fn vectors_that_cannot_be_kept_are_in_force_and_told_of_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    filled(&store);
    // Nothing can be put in the place of a folder that is not empty.
    fs::create_dir_all(folder.path().join("vectors.bin/taken")).unwrap();
    store.prepare_encoder(Letters::new(b'a')).unwrap();
    let said = store.adopt_encoder().unwrap().expect("it is told");
    for word in ["not kept", "vectors.bin", folder.path().to_str().unwrap()] {
        assert!(said.contains(word), "{said:?} lacks {word:?}");
    }
    assert!(!folder.path().join("vectors.bin.part").exists());
    assert_eq!(tasks(&store, "silent", Retriever::Learned)[0], "task-0");
    let statistics = store.statistics().unwrap();
    let version = statistics.learned_version.as_deref();
    assert_eq!(version, Some("letters-from-a"));
    assert_eq!(store.encode_by(Letters::new(b'b')).unwrap(), None);
    assert_eq!(store.encoder().as_deref(), Some("letters-from-b"));
    drop(store);

    fs::remove_dir_all(folder.path().join("vectors.bin")).unwrap();
    let store = open(folder.path());
    let encoder = Letters::new(b'a');
    assert_eq!(store.encode_by(encoder.clone()).unwrap(), None);
    assert_eq!(encoder.encoded(), WORDS.len());
    assert!(folder.path().join("vectors.bin").is_file());
}

/// How fast vectors are made decides nothing, nor do what left, compaction, or going back to a checkpoint.
#[test]
fn answers_depend_on_items_and_encoder_alone() {
    let options = Options {
        capacity: 400,
        ..Options::default()
    };
    let [early, late] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let words = |number: usize| {
        let mut item = varied(number);
        // The rare word has a digit.
        let known = item.prompt.rsplit_once(' ').unwrap().0.to_owned();
        item.prompt = format!("{known} {}", WORDS[number % WORDS.len()]);
        item
    };
    let learned = |store: &Store| -> Vec<Vec<(String, f64)>> {
        let queries: Vec<_> = (0..30).map(|at| query(&words(at * 11).prompt)).collect();
        [Retriever::Learned, Retriever::Fusion]
            .iter()
            .flat_map(|by| store.rank(&queries, *by, 20))
            .collect()
    };
    let write = |store: &Store, from: usize| {
        let items: Vec<_> = (from..from + 100).map(words).collect();
        store.admit(&items).unwrap();
    };

    // Encoded item by item as they enter, while others leave.
    let store = open_with(early.path(), options);
    store.encode_by(Letters::new(b'a')).unwrap();
    (0..12).for_each(|batch| write(&store, batch * 100));
    let expected = (content(&store), learned(&store));
    let checkpoint = store.checkpoint().unwrap();
    write(&store, 2000);
    assert_ne!(learned(&store), expected.1);
    store.restore(checkpoint).unwrap();
    assert_eq!((content(&store), learned(&store)), expected);

    // The same writes, with the encoder given at the end. Its neighbours decide nothing: every item is kept.
    let store = open_with(late.path(), options);
    (0..12).for_each(|batch| write(&store, batch * 100));
    store.encode_by(Letters::new(b'a')).unwrap();
    assert_eq!((content(&store), learned(&store)), expected);
}

#[test]
fn vectors_are_kept_checked_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.bin");
    let store = open(folder.path());
    filled(&store);
    store.encode_by(Letters::new(b'a')).unwrap();
    let expected = tasks(&store, "silent", Retriever::Learned);
    let statistics = store.statistics().unwrap();
    let version = statistics.learned_version.as_deref();
    assert_eq!(version, Some("letters-from-a"));
    drop(store);

    // A reader and a writer find them, and encode nothing but questions.
    let encoder = Letters::new(b'a');
    let reader = Store::open_for_reading(folder.path(), Arc::new(Nearest)).unwrap();
    reader.encode_by(encoder.clone()).unwrap();
    assert_eq!(encoder.encoded(), 0);
    assert_eq!(tasks(&reader, "silent", Retriever::Learned), expected);
    let store = open(folder.path());
    store.encode_by(encoder.clone()).unwrap();
    assert_eq!(encoder.encoded(), 1);
    assert_eq!(tasks(&store, "silent", Retriever::Learned), expected);
    drop(store);

    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for bytes in [
        Some(&damaged[..]),
        Some(&whole[..50]),
        Some(&whole[..0]),
        None,
    ] {
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let encoder = Letters::new(b'a');
        let store = open(folder.path());
        store.encode_by(encoder.clone()).unwrap();
        assert_eq!(encoder.encoded(), WORDS.len());
        assert_eq!(tasks(&store, "silent", Retriever::Learned), expected);
        assert!(fs::read(&path).unwrap() == whole);
    }

    // Of another encoder they are of no use.
    let encoder = Letters::new(b'b');
    let store = open(folder.path());
    store.encode_by(encoder.clone()).unwrap();
    assert_eq!(encoder.encoded(), WORDS.len());
    assert!(fs::read(&path).unwrap() != whole);
}
