//! A learned encoder: vectors are made on a thread beside, and answer questions from a call on.

use std::{
    panic::resume_unwind,
    sync::{
        Arc, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
};

use falcon_episode::{Encoder, MemoryItem};
use rayon::prelude::*;

use super::Store;
use crate::{
    error::Result,
    record::{Record, id},
    retrieval::{
        keys::Keys,
        learned::{NOTHING, encode},
        snapshot::ById,
    },
    vectors,
};

/// Texts encoded in one call: as many as there are between two looks at whether their vectors are still wanted.
const TOGETHER: usize = 256;

/// The vectors of an encoder that does not answer yet.
pub(super) struct Preparing {
    encoder: Arc<dyn Encoder>,
    wanted: Arc<AtomicBool>,
    thread: Option<JoinHandle<ById>>,
}

impl Store {
    /// Compares by this encoder from now on, beside the hashed n-grams, and makes the vectors of all items first. While that
    /// takes, questions are answered as before. Returns what is to be told of it, as
    /// [`adopt_encoder`](falcon_episode::LongTermMemory::adopt_encoder) does.
    ///
    /// # Errors
    /// Where a thread cannot be started.
    pub fn encode_by(&self, encoder: Arc<dyn Encoder>) -> Result<Option<String>> {
        self.prepare(encoder)?;
        Ok(self.adopt())
    }

    /// The version of the encoder that is compared by; none where vectors are the hashed ones alone.
    #[must_use]
    pub fn encoder(&self) -> Option<String> {
        let state = self.read();
        let learned = state.snapshot.learned();
        learned.map(|learned| learned.version().to_owned())
    }

    /// Items that the encoder can read; 0 without one.
    #[must_use]
    pub fn encoded(&self) -> usize {
        let state = self.read();
        let encoded = state.snapshot.encoded();
        encoded.filter(|(_, vector)| **vector != NOTHING).count()
    }

    /// Begins to make the vectors of all items, in the background.
    pub(super) fn prepare(&self, encoder: Arc<dyn Encoder>) -> Result<()> {
        let version = encoder.version();
        let mut preparing = self.preparing();
        *preparing = None;
        if self.encoder().is_some_and(|now| now == version) {
            return Ok(());
        }
        let mut made = vectors::read(&self.folder, &version);
        let texts = texts(self.read().snapshot.unknown(&made));
        let wanted = Arc::new(AtomicBool::new(true));
        let (by, still) = (Arc::clone(&encoder), Arc::clone(&wanted));
        let work = move || {
            for some in texts.chunks(TOGETHER) {
                if !still.load(Ordering::Relaxed) {
                    break;
                }
                add(&*by, some, &mut made);
            }
            made
        };
        let thread = Builder::new().name("encoder".to_owned()).spawn(work);
        let thread =
            thread.map_err(|error| self.folder.failed("starting the encoder's thread", error))?;
        *preparing = Some(Preparing {
            encoder,
            wanted,
            thread: Some(thread),
        });
        Ok(())
    }

    /// Waits for the vectors, and compares by them from then on. Where they cannot be kept beside the table, that is told
    /// once: they can always be made again, so it is no reason to stop.
    pub(super) fn adopt(&self) -> Option<String> {
        let mut preparing = self.preparing().take()?;
        let mut made = preparing.finish();
        let encoder = Arc::clone(&preparing.encoder);
        // Nothing enters or leaves from here on. What entered meanwhile is encoded before the state is locked.
        let _writer = self.writer();
        let entered = texts(self.read().snapshot.unknown(&made));
        add(&*encoder, &entered, &mut made);
        self.write().snapshot.learn(encoder, &made);
        if !self.folder.writable() {
            return None;
        }
        let state = self.read();
        let version = state.snapshot.learned()?.version();
        let vectors = state.snapshot.encoded();
        let vectors = vectors.map(|(record, vector)| (record.id.as_str(), vector));
        let error = vectors::write(&self.folder, version, vectors).err()?;
        let told_before = self.told_unkept.swap(true, Ordering::Relaxed);
        (!told_before).then(|| {
            format!(
                "the vectors of the learned encoder are in force but not kept, so they are made again when this memory is \
                 next opened: {error}"
            )
        })
    }

    /// What items are found by. A writer asks for it before it locks the state: an encoder may take long, and questions are
    /// answered meanwhile. Many are encoded in one call. Those that are held already are not, since they will not enter.
    pub(super) fn keys(&self, items: &[&MemoryItem]) -> Vec<Keys> {
        let keys = items.par_iter().map(|item| Keys::of(&item.prompt));
        let mut keys: Vec<Keys> = keys.collect();
        let state = self.read();
        let Some(learned) = state.snapshot.learned() else {
            return keys;
        };
        let encoder = Arc::clone(learned.encoder());
        let enters = |place: &usize| state.snapshot.get(&id(items[*place])).is_none();
        let places: Vec<usize> = (0..items.len()).filter(enters).collect();
        drop(state);
        for some in places.chunks(TOGETHER) {
            let texts = some.iter().map(|place| items[*place].prompt.as_str());
            let vectors = encode(&*encoder, &texts.collect::<Vec<_>>());
            for (place, vector) in some.iter().zip(vectors) {
                keys[*place].learned = Some(vector);
            }
        }
        keys
    }

    fn preparing(&self) -> MutexGuard<'_, Option<Preparing>> {
        self.preparing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Preparing {
    /// The vectors. Where the encoder panicked, so does this.
    fn finish(&mut self) -> ById {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(made)) => made,
            Some(Err(panic)) => resume_unwind(panic),
            None => ById::new(),
        }
    }
}

impl Drop for Preparing {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Whatever it made, or however it failed: nobody wants it any more.
            let _ = thread.join();
        }
    }
}

/// Ids and prompts.
fn texts<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<(String, String)> {
    let text = |record: &Record| (record.id.clone(), record.item.prompt.clone());
    records.map(text).collect()
}

/// Encodes texts, which are given with the ids of their items.
fn add(encoder: &dyn Encoder, texts: &[(String, String)], made: &mut ById) {
    let prompts: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    let ids = texts.iter().map(|(id, _)| id.clone());
    made.extend(ids.zip(encode(encoder, &prompts)));
}
