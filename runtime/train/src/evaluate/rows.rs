//! Which rows are measured.

use crate::{
    Config, TrainError, inner,
    material::{FromFiles, TEST, from_files},
    run::Run,
    state::Stage,
};

/// The row that is made of what `none` wrote.
pub(super) const BEST_OF_N: &str = "best-of-n";

/// A split and what memory does for it: one row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) split: &'static str,
    pub(crate) memory: &'static str,
}

const JOBS: [Job; 12] = [
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

/// The rows of tasks from files. Those that look at feedback, and those that need solved tasks, are measured where
/// there are such.
const FILE_JOBS: [Job; 7] = [
    on_test("none"),
    on_test("ltm"),
    on_test("ltm-random"),
    on_test("stm"),
    on_test("stm-shuffled"),
    on_test("resample"),
    on_test(BEST_OF_N),
];

const fn on_test(memory: &'static str) -> Job {
    Job {
        split: TEST,
        memory,
    }
}

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

/// The rows that a run of this configuration measures. Where its tasks are from files, they are read.
///
/// # Errors
/// Where a file of tasks will not do.
pub fn rows(config: &Config) -> Result<Vec<RowName>, TrainError> {
    let e = &config.evaluation;
    let moments = [
        ("before", e.before),
        ("after", true),
        ("continued", e.continued),
    ];
    let files = from_files(config)?;
    let files = files.as_ref();
    let measured = moments.into_iter().filter(|(_, measured)| *measured);
    let of = |(when, _): (&'static str, bool)| {
        let name = move |job: Job| RowName {
            split: job.split,
            when,
            memory: job.memory,
            tasks: files.map_or_else(|| size(config, job.split), |files| files.tests.len()),
        };
        let jobs = jobs_of(config, files, when == "continued");
        jobs.into_iter().map(name)
    };
    Ok(measured.flat_map(of).collect())
}

/// The rows that the present stage measures.
pub(crate) fn jobs(run: &Run<'_>) -> Vec<Job> {
    let continued = run.at.state.stage == Stage::AfterContinued;
    jobs_of(&run.at.config, run.material.files.as_ref(), continued)
}

/// The rows at one moment. The warm start that is continued is measured without memory's own controls.
fn jobs_of(config: &Config, files: Option<&FromFiles>, continued: bool) -> Vec<Job> {
    let control = ["none", "ltm", "stm"];
    let at_moment = |job: &Job| !continued || control.contains(&job.memory);
    if let Some(files) = files {
        let can_be = |job: &Job| match job.memory {
            "none" => true,
            "ltm" | "ltm-random" => files.shown > 0,
            _ => files.telling > 0,
        };
        let jobs = FILE_JOBS.into_iter();
        return jobs.filter(|job| at_moment(job) && can_be(job)).collect();
    }
    let inner = config.inner.is_on().then_some(inner::JOBS);
    JOBS.into_iter()
        .chain(inner.into_iter().flatten())
        .filter(|job| size(config, job.split) > 0 && at_moment(job))
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
