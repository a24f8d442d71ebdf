//! The author's files, in room that the builder fills.

use std::sync::atomic::AtomicU8;

use falcon_runner::slot::Slot;

/// Room for the files in bytes.
const ROOM: usize = 256 << 10;

/// Zero, so that it takes no place in the module.
#[used]
static FILES: [AtomicU8; ROOM] = [const { AtomicU8::new(0) }; ROOM];

/// What the builder writes.
#[used]
pub(crate) static SLOT: Slot<ROOM> = Slot::new(&FILES);
