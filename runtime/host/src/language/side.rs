//! What one instance of a language pack may touch: clocks that only the program itself moves,
//! seeded randomness, bounded output, bounded memory, and nothing else.

use rand_chacha::rand_core::RngCore;
use wasmtime::{
    Engine, Store,
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

use super::{
    Limits, bindings,
    candidate::Candidate,
    compiled::Tools,
    output::Output,
    world::{Memory, World},
};
use crate::services::{cut, wit::panic};

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
    /// What `toolchain` reaches: the plugin's tools where the pack compiles, nothing elsewhere.
    pub(super) tools: Option<Tools>,
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
            world: World::new(limits),
            memory: Memory::new(limits),
            stdout,
            stderr,
            panic: None,
            candidate: None,
            tools: None,
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
    bindings::compiling::falcon::language::toolchain::add_to_linker::<Side, HasSelf<Side>>(
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

impl wall_clock::Host for OwnView<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let now = self.world.now();
        Ok(wall_clock::Datetime {
            seconds: now.as_secs(),
            nanoseconds: now.subsec_nanos(),
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

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.world.sleep_until(when);
        self.ready()
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let when = self.world.elapsed().saturating_add(duration);
        self.world.sleep_until(when);
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
        self.world.fill(&mut bytes);
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
