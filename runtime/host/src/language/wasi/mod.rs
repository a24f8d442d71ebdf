//! What of WASI is our own: clocks that only the program itself moves, seeded randomness, files in memory, and whatever
//! an instance could have the host work with for nothing.

mod entry;
mod files;
mod names;
mod streams;

use std::sync::Arc;

use rand_chacha::rand_core::RngCore;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::{
    self, DynPollable, Pollable,
    bindings::{
        cli::{
            environment, terminal_input, terminal_output, terminal_stderr, terminal_stdin,
            terminal_stdout,
        },
        clocks::{monotonic_clock, wall_clock},
        filesystem::preopens,
        random::{insecure, insecure_seed, random},
        sockets::ip_name_lookup,
        sync::{filesystem::types, io::poll},
    },
};

use super::{
    files::Files,
    side::Side,
    work::{Work, price},
    world::World,
};

/// Puts it in the place of what is linked already.
pub(super) fn add(linker: &mut Linker<Side>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    wall_clock::add_to_linker::<Side, Own>(linker, Side::own)?;
    monotonic_clock::add_to_linker::<Side, Own>(linker, Side::own)?;
    random::add_to_linker::<Side, Own>(linker, Side::own)?;
    insecure::add_to_linker::<Side, Own>(linker, Side::own)?;
    insecure_seed::add_to_linker::<Side, Own>(linker, Side::own)?;
    poll::add_to_linker::<Side, Own>(linker, Side::own)?;
    environment::add_to_linker::<Side, Own>(linker, Side::own)?;
    terminal_stdin::add_to_linker::<Side, Own>(linker, Side::own)?;
    terminal_stdout::add_to_linker::<Side, Own>(linker, Side::own)?;
    terminal_stderr::add_to_linker::<Side, Own>(linker, Side::own)?;
    ip_name_lookup::add_to_linker::<Side, Own>(linker, Side::own)?;
    preopens::add_to_linker::<Side, Own>(linker, Side::own)?;
    types::add_to_linker::<Side, Own>(linker, Side::own)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Our own in place of the machine's.
pub(super) struct Own;

/// What it works on.
pub(super) struct OwnView<'a> {
    pub(super) world: &'a mut World,
    pub(super) table: &'a mut ResourceTable,
    pub(super) files: &'a mut Files,
    pub(super) work: &'a Arc<Work>,
}

impl HasData for Own {
    type Data<'a> = OwnView<'a>;
}

impl OwnView<'_> {
    /// One more call, and so much of the work in it.
    fn call(&self, more: u64) -> wasmtime::Result<()> {
        Ok(self.work.charge(price::CALL.saturating_add(more))?)
    }

    fn ready(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let past = self.table.push(Past)?;
        p2::subscribe(self.table, past)
    }

    fn bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        let count = count.min(RANDOM_BYTES);
        self.call(count)?;
        let mut bytes = vec![0; usize::try_from(count)?];
        self.world.fill(&mut bytes);
        Ok(bytes)
    }
}

impl wall_clock::Host for OwnView<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.call(0)?;
        let now = self.world.now();
        Ok(wall_clock::Datetime {
            seconds: now.as_secs(),
            nanoseconds: now.subsec_nanos(),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        self.call(0)?;
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: 1,
        })
    }
}

impl monotonic_clock::Host for OwnView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        self.call(0)?;
        Ok(self.world.look())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.call(0)?;
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.call(0)?;
        self.world.sleep_until(when);
        self.ready()
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.call(0)?;
        let when = self.world.elapsed().saturating_add(duration);
        self.world.sleep_until(when);
        self.ready()
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

/// Whatever an instance can wait for is there: its clock jumps, and all else is in memory.
impl poll::Host for OwnView<'_> {
    fn poll(&mut self, all: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let count = u32::try_from(all.len())?;
        self.call(price::WAIT * u64::from(count))?;
        if all.is_empty() {
            return Err(wasmtime::Error::msg("it waits for nothing"));
        }
        for one in &all {
            self.table.get(one)?;
        }
        Ok((0..count).collect())
    }
}

impl poll::HostPollable for OwnView<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.call(0)?;
        self.table.get(&pollable)?;
        Ok(true)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.call(0)?;
        self.table.get(&pollable)?;
        Ok(())
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.call(0)?;
        poll::HostPollable::drop(self.table, pollable)
    }
}

/// Most that one request for random bytes may ask.
const RANDOM_BYTES: u64 = 1 << 20;

impl random::Host for OwnView<'_> {
    fn get_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(count)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.call(0)?;
        Ok(self.world.random.next_u64())
    }
}

impl insecure::Host for OwnView<'_> {
    fn get_insecure_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(count)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.call(0)?;
        Ok(self.world.random.next_u64())
    }
}

impl insecure_seed::Host for OwnView<'_> {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        self.call(0)?;
        Ok((self.world.random.next_u64(), self.world.random.next_u64()))
    }
}

impl environment::Host for OwnView<'_> {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.call(0)?;
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        self.call(0)?;
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.call(0)?;
        Ok(None)
    }
}

impl terminal_stdin::Host for OwnView<'_> {
    fn get_terminal_stdin(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<terminal_input::TerminalInput>>> {
        self.call(0)?;
        Ok(None)
    }
}

impl terminal_stdout::Host for OwnView<'_> {
    fn get_terminal_stdout(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        self.call(0)?;
        Ok(None)
    }
}

impl terminal_stderr::Host for OwnView<'_> {
    fn get_terminal_stderr(
        &mut self,
    ) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        self.call(0)?;
        Ok(None)
    }
}
