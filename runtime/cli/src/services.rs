//! What commands work with: plugins loaded, programs graded, memories opened.

mod judges;
mod kept;
mod ledger;
mod load;
mod memories;
mod memory_store;
mod policy;
mod run_judges;
mod run_policy;
mod sandbox;

pub(crate) use judges::{panel, reward, reward_text};
pub(crate) use load::{failure as load_failure, file, language, pack, plugin};
pub(crate) use memories::{
    Memories, capacity_of, memory_folders, open_memory, policy_of, run_around,
};
pub(crate) use memory_store::{check_free_store, check_store};
pub(crate) use policy::{DEFAULT as DEFAULT_POLICY, policy as memory_policy};
pub(crate) use run_judges::{Entry, Folder, RunJudges};
pub(crate) use run_policy::{AtSteps, PolicyFolder, PolicyTold, RunPolicy};
pub(crate) use sandbox::{Asked, Judges, Sandbox, worker as worker_command};
