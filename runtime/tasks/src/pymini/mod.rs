//! PyMini: small real Python programs, written by a policy token by token and graded by CPython.
//!
//! A task is a specification in controlled English, a few examples and hidden tests. Its answer is
//! the body of `def f(x):`, composed of one to three [`Primitive`]s. Everything is a pure function
//! of a seed, a purpose and an index.
//!
//! # Splits
//! A *behaviour* is the hash of what a function returns on fixed probe inputs, whatever family the
//! task belongs to. A behaviour that no single operation has is **held out** when its hash falls in
//! a fixed tenth; nothing is stored, so nothing can leak:
//!
//! - Gold programs, pool tasks, memory banks and mixture rows never have a held-out behaviour, and
//!   never two neighbouring operations out of the held-out pairs.
//! - [`Split::Iid`]: held-out behaviour, no held-out pair. [`Split::Composition`]: held-out
//!   behaviour, at least one held-out pair.
//! - [`Split::Alias`]: held-out behaviour of two operations, one of which the specification calls
//!   by a word that only its project's memory bank discloses. Bank items have other behaviours.
//! - [`Split::Ambiguous`]: the true reading's behaviour is held out. A training task has no reading
//!   that is held out, so a specification that a test uses is never trained with another reading.
//!
//! So the behaviours of all four test splits can be given to a leakage guard as they are.
//! Behaviours that are not held out lie on one of two sides, gold or pool (ambiguous tasks by their
//! first reading): a pool task of more than one operation never has a behaviour whose program the
//! gold set or the mixture shows. [`Split::Validation`] is drawn from the pool's side. A memory bank
//! may hold any behaviour that is not held out, of either side.

mod alias;
mod ambiguous;
mod behaviour;
mod chain;
mod datum;
mod family;
mod forms;
mod in_file;
mod inputs;
mod mixture;
mod phrases;
mod plain;
mod primitive;
mod prompt;
mod render;
mod seed;
mod split;
mod task;
mod token;
mod value_text;
mod vocabulary;

pub use alias::{BANK_ITEMS, Project, TASKS_PER_PROJECT};
pub use family::{Family, PoolShares, Solved};
pub use mixture::{Mixture, MixtureConfig, Row, RowKind};
pub use primitive::Primitive;
pub use prompt::{Feedback, exemplar_length};
pub use render::{Program, program_text};
pub use task::{MAX_BODY, MAX_CONTEXT, MAX_MEMORY, MAX_PROMPT, Split, Task, TaskFamily, Which};
pub(crate) use token::SPECIALS;
pub use token::TokenId;
pub use value_text::{read_value, repr_tokens, value_tokens};
pub use vocabulary::{Vocabulary, VocabularyError, vocabulary};
