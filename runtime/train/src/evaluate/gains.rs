use std::collections::{BTreeMap, BTreeSet};

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    EvalRow, Gain, MemoryReport, RunReport, TaskFile, TrainError,
    material::TEST,
    random,
    statistics::{Pair, paired_difference},
};

/// A row's time and use of memory.
type Side = (&'static str, &'static str);

/// Split, name, the row with the change, the row without.
const CONTRASTS: [(&str, &str, Side, Side); 23] = [
    (
        "iid",
        "after - before",
        ("after", "none"),
        ("before", "none"),
    ),
    (
        "iid",
        "continued - before",
        ("continued", "none"),
        ("before", "none"),
    ),
    (
        "iid",
        "after - continued",
        ("after", "none"),
        ("continued", "none"),
    ),
    (
        "composition",
        "after - before",
        ("after", "none"),
        ("before", "none"),
    ),
    (
        "composition",
        "continued - before",
        ("continued", "none"),
        ("before", "none"),
    ),
    (
        "composition",
        "after - continued",
        ("after", "none"),
        ("continued", "none"),
    ),
    ("alias", "ltm - none", ("after", "ltm"), ("after", "none")),
    (
        "alias",
        "ltm - ltm-random",
        ("after", "ltm"),
        ("after", "ltm-random"),
    ),
    (
        "alias",
        "ltm-oracle - none",
        ("after", "ltm-oracle"),
        ("after", "none"),
    ),
    (
        "alias",
        "ltm-oracle - ltm",
        ("after", "ltm-oracle"),
        ("after", "ltm"),
    ),
    (
        "alias",
        "ltm-random - none",
        ("after", "ltm-random"),
        ("after", "none"),
    ),
    (
        "alias",
        "ltm: after - before",
        ("after", "ltm"),
        ("before", "ltm"),
    ),
    (
        "alias",
        "ltm: after - continued",
        ("after", "ltm"),
        ("continued", "ltm"),
    ),
    (
        "ambiguous",
        "stm - none",
        ("after", "stm"),
        ("after", "none"),
    ),
    (
        "ambiguous",
        "stm - resample",
        ("after", "stm"),
        ("after", "resample"),
    ),
    (
        "ambiguous",
        "stm - stm-shuffled",
        ("after", "stm"),
        ("after", "stm-shuffled"),
    ),
    (
        "ambiguous",
        "stm: after - before",
        ("after", "stm"),
        ("before", "stm"),
    ),
    (
        "ambiguous",
        "stm: after - continued",
        ("after", "stm"),
        ("continued", "stm"),
    ),
    (
        "ambiguous",
        "stm-shuffled - resample",
        ("after", "stm-shuffled"),
        ("after", "resample"),
    ),
    (
        "iid",
        "best-of-n - none",
        ("after", "best-of-n"),
        ("after", "none"),
    ),
    (
        "iid",
        "after - best-of-n before",
        ("after", "none"),
        ("before", "best-of-n"),
    ),
    (
        "composition",
        "best-of-n - none",
        ("after", "best-of-n"),
        ("after", "none"),
    ),
    (
        "composition",
        "after - best-of-n before",
        ("after", "none"),
        ("before", "best-of-n"),
    ),
];

/// The inner loop against its controls, on each split that has its rows.
const INNER_SPLITS: [&str; 3] = ["iid", "composition", "ambiguous"];
const INNER: [(&str, Side, Side); 5] = [
    (
        "inner - inner-frozen",
        ("after", "inner"),
        ("after", "inner-frozen"),
    ),
    (
        "inner - inner-other",
        ("after", "inner"),
        ("after", "inner-other"),
    ),
    (
        "inner - inner-support",
        ("after", "inner"),
        ("after", "inner-support"),
    ),
    (
        "inner-both - inner-support",
        ("after", "inner-both"),
        ("after", "inner-support"),
    ),
    (
        "before: inner - inner-frozen",
        ("before", "inner"),
        ("before", "inner-frozen"),
    ),
];

/// Of tasks from files, in one split. They come last: an interval's draws follow from its place among all.
const OF_FILES: [(&str, Side, Side); 12] = [
    ("after - before", ("after", "none"), ("before", "none")),
    (
        "continued - before",
        ("continued", "none"),
        ("before", "none"),
    ),
    (
        "after - continued",
        ("after", "none"),
        ("continued", "none"),
    ),
    ("ltm - none", ("after", "ltm"), ("after", "none")),
    (
        "ltm - ltm-random",
        ("after", "ltm"),
        ("after", "ltm-random"),
    ),
    ("ltm: after - before", ("after", "ltm"), ("before", "ltm")),
    ("stm - none", ("after", "stm"), ("after", "none")),
    ("stm - resample", ("after", "stm"), ("after", "resample")),
    (
        "stm - stm-shuffled",
        ("after", "stm"),
        ("after", "stm-shuffled"),
    ),
    ("stm: after - before", ("after", "stm"), ("before", "stm")),
    (
        "best-of-n - none",
        ("after", "best-of-n"),
        ("after", "none"),
    ),
    (
        "after - best-of-n before",
        ("after", "none"),
        ("before", "best-of-n"),
    ),
];

/// One run's rows and clusters.
pub(crate) struct Measured<'a> {
    pub(crate) seed: u64,
    pub(crate) eval: &'a [EvalRow],
    pub(crate) clusters: &'a BTreeMap<String, Vec<String>>,
}

/// Every contrast whose two rows are there, with its interval.
pub(crate) fn gains(runs: &[Measured<'_>], draws: usize) -> Vec<Gain> {
    let mut gains = Vec::new();
    let inner = INNER_SPLITS.into_iter().flat_map(|split| {
        let on = move |(contrast, with, without)| (split, contrast, with, without);
        INNER.into_iter().map(on)
    });
    let of_files = OF_FILES
        .into_iter()
        .map(|(contrast, with, without)| (TEST, contrast, with, without));
    let contrasts = CONTRASTS.into_iter().chain(inner).chain(of_files);
    for (index, (split, contrast, with, without)) in contrasts.enumerate() {
        let pairs: Vec<Pair> = runs
            .iter()
            .flat_map(|run| pairs(run, split, with, without))
            .collect();
        if pairs.is_empty() {
            continue;
        }
        let mut rng = random::stream(0, "interval of a gain", index as u64);
        let found = paired_difference(&pairs, draws, &mut rng);
        gains.push(Gain {
            split: split.to_owned(),
            contrast: contrast.to_owned(),
            diff: 100.0 * found.mean,
            ci95: found.interval.map(|point| 100.0 * point),
        });
    }
    gains
}

fn pairs(run: &Measured<'_>, split: &str, with: Side, without: Side) -> Vec<Pair> {
    let row = |side: Side| {
        run.eval
            .iter()
            .find(|row| row.split == split && row.when == side.0 && row.memory == side.1)
    };
    let (Some(with), Some(without), Some(clusters)) =
        (row(with), row(without), run.clusters.get(split))
    else {
        return Vec::new();
    };
    with.by_task
        .iter()
        .zip(&without.by_task)
        .zip(clusters)
        .map(|((with, without), cluster)| Pair {
            seed: run.seed,
            cluster: cluster.clone(),
            with: *with,
            without: *without,
        })
        .collect()
}

/// Several runs of one configuration that differ in their seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// The configuration's name.
    pub name: String,
    /// The runs' seeds.
    pub seeds: Vec<u64>,
    /// [Digest](crate::Config::digest) of the configuration.
    pub config_digest: Digest,
    /// Digest of every plugin that took part.
    pub plugins: BTreeMap<String, Digest>,
    /// Means of the runs' rows.
    pub eval: Vec<EvalRow>,
    /// Contrasts with intervals over seeds and tasks.
    pub gains: Vec<Gain>,
    /// Sum over the runs.
    pub wall_seconds: f64,
    /// Highest of the runs.
    pub peak_rss_bytes: u64,
    /// Means of the runs.
    pub memory: MemoryReport,
    /// Each run's own report.
    pub runs: Vec<RunReport>,
    /// Digest of the runs' result digests.
    pub result_digest: Digest,
}

/// Puts runs of one configuration together.
///
/// # Errors
/// Where there is no run, or their configurations, plugins or files of tasks differ.
pub fn aggregate(runs: &[RunReport]) -> Result<Aggregate, TrainError> {
    let first = runs
        .first()
        .ok_or_else(|| TrainError::Input("no runs to aggregate".into()))?;
    if let Some(other) = runs
        .iter()
        .find(|run| run.config_digest != first.config_digest)
    {
        return Err(TrainError::Input(format!(
            "the runs of seeds {} and {} have different configurations",
            first.seed, other.seed
        )));
    }
    if let Some(other) = runs.iter().find(|run| run.plugins != first.plugins) {
        return Err(TrainError::Input(format!(
            "the runs of seeds {} and {} have different plugins: {}",
            first.seed,
            other.seed,
            plugins_that_differ(first, other)
        )));
    }
    let files = |run: &RunReport| -> Vec<(String, Digest)> {
        let files = run.task_files.iter();
        files.map(|it| (it.role.clone(), it.digest)).collect()
    };
    if let Some(other) = runs.iter().find(|run| files(run) != files(first)) {
        return Err(TrainError::Input(format!(
            "the runs of seeds {} and {} read different files of tasks: {} and {}",
            first.seed,
            other.seed,
            files_that_differ(first, other),
            files_that_differ(other, first)
        )));
    }
    let measured: Vec<Measured<'_>> = runs
        .iter()
        .map(|run| Measured {
            seed: run.seed,
            eval: &run.eval,
            clusters: &run.clusters,
        })
        .collect();
    let digests: Vec<&[u8]> = runs
        .iter()
        .map(|run| &run.result_digest.bytes()[..])
        .collect();
    let n = runs.len() as f64;
    let mean = |value: fn(&RunReport) -> f64| runs.iter().map(value).sum::<f64>() / n;
    Ok(Aggregate {
        name: first.name.clone(),
        seeds: runs.iter().map(|run| run.seed).collect(),
        config_digest: first.config_digest,
        plugins: first.plugins.clone(),
        eval: first.eval.iter().map(|row| mean_row(row, runs)).collect(),
        gains: gains(&measured, first.draws),
        wall_seconds: runs.iter().map(|run| run.wall_seconds).sum(),
        peak_rss_bytes: runs.iter().map(|run| run.peak_rss_bytes).max().unwrap_or(0),
        memory: MemoryReport {
            items: mean(|run| run.memory.items as f64) as u64,
            retrievals: mean(|run| run.memory.retrievals as f64) as u64,
            hit_at_1: mean(|run| run.memory.hit_at_1),
            checkpoint: None,
            table_version: None,
        },
        runs: runs.to_vec(),
        result_digest: Digest::of_parts(digests),
    })
}

/// `falcon/python sha256:… and sha256:…`, for each plugin that is not the same in both.
fn plugins_that_differ(a: &RunReport, b: &RunReport) -> String {
    let digest = |of: &RunReport, name: &str| {
        of.plugins
            .get(name)
            .map_or_else(|| "none".to_owned(), ToString::to_string)
    };
    let names: BTreeSet<&String> = a.plugins.keys().chain(b.plugins.keys()).collect();
    names
        .into_iter()
        .filter(|name| a.plugins.get(*name) != b.plugins.get(*name))
        .map(|name| format!("{name} {} and {}", digest(a, name), digest(b, name)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// `train /tasks.jsonl sha256:…`, for each file of one run that the other has not read.
fn files_that_differ(of: &RunReport, other: &RunReport) -> String {
    let is_read = |file: &TaskFile| {
        let mut others = other.task_files.iter();
        others.any(|it| (&it.role, it.digest) == (&file.role, file.digest))
    };
    let files = of.task_files.iter().filter(|file| !is_read(file));
    let told = files.map(|file| format!("{} {} {}", file.role, file.path, file.digest));
    match told.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "none of its own".to_owned(),
        told => told,
    }
}

fn mean_row(row: &EvalRow, runs: &[RunReport]) -> EvalRow {
    let same: Vec<(&EvalRow, &RunReport)> = runs
        .iter()
        .filter_map(|run| {
            let mut rows = run.eval.iter();
            let key = |r: &&EvalRow| {
                (&r.split, &r.when, &r.memory) == (&row.split, &row.when, &row.memory)
            };
            rows.find(key).map(|row| (row, run))
        })
        .collect();
    let n = same.len() as f64;
    let mean = |value: fn(&EvalRow) -> f64| same.iter().map(|(row, _)| value(row)).sum::<f64>() / n;
    let pairs: Vec<Pair> = same
        .iter()
        .flat_map(|(row, run)| {
            let clusters = run.clusters.get(&row.split).cloned().unwrap_or_default();
            let rates = row.by_task.clone().into_iter().zip(clusters);
            rates.map(|(with, cluster)| Pair {
                seed: run.seed,
                cluster,
                with,
                without: 0.0,
            })
        })
        .collect();
    let mut rng = random::stream(0, "interval of a row", 0);
    let draws = same.first().map_or(0, |(_, run)| run.draws);
    EvalRow {
        pass_at_1: mean(|row| row.pass_at_1),
        pass_at_8: mean(|row| row.pass_at_8),
        greedy: mean(|row| row.greedy),
        tokens_mean: mean(|row| row.tokens_mean),
        ci95: paired_difference(&pairs, draws, &mut rng).interval,
        by_task: Vec::new(),
        errors: BTreeMap::new(),
        ..row.clone()
    }
}
