//! A program that was compiled, in an instance of its own.

use falcon_episode::{Diagnostic, Verdict};
use wasmtime::{Engine, Global, InstancePre, Memory, Store, Trap, Val};

use super::{
    core::{Core, Exit, OutputLimit, Refused},
    exchange, told,
};
use crate::fuel;
use crate::language::{
    Ending, LanguageError, Within,
    bindings::falcon::language::exchange::{Operation, Raised, Reply},
    candidate::not_plain,
    convert,
    files::Files,
};

/// What a unit of a compiled program counts. It does a task in a fraction of an interpreter's units, and by throws through
/// deep stacks of many functions, which it alone can make, a unit buys up to 45 ns of the engine's time: the
/// clock must not end a program before its fuel does, on a machine that is slow or busy either.
const WEIGHT: u64 = 16;

/// An instance of a compiled module.
pub(super) struct Program {
    pub(super) store: Store<Core>,
    instance: wasmtime::Instance,
    fuel: u64,
}

impl Program {
    /// A fresh instance, nothing of which has run.
    pub(super) fn new(
        engine: &Engine,
        pre: &InstancePre<Core>,
        within: Within<'_>,
        arguments: Vec<String>,
        stdin: &[u8],
    ) -> Result<Result<Self, Ending>, LanguageError> {
        let files = Files::given(within.files);
        let store = Core::store(engine, within, files, arguments, stdin.to_vec(), false);
        let mut store = store.map_err(LanguageError)?;
        let units = within.limits.fuel / WEIGHT;
        fuel::give(&mut store, units).map_err(LanguageError)?;
        match pre.instantiate(&mut store) {
            Ok(instance) => Ok(Ok(Self {
                store,
                instance,
                fuel: units * WEIGHT,
            })),
            // What the module itself asks for at the start is more than there is.
            Err(_) if store.data().memory.refused => Ok(Err(out_of_memory())),
            Err(error) => Err(LanguageError(error)),
        }
    }

    /// Calls an exported function without parameters or with one.
    pub(super) fn call(&mut self, name: &str, parameter: Option<i32>) -> Result<(), Ending> {
        let parameters: Vec<Val> = parameter.map(Val::I32).into_iter().collect();
        let function = self.instance.get_func(&mut self.store, name);
        let done = match function {
            Some(function) => function.call(&mut self.store, &parameters, &mut []),
            None => Err(wasmtime::Error::msg(format!(
                "the module exports no {name}"
            ))),
        };
        done.map_err(|error| self.ending(&error))
    }

    /// Fuel used.
    pub(super) fn used(&self) -> u64 {
        self.fuel - self.store.get_fuel().unwrap_or(0) * WEIGHT
    }

    /// What the program said of its own end.
    pub(super) fn place(&self) -> Option<Diagnostic> {
        let at = self.store.data().fault.as_ref()?.at.clone()?;
        Some(convert::diagnostic(at))
    }

    fn ending(&mut self, error: &wasmtime::Error) -> Ending {
        let of = |verdict, message: String| Ending {
            verdict,
            message,
            exit_code: None,
        };
        if let Some(limit) = error.downcast_ref::<OutputLimit>() {
            return of(Verdict::OutputLimit, limit.to_string());
        }
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return of(refused.verdict, refused.message.clone());
        }
        if let Some(Exit(code)) = error.downcast_ref() {
            return Ending {
                exit_code: Some(*code),
                ..of(
                    Verdict::RuntimeError,
                    format!("the program ended its process with exit code {code}"),
                )
            };
        }
        let trap = error.downcast_ref::<Trap>();
        let overflowed = matches!(trap, Some(Trap::MemoryOutOfBounds)) && self.stack_is_gone();
        let core = self.store.data();
        match (trap, &core.fault) {
            (Some(Trap::OutOfFuel), _) => of(
                Verdict::OutOfFuel,
                "the program used up its fuel".to_owned(),
            ),
            (Some(Trap::Interrupt), _) => of(
                Verdict::Infrastructure,
                "killed by wall-clock time before its fuel was used up".to_owned(),
            ),
            (_, Some(fault)) => {
                let class = fault.types.first().map_or("", String::as_str);
                // What found no memory and went on without looking.
                let starved = matches!(class, "MemoryError" | "null pointer");
                if core.memory.refused && starved {
                    return out_of_memory();
                }
                of(
                    Verdict::RuntimeError,
                    format!("the program ended with {class}: {}", fault.message),
                )
            }
            (Some(Trap::StackOverflow), None) => overflow(),
            _ if overflowed => overflow(),
            _ if core.memory.refused => out_of_memory(),
            (Some(trap), None) => of(
                Verdict::RuntimeError,
                format!("the program crashed: {trap}"),
            ),
            (None, None) => of(
                Verdict::RuntimeError,
                format!("the program crashed: {error:#}"),
            ),
        }
    }

    /// Whether the stack of the program's own memory has been used up: it lies at the bottom.
    fn stack_is_gone(&mut self) -> bool {
        let pointer: Option<Global> = self.instance.get_global(&mut self.store, "__stack_pointer");
        let memory: Option<Memory> = self.instance.get_memory(&mut self.store, "memory");
        let (Some(pointer), Some(memory)) = (pointer, memory) else {
            return false;
        };
        let size = memory.data_size(&self.store) as u64;
        let at = pointer
            .get(&mut self.store)
            .i32()
            .unwrap_or(0)
            .cast_unsigned();
        u64::from(at) > size || at < 4096
    }
}

fn out_of_memory() -> Ending {
    Ending {
        verdict: Verdict::OutOfMemory,
        message: "the program asked for more than its memory".to_owned(),
        exit_code: None,
    }
}

fn overflow() -> Ending {
    Ending {
        verdict: Verdict::RuntimeError,
        message: "the program overflowed the stack".to_owned(),
        exit_code: None,
    }
}

/// The candidate side: a program whose functions are called one at a time.
pub(super) struct Candidate {
    pub(super) program: Program,
    /// Why it cannot be asked again, once it cannot.
    pub(super) ended: Option<Ending>,
    /// Whether it has answered an operation.
    pub(super) answered: bool,
}

impl Candidate {
    /// Opens the program: runs its top level.
    pub(super) fn open(mut program: Program) -> Result<Self, (Program, Ending)> {
        match program.call("_initialize", None) {
            Ok(()) => Ok(Self {
                program,
                ended: None,
                answered: false,
            }),
            Err(ending) => Err((program, ending)),
        }
    }

    /// Does one operation: what came of it, as it came.
    pub(super) fn perform(
        &mut self,
        operation: &Operation,
        arguments: &[u8],
    ) -> Result<Result<Reply, Raised>, Ending> {
        if let Some(ending) = &self.ended {
            return Err(ending.clone());
        }
        let Operation::Call(function) = operation else {
            return Ok(Err(not_plain(
                "is asked for an object, and has none".to_owned(),
            )));
        };
        let request = told::request(function, arguments);
        let size = i32::try_from(request.len()).unwrap_or(-1);
        let core = self.program.store.data_mut();
        core.input = request;
        core.output = None;
        let done = self.program.call("falcon_perform", Some(size));
        if let Err(ending) = done {
            self.ended = Some(ending.clone());
            return Err(ending);
        }
        let Some(told) = self.program.store.data_mut().output.take() else {
            let ending = Ending {
                verdict: Verdict::Forbidden,
                message: "the program changed what calls it: a call had no answer".to_owned(),
                exit_code: None,
            };
            self.ended = Some(ending.clone());
            return Err(ending);
        };
        self.answered = true;
        Ok(exchange::reply(&told))
    }

    /// The place where the program ended, where it has and said so.
    pub(super) fn place(&self) -> Option<Diagnostic> {
        self.ended.as_ref().and_then(|_| self.program.place())
    }
}
