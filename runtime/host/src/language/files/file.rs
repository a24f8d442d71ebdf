//! One file, and the room that all files of an instance have together.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use super::errno;

/// Bytes that are copied for a unit of fuel.
const COPIED: u64 = 8;
/// Bytes of memory that are taken for a unit of fuel.
const TAKEN: u64 = 2;

/// A file, for who has it open: one that is removed meanwhile stays what it is for him.
#[derive(Clone)]
pub(in crate::language) enum File {
    /// What the plugin file carries.
    Fixed(Arc<[u8]>),
    /// Any other.
    Own(Arc<Node>),
}

/// A file that can be written.
pub(in crate::language) struct Node {
    /// Shared with others until it is changed.
    content: Mutex<Arc<Vec<u8>>>,
    /// Bytes of the room that it takes: none until it is written.
    counted: AtomicUsize,
    room: Arc<Room>,
}

/// What the files of an instance have room in, and owe for. One thread at a time uses it.
pub(in crate::language) struct Room {
    most: usize,
    held: AtomicUsize,
    owed: AtomicU64,
}

impl Room {
    /// Room for so many bytes.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: AtomicUsize::new(0),
            owed: AtomicU64::new(0),
        })
    }

    /// Adds to what is owed.
    pub(super) fn owe(&self, fuel: u64) {
        self.owed.fetch_add(fuel, Relaxed);
    }

    /// The fuel for what was done that was not asked for yet.
    pub(in crate::language) fn owed(&self) -> u64 {
        self.owed.swap(0, Relaxed)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let counted = self.counted.load(Relaxed);
        self.room.held.fetch_sub(counted, Relaxed);
    }
}

impl Node {
    fn content(&self) -> MutexGuard<'_, Arc<Vec<u8>>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes so many bytes of the room in all, where it has them.
    fn count(&self, size: usize) -> Result<(), i32> {
        let before = self.counted.load(Relaxed);
        let others = self.room.held.load(Relaxed) - before;
        if size > self.room.most.saturating_sub(others) {
            return Err(errno::NOSPC);
        }
        self.room.held.store(others + size, Relaxed);
        self.counted.store(size, Relaxed);
        self.room.owe(size.saturating_sub(before) as u64 / TAKEN);
        Ok(())
    }
}

impl File {
    /// A file that holds this, until it is written.
    pub(super) fn new(content: Arc<Vec<u8>>, room: &Arc<Room>) -> Self {
        Self::Own(Arc::new(Node {
            content: Mutex::new(content),
            counted: AtomicUsize::new(0),
            room: Arc::clone(room),
        }))
    }

    /// What it holds now; nothing of one that is fixed.
    pub(super) fn content(&self) -> Option<Arc<Vec<u8>>> {
        match self {
            Self::Fixed(_) => None,
            Self::Own(node) => Some(Arc::clone(&node.content())),
        }
    }

    /// Its size in bytes.
    pub(in crate::language) fn size(&self) -> u64 {
        match self {
            Self::Fixed(content) => content.len() as u64,
            Self::Own(node) => node.content().len() as u64,
        }
    }

    /// Shows what it holds from a place on, at most so many bytes.
    pub(in crate::language) fn read<T>(
        &self,
        at: u64,
        most: usize,
        show: impl FnOnce(&[u8]) -> T,
    ) -> T {
        let part = |content: &[u8]| {
            let from = usize::try_from(at).map_or(content.len(), |at| at.min(content.len()));
            from..from + most.min(content.len() - from)
        };
        match self {
            Self::Fixed(content) => show(&content[part(content)]),
            Self::Own(node) => {
                let content = node.content();
                show(&content[part(&content)])
            }
        }
    }

    /// Writes into it.
    pub(in crate::language) fn write(&self, at: u64, bytes: &[u8]) -> Result<(), i32> {
        let Self::Own(node) = self else {
            return Err(errno::BADF);
        };
        if bytes.is_empty() {
            return Ok(());
        }
        let at = usize::try_from(at).map_err(|_| errno::FBIG)?;
        let end = at.checked_add(bytes.len()).ok_or(errno::FBIG)?;
        let mut content = node.content();
        node.count(end.max(content.len()))?;
        let content = Arc::make_mut(&mut content);
        grow(content, end);
        content[at..end].copy_from_slice(bytes);
        node.room.owe(bytes.len() as u64 / COPIED);
        Ok(())
    }

    /// Sets its size.
    pub(in crate::language) fn resize(&self, size: u64) -> Result<(), i32> {
        let Self::Own(node) = self else {
            return Err(errno::BADF);
        };
        let size = usize::try_from(size).map_err(|_| errno::FBIG)?;
        let mut content = node.content();
        if size == content.len() {
            return Ok(());
        }
        node.count(size)?;
        if size > content.len() {
            grow(Arc::make_mut(&mut content), size);
        } else {
            // A copy, since what is cut off would keep its memory.
            *content = Arc::new(content[..size].to_vec());
            node.room.owe(size as u64 / TAKEN);
        }
        Ok(())
    }

    /// Whether it is the same file, by whichever name.
    pub(in crate::language) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(one), Self::Fixed(other)) => Arc::ptr_eq(one, other),
            (Self::Own(one), Self::Own(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// Gives a content at least this size, and memory for at most a quarter more than it had: a vector by itself would take
/// twice as much, and what files hold is bounded by their sizes.
fn grow(content: &mut Vec<u8>, size: usize) {
    let more = size.saturating_sub(content.len());
    if more > content.capacity() - content.len() {
        content.reserve_exact(more.max(content.len() / 4));
    }
    content.resize(content.len() + more, 0);
}
