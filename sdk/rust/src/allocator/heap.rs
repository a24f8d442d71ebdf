//! Blocks of memory by address: new ones from the end of what was used, old ones from lists by size.

use std::ptr;

/// Blocks are of multiples of so many bytes, and begin at one.
const STEP: usize = 16;
/// Up to here each multiple is a class of its own.
const SMALL: usize = 128;
/// Classes up to blocks of 2 GiB, the largest that there may be.
const CLASSES: usize = SMALL / STEP + 4 * 24;

/// What is known of the memory.
pub(super) struct Heap {
    /// The first byte behind all blocks.
    next: usize,
    /// One past the last byte that blocks may have; 0 before there is any.
    end: usize,
    /// The first free block of each class, 0 for none. A free block begins with the address of the next one.
    free: [usize; CLASSES],
}

impl Heap {
    pub(super) const fn new() -> Self {
        Self {
            next: 0,
            end: 0,
            free: [0; CLASSES],
        }
    }

    /// The address of a new block; none where there is no memory for it.
    ///
    /// # Arguments
    /// - `size`: in bytes.
    /// - `align`: a power of two.
    /// - `more`: gives memory of at least so many bytes, from its first byte to one past its last, and is told whether
    ///   it is the first.
    ///
    /// # Safety
    /// What `more` gives is memory that nobody else uses, now or later.
    pub(super) unsafe fn alloc(
        &mut self,
        size: usize,
        align: usize,
        more: impl FnOnce(bool, usize) -> Option<(usize, usize)>,
    ) -> Option<usize> {
        let (class, bytes) = class(size)?;
        let block = self.free[class];
        if block != 0 && align <= STEP {
            // SAFETY: the block is free, so it begins with the address of the next.
            self.free[class] = unsafe { link(block).read() };
            return Some(block);
        }
        self.fresh(bytes, align.max(STEP), more)
    }

    /// Gives a block back.
    ///
    /// # Safety
    /// The block is one of this heap with this size and alignment, and is not used any more.
    pub(super) unsafe fn dealloc(&mut self, block: usize, size: usize, align: usize) {
        let Some((class, bytes)) = class(size) else {
            return;
        };
        if block + bytes == self.next {
            self.next = block;
        } else if align <= STEP {
            // SAFETY: nobody uses the block, which has room for an address and is aligned for one.
            unsafe { link(block).write(self.free[class]) };
            self.free[class] = block;
        }
        // A block with a larger alignment is lost: there are none to speak of.
    }

    /// The address of the block once it has another size; none where there is no memory for that, and the block
    /// stays as it is then.
    ///
    /// # Safety
    /// As [`alloc`](Self::alloc) and [`dealloc`](Self::dealloc).
    pub(super) unsafe fn realloc(
        &mut self,
        block: usize,
        (size, align): (usize, usize),
        wanted: usize,
        more: impl FnOnce(bool, usize) -> Option<(usize, usize)>,
    ) -> Option<usize> {
        let ((_, has), (_, needs)) = (class(size)?, class(wanted)?);
        if has == needs {
            return Some(block);
        }
        // The last block grows and shrinks where it is.
        if block + has == self.next && needs <= self.end - block {
            self.next = block + needs;
            return Some(block);
        }
        // SAFETY: as the caller promises.
        let moved = unsafe { self.alloc(wanted, align, more)? };
        let (from, to): (*const u8, *mut u8) = (
            ptr::with_exposed_provenance(block),
            ptr::with_exposed_provenance_mut(moved),
        );
        // SAFETY: both have so many bytes, and no two blocks overlap.
        unsafe { to.copy_from_nonoverlapping(from, size.min(wanted)) };
        // SAFETY: as the caller promises; what it held is in the other now.
        unsafe { self.dealloc(block, size, align) };
        Some(moved)
    }

    /// A block behind all others.
    fn fresh(
        &mut self,
        bytes: usize,
        align: usize,
        more: impl FnOnce(bool, usize) -> Option<(usize, usize)>,
    ) -> Option<usize> {
        let mut start = self.next.checked_next_multiple_of(align)?;
        let mut end = start.checked_add(bytes)?;
        if end > self.end {
            let (from, to) = more(self.end == 0, bytes.checked_add(align)?)?;
            if from != self.end {
                // Elsewhere: what is left of the memory before is lost.
                self.next = from;
            }
            self.end = to;
            start = self.next.checked_next_multiple_of(align)?;
            end = start.checked_add(bytes)?;
        }
        self.next = end;
        Some(start)
    }
}

/// The class of a size, and how large its blocks are; none beyond all classes. Up to [`SMALL`] each multiple of [`STEP`] is
/// one; above there are four from one power of two to the next, so that from 65 bytes on a block is at most a quarter larger
/// than what is asked for.
fn class(size: usize) -> Option<(usize, usize)> {
    if size <= SMALL {
        let class = size.saturating_sub(1) / STEP;
        return Some((class, (class + 1) * STEP));
    }
    let power = (size - 1).ilog2();
    let quarters = ((size - 1) >> (power - 2)) + 1;
    let class = SMALL / STEP + 4 * (power as usize - 7) + (quarters - 5);
    (class < CLASSES).then(|| (class, quarters << (power - 2)))
}

/// Where a free block says which is the next.
fn link(block: usize) -> *mut usize {
    ptr::with_exposed_provenance_mut(block)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Memory of a test.
    struct Region(Vec<u128>);

    impl Region {
        fn new(bytes: usize) -> Self {
            Self(vec![0; bytes / 16])
        }

        fn range(&mut self) -> (usize, usize) {
            let start = self.0.as_mut_ptr().expose_provenance();
            (start, start + 16 * self.0.len())
        }
    }

    /// A block, and the byte that all of it has.
    struct Block {
        at: usize,
        size: usize,
        align: usize,
        byte: u8,
    }

    impl Block {
        fn fill(&self) {
            let at: *mut u8 = ptr::with_exposed_provenance_mut(self.at);
            // SAFETY: the block is in the test's memory, and nobody else uses it.
            unsafe { at.write_bytes(self.byte, self.size) }
        }

        /// Whether its first bytes are what they were filled with.
        fn holds(&self, size: usize) -> bool {
            let at: *const u8 = ptr::with_exposed_provenance(self.at);
            // SAFETY: as in `fill`; that many bytes of it were filled.
            (0..size).all(|byte| unsafe { at.add(byte).read() } == self.byte)
        }
    }

    #[test]
    fn classes_hold_what_is_asked_for_and_little_more() {
        let mut before = (0, 0);
        for size in 0..100_000 {
            let (class, bytes) = class(size).unwrap();
            assert!(bytes >= size, "{size}");
            if size > 64 {
                assert!(bytes * 4 <= size * 5, "{size}");
            } else {
                assert_eq!(bytes, size.max(1).next_multiple_of(STEP), "{size}");
            }
            assert_eq!(bytes % STEP, 0, "{size}");
            assert_eq!(class == before.0, bytes == before.1 || size == 0, "{size}");
            assert!(class >= before.0 && class <= before.0 + 1, "{size}");
            before = (class, bytes);
        }
        assert_eq!(class(1 << 31), Some((CLASSES - 1, 1 << 31)));
        assert_eq!(class((1 << 31) + 1), None);
    }

    #[test]
    fn blocks_keep_what_they_hold() {
        let (mut small, mut large) = (Region::new(4096), Region::new(8 << 20));
        let (small, large) = (small.range(), large.range());
        let times = Cell::new(0);
        let more = |is_first: bool, bytes: usize| {
            times.set(times.get() + 1);
            assert!(times.get() <= 2, "there is no more");
            let (from, to) = if is_first { small } else { large };
            (to - from >= bytes).then_some((from, to))
        };
        let mut heap = Heap::new();
        let mut blocks: Vec<Block> = Vec::new();
        // Numbers that look drawn: a linear congruence.
        let mut state = 1_u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        for step in 0..20_000_usize {
            let bits = 1 + draw(11);
            let size = 1 + draw(1 << bits);
            let byte = step.to_le_bytes()[0];
            if blocks.len() < 100 || draw(2) == 0 && blocks.len() < 300 {
                let align = 1 << draw(7);
                // SAFETY: the regions are this test's.
                let at = unsafe { heap.alloc(size, align, more).unwrap() };
                assert_eq!(at % align, 0);
                let block = Block {
                    at,
                    size,
                    align,
                    byte,
                };
                block.fill();
                blocks.push(block);
                continue;
            }
            let mut block = blocks.swap_remove(draw(blocks.len()));
            assert!(block.holds(block.size), "step {step}");
            if draw(2) == 0 {
                // SAFETY: the block is of this heap.
                unsafe { heap.dealloc(block.at, block.size, block.align) };
                continue;
            }
            let has = (block.size, block.align);
            // SAFETY: as above.
            block.at = unsafe { heap.realloc(block.at, has, size, more).unwrap() };
            assert_eq!(block.at % block.align, 0);
            assert!(block.holds(block.size.min(size)), "step {step}");
            (block.size, block.byte) = (size, byte);
            block.fill();
            blocks.push(block);
        }
        assert_eq!(times.get(), 2);
        assert!(blocks.iter().all(|block| block.holds(block.size)));
    }

    #[test]
    fn memory_that_goes_on_where_it_ended_is_used_across_the_seam() {
        const PIECE: usize = 4096;
        let mut region = Region::new(4 * PIECE);
        let (start, end) = region.range();
        let given = Cell::new(start);
        let more = |is_first: bool, bytes: usize| {
            let from = given.get();
            assert_eq!(is_first, from == start);
            let to = from + bytes.next_multiple_of(PIECE);
            given.set(to);
            (to <= end).then_some((from, to))
        };
        let mut heap = Heap::new();
        let mut block = |byte: u8| {
            // SAFETY: the region is this test's.
            let at = unsafe { heap.alloc(3000, 8, more).unwrap() };
            let (size, align) = (3000, 8);
            let block = Block {
                at,
                size,
                align,
                byte,
            };
            block.fill();
            block
        };
        let (first, mut second) = (block(1), block(2));
        // Of 3072 bytes each, so the second begins in the first piece and ends in the next.
        assert_eq!((first.at, second.at), (start, start + 3072));
        assert_eq!(given.get(), start + 2 * PIECE);
        assert!(first.holds(3000) && second.holds(3000));

        // It goes behind itself, over the next seam, and grows there up to the last byte.
        for (size, wanted) in [(3000, 6000), (6000, 10_000)] {
            // SAFETY: it is of this heap.
            second.at = unsafe { heap.realloc(second.at, (size, 8), wanted, more).unwrap() };
            assert_eq!(second.at, start + 2 * 3072);
            assert!(second.holds(size));
            second.size = wanted;
            second.fill();
            assert!(first.holds(3000) && second.holds(wanted));
        }
        assert_eq!((given.get(), heap.next), (end, end));
    }

    #[test]
    fn what_is_given_back_is_used_again_and_the_last_block_grows_in_place() {
        let mut region = Region::new(64 << 10);
        let range = region.range();
        let more = |is_first: bool, _: usize| is_first.then_some(range);
        let mut heap = Heap::new();
        // SAFETY: the region is this test's.
        let alloc = |heap: &mut Heap| unsafe { heap.alloc(100, 8, more) };
        let mut blocks = Vec::new();
        while let Some(block) = alloc(&mut heap) {
            blocks.push(block);
        }
        // 112 bytes each.
        assert_eq!(blocks.len(), (64 << 10) / 112);
        for block in &blocks {
            // SAFETY: each is given back once.
            unsafe { heap.dealloc(*block, 100, 8) };
        }
        let mut again: Vec<usize> = (0..blocks.len())
            .map(|_| alloc(&mut heap).unwrap())
            .collect();
        again.sort_unstable();
        assert_eq!(again, blocks);

        let mut heap = Heap::new();
        let block = alloc(&mut heap).unwrap();
        for (size, wanted) in [(100, 110), (110, 5000), (5000, 60_000), (60_000, 20)] {
            // SAFETY: it is of this heap.
            let moved = unsafe { heap.realloc(block, (size, 8), wanted, more) };
            assert_eq!(moved, Some(block));
        }
        assert_eq!(heap.next, block + 32);
        // SAFETY: as above.
        let refused = unsafe { heap.realloc(block, (20, 8), 70_000, more) };
        assert_eq!(refused, None);
    }
}
