// The components that falcon-package's own tests flatten, and the host's tests run.
#[path = "../../runtime/package/tests/it/flatten/linked/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod linked;

use linked::{Changes, Library, Program};

use crate::plugin::flat;

/// Changes, each of a byte, to the component after it is made.
const EDITS: usize = 1;

/// A component of shared libraries as the bytes describe it, with what is left of the bytes written over some
/// places of it, flattens to one that is [`flat`]; one that is as it was made is never refused.
pub fn flatten(bytes: &[u8]) {
    let mut from = Bytes(bytes);
    let count = 1 + usize::from(from.next() % 3);
    let program = Program {
        libraries: (0..count).map(|_| library(&mut from)).collect(),
        shim_filled_after: usize::from(from.next() % 8),
    };
    let mut component = program.component();
    let flattened = flat(&component);
    assert!(flattened.is_some(), "refused: {program:?}");
    for _ in 0..EDITS {
        if from.0.is_empty() {
            return;
        }
        let at = usize::from(u16::from_le_bytes([from.next(), from.next()])) % component.len();
        component[at] = from.next();
        flat(&component);
    }
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
