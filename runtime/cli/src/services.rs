//! What commands work with: plugins loaded, programs graded, memories opened.

mod judge;
mod load;
mod memories;
mod policy;
mod sandbox;

pub(crate) use load::{failure as load_failure, file, language};
pub(crate) use memories::{Memories, open_memory};
pub(crate) use sandbox::{Asked, Sandbox};
