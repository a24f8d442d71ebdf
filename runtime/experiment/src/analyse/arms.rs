//! Each arm's levels, curve and cost.

use std::collections::BTreeMap;

use falcon_statistics::student_interval;

use super::{Data, Level, all};
use crate::{ArmReport, Cost, CurveBin, Measured, Phase, Row, Stratum, WARM_START};

/// Points of a curve at most.
const BINS: usize = 40;

impl<'a> Data<'a> {
    pub(super) fn arms(&self) -> Vec<ArmReport> {
        // Where an arm is the warm start's row, its own row would say the same twice.
        let told = self
            .plan
            .arms
            .iter()
            .any(|arm| matches!(&arm.kind, crate::ArmKind::Row { of, .. } if of == WARM_START));
        let warm = std::iter::once((WARM_START, "Warm start"));
        let arms = self
            .plan
            .arms
            .iter()
            .map(|arm| (&arm.name[..], &arm.title[..]));
        warm.chain(arms)
            .map(|(name, title)| {
                let mut arm = self.arm(name, title);
                if told && name == WARM_START {
                    arm.levels.clear();
                }
                arm
            })
            .collect()
    }

    fn arm(&self, name: &'a str, title: &str) -> ArmReport {
        let (of, when) = self.place(name).unwrap_or((name, "after"));
        let runs = self.of(of);
        let own = of == name;
        let mut keys: Vec<(&str, &str)> = Vec::new();
        for row in runs
            .iter()
            .flat_map(|run| &run.eval)
            .filter(|row| row.when == when)
        {
            let key = (&row.split[..], &row.memory[..]);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let hits: Vec<f64> = runs.iter().map(|run| run.memory.hit_at_1).collect();
        ArmReport {
            name: name.to_owned(),
            title: title.to_owned(),
            seeds: runs.iter().map(|run| run.seed).collect(),
            levels: keys
                .into_iter()
                .filter_map(|(split, memory)| self.row_over_seeds(name, split, memory))
                .collect(),
            curve: if own { curve(&runs) } else { Vec::new() },
            cost: (own && !runs.is_empty()).then(|| cost(&runs)),
            hit_at_1: (own && hits.iter().any(|hit| *hit > 0.0)).then(|| mean(&hits)),
            exemplar_told: if own { exemplar_told(&runs) } else { None },
        }
    }

    fn row_over_seeds(&self, arm: &'a str, split: &str, memory: &str) -> Option<Level> {
        let rows: Vec<&Row> = self
            .plan
            .seeds
            .iter()
            .filter_map(|seed| self.row(arm, *seed, split, memory))
            .map(|found| found.row)
            .collect();
        let first = rows.first()?;
        let level = self.level(arm, split, memory, &all)?;
        let over =
            |value: fn(&Row) -> f64| mean(&rows.iter().map(|row| value(row)).collect::<Vec<_>>());
        Some(Level {
            split: split.to_owned(),
            memory: memory.to_owned(),
            tasks: first.tasks,
            samples: first.samples,
            pass_at_1: level.value,
            ci95: level.ci95,
            pass_at_8: over(|row| row.pass_at_8),
            greedy: over(|row| row.greedy),
            tokens_mean: over(|row| row.tokens_mean),
            by_seed: rows.iter().map(|row| row.pass_at_1).collect(),
            strata: self.strata(arm, split, memory),
            errors: errors(&rows),
        })
    }

    /// The parts of a test set, by depth and by family, where it has several.
    fn strata(&self, arm: &'a str, split: &str, memory: &str) -> Vec<Stratum> {
        let found = self
            .plan
            .seeds
            .iter()
            .find_map(|seed| self.row(arm, *seed, split, memory));
        let kinds = found
            .and_then(|found| found.run.kinds.get(split))
            .map_or(&[][..], Vec::as_slice);
        let mut parts: BTreeMap<String, usize> = BTreeMap::new();
        for kind in kinds {
            *parts.entry(format!("depth {}", kind.depth)).or_default() += 1;
            *parts.entry(kind.family.clone()).or_default() += 1;
        }
        parts.retain(|_, tasks| *tasks < kinds.len());
        parts
            .into_iter()
            .filter_map(|(name, tasks)| {
                let which = |run: &Measured, split: &str, task: usize| {
                    let kind = run.kinds.get(split).and_then(|kinds| kinds.get(task));
                    kind.is_some_and(|kind| {
                        kind.family == name || format!("depth {}", kind.depth) == name
                    })
                };
                let level = self.level(arm, split, memory, &which)?;
                Some(Stratum {
                    name,
                    tasks,
                    pass_at_1: level.value,
                    ci95: level.ci95,
                })
            })
            .collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Mean share of samples with each verdict that is not a pass; a row that does not list one has none of it.
fn errors(rows: &[&Row]) -> BTreeMap<String, f64> {
    let mut errors: BTreeMap<String, f64> = BTreeMap::new();
    for row in rows {
        for (verdict, shares) in &row.errors {
            *errors.entry(verdict.clone()).or_default() += mean(shares) / rows.len() as f64;
        }
    }
    errors
}

/// The curves of all seeds, in bins of steps. It ends with the shortest of them.
fn curve(runs: &[&Measured]) -> Vec<CurveBin> {
    let steps = runs.iter().map(|run| run.curve.len()).min().unwrap_or(0);
    let width = steps.div_ceil(BINS).max(1);
    (0..steps.div_ceil(width))
        .filter_map(|bin| {
            let range = bin * width..((bin + 1) * width).min(steps);
            let rates: Vec<f64> = runs
                .iter()
                .filter_map(|run| {
                    let known: Vec<f64> = run.curve[range.clone()]
                        .iter()
                        .filter_map(|point| point.pass_rate)
                        .collect();
                    (!known.is_empty()).then(|| mean(&known))
                })
                .collect();
            let entropy: Vec<f64> = runs
                .iter()
                .flat_map(|run| &run.curve[range.clone()])
                .map(|point| point.entropy)
                .collect();
            let (pass_rate, ci95) = student_interval(&rates);
            (!rates.is_empty()).then(|| CurveBin {
                step: range.end,
                pass_rate,
                ci95,
                entropy: mean(&entropy),
            })
        })
        .collect()
}

/// How often training's exemplars disclosed the word: the mean over the steps that showed some, then over the runs.
fn exemplar_told(runs: &[&Measured]) -> Option<f64> {
    let of_runs: Vec<f64> = runs
        .iter()
        .filter_map(|run| {
            let steps = run.curve.iter().filter_map(|point| point.exemplar_told);
            let told: Vec<f64> = steps.collect();
            (!told.is_empty()).then(|| mean(&told))
        })
        .collect();
    (!of_runs.is_empty()).then(|| mean(&of_runs))
}

fn cost(runs: &[&Measured]) -> Cost {
    let over = |value: &dyn Fn(&Measured) -> f64| {
        mean(&runs.iter().map(|run| value(run)).collect::<Vec<_>>())
    };
    Cost {
        seconds: over(&|run| run.wall_seconds),
        rl_seconds: over(&|run| run.phase("rl")),
        rl_compute: over(&|run| run.rl_compute as f64),
        tokens: over(&|run| run.tokens as f64),
        peak_rss_bytes: runs.iter().map(|run| run.peak_rss_bytes).max().unwrap_or(0),
        executions: over(&|run| run.executions as f64),
        phases: stretches(runs, |run| &run.phases),
        parts: stretches(runs, |run| &run.parts),
    }
}

/// Mean seconds of each stretch that any of the runs has, in their order.
fn stretches(runs: &[&Measured], of: fn(&Measured) -> &Vec<Phase>) -> Vec<Phase> {
    let mut means: Vec<Phase> = Vec::new();
    for one in runs.iter().flat_map(|run| of(run)) {
        let seconds = one.seconds / runs.len() as f64;
        match means.iter_mut().find(|known| known.name == one.name) {
            Some(known) => known.seconds += seconds,
            None => means.push(Phase {
                name: one.name.clone(),
                seconds,
            }),
        }
    }
    means
}
