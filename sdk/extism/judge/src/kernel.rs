//! Extism's kernel: memory that the module and its caller share, which the module reaches byte by byte or eight at
//! once, and what it asks of its caller by places in it. What the functions mean is Extism's own, version 1 of its
//! interface (its kernel's documentation).

use std::collections::BTreeMap;

/// The first place, so that none is 0, which means nothing.
const FIRST: u64 = 16;

/// The kernel of one call.
#[derive(Default)]
pub(crate) struct Kernel {
    memory: Vec<u8>,
    /// The size of each block that is in use, by its place.
    blocks: BTreeMap<u64, u64>,
    input: (u64, u64),
    output: Option<(u64, u64)>,
    error: u64,
    variables: BTreeMap<Vec<u8>, Vec<u8>>,
    config: BTreeMap<String, String>,
    /// The status of the last request, and its headers.
    pub(crate) status: i32,
    pub(crate) headers: u64,
}

impl Kernel {
    /// A kernel with this input and these settings.
    pub(crate) fn new(input: &[u8], config: BTreeMap<String, String>) -> Self {
        let mut kernel = Self {
            config,
            ..Self::default()
        };
        kernel.input = (kernel.put(input), input.len() as u64);
        kernel
    }

    /// The place of a new block of zeros; 0 where it cannot be had.
    pub(crate) fn alloc(&mut self, size: u64) -> u64 {
        let place = self.end();
        let Ok(bytes) = usize::try_from(size) else {
            return 0;
        };
        if size == 0 || self.memory.try_reserve(bytes).is_err() {
            return 0;
        }
        self.memory.resize(self.memory.len() + bytes, 0);
        self.blocks.insert(place, size);
        place
    }

    /// Gives a block back, and its memory where it is the last.
    pub(crate) fn free(&mut self, place: u64) {
        if let Some(size) = self.blocks.remove(&place)
            && place + size == self.end()
        {
            self.memory.truncate(index(place));
        }
    }

    /// The size of a block; 0 where there is none.
    pub(crate) fn length(&self, place: u64) -> u64 {
        self.blocks.get(&place).copied().unwrap_or(0)
    }

    /// A new block with these bytes; 0 where there are none.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> u64 {
        let place = self.alloc(bytes.len() as u64);
        if place != 0 {
            self.memory[index(place)..].copy_from_slice(bytes);
        }
        place
    }

    /// The bytes of a block; none where there is none.
    pub(crate) fn block(&self, place: u64) -> &[u8] {
        match self.length(place) {
            0 => &[],
            size => self.bytes(place, size),
        }
    }

    /// # Panics
    /// Where the module reads what it was never given: its fault, and its caller is told.
    pub(crate) fn bytes(&self, place: u64, size: u64) -> &[u8] {
        let range = self.range(place, size);
        &self.memory[range]
    }

    /// # Panics
    /// As [`bytes`](Self::bytes).
    pub(crate) fn bytes_mut(&mut self, place: u64, size: u64) -> &mut [u8] {
        let range = self.range(place, size);
        &mut self.memory[range]
    }

    fn range(&self, place: u64, size: u64) -> std::ops::Range<usize> {
        let end = place.checked_add(size).filter(|end| *end <= self.end());
        match end {
            Some(end) if place >= FIRST => index(place)..index(end),
            _ => panic!(
                "the module uses {size} bytes at {place}, which are not in its kernel's memory"
            ),
        }
    }

    fn end(&self) -> u64 {
        FIRST + self.memory.len() as u64
    }

    /// Where the input is, and its size.
    pub(crate) fn input(&self) -> (u64, u64) {
        self.input
    }

    /// The bytes of the input from one on.
    pub(crate) fn input_bytes(&self, at: u64, size: u64) -> &[u8] {
        let (place, length) = self.input;
        let end = at.checked_add(size);
        assert!(
            end.is_some_and(|end| end <= length),
            "the module reads {size} bytes at {at} of an input of {length}"
        );
        self.bytes(place + at, size)
    }

    pub(crate) fn set_output(&mut self, place: u64, size: u64) {
        self.output = Some((place, size));
    }

    /// What the module answered, where it did.
    pub(crate) fn output(&self) -> Option<&[u8]> {
        match self.output? {
            (_, 0) => Some(&[]),
            (place, size) => Some(self.bytes(place, size)),
        }
    }

    pub(crate) fn set_error(&mut self, place: u64) {
        self.error = place;
    }

    pub(crate) fn error(&self) -> u64 {
        self.error
    }

    /// A new block with a setting's text; 0 where there is none of this name.
    pub(crate) fn setting(&mut self, name: u64) -> u64 {
        let name = String::from_utf8_lossy(self.block(name)).into_owned();
        match self.config.get(&name).cloned() {
            Some(text) => self.put(text.as_bytes()),
            None => 0,
        }
    }

    /// A new block with what a variable holds; 0 where it holds nothing. Variables last for one call.
    pub(crate) fn variable(&mut self, name: u64) -> u64 {
        match self.variables.get(self.block(name)).cloned() {
            Some(value) => self.put(&value),
            None => 0,
        }
    }

    pub(crate) fn set_variable(&mut self, name: u64, value: u64) {
        let name = self.block(name).to_vec();
        match value {
            0 => self.variables.remove(&name),
            value => self.variables.insert(name, self.block(value).to_vec()),
        };
    }
}

fn index(place: u64) -> usize {
    // What is allocated is counted by a `usize`.
    usize::try_from(place - FIRST).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_what_is_put_there() {
        let mut kernel = Kernel::new(b"input", BTreeMap::new());
        let (place, length) = kernel.input();
        assert_eq!((kernel.bytes(place, length), length), (&b"input"[..], 5));
        assert_eq!(kernel.input_bytes(1, 2), b"np");
        let block = kernel.alloc(8);
        assert_eq!(
            (kernel.length(block), kernel.block(block)),
            (8, &[0; 8][..])
        );
        kernel
            .bytes_mut(block, 8)
            .copy_from_slice(&7_u64.to_le_bytes());
        assert_eq!(kernel.block(block)[0], 7);
        kernel.free(block);
        assert_eq!(kernel.length(block), 0);
        assert_eq!(
            kernel.alloc(3),
            block,
            "the last block's memory is used again"
        );
        assert_eq!(kernel.alloc(0), 0);
        assert_eq!(kernel.block(0), b"");
        assert_eq!(kernel.output(), None);
        kernel.set_output(0, 0);
        assert_eq!(kernel.output(), Some(&b""[..]));
    }

    #[test]
    fn settings_and_variables_are_texts_by_name() {
        let config = BTreeMap::from([("lines".to_owned(), "3".to_owned())]);
        let mut kernel = Kernel::new(b"", config);
        let (lines, other) = (kernel.put(b"lines"), kernel.put(b"other"));
        let found = kernel.setting(lines);
        assert_eq!(kernel.block(found), b"3");
        assert_eq!(kernel.setting(other), 0);
        assert_eq!(kernel.variable(other), 0);
        kernel.set_variable(other, lines);
        let held = kernel.variable(other);
        assert_eq!(kernel.block(held), b"lines");
        kernel.set_variable(other, 0);
        assert_eq!(kernel.variable(other), 0);
    }

    #[test]
    fn what_was_never_given_cannot_be_used() {
        for (place, size) in [(0, 1), (8, 1), (16, 6), (u64::MAX, 2), (1 << 40, 1)] {
            let kernel = Kernel::new(b"input", BTreeMap::new());
            let read = std::panic::catch_unwind(|| kernel.bytes(place, size).to_vec());
            assert!(read.is_err(), "{place} {size}");
        }
    }
}
