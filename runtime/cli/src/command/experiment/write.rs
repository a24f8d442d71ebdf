//! An experiment's report: `report.json`, its page, and the answers on standard output.

use std::{collections::BTreeMap, fs, path::Path};

use falcon_episode::Digest;
use falcon_experiment::{
    Job, Measured, Plan, Provenance, Report, Runner, Runs, Setting, Spent, Verdict, analyse,
    failures, results,
};
use serde_json::json;

use crate::{
    command::Context,
    failure::{Failure, OrFail as _},
    live,
    machine::machine,
    output::{Output, write_file},
    table::table,
};

/// What `falcon experiment run` was called with; a report that is made again says the same.
pub(super) const COMMAND: &str = "command.txt";
/// Every task's results: what the report's statistics are of.
const RESULTS: &str = "results.jsonl";

/// Reads what is done and runs nothing.
pub(super) struct Finished;

impl Runner for Finished {
    type Error = Failure;

    fn parts(&mut self, _: &Setting) -> Result<BTreeMap<String, Digest>, Failure> {
        Ok(BTreeMap::new())
    }

    fn finished(&self, folder: &Path) -> Result<Option<Measured>, Failure> {
        crate::command::train::measured(folder)
    }

    fn run(&mut self, _: &Job, _: &Spent) -> Result<Option<Measured>, Failure> {
        Ok(None)
    }

    fn failed(&mut self, _: &Job, error: &Failure) -> String {
        format!("{:#}", error.error)
    }

    fn wait(&mut self) -> bool {
        false
    }
}

/// Keeps the command that began the experiment.
pub(super) fn keep_command(out: &Path, command: &str) -> Result<(), Failure> {
    let path = out.join(COMMAND);
    if path.is_file() {
        return Ok(());
    }
    fs::create_dir_all(out)
        .map_err(|error| Failure::file(error, format!("cannot make {}", out.display())))?;
    write_file(&path, format!("{command}\n").as_bytes())
}

/// Writes the report, with every task's results beside it, and tells it.
pub(super) fn write(
    context: &Context,
    out: &Path,
    plan: &Plan,
    runs: &Runs,
) -> Result<(), Failure> {
    let mut report = analyse(plan, runs);
    report.failed = failures(plan, out, runs)?;
    let machine = machine();
    let command = fs::read_to_string(out.join(COMMAND)).unwrap_or_default();
    report.provenance = Some(Provenance {
        cpu: machine.cpu,
        cores: machine.cores,
        memory_bytes: machine.memory_bytes,
        system: machine.system,
        command: command.trim().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    let (json_file, page) = (out.join("report.json"), out.join("report.html"));
    let text =
        serde_json::to_string_pretty(&report).or_infrastructure("cannot write the report")?;
    write_file(&json_file, (text + "\n").as_bytes())?;
    write_file(&page, falcon_report::experiment_page(&report).as_bytes())?;
    let mut lines = Output::file(&out.join(RESULTS))?;
    for line in results(plan, runs) {
        lines.line(&line)?;
    }
    lines.finish()?;
    if !report.missing.is_empty() {
        live::line(&format!(
            "{} runs are not done; the report is of those that are",
            report.missing.len()
        ));
    }
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "out": shown(out),
            "report": shown(&json_file),
            "page": shown(&page),
            "answers": report.answers,
            "missing": report.missing,
            "failed": report.failed,
            "plan_digest": report.plan_digest,
            "result_digest": report.result_digest,
        }))?;
    } else {
        output.text(&answers(&report))?;
        output.text(&format!(
            "\nresult {}\nreport {}\n",
            report.result_digest,
            shown(&page).display()
        ))?;
    }
    output.finish()
}

/// One line for each question.
fn answers(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .answers
        .iter()
        .map(|answer| {
            let missing = answer.verdict == Verdict::Missing;
            let number = |value: f64| {
                if missing {
                    "–".to_owned()
                } else {
                    format!("{value:+.1}")
                }
            };
            let p = answer.p_holm.unwrap_or(answer.p_value);
            vec![
                answer.contrast.name.clone(),
                answer.contrast.split.clone(),
                number(answer.diff),
                format!("[{}, {}]", number(answer.ci95[0]), number(answer.ci95[1])),
                if missing {
                    "–".to_owned()
                } else {
                    format!("{p:.3}{}", if answer.p_holm.is_some() { " h" } else { "" })
                },
                match answer.verdict {
                    Verdict::Above => "above 0",
                    Verdict::Below => "below 0",
                    Verdict::Small => "below what is detectable",
                    Verdict::Null => "null",
                    Verdict::Missing => "not measured",
                }
                .to_owned(),
                answer.contrast.claim.clone(),
            ]
        })
        .collect();
    let heading = ["contrast", "split", "points", "95 %", "p", "", ""];
    let mut text = table(&heading, &[2, 3, 4], &rows);
    text += "\nh: after Holm's correction over the primary contrasts\n";
    text
}

fn shown(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
