//! The host's services to plugins, each bounded.
//!
//! Architecture invariant: a service that was not both asked for and granted is not in the linker, so
//! a plugin cannot even be linked to it.

mod http;
mod kv;
mod llm;

use std::{sync::Arc, time::Duration};

use falcon_episode::Uses;
use falcon_package::{Capability, HttpPlace, PluginName};
use wasmtime::{
    Store, Trap, UpdateDeadline,
    component::{HasSelf, Linker},
};

use crate::{Engine, Grants, Limits, LogLevel, LogMessage, limits::Meter};
pub(crate) use bindings::falcon::host as wit;

pub use http::{HttpCause, HttpClient, HttpError, HttpMethod, HttpReply, HttpRequest};
pub use kv::{KvError, KvStore, KvStoreError};
pub use llm::{LanguageModel, LlmAnswer, LlmCause, LlmError, LlmMessage, LlmQuestion, LlmRole};

/// Generated from `wit/host/v0.1`.
mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated code")]
    wasmtime::component::bindgen!({
        path: "../../wit/host/v0.1",
        inline: "
            package falcon:runtime@0.1.0;
            world services {
                import falcon:host/panic@0.1.0;
                import falcon:host/log@0.1.0;
                import falcon:host/clock@0.1.0;
                import falcon:host/kv@0.1.0;
                import falcon:host/llm@0.1.0;
                import falcon:host/http@0.1.0;
            }
        ",
        world: "falcon:runtime/services",
        imports: { default: trappable },
    });
}

/// Longest text that is kept of a message or of a panic, in bytes.
const MAX_TEXT: usize = 4 << 10;
/// Most messages of one call.
const MAX_MESSAGES: u64 = 256;

/// The data of one instance's store.
pub(crate) struct Guest {
    meter: Meter,
    plugin: Arc<Provided>,
    panic: Option<String>,
    uses: Uses,
    /// Time spent on others' answers since the clock was last moved on for it.
    waited: Duration,
}

/// What the instances of one plugin share.
#[derive(Debug)]
pub(crate) struct Provided {
    pub(crate) name: PluginName,
    pub(crate) grants: Grants,
    /// Where its manifest asks to send requests.
    pub(crate) places: Vec<HttpPlace>,
}

impl Guest {
    /// A store for one fresh instance.
    pub(crate) fn store(
        engine: &Engine,
        limits: &Limits,
        plugin: Arc<Provided>,
    ) -> wasmtime::Result<Store<Self>> {
        let guest = Self {
            meter: Meter::new(limits),
            plugin,
            panic: None,
            uses: Uses::default(),
            waited: Duration::ZERO,
        };
        let mut store = Store::new(engine.wasmtime(), guest);
        store.limiter(|guest| &mut guest.meter);
        store.set_fuel(limits.fuel)?;
        store.set_epoch_deadline(Engine::ticks(limits.timeout));
        // The limit is on the plugin's own time: what it waited for a model is added once it is over.
        store.epoch_deadline_callback(|mut store| {
            match std::mem::take(&mut store.data_mut().waited) {
                Duration::ZERO => Err(Trap::Interrupt.into()),
                waited => Ok(UpdateDeadline::Continue(Engine::ticks(waited))),
            }
        });
        Ok(store)
    }

    /// The services that were used so far.
    pub(crate) fn uses(&self) -> Uses {
        self.uses.clone()
    }

    /// Bytes of memory that the instance has taken.
    pub(crate) fn memory(&self, limits: &Limits) -> u64 {
        self.meter.memory(limits)
    }

    /// What the plugin said of its panic.
    pub(crate) fn panic(&self) -> Option<String> {
        self.panic.clone()
    }
}

/// A linker with what every plugin gets and with the services given.
pub(crate) fn linker(
    engine: &Engine,
    granted: impl IntoIterator<Item = Capability>,
) -> wasmtime::Result<Linker<Guest>> {
    type Own = HasSelf<Guest>;
    let mut linker = Linker::new(engine.wasmtime());
    wit::panic::add_to_linker::<Guest, Own>(&mut linker, |guest| guest)?;
    for capability in granted {
        match capability {
            Capability::Log => wit::log::add_to_linker::<Guest, Own>(&mut linker, |guest| guest)?,
            Capability::Clock => {
                wit::clock::add_to_linker::<Guest, Own>(&mut linker, |guest| guest)?
            }
            Capability::Kv => wit::kv::add_to_linker::<Guest, Own>(&mut linker, |guest| guest)?,
            Capability::Llm => wit::llm::add_to_linker::<Guest, Own>(&mut linker, |guest| guest)?,
            Capability::Http => wit::http::add_to_linker::<Guest, Own>(&mut linker, |guest| guest)?,
        }
    }
    Ok(linker)
}

/// A text that a guest sent, as much of it as is kept.
pub(crate) fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    text
}

impl wit::panic::Host for Guest {
    fn report(&mut self, message: String) -> wasmtime::Result<()> {
        self.panic = Some(cut(message));
        Ok(())
    }
}

impl wit::log::Host for Guest {
    fn log(&mut self, level: wit::log::Level, message: String) -> wasmtime::Result<()> {
        let Some(sink) = &self.plugin.grants.log else {
            return Ok(());
        };
        self.uses.log += 1;
        let (level, text) = match self.uses.log {
            ..=MAX_MESSAGES => (level.into(), cut(message)),
            over if over == MAX_MESSAGES + 1 => (
                LogLevel::Warn,
                format!("more than {MAX_MESSAGES} messages in one call; the rest is dropped"),
            ),
            _ => return Ok(()),
        };
        sink(&LogMessage {
            plugin: self.plugin.name.clone(),
            level,
            text,
        });
        Ok(())
    }
}

impl From<wit::log::Level> for LogLevel {
    fn from(level: wit::log::Level) -> Self {
        match level {
            wit::log::Level::Debug => Self::Debug,
            wit::log::Level::Info => Self::Info,
            wit::log::Level::Warn => Self::Warn,
            wit::log::Level::Error => Self::Error,
        }
    }
}

impl wit::clock::Host for Guest {
    fn now_ms(&mut self) -> wasmtime::Result<u64> {
        self.uses.clock += 1;
        Ok(self.plugin.grants.clock.as_ref().map_or(0, |clock| clock()))
    }
}

impl wit::kv::Host for Guest {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.uses.kv += 1;
        let kv = self.plugin.grants.kv.as_ref();
        Ok(kv.and_then(|kv| kv.get(&self.plugin.name, &key)))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), String>> {
        self.uses.kv += 1;
        Ok(match &self.plugin.grants.kv {
            Some(kv) => kv
                .set(&self.plugin.name, key, value)
                .map_err(|error| error.to_string()),
            None => Err("not granted".to_owned()),
        })
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        self.uses.kv += 1;
        if let Some(kv) = &self.plugin.grants.kv {
            kv.delete(&self.plugin.name, &key)?;
        }
        Ok(())
    }
}
