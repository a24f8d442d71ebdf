//! The memory of a plugin's instance.

use std::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size},
    cell::UnsafeCell,
    ptr,
};

use super::heap::Heap;

/// What an instance has from its start. It is no part of the plugin's file, and costs what is touched of it.
const FIRST: usize = 256 << 10;
/// A page of WebAssembly.
const PAGE: usize = 64 << 10;
/// The least that is asked of the host at once: each time costs a system call. The host ends an instance that asks for more than
/// its limit, so there is no asking again for less, and up to three pages below the limit stay unused.
const GROWTH: usize = 256 << 10;

/// A heap over the instance's own memory.
pub(super) struct Memory {
    heap: UnsafeCell<Heap>,
    first: UnsafeCell<[u8; FIRST]>,
}

// SAFETY: an instance has one thread.
unsafe impl Sync for Memory {}

impl Memory {
    pub(super) const fn new() -> Self {
        Self {
            heap: UnsafeCell::new(Heap::new()),
            first: UnsafeCell::new([0; FIRST]),
        }
    }

    /// Memory of at least so many bytes that nobody uses: its first byte, and one past its last.
    fn more(&self, is_first: bool, bytes: usize) -> Option<(usize, usize)> {
        if is_first && bytes <= FIRST {
            let start = self.first.get().expose_provenance();
            return Some((start, start + FIRST));
        }
        let pages = bytes.max(GROWTH).div_ceil(PAGE);
        let before = memory_size::<0>() * PAGE;
        let end = pages.checked_mul(PAGE)?.checked_add(before)?;
        // It is not the instance's memory where another host refuses it.
        (memory_grow::<0>(pages) != usize::MAX).then_some((before, end))
    }
}

// SAFETY: the heap gives out memory that nobody else has, of the size and alignment that are asked for.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: there is one thread, and nothing that is called here comes back here.
        let heap = unsafe { &mut *self.heap.get() };
        let more = |is_first, bytes| self.more(is_first, bytes);
        // SAFETY: `more` gives memory of the instance that nobody uses.
        pointer(unsafe { heap.alloc(layout.size(), layout.align(), more) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        let heap = unsafe { &mut *self.heap.get() };
        // SAFETY: the caller gives back a block of this heap with the layout that it has.
        unsafe { heap.dealloc(block.expose_provenance(), layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let heap = unsafe { &mut *self.heap.get() };
        let more = |is_first, bytes| self.more(is_first, bytes);
        let (block, layout) = (block.expose_provenance(), (layout.size(), layout.align()));
        // SAFETY: as in `alloc` and `dealloc`.
        pointer(unsafe { heap.realloc(block, layout, size, more) })
    }
}

fn pointer(block: Option<usize>) -> *mut u8 {
    block.map_or(ptr::null_mut(), ptr::with_exposed_provenance_mut)
}
