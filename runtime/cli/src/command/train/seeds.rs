//! Several seeds of one configuration, each a run of its own, pooled at the end.

use std::{
    fs,
    path::{Path, PathBuf},
};

use falcon_report::{Pooled, Report};
use falcon_train::{Config, Phase, RunReport, Start};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ended, Session, folder, result, shown};
use crate::{
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::{Output, write_file},
};

/// What was asked for, so that a stopped series can go on.
#[derive(Serialize, Deserialize)]
pub(super) struct Plan {
    seed: u64,
    seeds: u32,
    warm_start_only: bool,
    warm_start: Option<PathBuf>,
    /// The whole configuration as TOML.
    config: String,
}

const PLAN: &str = "seeds.json";

impl Plan {
    pub(super) fn new(
        config: &Config,
        seed: u64,
        seeds: u32,
        phase: Phase,
        warm_start: Option<PathBuf>,
    ) -> Self {
        let warm_start_only = phase == Phase::WarmStart;
        Self {
            seed,
            seeds,
            warm_start_only,
            warm_start,
            config: config.to_toml(),
        }
    }

    /// The plan of a series' folder; none where it is a single run's.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join(PLAN);
        match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::file(
                error,
                format!("cannot read {}", path.display()),
            )),
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .or_usage(format!("{} is not what falcon wrote", path.display())),
        }
    }

    fn start(&self, seed: u64, origin: &Path) -> Result<Start, Failure> {
        let config =
            Config::parse(&self.config, origin).map_err(|error| super::failure(error, origin))?;
        let phase = if self.warm_start_only {
            Phase::WarmStart
        } else {
            Phase::All
        };
        Ok(Start {
            config,
            seed,
            phase,
            warm_start: self.warm_start.clone(),
        })
    }
}

/// Runs what is missing of the series and pools it.
pub(super) fn run(session: &Session<'_>, out: &Path, plan: &Plan) -> Outcome {
    fs::create_dir_all(out)
        .map_err(|error| Failure::file(error, format!("cannot make {}", out.display())))?;
    let plan_text = serde_json::to_vec_pretty(plan).or_infrastructure("cannot write the plan")?;
    write_file(&out.join(PLAN), &plan_text)?;
    folder::remember_command(out, &session.command);

    let mut reports: Vec<RunReport> = Vec::new();
    for seed in (plan.seed..).take(plan.seeds as usize) {
        let place = out.join(format!("seed-{seed}"));
        live::line(&format!(
            "seed {seed} ({} of {})",
            reports.len() + 1,
            plan.seeds
        ));
        let start = if folder::has_checkpoint(&place) {
            None
        } else {
            Some(plan.start(seed, &out.join(PLAN))?)
        };
        match session.run(&place, start)? {
            Ended::Finished(report) => reports.push(*report),
            Ended::Stopped => {
                live::line(&format!(
                    "the whole series goes on with: falcon train --resume {}",
                    folder::quoted(out)
                ));
                return Ok(Exit::No);
            }
        }
    }
    pool(session, out, &reports)?;
    Ok(Exit::Done)
}

fn pool(session: &Session<'_>, out: &Path, reports: &[RunReport]) -> Result<(), Failure> {
    let whole = falcon_train::aggregate(reports).map_err(|error| super::failure(error, out))?;
    let text = serde_json::to_string_pretty(&whole).or_infrastructure("cannot write the report")?;
    write_file(&out.join("report.json"), (text + "\n").as_bytes())?;

    let runs: Vec<Report> = whole
        .seeds
        .iter()
        .map(|seed| Report::read(out.join(format!("seed-{seed}/report.json"))))
        .collect::<Result<_, _>>()
        .or_infrastructure("cannot read a run's report again")?;
    let pooled: Vec<Pooled> = whole
        .gains
        .iter()
        .map(|gain| Pooled {
            gain: falcon_report::Gain {
                split: gain.split.clone(),
                contrast: gain.contrast.clone(),
                diff: gain.diff,
                ci95: gain.ci95,
            },
            each: runs
                .iter()
                .filter_map(|run| Some(run.gain(&gain.split, &gain.contrast)?.diff))
                .collect(),
        })
        .collect();
    let method = "Intervals are 95 %, from a paired bootstrap over seeds and tasks in clusters.";
    let page = falcon_report::seeds_page(&runs, &pooled, method);
    write_file(&out.join("report.html"), page.as_bytes())?;

    let mut output = Output::stdout();
    if session.context.json {
        output.document(&json!({
            "out": shown(out),
            "report": shown(&out.join("report.json")),
            "page": shown(&out.join("report.html")),
            "seeds": whole.seeds,
            "eval": result::rows_json(&whole.eval),
            "gains": whole.gains,
            "wall_seconds": whole.wall_seconds,
            "peak_rss_bytes": whole.peak_rss_bytes,
            "result_digest": whole.result_digest,
        }))?;
    } else {
        output.text(&result::tables(&whole.eval, &whole.gains))?;
        output.text(&format!(
            "\n{} seeds, result {}\nreport {}\n",
            whole.seeds.len(),
            whole.result_digest,
            shown(&out.join("report.html")).display()
        ))?;
    }
    output.finish()
}
