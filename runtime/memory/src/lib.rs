//! Long-term memory: solved tasks in LanceDB, found again by full text and vectors under a memory policy.
//!
//! [`Store`] implements [`LongTermMemory`](falcon_episode::LongTermMemory). What it keeps, recalls and lets
//! go is decided by a [`Policy`](policy::Policy), behind which stands a plugin or [`Nearest`].
//!
//! Architecture invariants:
//! - This crate alone links LanceDB, and its module `table` alone speaks to it.
//! - What was acknowledged is in the table or in the journal, whatever happens to the process afterwards.
//! - Answers depend on the items, not on how they came there: a store that was closed, killed or set back to
//!   a checkpoint answers as one that was not. Above [`Options::exact_up_to`] items this holds of nearly all
//!   answers: vectors are then searched in lists, and which are read depends on when they were made.
//!   An encoder that the host gives is no part of that: questions are answered by it from the call on that adopts it, whenever
//!   its vectors were made.
//! - What is acknowledged, the guard and the counters are in a local folder; the table may be in object storage.
//! - A table in object storage is written and removed by the folder that made it alone: each knows the other by a random name.
//! - A query waits for no commit of the table and for no maintenance. It waits while the policy decides a write and
//!   the journal takes it.
//! - What failed a test is never an exemplar, whatever the policy says: it is no candidate.
//! - Evaluation tasks are told by id, behaviour and the normal forms of what solves them, when items enter and when the guard
//!   grows; by id and behaviour when a query is answered.

mod advice;
mod columns;
mod counters;
mod error;
mod folder;
mod frame;
mod guard;
mod header;
mod journal;
pub mod metrics;
mod nearest;
mod place;
pub mod policy;
mod record;
mod retrieval;
mod said;
mod store;
mod table;
mod vectors;

pub use counters::Moment;
pub use error::{MemoryError, Result};
pub use folder::SCHEMA_VERSION;
pub use guard::{Leak, ToldBy};
pub use nearest::Nearest;
pub use place::{as_url, hidden};
pub use record::Record;
pub use retrieval::{
    encoder::{DIMENSIONS, ENCODER_VERSION},
    keys::embed,
    snapshot::Retriever,
};
pub use store::{Filter, Hit, Imported, Options, Statistics, Store};
