//! The policy: weights, differentiable forward pass, sampling, files.

mod batch;
mod encode;
mod files;
mod learn;
mod policy;
mod prefix;
mod sample;

pub(crate) use batch::{Answer, Batch, Unit};
pub use encode::PolicyEncoder;
pub(crate) use files::{Tensors, read_tensors, tensors_of, write_tensors};
pub use files::{load_model, save_model};
pub(crate) use learn::{Learnt, gradient, gradient_after, gradient_by, log_probs};
pub use policy::{Place, Policy};
pub(crate) use prefix::Prefixes;
pub(crate) use sample::{Completion, Request, Sampler, generate};
