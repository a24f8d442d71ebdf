use std::fmt::Write as _;

use falcon_experiment::Report;

use super::{arm_title, table, wrap};
use crate::number::percent;

/// How often long-term memory found what it was asked for, in training and when tested.
pub(super) fn section(report: &Report) -> String {
    let mut body = String::from("<tbody>\n");
    let mut any = false;
    for arm in &report.arms {
        if arm.hit_at_1.is_none() && arm.exemplar_told.is_none() {
            continue;
        }
        any = true;
        let _ = writeln!(
            body,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            arm_title(report, &arm.name),
            share(arm.exemplar_told),
            share(arm.hit_at_1),
        );
    }
    body += "</tbody>\n";
    if !any {
        return String::new();
    }
    let heading = "<th scope=\"col\">Arm</th><th scope=\"col\" class=\"n\">of training’s exemplars</th>\
                   <th scope=\"col\" class=\"n\">of the first ones when tested (hit@1)</th>";
    let lead = "Share of exemplars that disclose their task’s private word. In training memory grows and learns what was of use; when \
                tested every arm asks the same memory of earlier solved tasks, so that column differs between arms by nothing but their \
                policy plugin. Recall, MRR, MAP and nDCG of that memory: <code>falcon memory eval</code>.";
    wrap(
        "retrieval",
        "What retrieval finds",
        lead,
        &table("levels-table", heading, &body),
    )
}

fn share(of: Option<f64>) -> String {
    of.map_or_else(|| "–".to_owned(), percent)
}
