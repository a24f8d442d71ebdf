//! What one instance of a language pack may touch: clocks that only the program itself moves,
//! seeded randomness, bounded output, files in memory, bounded memory, and nothing else.

use std::sync::Arc;

use wasmtime::{
    Engine, Store,
    component::{HasSelf, Linker, ResourceTable},
};
use wasmtime_wasi::{
    WasiCtx, WasiCtxView, WasiView,
    p2::{self, pipe::MemoryInputPipe},
};

use super::{
    Within, bindings,
    candidate::Candidate,
    compiled::Tools,
    files::Files,
    output::Output,
    wasi::{self, OwnView},
    within,
    work::{Work, price},
    world::{Memory, World},
};
use crate::{
    fuel,
    services::{cut, wit::panic},
};

/// Most bytes that are copied out of an instance in one call: the replies to many calls of a program come in one.
const CROSSING: usize = 128 << 20;

/// Most streams, descriptors and other things that an instance may hold at once.
const HELD: usize = 4096;

/// The data of one instance's store.
pub(super) struct Side {
    table: ResourceTable,
    /// What it is shown in place of its table once it cannot pay for the call.
    nothing: ResourceTable,
    wasi: WasiCtx,
    world: World,
    files: Files,
    pub(super) work: Arc<Work>,
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
        within: Within<'_>,
        stdin: &[u8],
    ) -> wasmtime::Result<Store<Self>> {
        let limits = within.limits;
        let (stdout, stderr) = (Output::new(limits.output), Output::new(limits.output));
        let mut wasi = WasiCtx::builder();
        wasi.stdin(MemoryInputPipe::new(stdin.to_vec()))
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .allow_tcp(false)
            .allow_udp(false);
        let (mut table, mut nothing) = (ResourceTable::new(), ResourceTable::new());
        table.set_max_capacity(HELD);
        nothing.set_max_capacity(0);
        let side = Self {
            table,
            nothing,
            wasi: wasi.build(),
            world: World::new(limits),
            files: Files::given(within.files),
            work: Work::new(limits.fuel),
            memory: Memory::new(limits),
            stdout,
            stderr,
            panic: None,
            candidate: None,
            tools: None,
        };
        let mut store = Store::new(engine, side);
        store.limiter(|side| &mut side.memory);
        fuel::give(&mut store, limits.fuel)?;
        store.set_hostcall_fuel(CROSSING);
        within::watch(&mut store, limits.epochs, within.cancel);
        Ok(store)
    }

    /// Whether the instance asked for more memory than its limit.
    pub(super) fn memory_refused(&self) -> bool {
        self.memory.refused
    }

    /// What our own part of WASI works on.
    pub(super) fn own(&mut self) -> OwnView<'_> {
        OwnView {
            world: &mut self.world,
            table: &mut self.table,
            files: &mut self.files,
            work: &self.work,
        }
    }
}

/// For what of WASI is not our own, once in each call. One that cannot be paid for finds nothing that it is about, nor
/// a place for what it makes: that ends the instance.
impl WasiView for Side {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let table = match self.work.charge(price::CALL) {
            Ok(()) => &mut self.table,
            Err(_) => &mut self.nothing,
        };
        WasiCtxView {
            ctx: &mut self.wasi,
            table,
        }
    }
}

impl panic::Host for Side {
    fn report(&mut self, message: String) -> wasmtime::Result<()> {
        self.work
            .charge(price::CALL + message.len() as u64 / price::COPIED)?;
        self.panic = Some(cut(message));
        Ok(())
    }
}

/// Everything a language pack may import.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Side>> {
    let mut linker = Linker::new(engine);
    p2::add_to_linker_sync(&mut linker)?;
    wasi::add(&mut linker)?;
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
