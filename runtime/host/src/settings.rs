//! How the engine is set up, and why.

use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OperatorCost, OptLevel, PoolingAllocationConfig,
    Strategy,
};

/// One tick of the epoch, in milliseconds: how finely a wall-clock kill is measured.
pub(crate) const TICK_MILLISECONDS: u64 = 10;

/// Largest linear memory of an instance in bytes; a call's own limit is smaller.
pub const MAX_MEMORY: usize = 4 << 30;

/// Most elements of one table, and of all tables of a language pack's instance together. CPython linked from shared libraries uses about 6000.
pub(crate) const TABLE_ELEMENTS: usize = 64 << 10;

/// Core instances of one component. A Python component has some dozens, one for each shared library.
const CORE_INSTANCES: u32 = 128;

/// Memory of a used slot that is reset in place rather than given back, in bytes, where the kernel
/// tells which pages are dirty: only those are copied, so the bound may be above any program's use.
const KEEP_MEMORY: usize = 32 << 20;

/// The same for a table's slot.
const KEEP_TABLE: usize = 512 << 10;

/// What a call costs in fuel, beside the unit of the function's own beginning. More would make interpreters, which call
/// all the time, pay for what only compiled programs can do.
const CALL: u8 = 2;

/// How instances get their memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool of reserved slots for so many instances at once: the fast way.
    Pool(u32),
    /// Reserved for each instance anew, where the address space is too small for a pool.
    OnDemand,
    /// The same with small reservations that move when they grow, where even that is too much.
    Compact,
}

/// What is tried in order, until the machine's address space allows one.
///
/// A slot reserves [`MAX_MEMORY`] of address space, so a limit on it (`ulimit -v`) refuses the larger ones.
pub(crate) fn candidates(instances: u32) -> Vec<Allocation> {
    let mut all: Vec<_> = [instances, instances / 4, 8]
        .into_iter()
        .filter(|count| *count >= 8)
        .map(Allocation::Pool)
        .collect();
    all.dedup();
    all.extend([Allocation::OnDemand, Allocation::Compact]);
    all
}

/// The engine's configuration.
///
/// Memory protection keys are not built in and guard sizes stay at their defaults: CVE-2026-34988 leaked between
/// pooled slots whose guards had been shrunk.
pub(crate) fn config(allocation: Allocation) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .consume_fuel(crate::fuel::is_counted())
        .operator_cost(costs())
        .epoch_interruption(true)
        .max_wasm_stack(crate::stack::WASM)
        // Nothing runs on fibers; the engine checks their size nevertheless.
        .async_stack_size(2 * crate::stack::WASM)
        // Nothing here runs two calls of one instance at once; each store would pay for the books.
        .concurrency_support(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_shared_everything_threads(false)
        // Traps are explained by the plugin's own message, not by code offsets; the map would double
        // the compiled size.
        .generate_address_map(false)
        .memory_init_cow(true);
    match allocation {
        Allocation::Pool(instances) => {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(instances)));
        }
        Allocation::OnDemand => {
            config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        }
        Allocation::Compact => {
            config
                .allocation_strategy(InstanceAllocationStrategy::OnDemand)
                .memory_reservation(0)
                .memory_reservation_for_growth(1 << 20)
                .memory_guard_size(64 << 10);
        }
    }
    config
}

/// What each instruction costs: one unit, and more for those by which a loop has the engine work, so that
/// such a loop ends by its fuel and not by the clock (docs/compiled-languages.md).
fn costs() -> OperatorCost {
    let mut costs = OperatorCost::new();
    // A throw walks every frame up to its handler; the rest of what that takes is in what a compiled program's unit counts.
    costs.Call = CALL;
    costs.CallIndirect = CALL;
    costs.CallRef = CALL;
    // And looks at each of the handlers around the call that the frame is in; `core_module::check` bounds their clauses.
    costs.TryTable = 32;
    // How it begins; it is how `longjmp` jumps, too.
    costs.Throw = u8::MAX;
    costs.ThrowRef = u8::MAX;
    // A lock and a call of the host's limits, for no page at all.
    costs.MemoryGrow = u8::MAX;
    costs.TableGrow = u8::MAX;
    costs
}

fn pool(instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .max_component_instance_size(4 << 20)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(4)
        // A judge that is an Extism module has two of each: its own, and its runner's.
        .max_memories_per_module(2)
        .max_tables_per_module(2)
        .max_tables_per_component(16)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES / 2))
        .max_core_instance_size(4 << 20)
        .total_memories(instances)
        .total_tables(instances.saturating_mul(4))
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(MAX_MEMORY)
        .max_unused_warm_slots(instances);
    if dirty_pages_are_told() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEEP_MEMORY)
            .table_keep_resident(KEEP_TABLE);
    } else {
        // Every kept byte is then rewritten whether dirty or not, so only little is kept.
        pool.pagemap_scan(Enabled::No)
            .linear_memory_keep_resident(256 << 10)
            .table_keep_resident(64 << 10);
    }
    pool
}

/// Whether the kernel's list of dirty pages may be trusted.
///
/// Wasmtime asks it for pages that are present, so a dirty page that was swapped out would stay in
/// the slot (wasmtime pull request 14357): it is used only where there is no swap.
fn dirty_pages_are_told() -> bool {
    let no_swap = std::fs::read_to_string("/proc/swaps")
        .is_ok_and(|swaps| swaps.lines().skip(1).all(|line| line.trim().is_empty()));
    no_swap && PoolingAllocationConfig::is_pagemap_scan_available()
}
