//! What all graded completions come to.

use std::collections::BTreeMap;

use falcon_episode::Verdict;
use serde_json::{Map, Value, json};

/// Counts as lines come in.
#[derive(Default)]
pub(crate) struct Summary {
    /// For each task: samples and how many of them passed.
    tasks: BTreeMap<String, (u64, u64)>,
    verdicts: BTreeMap<&'static str, u64>,
    fuel: u64,
}

impl Summary {
    pub(crate) fn add(&mut self, task: &str, verdict: Verdict, fuel: u64) {
        let (samples, passed) = self.tasks.entry(task.to_owned()).or_default();
        *samples += 1;
        *passed += u64::from(verdict == Verdict::Passed);
        *self.verdicts.entry(verdict.name()).or_default() += 1;
        self.fuel = self.fuel.saturating_add(fuel);
    }

    fn completions(&self) -> u64 {
        self.tasks.values().map(|(samples, _)| samples).sum()
    }

    fn passed(&self) -> u64 {
        self.tasks.values().map(|(_, passed)| passed).sum()
    }

    /// Whether every completion passed.
    pub(crate) fn all_passed(&self) -> bool {
        self.passed() == self.completions()
    }

    /// Completions that we could not grade.
    pub(crate) fn infrastructure(&self) -> u64 {
        self.verdicts
            .get(Verdict::Infrastructure.name())
            .copied()
            .unwrap_or(0)
    }

    /// pass@k for 1 and every customary k that each task has samples for.
    pub(crate) fn pass_at(&self) -> Vec<(u64, f64)> {
        let fewest = self
            .tasks
            .values()
            .map(|(samples, _)| *samples)
            .min()
            .unwrap_or(0);
        let mean = |k| {
            let sum: f64 = self.tasks.values().map(|(n, c)| pass_at_k(*n, *c, k)).sum();
            (k, sum / self.tasks.len() as f64)
        };
        [1, 5, 8, 10, 100]
            .into_iter()
            .filter(|k| *k <= fewest)
            .map(mean)
            .collect()
    }

    pub(crate) fn json(&self, seconds: f64) -> Value {
        let pass: Map<String, Value> = self
            .pass_at()
            .into_iter()
            .map(|(k, v)| (format!("pass@{k}"), json!(v)))
            .collect();
        let mut summary = json!({
            "tasks": self.tasks.len(),
            "completions": self.completions(),
            "passed": self.passed(),
            "verdicts": self.verdicts,
            "fuel": self.fuel,
            "seconds": seconds,
        });
        if let Value::Object(fields) = &mut summary {
            fields.extend(pass);
        }
        summary
    }

    pub(crate) fn text(&self, seconds: f64) -> String {
        let mut parts = vec![format!(
            "{}/{} completions passed",
            self.passed(),
            self.completions()
        )];
        let many = self.completions() > self.tasks.len() as u64;
        for (k, value) in self.pass_at().into_iter().filter(|(k, _)| many || *k == 1) {
            parts.push(format!("pass@{k} {:.1} %", 100.0 * value));
        }
        let others = self
            .verdicts
            .iter()
            .filter(|(name, _)| **name != Verdict::Passed.name());
        parts.extend(others.map(|(name, n)| format!("{n} {name}")));
        let rate = self.completions() as f64 / seconds.max(1e-9);
        parts.push(format!(
            "{} ({rate:.0}/s)",
            crate::quantity::seconds(seconds)
        ));
        parts.join(", ")
    }
}

/// The unbiased estimate 1 − C(n−c, k) / C(n, k) of Chen et al. 2021 (arXiv 2107.03374, equation 1),
/// for n samples of which c passed.
fn pass_at_k(n: u64, c: u64, k: u64) -> f64 {
    if n - c < k {
        return 1.0;
    }
    1.0 - (n - c + 1..=n)
        .map(|i| 1.0 - k as f64 / i as f64)
        .product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pass_at_k_by_hand() {
        assert_eq!(pass_at_k(1, 1, 1), 1.0);
        assert_eq!(pass_at_k(4, 0, 2), 0.0);
        assert!((pass_at_k(4, 1, 1) - 0.25).abs() < 1e-12);
        // 1 - C(3,2)/C(4,2) = 1 - 3/6.
        assert!((pass_at_k(4, 1, 2) - 0.5).abs() < 1e-12);
        assert_eq!(pass_at_k(4, 3, 2), 1.0);
    }

    #[test]
    fn tasks_weigh_alike_whatever_their_samples() {
        let mut summary = Summary::default();
        for verdict in [
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Failed,
            Verdict::Failed,
        ] {
            summary.add("a", verdict, 1);
        }
        summary.add("b", Verdict::Passed, 1);
        assert_eq!(summary.pass_at(), [(1, 0.625)]);
        assert_eq!(summary.json(1.0)["pass@1"], 0.625);
        assert_eq!(summary.json(1.0)["verdicts"]["failed"], 3);
        assert!(!summary.all_passed());
    }
}
