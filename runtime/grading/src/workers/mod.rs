//! Worker processes: programs run in children of this process, each of which holds one program at a
//! time and has given up all that it does not need ([`InForce`]).
//!
//! A worker that dies is a fault that befalls the one program it held, never a verdict on it. It is
//! replaced, and so is one that has run many programs or met a fault of its own.

mod answer;
mod child;
mod frame;
mod in_force;
mod lockdown;
mod parent;
mod request;

pub use child::serve;
pub use in_force::InForce;
pub use parent::{WorkerCommand, WorkerError, Workers};
pub use request::WholeProgram;

use falcon_host::language::ProgramRun;
