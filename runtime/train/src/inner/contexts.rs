use rayon::prelude::*;

use crate::{
    Context, TrainError,
    model::{
        Completion, Learnt, Policy, Prefixes, Request, Sampler, Unit, generate, gradient,
        gradient_after,
    },
};

/// Context parameters of several tasks under one policy. The first are the policy's own, φ₀.
///
/// Soft prompts of all tasks go through one batch and one backward pass. Adapted norms and low-rank
/// additions make each task's policy another one, so there each task has a pass of its own.
pub(crate) struct Contexts<'a> {
    policy: &'a Policy,
    kind: Context,
    /// φ, by context.
    pub(super) phi: Vec<Vec<f32>>,
}

/// Units in one backward pass of the inner loop: what it keeps for the way back must fit the memory.
const CHUNK: usize = 32;

impl<'a> Contexts<'a> {
    /// φ₀, and φ₀ once more for each task.
    pub(crate) fn new(policy: &'a Policy, kind: Context, tasks: usize) -> Self {
        let own = policy.gather(kind, &policy.values);
        Self {
            policy,
            kind,
            phi: vec![own; 1 + tasks],
        }
    }

    /// Samples answers, the `i`th request's with the context `of[i]`; as [`generate`].
    ///
    /// # Errors
    /// As [`generate`].
    pub(crate) fn generate(
        &self,
        requests: &[Request],
        of: &[usize],
        temperature: f64,
    ) -> Result<Vec<Vec<Completion>>, TrainError> {
        let limit = self.policy.shape().answer;
        if self.kind == Context::SoftPrompt {
            let rows = self.phi.concat();
            let sampler = Sampler::after(self.policy, self.prefixes(&rows, of))?;
            return sampler.generate(requests, temperature, limit);
        }
        let one = |(request, context): (&Request, &usize)| {
            let policy = self.policy_of(*context);
            let mut written = generate(&policy, std::slice::from_ref(request), temperature, limit)?;
            Ok(written.pop().unwrap_or_default())
        };
        requests.par_iter().zip(of).map(one).collect()
    }

    /// The gradient of the units' objective, the `i`th unit's with the context `of[i]`, with respect to the
    /// policy: to θ, and to φ₀ the sum of those to the contexts, which is the first-order
    /// approximation of MAML (Finn et al., arXiv 1703.03400, section 5.2): ∂φ′/∂φ₀ is taken for 1.
    pub(crate) fn gradient(&self, units: &[Unit], of: &[usize]) -> Learnt {
        if self.kind == Context::SoftPrompt {
            let rows = self.phi.concat();
            let mut learnt = gradient_after(self.policy, units, self.prefixes(&rows, of));
            let size = self.phi[0].len();
            let own = learnt.gradient.len() - rows.len();
            let by_context = learnt.gradient.split_off(own);
            learnt.gradient.resize(own + size, 0.0);
            for context in by_context.chunks_exact(size) {
                add(&mut learnt.gradient[own..], context);
            }
            return learnt;
        }
        let mut sum = Learnt::default();
        for context in 0..self.phi.len() {
            let its: Vec<Unit> = units_of(units, of, context).cloned().collect();
            if !its.is_empty() {
                sum.add(gradient(&self.policy_of(context), &its));
            }
        }
        sum
    }

    /// The gradient of the units' objective with respect to each context's φ, `of[i]` being the context of
    /// the `i`th unit.
    pub(super) fn gradients(&self, units: &[Unit], of: &[usize]) -> Vec<Vec<f32>> {
        let size = self.phi[0].len();
        let mut found = vec![vec![0.0; size]; self.phi.len()];
        if self.kind == Context::SoftPrompt {
            let rows = self.phi.concat();
            for (units, of) in units.chunks(CHUNK).zip(of.chunks(CHUNK)) {
                let learnt = gradient_after(self.policy, units, self.prefixes(&rows, of));
                let own = learnt.gradient.len() - rows.len();
                let by_context = learnt.gradient[own..].chunks_exact(size);
                for (sum, context) in found.iter_mut().zip(by_context) {
                    add(sum, context);
                }
            }
            return found;
        }
        for (context, found) in found.iter_mut().enumerate() {
            let its: Vec<Unit> = units_of(units, of, context).cloned().collect();
            if !its.is_empty() {
                let learnt = gradient(&self.policy_of(context), &its);
                *found = self.policy.gather(self.kind, &learnt.gradient);
            }
        }
        found
    }

    fn prefixes<'b>(&'b self, rows: &'b [f32], of: &'b [usize]) -> Prefixes<'b> {
        Prefixes::new(self.policy, rows, of)
    }

    fn policy_of(&self, context: usize) -> Policy {
        self.policy.with_context(self.kind, &self.phi[context])
    }
}

fn units_of<'a>(
    units: &'a [Unit],
    of: &'a [usize],
    context: usize,
) -> impl Iterator<Item = &'a Unit> {
    let all = units.iter().zip(of);
    all.filter(move |(_, its)| **its == context)
        .map(|(unit, _)| unit)
}

fn add(sum: &mut [f32], more: &[f32]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}
