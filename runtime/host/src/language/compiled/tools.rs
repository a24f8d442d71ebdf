//! The plugin's tools, run for the pack: each in a fresh instance that sees the files it is given and
//! those of the plugin file.
//!
//! What a tool makes depends on nothing but the tool, its arguments and its files, so what a pack expects
//! to need again is kept: in memory, and beside the compiled plugins.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use falcon_episode::{Cancel, Digest, Verdict};
use wasmtime::{Engine, Linker, Trap};

use super::{
    cache::Recent,
    core::{Core, Exit},
    made::Made,
    prepared::Prepared,
};
use crate::{
    language::{
        Limits, Within,
        bindings::compiling::falcon::language::toolchain::{Content, Done, Host, Step},
        bindings::falcon::types::types,
        convert,
        files::Files,
        side::Side,
    },
    payload::Payload,
};

/// What a tool may use.
fn limits() -> Limits {
    Limits {
        fuel: 300_000_000_000,
        memory: 1 << 30,
        output: 256 << 10,
        ..Limits::default()
    }
}

/// Most steps, and files, of one compilation.
pub(super) const STEPS: usize = 64;

/// Most bytes of kept results in memory: seven precompiled headers of all of C++'s library.
const KEPT: usize = 192 << 20;

/// Most results that one process makes to be kept, not counting what comes to nothing. A program names the headers that are precompiled for it, and
/// programs that each name others would have a dozen seconds spent on each.
const MADE: usize = 64;

/// What a kept result without output weighs, with its messages.
const MESSAGES: usize = 64 << 10;

/// Runs tools. One for each pack.
pub(super) struct Toolbox {
    engine: Engine,
    linker: Linker<Core>,
    payload: Payload,
    kept: Recent<Made<Ran>>,
    /// How many more may be made to be kept.
    left: AtomicUsize,
}

/// What a step came to.
#[derive(Clone)]
struct Ran {
    result: Result<i32, (Verdict, String)>,
    messages: String,
    printed: String,
    output: Option<Arc<Vec<u8>>>,
}

impl Ran {
    /// A step that went well and made this.
    fn of(output: Option<Arc<Vec<u8>>>) -> Self {
        Self {
            result: Ok(0),
            messages: String::new(),
            printed: String::new(),
            output,
        }
    }
}

/// The toolchain as one instance of a pack sees it.
pub(crate) struct Tools {
    toolbox: Arc<Toolbox>,
    cancel: Cancel,
    made: Vec<Arc<Vec<u8>>>,
    steps: usize,
}

impl Tools {
    pub(super) fn new(toolbox: Arc<Toolbox>, cancel: Cancel) -> Self {
        Self {
            toolbox,
            cancel,
            made: Vec::new(),
            steps: 0,
        }
    }

    /// A file that a step made.
    pub(super) fn made(&self, number: u32) -> Option<Arc<Vec<u8>>> {
        self.made.get(number as usize).cloned()
    }
}

impl Toolbox {
    pub(super) fn new(engine: &Engine, payload: &Payload) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(engine);
        super::preview1::add(&mut linker)?;
        Ok(Self {
            engine: engine.clone(),
            linker,
            payload: payload.clone(),
            kept: Recent::new(KEPT),
            left: AtomicUsize::new(MADE),
        })
    }

    /// What a step of a pack makes, to be kept in another process; none where it makes nothing.
    pub(super) fn prepare(
        &self,
        step: Step,
        cancel: &Cancel,
    ) -> wasmtime::Result<Option<Prepared>> {
        if !step.keep {
            return Err(wasmtime::Error::msg("the pack prepares what is not kept"));
        }
        let step = resolved(step, |number| {
            Err(wasmtime::Error::msg(format!(
                "no step made a file {number}"
            )))
        })?;
        let key = step.digest(self.payload.digest());
        let output = self.run(&step, cancel)?.output;
        Ok(output.map(|output| Prepared { key, output }))
    }

    /// Keeps what another process prepared.
    pub(super) fn take(&self, prepared: Vec<Prepared>) {
        for Prepared { key, output } in prepared {
            let size = output.len();
            self.kept.forget(key);
            self.kept.get(key).set(Ran::of(Some(output)));
            self.kept.weigh(key, size);
        }
    }

    /// Drops all that is kept in memory.
    pub(super) fn forget(&self) {
        self.kept.clear();
    }

    /// From here on nothing is made to be kept.
    pub(super) fn seal(&self) {
        self.left.store(0, Ordering::Relaxed);
    }

    /// Runs a step, or takes what it came to before.
    fn run(&self, step: &Resolved, cancel: &Cancel) -> wasmtime::Result<Ran> {
        if !step.keep {
            return self.run_now(step, cancel);
        }
        let key = step.digest(self.payload.digest());
        let cell = self.kept.get(key);
        let mut came = None;
        // Others that want the same wait for it.
        let made = cell.get_or_make(cancel, || {
            let own = came.insert(self.make(step, &key, cancel));
            own.as_ref().ok()?.clone()
        });
        match (made, came) {
            (Some(ran), None) => Ok(ran),
            (Some(ran), Some(_)) => {
                let size = ran.output.as_ref().map_or(0, |output| output.len());
                self.kept.weigh(key, size + MESSAGES);
                Ok(ran)
            }
            (None, None) => Err(wasmtime::Error::msg("cancelled")),
            (None, Some(own)) => {
                self.kept.forget(key);
                own.map(|_| Ran::of(None))
            }
        }
    }

    /// Makes what is kept, or takes it from where it is; none where no more may be made.
    fn make(
        &self,
        step: &Resolved,
        key: &Digest,
        cancel: &Cancel,
    ) -> wasmtime::Result<Option<Ran>> {
        let cache = self.payload.cache();
        if let Some(bytes) = cache.and_then(|cache| cache.read(key)) {
            return Ok(Some(Ran::of(Some(Arc::new(bytes)))));
        }
        let left = |left: usize| left.checked_sub(1);
        let may = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        if may.is_err() {
            return Ok(None);
        }
        let ran = self.run_now(step, cancel);
        match &ran {
            Ok(Ran {
                result: Ok(0),
                output: Some(output),
                ..
            }) => {
                if let Some(cache) = cache {
                    // What cannot be kept is made again.
                    let _ = cache.write(key, output);
                }
            }
            // Headers that do not compile take no other program's place.
            _ => {
                self.left.fetch_add(1, Ordering::Relaxed);
            }
        }
        ran.map(Some)
    }

    fn run_now(&self, step: &Resolved, cancel: &Cancel) -> wasmtime::Result<Ran> {
        let Some(tool) = self.payload.tool(&step.tool) else {
            return Err(wasmtime::Error::msg(format!(
                "the plugin has no tool {}",
                step.tool
            )));
        };
        let files = Files::of_tool(self.payload.files().clone(), &step.files);
        let limits = limits();
        let within = Within {
            cancel,
            ..Within::from(&limits)
        };
        let arguments = step.arguments.clone();
        let mut store = Core::store(&self.engine, within, files, arguments, Vec::new(), true)?;
        let instance = self.linker.instantiate(&mut store, tool)?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        let result = match start.call(&mut store, ()) {
            Ok(()) => Ok(0),
            Err(error) => match error.downcast_ref::<Exit>() {
                Some(Exit(code)) => Ok(*code),
                // Which says nothing of the step.
                None if matches!(error.downcast_ref::<Trap>(), Some(Trap::Interrupt)) => {
                    let why = "it took too long, or was taken back";
                    return Err(wasmtime::Error::msg(format!(
                        "the tool {} was stopped: {why}",
                        step.tool
                    )));
                }
                None => Err(ended(&error, store.data())),
            },
        };
        let core = store.data_mut();
        Ok(Ran {
            result,
            messages: String::from_utf8_lossy(&core.stderr.bytes).into_owned(),
            printed: String::from_utf8_lossy(&core.stdout.bytes).into_owned(),
            output: core.files.take(&step.output),
        })
    }
}

/// Why a tool did not end on its own.
fn ended(error: &wasmtime::Error, core: &Core) -> (Verdict, String) {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => (Verdict::OutOfFuel, "it used up its fuel".to_owned()),
        _ if core.memory.refused => (
            Verdict::OutOfMemory,
            "it asked for more than its memory".to_owned(),
        ),
        Some(Trap::StackOverflow) => (Verdict::RuntimeError, "it overflowed its stack".to_owned()),
        Some(trap) => (Verdict::RuntimeError, format!("it crashed: {trap}")),
        None => (Verdict::RuntimeError, format!("it crashed: {error:#}")),
    }
}

/// A step whose files are all there.
struct Resolved {
    tool: String,
    arguments: Vec<String>,
    files: BTreeMap<String, Arc<Vec<u8>>>,
    output: String,
    keep: bool,
}

impl Resolved {
    /// What the result depends on.
    fn digest(&self, plugin: Digest) -> Digest {
        let plugin = plugin.hex();
        let mut parts: Vec<&[u8]> = vec![
            plugin.as_bytes(),
            self.tool.as_bytes(),
            self.output.as_bytes(),
        ];
        parts.extend(self.arguments.iter().map(|argument| argument.as_bytes()));
        for (path, content) in &self.files {
            parts.extend([path.as_bytes(), content.as_slice()]);
        }
        Digest::of_parts(parts)
    }
}

/// A step with the files that earlier steps made.
fn resolved(
    step: Step,
    made: impl Fn(u32) -> wasmtime::Result<Arc<Vec<u8>>>,
) -> wasmtime::Result<Resolved> {
    let mut files = BTreeMap::new();
    for file in step.files {
        let content = match file.content {
            Content::Bytes(bytes) => Arc::new(bytes),
            Content::Made(number) => made(number)?,
        };
        files.insert(file.path, content);
    }
    Ok(Resolved {
        tool: step.tool,
        arguments: step.arguments,
        files,
        output: step.output,
        keep: step.keep,
    })
}

impl Host for Side {
    fn run(&mut self, step: Step) -> wasmtime::Result<Result<Done, (types::Verdict, String)>> {
        let Some(tools) = self.tools.as_mut() else {
            return Err(wasmtime::Error::msg("this pack has no tools"));
        };
        tools.steps += 1;
        if tools.steps > STEPS || step.files.len() > STEPS {
            return Err(wasmtime::Error::msg(format!(
                "more than {STEPS} steps or files"
            )));
        }
        let (toolbox, cancel) = (Arc::clone(&tools.toolbox), tools.cancel.clone());
        let step = resolved(step, |number| {
            tools
                .made(number)
                .ok_or_else(|| wasmtime::Error::msg(format!("no step made a file {number}")))
        })?;
        let ran = toolbox.run(&step, &cancel)?;
        let exit_code = match ran.result {
            Ok(code) => code,
            Err((verdict, why)) => {
                let said = ran.messages.lines().next_back().unwrap_or_default();
                let why = if said.is_empty() {
                    why
                } else {
                    format!("{why} ({said})")
                };
                return Ok(Err((convert::to_verdict(verdict), why)));
            }
        };
        let output = ran.output.map(|output| {
            tools.made.push(output);
            u32::try_from(tools.made.len() - 1).unwrap_or(u32::MAX)
        });
        Ok(Ok(Done {
            exit_code,
            messages: ran.messages,
            printed: ran.printed,
            output,
        }))
    }
}
