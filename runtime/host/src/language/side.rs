//! What one instance of a language pack may touch: clocks that only the program itself moves,
//! seeded randomness, bounded output, bounded memory, and nothing else.

use std::time::Duration;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use wasmtime::{
    Engine, ResourceLimiter, Store,
    component::{HasData, HasSelf, Linker, Resource, ResourceTable},
};
use wasmtime_wasi::{
    WasiCtx, WasiCtxView, WasiView,
    p2::{
        self, DynPollable, Pollable,
        bindings::{
            clocks::{monotonic_clock, wall_clock},
            random::{insecure, insecure_seed, random},
        },
        pipe::MemoryInputPipe,
    },
};

use super::{Limits, bindings, candidate::Candidate, output::Output};
use crate::{
    services::{cut, wit::panic},
    settings::TABLE_ELEMENTS,
};

/// 2026-01-01T00:00:00Z, when every program starts. Seconds since 1970.
const START: u64 = 1_767_225_600;
/// What each look at a clock adds, so that a loop that waits for time to pass ends. Nanoseconds.
const LOOK: u64 = 1_000;

/// The data of one instance's store.
pub(super) struct Side {
    table: ResourceTable,
    wasi: WasiCtx,
    world: World,
    memory: Memory,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
    /// What the pack said of its own panic.
    pub(super) panic: Option<String>,
    /// What `candidate` reaches: the program's instance on the test side, nothing elsewhere.
    pub(super) candidate: Option<Box<Candidate>>,
}

/// Time and chance as the instance sees them.
struct World {
    /// Nanoseconds since the instance began.
    elapsed: u64,
    random: ChaCha8Rng,
}

/// What the instance may still take of memory and tables, all of its own together, and whether it was
/// refused any.
struct Memory {
    left: usize,
    table_elements_left: usize,
    refused: bool,
}

impl Side {
    /// A store for one fresh instance.
    pub(super) fn store(
        engine: &Engine,
        limits: &Limits,
        stdin: &[u8],
    ) -> wasmtime::Result<Store<Self>> {
        let (stdout, stderr) = (Output::new(limits.output), Output::new(limits.output));
        let mut wasi = WasiCtx::builder();
        wasi.stdin(MemoryInputPipe::new(stdin.to_vec()))
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .allow_tcp(false)
            .allow_udp(false);
        let side = Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            world: World {
                elapsed: 0,
                random: ChaCha8Rng::seed_from_u64(limits.seed),
            },
            memory: Memory {
                left: limits.memory,
                table_elements_left: TABLE_ELEMENTS,
                refused: false,
            },
            stdout,
            stderr,
            panic: None,
            candidate: None,
        };
        let mut store = Store::new(engine, side);
        store.limiter(|side| &mut side.memory);
        store.set_fuel(limits.fuel)?;
        store.set_epoch_deadline(limits.epochs);
        Ok(store)
    }

    /// Whether the instance asked for more memory than its limit.
    pub(super) fn memory_refused(&self) -> bool {
        self.memory.refused
    }
}

impl WasiView for Side {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl panic::Host for Side {
    fn report(&mut self, message: String) -> wasmtime::Result<()> {
        self.panic = Some(cut(message));
        Ok(())
    }
}

/// Everything a language pack may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Side>> {
    let mut linker = Linker::new(engine);
    p2::add_to_linker_sync(&mut linker)?;
    linker.allow_shadowing(true);
    wall_clock::add_to_linker::<Side, Own>(&mut linker, Own::of)?;
    monotonic_clock::add_to_linker::<Side, Own>(&mut linker, Own::of)?;
    random::add_to_linker::<Side, Own>(&mut linker, Own::of)?;
    insecure::add_to_linker::<Side, Own>(&mut linker, Own::of)?;
    insecure_seed::add_to_linker::<Side, Own>(&mut linker, Own::of)?;
    linker.allow_shadowing(false);
    bindings::falcon::language::candidate::add_to_linker::<Side, HasSelf<Side>>(
        &mut linker,
        |side| side,
    )?;
    panic::add_to_linker::<Side, HasSelf<Side>>(&mut linker, |side| side)?;
    Ok(linker)
}

/// Our own clocks and randomness in place of the machine's.
struct Own;

struct OwnView<'a> {
    world: &'a mut World,
    table: &'a mut ResourceTable,
}

impl HasData for Own {
    type Data<'a> = OwnView<'a>;
}

impl Own {
    fn of(side: &mut Side) -> OwnView<'_> {
        OwnView {
            world: &mut side.world,
            table: &mut side.table,
        }
    }
}

impl World {
    fn look(&mut self) -> u64 {
        self.elapsed = self.elapsed.saturating_add(LOOK);
        self.elapsed
    }
}

impl wall_clock::Host for OwnView<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let elapsed = Duration::from_nanos(self.world.look());
        Ok(wall_clock::Datetime {
            seconds: START + elapsed.as_secs(),
            nanoseconds: elapsed.subsec_nanos(),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: 1,
        })
    }
}

impl monotonic_clock::Host for OwnView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.world.look())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    /// A sleeping program does not wait: its clock jumps.
    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.world.elapsed = self.world.elapsed.max(when);
        self.ready()
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.world.elapsed = self.world.elapsed.saturating_add(duration);
        self.ready()
    }
}

impl OwnView<'_> {
    fn ready(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let past = self.table.push(Past)?;
        p2::subscribe(self.table, past)
    }
}

/// A moment that has come.
struct Past;

impl Pollable for Past {
    fn ready<'a, 'b>(&'a mut self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(std::future::ready(()))
    }
}

/// Most that one request for random bytes may ask.
const RANDOM_BYTES: u64 = 1 << 20;

impl OwnView<'_> {
    fn bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(count.min(RANDOM_BYTES))?];
        self.world.random.fill_bytes(&mut bytes);
        Ok(bytes)
    }
}

impl random::Host for OwnView<'_> {
    fn get_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(count)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.world.random.next_u64())
    }
}

impl insecure::Host for OwnView<'_> {
    fn get_insecure_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(count)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.world.random.next_u64())
    }
}

impl insecure_seed::Host for OwnView<'_> {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.world.random.next_u64(), self.world.random.next_u64()))
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(take(
            &mut self.left,
            &mut self.refused,
            desired.saturating_sub(current),
        ))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let left = &mut self.table_elements_left;
        Ok(take(
            left,
            &mut self.refused,
            desired.saturating_sub(current),
        ))
    }
}

/// Takes from what is left, or refuses. Not a trap: the language turns it into its own error, which a
/// program may handle.
fn take(left: &mut usize, refused: &mut bool, more: usize) -> bool {
    let rest = left.checked_sub(more);
    *left = rest.unwrap_or(*left);
    *refused |= rest.is_none();
    rest.is_some()
}
