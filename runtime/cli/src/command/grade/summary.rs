//! What all graded completions come to.

use std::collections::BTreeMap;

use falcon_episode::Verdict;
use falcon_train::statistics::pass_at;
use serde_json::{Map, Value, json};

/// Counts as lines come in.
#[derive(Default)]
pub(crate) struct Summary {
    /// For each task: samples that were graded and how many of them passed.
    tasks: BTreeMap<String, (usize, usize)>,
    verdicts: BTreeMap<&'static str, u64>,
    fuel: u64,
    /// How many have no reward since a judge failed, and why the first of them has none.
    judge_failures: Option<(u64, String)>,
}

impl Summary {
    pub(crate) fn add(&mut self, task: &str, verdict: Verdict, fuel: u64) {
        let (samples, passed) = self.tasks.entry(task.to_owned()).or_default();
        // A fault of ours says nothing of the program, so it is in no rate.
        *samples += usize::from(verdict != Verdict::Infrastructure);
        *passed += usize::from(verdict == Verdict::Passed);
        *self.verdicts.entry(verdict.name()).or_default() += 1;
        self.fuel = self.fuel.saturating_add(fuel);
    }

    /// Counts a completion that has no reward since a judge failed.
    pub(crate) fn judge_failed(&mut self, why: &str) {
        self.judge_failures
            .get_or_insert_with(|| (0, why.to_owned()))
            .0 += 1;
    }

    /// Completions that have no reward since a judge failed, and why the first has none; none where none failed.
    pub(crate) fn judge_failures(&self) -> Option<(u64, &str)> {
        self.judge_failures
            .as_ref()
            .map(|(n, why)| (*n, why.as_str()))
    }

    /// Completions so far, graded or not.
    pub(crate) fn completions(&self) -> u64 {
        self.verdicts.values().sum()
    }

    fn passed(&self) -> u64 {
        self.count(Verdict::Passed)
    }

    fn count(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(verdict.name()).copied().unwrap_or(0)
    }

    /// Whether every completion passed.
    pub(crate) fn all_passed(&self) -> bool {
        self.passed() == self.completions()
    }

    /// Completions that we could not grade.
    pub(crate) fn infrastructure(&self) -> u64 {
        self.count(Verdict::Infrastructure)
    }

    /// pass@k for 1 and every customary k that each task has graded samples for. Tasks of which nothing
    /// was graded are left out.
    pub(crate) fn pass_at(&self) -> Vec<(usize, f64)> {
        let graded: Vec<(usize, usize)> = self
            .tasks
            .values()
            .copied()
            .filter(|(n, _)| *n > 0)
            .collect();
        let fewest = graded.iter().map(|(n, _)| *n).min().unwrap_or(0);
        let mean = |k| {
            let sum: f64 = graded.iter().map(|(n, c)| pass_at(k, *n, *c)).sum();
            (k, sum / graded.len() as f64)
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
            "ungraded": self.infrastructure(),
            "without_reward": self.judge_failures().map_or(0, |(n, _)| n),
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
            self.completions() - self.infrastructure()
        )];
        let many = self.completions() > self.tasks.len() as u64;
        for (k, value) in self.pass_at().into_iter().filter(|(k, _)| many || *k == 1) {
            parts.push(format!("pass@{k} {:.1} %", 100.0 * value));
        }
        let others = self
            .verdicts
            .iter()
            .filter(|(name, _)| **name != Verdict::Passed.name());
        parts.extend(others.map(|(name, n)| {
            let left_out = if *name == Verdict::Infrastructure.name() {
                " (ours; in no rate)"
            } else {
                ""
            };
            format!("{n} {name}{left_out}")
        }));
        if let Some((n, _)) = self.judge_failures() {
            parts.push(format!("{n} without a reward: a judge failed"));
        }
        let rate = self.completions() as f64 / seconds.max(1e-9);
        parts.push(format!(
            "{} ({rate:.0}/s)",
            crate::quantity::seconds(seconds)
        ));
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_fault_of_ours_is_in_no_rate() {
        let mut summary = Summary::default();
        for (task, verdict) in [
            ("a", Verdict::Passed),
            ("a", Verdict::Infrastructure),
            ("b", Verdict::Failed),
            ("c", Verdict::Infrastructure),
        ] {
            summary.add(task, verdict, 1);
        }
        assert_eq!(summary.pass_at(), [(1, 0.5)]);
        let told = summary.json(1.0);
        assert_eq!(
            (&told["completions"], &told["ungraded"]),
            (&json!(4), &json!(2))
        );
        assert!(!summary.all_passed());
        let text = summary.text(1.0);
        assert!(
            text.starts_with("1/2 completions passed, pass@1 50.0 %"),
            "{text}"
        );
        assert!(
            text.contains("2 infrastructure (ours; in no rate)"),
            "{text}"
        );
    }
}
