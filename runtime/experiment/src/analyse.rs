//! What runs measured → what may be said.

use std::collections::BTreeMap;

use falcon_episode::Digest;
use falcon_statistics::{Difference, Pair, holm, paired_difference};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    Answer, ArmKind, Contrast, Effect, Estimate, Measured, Plan, Report, Row, Verdict, WARM_START,
    WarmStartReport, job::order, plan::OF_FILES, report::Level,
};

mod arms;
mod groups;
mod results;
mod squares;

pub use results::{ResultLine, results};

/// The splits that need no memory; the last is that of tasks from files, where a run has no other.
const PLAIN: [&str; 3] = ["iid", "composition", OF_FILES];
/// Draws for an interval that answers no question.
const DRAWS: usize = 1000;

/// What the finished runs measured, by arm (or [`WARM_START`]) and seed.
pub type Runs = BTreeMap<(String, u64), Measured>;

/// Puts the runs together. Runs that are missing leave out the answers that need them.
#[must_use]
pub fn analyse(plan: &Plan, runs: &Runs) -> Report {
    let data = Data { plan, runs };
    let missing = order(plan)
        .into_iter()
        .map(|(arm, seed)| (arm.map_or(WARM_START, |arm| &arm.name).to_owned(), seed))
        .filter(|key| !runs.contains_key(key))
        .map(|(arm, seed)| format!("{arm} {seed}"))
        .collect();
    let mut plugins = BTreeMap::new();
    for run in runs.values() {
        plugins.extend(run.plugins.clone());
    }
    Report {
        name: plan.name.clone(),
        about: plan.about.clone(),
        seeds: plan.seeds.clone(),
        plan_digest: plan.digest(),
        result_digest: result_digest(plan, runs),
        missing,
        failed: Vec::new(),
        test_sets: test_sets(plan, runs),
        answers: data.answers(),
        arms: data.arms(),
        warm_starts: data.warm_starts(),
        squares: plan
            .squares
            .iter()
            .map(|square| data.square(square))
            .collect(),
        effects: data.effects(),
        groups: data.groups(),
        plugins,
        parameters: runs.values().map(|run| run.parameters).max().unwrap_or(0),
        provenance: None,
    }
}

/// Digest of each test set by split, the warm starts' first; that of an arm which was measured on another by its name too.
fn test_sets(plan: &Plan, runs: &Runs) -> BTreeMap<String, Digest> {
    let mut sets = plan.warm_start.test_sets.clone();
    for ((arm, _), run) in runs {
        for (split, digest) in &run.test_sets {
            let first = *sets.entry(split.clone()).or_insert(*digest);
            // A set without tasks is one that the arm is not measured on.
            let is_empty = run.clusters.get(split).is_some_and(Vec::is_empty);
            if first != *digest && !is_empty {
                sets.insert(format!("{split} ({arm})"), *digest);
            }
        }
    }
    sets
}

fn result_digest(plan: &Plan, runs: &Runs) -> Digest {
    let mut parts = vec![plan.digest().to_string()];
    parts.extend(
        runs.iter()
            .map(|((arm, seed), run)| format!("{arm} {seed} {}", run.result_digest)),
    );
    Digest::of_parts(parts.iter().map(String::as_bytes))
}

/// A plan with its runs.
struct Data<'a> {
    plan: &'a Plan,
    runs: &'a Runs,
}

/// A row with the run it is from.
#[derive(Clone, Copy)]
struct Found<'a> {
    run: &'a Measured,
    row: &'a Row,
}

/// Which tasks of a test set.
type Which<'a> = &'a dyn Fn(&Measured, &str, usize) -> bool;

impl<'a> Data<'a> {
    /// The run of an arm and the moment that is meant of it.
    fn place(&self, arm: &'a str) -> Option<(&'a str, &'a str)> {
        if arm == WARM_START {
            return Some((WARM_START, "before"));
        }
        match &self.plan.arm(arm)?.kind {
            ArmKind::Run(_) => Some((arm, "after")),
            ArmKind::Row { of, row } => Some((of, row)),
        }
    }

    fn row(&self, arm: &'a str, seed: u64, split: &str, memory: &str) -> Option<Found<'a>> {
        let (of, when) = self.place(arm)?;
        let run = self.runs.get(&(of.to_owned(), seed))?;
        run.row(split, when, memory).map(|row| Found { run, row })
    }

    /// Each task's results on both sides, under every seed that has both.
    fn pairs(
        &self,
        split: &str,
        with: (&'a str, &str),
        without: (&'a str, &str),
        measure: Option<&str>,
        which: Which<'_>,
    ) -> Vec<Pair> {
        let of_seed = |seed: u64| {
            let (Some(with), Some(without)) = (
                self.row(with.0, seed, split, with.1),
                self.row(without.0, seed, split, without.1),
            ) else {
                return Vec::new();
            };
            pair(seed, split, with, without, measure, which)
        };
        self.plan
            .seeds
            .iter()
            .flat_map(|seed| of_seed(*seed))
            .collect()
    }

    fn answers(&self) -> Vec<Answer> {
        let mut answers: Vec<Answer> = self
            .plan
            .contrasts
            .iter()
            .map(|contrast| self.answer(contrast))
            .collect();
        let family: Vec<usize> = (0..answers.len())
            .filter(|at| answers[*at].contrast.primary && !answers[*at].seeds.is_empty())
            .collect();
        let p_values: Vec<f64> = family.iter().map(|at| answers[*at].p_value).collect();
        for (at, p) in family.into_iter().zip(holm(&p_values)) {
            answers[at].p_holm = Some(p);
        }
        answers.into_iter().map(Answer::judged).collect()
    }

    fn answer(&self, contrast: &'a Contrast) -> Answer {
        let which = |run: &Measured, split: &str, task: usize| {
            if contrast.skip.is_some_and(|skip| task < skip) {
                return false;
            }
            let Some(kind) = run.kinds.get(split).and_then(|kinds| kinds.get(task)) else {
                return contrast.depth.is_none() && contrast.family.is_none();
            };
            contrast.depth.is_none_or(|depth| depth == kind.depth)
                && contrast
                    .family
                    .as_ref()
                    .is_none_or(|family| *family == kind.family)
        };
        let (with, without) = (&contrast.with, &contrast.without);
        let measure = contrast.measure.as_deref();
        let pairs = self.pairs(
            &contrast.split,
            (&with.arm, &with.memory),
            (&without.arm, &without.memory),
            measure,
            &which,
        );
        let mut rng = stream(&format!("contrast {}", contrast.name));
        let found = paired_difference(&pairs, self.plan.draws, &mut rng);
        let seeds: Vec<u64> = self
            .plan
            .seeds
            .iter()
            .copied()
            .filter(|seed| pairs.iter().any(|pair| pair.seed == *seed))
            .collect();
        let mean = |seed: Option<u64>, value: fn(&Pair) -> f64| {
            let of: Vec<f64> = pairs
                .iter()
                .filter(|pair| seed.is_none_or(|seed| seed == pair.seed))
                .map(value)
                .collect();
            100.0 * of.iter().sum::<f64>() / of.len().max(1) as f64
        };
        Answer {
            contrast: contrast.clone(),
            verdict: Verdict::Missing,
            sentence: String::new(),
            diff: 100.0 * found.mean,
            ci95: found.interval.map(|point| 100.0 * point),
            p_value: found.p_value,
            p_holm: None,
            detectable: 100.0 * found.detectable,
            by_seed: seeds
                .iter()
                .map(|seed| mean(Some(*seed), |pair| pair.with - pair.without))
                .collect(),
            tasks: pairs.len() / seeds.len().max(1),
            seeds,
            with: mean(None, |pair| pair.with),
            without: mean(None, |pair| pair.without),
        }
    }

    /// Of what no question asks: there are hundreds of those, so the draws are fewer.
    fn difference(&self, pairs: &[Pair], purpose: &str) -> Difference {
        paired_difference(pairs, self.plan.draws.min(DRAWS), &mut stream(purpose))
    }

    /// A level and its interval, in fractions.
    fn level(&self, arm: &'a str, split: &str, memory: &str, which: Which<'_>) -> Option<Estimate> {
        let mut pairs = self.pairs(split, (arm, memory), (arm, memory), None, which);
        pairs.iter_mut().for_each(|pair| pair.without = 0.0);
        if pairs.is_empty() {
            return None;
        }
        let found = self.difference(&pairs, "a level");
        Some(Estimate {
            value: found.mean,
            ci95: [found.interval[0].max(0.0), found.interval[1].min(1.0)],
        })
    }

    /// Gains over the warm start on the splits that need no memory, beside what they took.
    fn effects(&self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for arm in &self.plan.arms {
            let Some(cost) = self.spent(&arm.name) else {
                continue;
            };
            for split in PLAIN {
                let pairs =
                    self.pairs(split, (&arm.name, "none"), (WARM_START, "none"), None, &all);
                if pairs.is_empty() {
                    continue;
                }
                let found = self.difference(&pairs, "an effect");
                effects.push(Effect {
                    arm: arm.name.clone(),
                    split: split.to_owned(),
                    diff: 100.0 * found.mean,
                    ci95: found.interval.map(|point| 100.0 * point),
                    compute: cost.0,
                    seconds: cost.1,
                });
            }
        }
        effects
    }

    /// Tokens and seconds that an arm's learning took after the warm start, mean over seeds, with those of the arm
    /// whose model it starts from. None for the warm start itself.
    fn spent(&self, arm: &'a str) -> Option<(f64, f64)> {
        let (of, when) = self.place(arm)?;
        let phase = match when {
            "after" => "rl",
            "continued" => "continued",
            _ => return None,
        };
        let runs: Vec<&Measured> = self.of(of);
        let n = runs.len() as f64;
        let mean =
            |value: &dyn Fn(&Measured) -> f64| runs.iter().map(|run| value(run)).sum::<f64>() / n;
        let before = match &self.plan.arm(of)?.kind {
            ArmKind::Run(setting) => match &setting.from {
                crate::From::Arm(other) => self.spent(other)?,
                crate::From::WarmStart | crate::From::Own => (0.0, 0.0),
            },
            ArmKind::Row { .. } => return None,
        };
        (!runs.is_empty()).then(|| {
            (
                before.0 + mean(&|run| run.rl_compute as f64),
                before.1 + mean(&|run| run.phase(phase)),
            )
        })
    }

    fn warm_starts(&self) -> Vec<WarmStartReport> {
        let last = |run: &Measured| {
            Some(WarmStartReport {
                seed: run.seed,
                last: run.warm_start.last()?.clone(),
            })
        };
        self.of(WARM_START).into_iter().filter_map(last).collect()
    }

    /// The runs of an arm, in the order of the seeds.
    fn of(&self, arm: &str) -> Vec<&'a Measured> {
        self.plan
            .seeds
            .iter()
            .filter_map(|seed| self.runs.get(&(arm.to_owned(), *seed)))
            .collect()
    }
}

/// A difference of rates in points.
fn in_points(found: Difference) -> Estimate {
    Estimate {
        value: 100.0 * found.mean,
        ci95: found.interval.map(|point| 100.0 * point),
    }
}

/// Every task.
fn all(_: &Measured, _: &str, _: usize) -> bool {
    true
}

/// The tasks of two rows side by side.
fn pair(
    seed: u64,
    split: &str,
    with: Found<'_>,
    without: Found<'_>,
    measure: Option<&str>,
    which: Which<'_>,
) -> Vec<Pair> {
    // Files may give different tasks the same ids: only the digest of a test set tells that they are the same.
    let set = |found: Found<'_>| found.run.test_sets.get(split).copied();
    if split == OF_FILES && set(with) != set(without) {
        return Vec::new();
    }
    let of = |run: &Measured| run.clusters.get(split).cloned().unwrap_or_default();
    let (clusters, others) = (of(with.run), of(without.run));
    let value = |found: Found<'_>, task: usize| match measure {
        None => found.row.by_task[task],
        // A verdict that no sample has is not listed.
        Some(verdict) => found
            .row
            .errors
            .get(verdict)
            .map_or(0.0, |shares| shares[task]),
    };
    let tasks = with
        .row
        .by_task
        .len()
        .min(without.row.by_task.len())
        .min(clusters.len())
        .min(others.len());
    // Arms that were measured on other tasks have none in common by its place.
    if clusters[..tasks] != others[..tasks] {
        return Vec::new();
    }
    (0..tasks)
        .filter(|task| which(with.run, split, *task))
        .map(|task| Pair {
            seed,
            cluster: clusters[task].clone(),
            with: value(with, task),
            without: value(without, task),
        })
        .collect()
}

/// The generator of one interval: the same purpose, the same draws.
fn stream(purpose: &str) -> ChaCha8Rng {
    ChaCha8Rng::from_seed(*Digest::of(purpose.as_bytes()).bytes())
}
