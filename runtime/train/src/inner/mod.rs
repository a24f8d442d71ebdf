//! The inner loop of MRLF: attempts on a task, graded by its feedback tests, adapt context parameters φ.
//!
//! A task's K attempts τ₁…τ_K with the policy (θ, φ₀) and their rewards r are its support. With
//! A_i = (r_i − mean of the support) / (standard deviation of the support + ε), a step is
//!
//! ```text
//! φ ← φ − α · clip₁( ∇_φ − (1/K) Σ_i A_i Σ_t log π_{θ,φ}(τ_it | …) )
//! ```
//!
//! with the gradient scaled down to norm 1 where it is longer. θ stays, as in CAVIA (Zintgraf et al.,
//! arXiv 1810.03642, equation 2); the objective is a policy gradient, as in MAML for reinforcement
//! learning (Finn et al., arXiv 1703.03400, equation 4). The outer loop is in [`rl`](crate::rl).

mod adapt;
mod contexts;
mod evaluate;
mod warm_up;

pub(crate) use adapt::{adapt, support_unit};
pub(crate) use contexts::Contexts;
pub(crate) use evaluate::{JOBS, Supports};
pub(crate) use warm_up::{run as warm_up, steps as warm_up_steps};
