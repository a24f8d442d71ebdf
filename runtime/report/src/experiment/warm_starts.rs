use std::fmt::Write as _;

use falcon_experiment::Report;

use super::{table, wrap};
use crate::number::{percent, points};

/// How far each seed's warm start came: arms of a seed whose start reads no memory cannot show what memory is worth.
pub(super) fn section(report: &Report) -> String {
    if report.warm_starts.is_empty() {
        return String::new();
    }
    // Files have no tasks that are made to need a memory.
    let mut levels = report.arms.iter().flat_map(|arm| &arm.levels);
    let of_files = levels.any(|level| level.split == "test");
    let added = |margin: f64| {
        if of_files {
            "–".to_owned()
        } else {
            points(100.0 * margin)
        }
    };
    let mut body = String::from("<tbody>\n");
    for warm in &report.warm_starts {
        let last = &warm.last;
        let _ = writeln!(
            body,
            "<tr><th scope=\"row\">Seed {}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            warm.seed,
            match last.abandoned {
                0 => last.step.to_string(),
                before => format!("{} of start {}", last.step, before + 1),
            },
            percent(last.validation),
            added(last.long_term_margin),
            added(last.short_term_margin),
        );
    }
    body += "</tbody>\n";
    let heading = "<th scope=\"col\">Warm start</th><th scope=\"col\" class=\"n\">step</th>\
                   <th scope=\"col\" class=\"n\">validation, greedy</th><th scope=\"col\" class=\"n\">an exemplar adds</th>\
                   <th scope=\"col\" class=\"n\">feedback adds</th>";
    let lead = "The last look at each, on validation tasks of its own. What an exemplar that tells the private word adds on such tasks, and what \
                feedback adds on tasks of eight readings, in points: reinforcement can only lift what the policy does sometimes, so a start that \
                reads neither widens the intervals of questions about memories. Where `warm_start.tries` says so, one that reads not enough is begun again from \
                other weights: <q>of start 2</q> is such a one.";
    wrap(
        "warm-starts",
        "Where the arms start from",
        lead,
        &table("levels-table", heading, &body),
    )
}
