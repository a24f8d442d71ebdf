//! Every task's results beside the report, so that a reader can redo the statistics: `results.jsonl`.

use std::collections::{BTreeMap, BTreeSet};

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use super::{Data, Runs};
use crate::{Measured, Plan, Row, TaskKind};

/// A line of `results.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultLine {
    /// The tasks of a test set, in its order.
    TestSet {
        /// The split.
        split: String,
        /// Its digest, which the rows on it name; none where the runs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<Digest>,
        /// What the bootstrap draws together.
        clusters: Vec<String>,
        /// What kind each task is.
        kinds: Vec<TaskKind>,
    },
    /// What an arm did on them under one seed.
    Row {
        /// The arm.
        arm: String,
        /// The seed.
        seed: u64,
        /// The split.
        split: String,
        /// Digest of the test set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        test_set: Option<Digest>,
        /// The memory in use.
        memory: String,
        /// Programs of each task.
        samples: usize,
        /// How many of them passed, in the order of the test set.
        passed: Vec<u32>,
        /// How many ended in a verdict that a contrast measures.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        errors: BTreeMap<String, Vec<u32>>,
    },
}

/// All test sets, then every row of every arm, those that are rows of another's run among them.
#[must_use]
pub fn results(plan: &Plan, runs: &Runs) -> Vec<ResultLine> {
    let measures: BTreeSet<&str> = plan
        .contrasts
        .iter()
        .filter_map(|contrast| contrast.measure.as_deref())
        .collect();
    let data = Data { plan, runs };
    let mut lines = test_sets(runs);
    for arm in &plan.arms {
        let Some((of, when)) = data.place(&arm.name) else {
            continue;
        };
        for run in data.of(of) {
            let rows = run.eval.iter().filter(|row| row.when == when);
            lines.extend(rows.map(|row| line(&arm.name, run, row, &measures)));
        }
    }
    lines
}

/// Each test set that a run was measured on. Arms may have others in the same split: of other sizes, or from other files.
fn test_sets(runs: &Runs) -> Vec<ResultLine> {
    let mut sets: BTreeMap<(&str, Option<Digest>), &Measured> = BTreeMap::new();
    for run in runs.values() {
        for (split, clusters) in &run.clusters {
            if !clusters.is_empty() {
                let digest = run.test_sets.get(split).copied();
                sets.entry((split.as_str(), digest)).or_insert(run);
            }
        }
    }
    sets.into_iter()
        .map(|((split, digest), run)| ResultLine::TestSet {
            split: split.to_owned(),
            digest,
            clusters: run.clusters[split].clone(),
            kinds: run.kinds.get(split).cloned().unwrap_or_default(),
        })
        .collect()
}

fn line(arm: &str, run: &Measured, row: &Row, measures: &BTreeSet<&str>) -> ResultLine {
    let counts = |shares: &[f64]| -> Vec<u32> {
        let count = |share: &f64| (share * row.samples as f64).round() as u32;
        shares.iter().map(count).collect()
    };
    let errors = row.errors.iter();
    let errors = errors.filter(|(verdict, _)| measures.contains(verdict.as_str()));
    ResultLine::Row {
        arm: arm.to_owned(),
        seed: run.seed,
        split: row.split.clone(),
        test_set: run.test_sets.get(&row.split).copied(),
        memory: row.memory.clone(),
        samples: row.samples,
        passed: counts(&row.by_task),
        errors: errors
            .map(|(verdict, shares)| (verdict.clone(), counts(shares)))
            .collect(),
    }
}
