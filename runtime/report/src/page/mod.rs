//! One run as a page, section by section in reading order.

mod claims;
mod contrasts;
mod curves;
mod examples;
mod inner;
mod memory;
mod parts;
mod provenance;
mod results;
mod trust;

use crate::{Report, html};

pub(crate) use contrasts::{Row, forest};
pub(crate) use curves::pass_rate;
pub(crate) use provenance::fact;

/// The run as a self-contained HTML document: no script, nothing fetched.
#[must_use]
pub fn page(report: &Report) -> String {
    let name = if report.name.is_empty() {
        "run"
    } else {
        &report.name
    };
    let mut body = String::from("<a class=\"skip\" href=\"#results\">Skip to the results</a>\n");
    body += &claims::header(report, name);
    body += "<main>\n";
    for section in [
        claims::cards(report),
        results::section(report),
        curves::section(report),
        trust::section(report),
        contrasts::section(report),
        memory::section(report),
        examples::section(report),
        parts::section(report),
        provenance::section(report),
    ] {
        body += &section;
    }
    body += "</main>\n";
    body += &footer(&report.version);
    html::document(&format!("FALCON · {name} · seed {}", report.seed), &body)
}

/// A section with its heading; nothing where there is nothing to say.
pub(crate) fn section(id: &str, title: &str, lead: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    let lead = if lead.is_empty() {
        String::new()
    } else {
        format!("<p class=\"lead\">{lead}</p>\n")
    };
    format!("<section id=\"{id}\">\n<h2>{title}</h2>\n{lead}{content}</section>\n")
}

/// The page's last line.
pub(crate) fn footer(version: &str) -> String {
    let version = if version.is_empty() {
        String::new()
    } else {
        format!(" {}", html::escape(version))
    };
    format!(
        "<footer><p>Made by <code>falcon train</code>{version}. Every number on this page comes from \
         <code>report.json</code> beside it; every verdict from executing the program in a sandbox.</p></footer>\n"
    )
}
