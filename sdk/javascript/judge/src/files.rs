//! The author's files, in room that the builder fills.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

/// Room for the files in bytes.
const ROOM: usize = 256 << 10;

/// What the builder looks for in the module's data: a mark, where the room begins, its size, and how much of it
/// is filled, which the builder writes.
#[repr(C)]
struct Slot {
    mark: [u8; 16],
    room: &'static [AtomicU8; ROOM],
    size: AtomicU32,
    filled: AtomicU32,
}

/// Zero, so that it takes no place in the module.
#[used]
static FILES: [AtomicU8; ROOM] = [const { AtomicU8::new(0) }; ROOM];

#[used]
static SLOT: Slot = Slot {
    mark: *b"falcon:js:files\n",
    room: &FILES,
    size: AtomicU32::new(ROOM as u32),
    filled: AtomicU32::new(0),
};

/// The text of a file, with a zero after it as the engine wants it. Each file is its name, its text and a zero after
/// both, behind their lengths without it.
pub(crate) fn find(name: &str) -> Option<&'static [AtomicU8]> {
    let slot = std::hint::black_box(&SLOT);
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
