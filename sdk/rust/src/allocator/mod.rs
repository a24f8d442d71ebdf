//! An allocator for plugins that allocate much and are called once.

#![allow(unsafe_code, reason = "an allocator hands out memory by address")]

#[cfg(any(target_arch = "wasm32", test))]
mod heap;
#[cfg(target_arch = "wasm32")]
mod instance;

use std::alloc::{GlobalAlloc, Layout};

#[cfg(target_arch = "wasm32")]
use instance::Memory;
// Elsewhere, in a plugin's own tests, memory is the system's.
#[cfg(not(target_arch = "wasm32"))]
use std::alloc::System as Memory;

/// An allocator for plugins that build much that is small, as a parser does. One line takes it:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: falcon_sdk::Allocator = falcon_sdk::Allocator::new();
/// # fn main() {}
/// ```
///
/// Every call of a plugin begins with untouched memory and ends with all of it thrown away. So the allocator has
/// its first memory in the instance from its start, where the usual one asks the host for it in each call, and a block
/// that is given back waits for the next of about its size: nothing is searched, split or merged, and nothing goes back
/// to the host. A block of up to 64 bytes takes the next multiple of 16, and a larger one up to a quarter more than was
/// asked for. The last block gives its memory back to all; any other's is used for blocks of its size again and for no
/// others, and not at all where it was aligned to more than 16 bytes. Memory is asked for in at least 256 KiB, and FALCON ends an
/// instance that asks for more than its limit: so the last 192 KiB below the limit may stay unused.
pub struct Allocator(Memory);

impl Allocator {
    /// An allocator without anything allocated.
    #[must_use]
    pub const fn new() -> Self {
        #[cfg(target_arch = "wasm32")]
        let memory = Memory::new();
        #[cfg(not(target_arch = "wasm32"))]
        let memory = Memory;
        Self(memory)
    }
}

impl Default for Allocator {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: it is the one inside, which keeps the promises of an allocator.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller promises is what the one inside asks for.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; the block is of the one inside.
        unsafe { self.0.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; the block is of the one inside.
        unsafe { self.0.realloc(block, layout, size) }
    }
}
