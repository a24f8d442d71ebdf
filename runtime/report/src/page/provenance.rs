use std::fmt::Write as _;

use super::section as wrap;
use crate::{
    Report,
    html::escape,
    number::{bytes, count, duration},
    words::phase_title,
};

/// What it cost, on what, and how to have it again.
pub(super) fn section(report: &Report) -> String {
    let content = format!(
        "{}<div class=\"panels\">\n{}{}</div>\n{}{}",
        phases(report),
        cost(report),
        names(report),
        ledger(report),
        command(report)
    );
    wrap(
        "provenance",
        "Cost, machine and how to repeat it",
        "",
        &content,
    )
}

/// A term and what it is.
pub(crate) fn fact(term: &str, value: &str) -> String {
    format!("<dt>{}</dt><dd>{value}</dd>\n", escape(term))
}

/// The phases as one bar.
fn phases(report: &Report) -> String {
    let total: f64 = report.phases.iter().map(|p| p.seconds.max(0.0)).sum();
    if total <= 0.0 {
        return String::new();
    }
    let mut segments = String::new();
    let mut legend = String::new();
    // A phase that would be written as `0.0 s` is only the end of a run.
    let told = report.phases.iter().filter(|phase| phase.seconds >= 0.05);
    for (i, phase) in told.enumerate() {
        let class = format!("p{}", i % 6 + 1);
        let _ = write!(
            segments,
            "<i class=\"{class}\" style=\"width:{:.2}%\"></i>",
            100.0 * phase.seconds.max(0.0) / total
        );
        let _ = writeln!(
            legend,
            "<li><i class=\"{class}\"></i>{} <small>{}</small></li>",
            escape(phase_title(&phase.name)),
            duration(phase.seconds)
        );
    }
    format!(
        "<div class=\"phases\"><div class=\"strip\" aria-hidden=\"true\">{segments}</div><ul>\n{legend}</ul></div>\n"
    )
}

fn cost(report: &Report) -> String {
    let mut facts = String::new();
    if report.wall_seconds > 0.0 {
        facts += &fact("Wall time", &duration(report.wall_seconds));
    }
    if report.peak_rss_bytes > 0 {
        facts += &fact("Largest resident memory", &bytes(report.peak_rss_bytes));
    }
    if let Some(n) = report.executions {
        facts += &fact("Sandbox instances", &count(n));
    }
    if let Some(n) = report.tokens {
        facts += &fact(
            "Tokens",
            &format!("{}, sampled and trained on, evaluation included", count(n)),
        );
    }
    if let Some(machine) = &report.machine {
        facts += &fact(
            "Processor",
            &format!("{}, {} in use", escape(&machine.cpu), cores(machine.cores)),
        );
        if machine.memory_bytes > 0 {
            facts += &fact("Main memory", &bytes(machine.memory_bytes));
        }
        facts += &fact("System", &escape(&machine.system));
    }
    if !report.version.is_empty() {
        facts += &fact("FALCON", &escape(&report.version));
    }
    format!("<div class=\"panel\"><h3>Cost and machine</h3><dl>\n{facts}</dl></div>\n")
}

fn cores(n: u64) -> String {
    if n == 1 {
        "1 core".to_owned()
    } else {
        format!("{n} cores")
    }
}

fn names(report: &Report) -> String {
    let mut facts = fact("Seed", &report.seed.to_string());
    for (name, digest) in [
        ("Configuration", &report.config_digest),
        ("Result", &report.result_digest),
    ] {
        if !digest.is_empty() {
            facts += &fact(
                name,
                &format!("<code class=\"digest\">{}</code>", escape(digest)),
            );
        }
    }
    for (name, digest) in &report.plugins {
        facts += &fact(
            name,
            &format!("<code class=\"digest\">{}</code>", escape(digest)),
        );
    }
    format!("<div class=\"panel\"><h3>Seed and digests</h3><dl>\n{facts}</dl></div>\n")
}

/// From which step on what judged and what decided.
fn ledger(report: &Report) -> String {
    let mut rows = String::new();
    for change in report.changes() {
        let step = match change.step {
            0 => "the beginning".to_owned(),
            step => format!("step {step}"),
        };
        let digest = change.digest.map_or_else(
            || "judges no more".to_owned(),
            |digest| format!("<code class=\"digest\">{}</code>", escape(short(digest))),
        );
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{step}</th><td>{} {}</td><td>{digest}</td></tr>",
            change.part,
            escape(change.name)
        );
    }
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<div class=\"scroll\"><table class=\"results\">\n<thead><tr><th scope=\"col\">From</th><th scope=\"col\">what made rewards and \
         decided on memory</th><th scope=\"col\">digest</th></tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
    )
}

/// The first twelve digits, by which messages name a digest.
fn short(digest: &str) -> &str {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    digits.get(..12).unwrap_or(digits)
}

fn command(report: &Report) -> String {
    if report.command.is_empty() {
        return String::new();
    }
    let told = if report.was_swapped() {
        "The command that began this run. What judged or decided was changed while it ran, so the command alone does not \
         give the same result digest; the run’s folder keeps every plugin that was in force."
    } else {
        "The command that made this page. On the same processor family it gives the same result digest."
    };
    format!(
        "<p class=\"note\">{told}</p>\n<pre class=\"command\">{}</pre>\n",
        escape(&report.command)
    )
}
