//! Several seeds of one configuration, each a run of its own, pooled at the end.

use std::path::Path;

use falcon_report::{Pooled, Report};
use falcon_train::{Aggregate, RunReport};
use serde_json::json;

use super::{Ended, Session, folder, result, shown, start::Started};
use crate::{
    command::Context,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::{Output, write_file},
};

/// Written last, as a run's picture is.
const PAGE: &str = "report.html";

/// What a series came to; none where there is something left to do.
pub(super) fn finished(out: &Path) -> Result<Option<Aggregate>, Failure> {
    if !out.join(PAGE).is_file() {
        return Ok(None);
    }
    result::read(&out.join("report.json")).map(Some)
}

/// Runs what is missing of the series and pools it.
pub(super) fn run(session: &Session<'_>, out: &Path, started: &Started, count: u32) -> Outcome {
    let mut reports: Vec<RunReport> = Vec::new();
    for seed in (started.seed..).take(count as usize) {
        let place = out.join(format!("seed-{seed}"));
        live::line(&format!("seed {seed} ({} of {count})", reports.len() + 1));
        if let Some(report) = result::finished(&place)? {
            reports.push(*report);
            continue;
        }
        let of_seed = started.of_seed(seed);
        of_seed.write(&place)?;
        match session.watched(&place, &of_seed)? {
            Ended::Finished(report) => reports.push(*report),
            Ended::Stopped(_) => {
                live::line(&format!(
                    "the whole series goes on with: falcon train --resume {}",
                    folder::quoted(out)
                ));
                return Ok(Exit::Stopped);
            }
        }
    }
    let whole = falcon_train::aggregate(&reports).map_err(Failure::training)?;
    write(out, &whole)?;
    tell(session.context, out, &whole)?;
    Ok(Exit::Done)
}

/// Writes the series' report and its page.
fn write(out: &Path, whole: &Aggregate) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(whole).or_infrastructure("cannot write the report")?;
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
    let method = "Intervals are 95 %, from a paired bootstrap over seeds and tasks in clusters, and at least Student's over seeds.";
    let page = falcon_report::seeds_page(&runs, &pooled, method);
    write_file(&out.join(PAGE), page.as_bytes())
}

/// The result on standard output.
pub(super) fn tell(context: &Context, out: &Path, whole: &Aggregate) -> Result<(), Failure> {
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "out": shown(out),
            "report": shown(&out.join("report.json")),
            "page": shown(&out.join(PAGE)),
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
            shown(&out.join(PAGE)).display()
        ))?;
    }
    output.finish()
}
