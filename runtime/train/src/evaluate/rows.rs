//! Which rows are measured.

use crate::{Config, inner, run::Run, state::Stage};

/// The row that is made of what `none` wrote.
pub(super) const BEST_OF_N: &str = "best-of-n";

/// A split and what memory does for it: one row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) split: &'static str,
    pub(crate) memory: &'static str,
}

pub(super) const JOBS: [Job; 12] = [
    Job {
        split: "iid",
        memory: "none",
    },
    Job {
        split: "composition",
        memory: "none",
    },
    Job {
        split: "alias",
        memory: "none",
    },
    Job {
        split: "alias",
        memory: "ltm",
    },
    Job {
        split: "alias",
        memory: "ltm-random",
    },
    Job {
        split: "alias",
        memory: "ltm-oracle",
    },
    Job {
        split: "ambiguous",
        memory: "none",
    },
    Job {
        split: "ambiguous",
        memory: "stm",
    },
    Job {
        split: "ambiguous",
        memory: "stm-shuffled",
    },
    // After `stm`: it gets as many tokens.
    Job {
        split: "ambiguous",
        memory: "resample",
    },
    Job {
        split: "iid",
        memory: BEST_OF_N,
    },
    Job {
        split: "composition",
        memory: BEST_OF_N,
    },
];

/// A row of a run's report, before there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowName {
    /// As in [`EvalRow`](crate::EvalRow).
    pub split: &'static str,
    /// As there.
    pub when: &'static str,
    /// As there.
    pub memory: &'static str,
    /// Tasks of its split.
    pub tasks: usize,
}

/// The rows that a run of this configuration measures.
#[must_use]
pub fn rows(config: &Config) -> Vec<RowName> {
    let e = &config.evaluation;
    let moments = [
        ("before", e.before),
        ("after", true),
        ("continued", e.continued),
    ];
    let measured = moments.into_iter().filter(|(_, measured)| *measured);
    let of = |(when, _): (&'static str, bool)| {
        let name = move |job: Job| RowName {
            split: job.split,
            when,
            memory: job.memory,
            tasks: size(config, job.split),
        };
        jobs_of(config, when == "continued").into_iter().map(name)
    };
    measured.flat_map(of).collect()
}

/// The rows that the present stage measures.
pub(crate) fn jobs(run: &Run<'_>) -> Vec<Job> {
    jobs_of(&run.at.config, run.at.state.stage == Stage::AfterContinued)
}

/// The rows at one moment. The warm start that is continued is measured without memory's own controls.
fn jobs_of(config: &Config, continued: bool) -> Vec<Job> {
    let control = ["none", "ltm", "stm"];
    let inner = config.inner.is_on().then_some(inner::JOBS);
    JOBS.into_iter()
        .chain(inner.into_iter().flatten())
        .filter(|job| size(config, job.split) > 0 && (!continued || control.contains(&job.memory)))
        .collect()
}

fn size(config: &Config, split: &str) -> usize {
    let e = &config.evaluation;
    match split {
        "iid" => e.iid,
        "composition" => e.composition,
        "alias" => e.alias,
        _ => e.ambiguous,
    }
}
