//! What the builder tells a runner: the author's files, in room that the runner keeps for them, and the services that
//! the plugin asks for.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

/// What the builder looks for in the module's data: a mark, where the room begins, its size, and then what the
/// builder writes: how much of it is filled, and a bit for each service.
#[repr(C)]
pub struct Slot<const ROOM: usize> {
    mark: [u8; 16],
    room: &'static [AtomicU8; ROOM],
    size: u32,
    filled: AtomicU32,
    services: AtomicU32,
}

/// A service of the host; its number is the bit that says whether the plugin asks for it.
#[derive(Clone, Copy)]
pub enum Service {
    /// A map.
    Kv = 2,
    /// A language model.
    Llm = 3,
    /// Requests.
    Http = 4,
}

impl<const ROOM: usize> Slot<ROOM> {
    /// A slot with this room for files, in a `static` with `#[used]`.
    #[must_use]
    pub const fn new(room: &'static [AtomicU8; ROOM]) -> Self {
        Self {
            mark: *b"falcon:js:files\n",
            room,
            size: ROOM as u32,
            filled: AtomicU32::new(0),
            services: AtomicU32::new(0),
        }
    }

    /// Whether the plugin asks for a service; of one that it does not, the builder has taken the imports out.
    #[must_use]
    pub fn asks(&self, service: Service) -> bool {
        let slot = std::hint::black_box(self);
        slot.services.load(Relaxed) & (1 << service as u32) != 0
    }

    /// The text of a file, with a zero after it as engines in C want it. Each file is its name, its text and a zero
    /// after both, behind their lengths without it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static [AtomicU8]> {
        let slot = std::hint::black_box(self);
        let filled = slot.filled.load(Relaxed) as usize;
        let room = slot.room.get(..filled)?;
        let byte = |at: usize| room.get(at).map(|byte| byte.load(Relaxed));
        let number = |at: usize| {
            let bytes = [byte(at)?, byte(at + 1)?, byte(at + 2)?, byte(at + 3)?];
            usize::try_from(u32::from_le_bytes(bytes)).ok()
        };
        let mut at = 0;
        while at < filled {
            let (name_size, text_size) = (number(at)?, number(at + 4)?);
            let text = at + 8 + name_size;
            let next = text + text_size + 1;
            if name_size == name.len()
                && name
                    .bytes()
                    .enumerate()
                    .all(|(i, b)| byte(at + 8 + i) == Some(b))
            {
                return room.get(text..next);
            }
            at = next;
        }
        None
    }
}
