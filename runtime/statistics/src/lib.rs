//! What numbers of an evaluation allow to be said: unbiased pass@k, the paired bootstrap over seeds and
//! tasks, p-values, Holm's correction, Wilson's interval of a share, and the effect that a design can detect.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are small and statistics are f64"
)]

mod bootstrap;
mod holm;
mod pass;
mod student;
mod wilson;

pub use bootstrap::{Difference, Pair, paired_difference};
pub use holm::holm;
pub use pass::pass_at;
pub use student::{student_interval, student_point, student_two_sided};
pub use wilson::wilson_interval;
