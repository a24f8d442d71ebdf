//! An experiment as a page: arms under several seeds, and what they answer.

mod answers;
mod compute;
mod cost;
mod curves;
mod levels;
mod parts;
mod retrieval;
mod squares;
mod warm_starts;

use std::fmt::Write as _;

use falcon_experiment::{Report, Verdict};

use crate::{
    html::{document, escape},
    page::section,
};

/// The experiment as a self-contained HTML document: no script, nothing fetched.
#[must_use]
pub fn experiment_page(report: &Report) -> String {
    let mut body = String::from("<a class=\"skip\" href=\"#answers\">Skip to the answers</a>\n");
    body += &header(report);
    body += "<main>\n";
    for section in [
        answers::claims(report),
        answers::section(report),
        levels::section(report),
        retrieval::section(report),
        warm_starts::section(report),
        squares::section(report),
        compute::section(report),
        compute::groups(report),
        parts::depths(report),
        parts::errors(report),
        curves::section(report),
        cost::section(report),
        cost::provenance(report),
    ] {
        body += &section;
    }
    body += "</main>\n";
    body += &footer(report);
    document(&format!("FALCON · experiment {}", report.name), &body)
}

fn header(report: &Report) -> String {
    let digest = report.result_digest.to_string();
    let digest = digest.trim_start_matches("sha256:");
    let seeds: Vec<String> = report.seeds.iter().map(u64::to_string).collect();
    let missing = match report.missing.len() {
        0 => String::new(),
        n => format!(
            "<p class=\"note missing\">{n} of its runs are not done: {}{}. What follows is of those that are.</p>\n",
            escape(&report.missing[..n.min(LISTED)].join(", ")),
            if n > LISTED { ", …" } else { "" }
        ),
    };
    let mut failed = String::new();
    for run in &report.failed {
        let _ = writeln!(
            failed,
            "<p class=\"note missing\">{}, seed {}, could not be made: {}</p>",
            escape(&run.arm),
            run.seed,
            escape(&run.why)
        );
    }
    let done = report.arms.iter().map(|arm| arm.seeds.len()).max();
    let few = if done == Some(1) {
        "<p class=\"note missing\">One seed alone is done: intervals and p-values are over its tasks, and say nothing of other seeds.</p>\n"
    } else {
        ""
    };
    format!(
        "<header>\n<p class=\"eyebrow\">FALCON · experiment {} · seeds {} · result <code>{}</code></p>\n<h1>{}</h1>\n\
         <p class=\"lead about\">{}</p>\n{missing}{failed}{few}</header>\n",
        escape(&report.name),
        seeds.join(", "),
        escape(digest.get(..12).unwrap_or(digest)),
        headline(report),
        escape(&report.about),
    )
}

/// Missing runs that are named.
const LISTED: usize = 8;

/// How the primary questions were answered, and no more.
fn headline(report: &Report) -> String {
    let of = |verdict| {
        let primary = report
            .answers
            .iter()
            .filter(|answer| answer.contrast.primary);
        primary.filter(|answer| answer.verdict == verdict).count()
    };
    let all = report
        .answers
        .iter()
        .filter(|answer| answer.contrast.primary)
        .count();
    if all == 0 {
        return format!(
            "{} arms over {} seeds.",
            report.arms.len(),
            report.seeds.len()
        );
    }
    let mut parts = vec![format!("{} hold", of(Verdict::Above))];
    for (count, words) in [
        (of(Verdict::Below), "the other way round"),
        (of(Verdict::Small), "too small to claim"),
        (of(Verdict::Null), "not told from nothing"),
        (of(Verdict::Missing), "not measured"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    format!("Of {all} claims fixed beforehand, {}.", parts.join(", "))
}

fn footer(report: &Report) -> String {
    let version = report
        .provenance
        .as_ref()
        .map_or("", |made| made.version.as_str());
    format!(
        "<footer><p>Made by <code>falcon experiment</code> {}. Every number on this page comes from <code>report.json</code> \
         beside it; its statistics can be made again from every task’s results in <code>results.jsonl</code>. Every verdict comes from executing the program in a sandbox.</p></footer>\n",
        escape(version)
    )
}

/// A title for an arm: its name and what it is.
fn arm_title(report: &Report, name: &str) -> String {
    let title = report
        .arms
        .iter()
        .find(|arm| arm.name == name)
        .map_or("", |arm| &arm.title);
    if title.is_empty() || title == name {
        format!("<b>{}</b>", escape(name))
    } else {
        format!("<b>{}</b> {}", escape(name), escape(title))
    }
}

/// A table in the page's style.
fn table(class: &str, heading: &str, body: &str) -> String {
    format!(
        "<div class=\"scroll\"><table class=\"results {class}\">\n<thead><tr>{heading}</tr></thead>\n{body}</table></div>\n"
    )
}

/// A section with nothing in it is none.
fn wrap(id: &str, title: &str, lead: &str, content: &str) -> String {
    section(id, title, lead, content)
}
