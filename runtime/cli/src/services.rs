//! What commands work with: plugins loaded, programs graded, memories opened.

mod judges;
mod load;
mod memories;
mod policy;
mod run_judges;
mod sandbox;

pub(crate) use judges::{panel, reward, reward_text};
pub(crate) use load::{failure as load_failure, file, language, pack, plugin};
pub(crate) use memories::{Memories, memory_folders, open_memory};
pub(crate) use policy::{
    DEFAULT as DEFAULT_POLICY, of_training as memory_policy, policy as named_policy,
};
pub(crate) use run_judges::{Entry, Folder, RunJudges};
pub(crate) use sandbox::{Asked, Judges, Sandbox, worker as worker_command};
