//! What a run came to: `report.json`, its page, its picture, and a table on standard output.

use std::{fs, path::Path};

use falcon_report::Report;
use falcon_train::{EvalRow, Gain, RunReport};
use serde_json::{Value, json};

use super::shown;
use crate::{
    command::Context,
    failure::{Failure, OrFail as _},
    machine::machine,
    output::{Output, write_file},
    services::{Entry, PolicyTold},
    table::table,
};

/// Written last, so that a run whose report was cut short writes all of it again.
const PICTURE: &str = "picture.svg";

/// Whether a run has ended with its report whole.
pub(super) fn is_finished(out: &Path) -> bool {
    out.join(PICTURE).is_file()
}

/// The report of a run that has ended; none where there is something left to do.
pub(super) fn finished(out: &Path) -> Result<Option<Box<RunReport>>, Failure> {
    if !is_finished(out) {
        return Ok(None);
    }
    read(&out.join("report.json")).map(Some)
}

/// Reads a document that [`write()`] or the pooling of seeds wrote.
pub(super) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let shown = path.display();
    let bytes =
        fs::read(path).map_err(|error| Failure::file(error, format!("cannot read {shown}")))?;
    serde_json::from_slice(&bytes).or_usage(format!("{shown} is not what falcon wrote"))
}

/// Completes `report.json` with what training does not know, the ledgers of judges and memory policies among it, and draws it.
pub(super) fn write(
    out: &Path,
    report: &RunReport,
    (judges, policies): &(Vec<Entry>, Vec<PolicyTold>),
    command: &str,
) -> Result<(), Failure> {
    let mut value = serde_json::to_value(report).or_infrastructure("cannot write the report")?;
    if let Value::Object(fields) = &mut value {
        fields.insert("machine".into(), json!(machine()));
        fields.insert("judges".into(), json!(judges));
        fields.insert("memory_policies".into(), json!(policies));
        fields.insert("command".into(), json!(command));
        fields.insert("version".into(), json!(env!("CARGO_PKG_VERSION")));
    }
    let text = serde_json::to_string_pretty(&value).or_infrastructure("cannot write the report")?;
    write_file(&out.join("report.json"), (text + "\n").as_bytes())?;
    let report: Report =
        serde_json::from_value(value).or_infrastructure("cannot draw the report")?;
    write_file(
        &out.join("report.html"),
        falcon_report::page(&report).as_bytes(),
    )?;
    write_file(
        &out.join(PICTURE),
        falcon_report::picture(&report).as_bytes(),
    )
}

/// The result on standard output.
pub(super) fn tell(context: &Context, out: &Path, report: &RunReport) -> Result<(), Failure> {
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "out": shown(out),
            "report": shown(&out.join("report.json")),
            "page": shown(&out.join("report.html")),
            "seed": report.seed,
            "eval": rows_json(&report.eval),
            "gains": report.gains,
            "wall_seconds": report.wall_seconds,
            "peak_rss_bytes": report.peak_rss_bytes,
            "memory": report.memory,
            "result_digest": report.result_digest,
        }))?;
    } else {
        output.text(&tables(&report.eval, &report.gains))?;
        output.text(&format!(
            "\nresult {}\nreport {}\n",
            report.result_digest,
            shown(&out.join("report.html")).display()
        ))?;
    }
    output.finish()
}

/// Evaluations without what only the pairing of tasks needs.
pub(super) fn rows_json(rows: &[EvalRow]) -> Vec<Value> {
    rows.iter()
        .map(|row| {
            let mut value = json!(row);
            if let Value::Object(fields) = &mut value {
                fields.remove("by_task");
            }
            value
        })
        .collect()
}

/// Levels and differences with their intervals.
pub(super) fn tables(rows: &[EvalRow], gains: &[Gain]) -> String {
    let percent = |v: f64| {
        if v.is_finite() {
            format!("{:.1}", v * 100.0)
        } else {
            "–".to_owned()
        }
    };
    let levels: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.split.clone(),
                row.when.clone(),
                row.memory.clone(),
                percent(row.pass_at_1),
                format!("[{}, {}]", percent(row.ci95[0]), percent(row.ci95[1])),
                percent(row.pass_at_8),
                percent(row.greedy),
                format!("{:.0}", row.tokens_mean),
                format!("{}×{}", row.tasks, row.samples),
            ]
        })
        .collect();
    // Fewer samples say nothing about eight.
    let k = rows.first().map_or(8, |row| row.samples.min(8));
    let mut text = table(
        &[
            "split",
            "when",
            "memory",
            "pass@1 %",
            "95 %",
            &format!("pass@{k} %"),
            "greedy %",
            "tokens",
            "tasks",
        ],
        &[3, 4, 5, 6, 7, 8],
        &levels,
    );
    let differences: Vec<Vec<String>> = gains
        .iter()
        .map(|gain| {
            let words = falcon_report::contrast_words(&gain.contrast);
            vec![
                gain.split.clone(),
                gain.contrast.clone(),
                format!("{:+.1}", gain.diff),
                format!("[{:+.1}, {:+.1}]", gain.ci95[0], gain.ci95[1]),
                if words == gain.contrast {
                    String::new()
                } else {
                    words.to_owned()
                },
            ]
        })
        .collect();
    if !differences.is_empty() {
        text += "\n";
        text += &table(
            &["split", "contrast", "points", "95 %", ""],
            &[2, 3],
            &differences,
        );
    }
    text
}
