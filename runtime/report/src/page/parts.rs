use std::fmt::Write as _;

use super::section as wrap;
use crate::{
    Report,
    html::escape,
    number::{bytes, duration, percent},
};

/// What the parts of a step of reinforcement learning took.
pub(super) fn section(report: &Report) -> String {
    let stage = report.phases.iter().find(|phase| phase.name == "rl");
    let wall = stage.map_or(0.0, |phase| phase.seconds);
    if report.parts.is_empty() || wall <= 0.0 {
        return String::new();
    }
    let mut rows = String::new();
    let mut row = |name: &str, seconds: f64, hidden: Option<f64>, resident: u64| {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(name),
            duration(seconds),
            percent(seconds / wall),
            hidden.map_or_else(|| "–".to_owned(), duration),
            if resident > 0 {
                bytes(resident)
            } else {
                "–".to_owned()
            }
        );
    };
    for part in &report.parts {
        row(
            &part.name,
            part.seconds,
            Some(part.hidden_seconds),
            part.resident_bytes,
        );
    }
    let told: f64 = report.parts.iter().map(|part| part.seconds).sum();
    row("everything else", (wall - told).max(0.0), None, 0);
    let table = format!(
        "<div class=\"scroll\"><table class=\"results\">\n<thead><tr><th scope=\"col\">Part</th><th scope=\"col\" class=\"n\">wall time</th>\
         <th scope=\"col\" class=\"n\">share</th><th scope=\"col\" class=\"n\">beside others</th>\
         <th scope=\"col\" class=\"n\">resident memory</th></tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
    );
    wrap(
        "parts",
        "Where a step’s time goes",
        "Wall time that reinforcement learning spent on each part, or waited for it. What went on beside another part is told \
         apart: programs are graded while the next are sampled, and with <code>rl.ahead</code> a step’s are sampled and graded while \
         the step before is learnt from. Resident memory is the largest at the end of the part.",
        &table,
    )
}
