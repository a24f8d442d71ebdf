//! What commands work with: plugins loaded, programs graded, memories opened.

mod load;
mod memories;
mod policy;
mod sandbox;

pub(crate) use load::{failure as load_failure, file, language, pack, plugin};
pub(crate) use memories::{Memories, memory_folders, open_memory};
pub(crate) use policy::of_training as memory_policy;
pub(crate) use sandbox::{Asked, Sandbox, worker as worker_command};
