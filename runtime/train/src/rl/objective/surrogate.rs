use super::{Plan, Ratio, Term};

/// A plan beside the log-probabilities that it is measured against; all lie sample after sample, token after token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surrogate<'a> {
    /// The terms.
    pub(crate) plan: &'a Plan,
    /// log π_old: of the policy that sampled.
    pub(crate) old: &'a [f32],
    /// log π_start, where the loss has a KL term.
    pub(crate) start: Option<&'a [f32]>,
    /// β, the weight of that term.
    pub(crate) kl: f64,
}

/// What an update saw on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// Share of tokens whose term the clip made constant.
    pub(crate) clipped: f64,
    /// Mean of log π − log π_old, in nats.
    pub(crate) log_ratio: f64,
}

impl Surrogate<'_> {
    /// The objective at these log-probabilities.
    #[cfg(test)]
    pub(crate) fn value(&self, now: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.each(now, |term, token, at, ratio| {
            let advantage = term.advantages[token];
            let policy = match self.plan.ratio {
                Ratio::None => advantage * now[at],
                Ratio::Token(low, high) | Ratio::Program(low, high) => {
                    (ratio * advantage).min(ratio.clamp(1.0 - low, 1.0 + high) * advantage)
                }
            };
            let drift = self.start.map(|start| f64::from(start[at]) - now[at]);
            let kl = drift.map_or(0.0, |drift| drift.exp() - drift - 1.0);
            sum += term.share * policy - term.kl_share * self.kl * kl;
        });
        sum
    }

    /// Its derivative by each of these log-probabilities: what ∇ log π of each token is weighed with.
    ///
    /// ∂(r Â)/∂ log π = r Â, and 0 where the clip is in force. The KL estimator k3 = e^d − d − 1 with d = log π_start −
    /// log π (GRPO, arXiv 2402.03300, equation 4) has the derivative 1 − e^d.
    pub(crate) fn weights(&self, now: &[f32]) -> (Vec<f32>, Seen) {
        let now: Vec<f64> = now.iter().copied().map(f64::from).collect();
        let mut weights = vec![0.0; now.len()];
        let (mut clipped, mut moved) = (0usize, 0.0);
        self.each(&now, |term, token, at, ratio| {
            let advantage = term.advantages[token];
            let held = match self.plan.ratio {
                Ratio::None => false,
                Ratio::Token(low, high) | Ratio::Program(low, high) => {
                    (advantage > 0.0 && ratio > 1.0 + high)
                        || (advantage < 0.0 && ratio < 1.0 - low)
                }
            };
            clipped += usize::from(held);
            moved += now[at] - f64::from(self.old[at]);
            let policy = if held { 0.0 } else { ratio * advantage };
            let drift = self.start.map(|start| f64::from(start[at]) - now[at]);
            let kl = drift.map_or(0.0, |drift| self.kl * (drift.exp() - 1.0));
            weights[at] = (policy * term.share + kl * term.kl_share) as f32;
        });
        let tokens = now.len().max(1) as f64;
        let seen = Seen {
            clipped: clipped as f64 / tokens,
            log_ratio: moved / tokens,
        };
        (weights, seen)
    }

    /// Calls with each token's term, place in it, place in the batch, and ratio (1 where there is none).
    fn each(&self, now: &[f64], mut with: impl FnMut(&Term, usize, usize, f64)) {
        let mut from = 0;
        for term in &self.plan.terms {
            let length = term.advantages.len();
            let moved = |at: usize| now[at] - f64::from(self.old[at]);
            let mean = (from..from + length).map(moved).sum::<f64>() / length.max(1) as f64;
            for token in 0..length {
                let at = from + token;
                let ratio = match self.plan.ratio {
                    Ratio::None => 1.0,
                    Ratio::Token(..) => moved(at).exp(),
                    Ratio::Program(..) => mean.exp(),
                };
                with(term, token, at, ratio);
            }
            from += length;
        }
    }
}
