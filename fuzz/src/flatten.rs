// The components that falcon-package's own tests flatten, and the host's tests run.
#[path = "../../runtime/package/tests/it/flatten/linked/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod linked;

use linked::{Changes, Library, Program};

use crate::plugin::flat;

/// Most bytes that are written over a component after it is made.
const EDITS: usize = 4;

/// A component of shared libraries as the bytes describe it flattens to one that is [`flat`], and is never refused.
/// What is left of the bytes is written over some places of it first, and then it may be refused.
///
/// # Returns
/// Whether all bytes had a meaning: others like these say nothing new.
pub fn flatten(bytes: &[u8]) -> bool {
    let mut from = Bytes(bytes);
    let count = 1 + usize::from(from.next() % 3);
    let program = Program {
        libraries: (0..count).map(|_| library(&mut from)).collect(),
        shim_filled_after: usize::from(from.next() % 8),
    };
    if from.0.len() > 3 * EDITS {
        return false;
    }
    let mut component = program.component();
    if from.0.is_empty() {
        assert!(flat(&component).is_some(), "refused: {program:?}");
        return true;
    }
    while !from.0.is_empty() {
        let at = usize::from(u16::from_le_bytes([from.next(), from.next()])) % component.len();
        component[at] = from.next();
    }
    flat(&component);
    true
}

fn library(from: &mut Bytes<'_>) -> Library {
    let flags = from.next();
    let mut some = |most: u8| {
        let length = from.next() % (most + 1);
        (0..length).map(|_| from.next()).collect::<Vec<u8>>()
    };
    let passive = some(4);
    let data = (0..flags >> 6)
        .map(|_| {
            let place = some(2);
            let place = place.iter().fold(0, |at, byte| at << 8 | i32::from(*byte));
            (place, some(8))
        })
        .collect();
    Library {
        data,
        starts: flags & 1 != 0,
        own_memory: flags & 2 != 0,
        twice: flags & 4 != 0,
        passive,
        changes: match flags >> 3 & 3 {
            0 => Changes::Nothing,
            1 => Changes::Copies,
            2 => Changes::Sets,
            _ => Changes::Grows,
        },
    }
}

/// Bytes one after the other, and zeros after the last.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }
}
