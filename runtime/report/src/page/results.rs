use std::fmt::Write as _;

use super::section as wrap;
use crate::{
    Evaluation, Report,
    html::escape,
    number::percent,
    words::{split_text, split_title, splits_of, when_title},
};

/// Before, after and the control, for each split without memory.
pub(super) fn section(report: &Report) -> String {
    let plain: Vec<_> = report.eval.iter().filter(|e| e.memory == "none").collect();
    let top = plain.iter().map(|e| e.interval()[1]).fold(0.05, f64::max);
    let mut rows = String::new();
    for split in splits_of(plain.iter().map(|e| e.split.as_str())) {
        let of_split: Vec<_> = plain.iter().filter(|e| e.split == split).collect();
        let _ = writeln!(
            rows,
            "<tbody><tr class=\"group\"><th colspan=\"5\" scope=\"rowgroup\">{} <small>{} tasks × {} samples. {}</small></th></tr>",
            escape(split_title(split)),
            of_split[0].tasks,
            of_split[0].samples,
            escape(split_text(split))
        );
        for evaluation in of_split {
            rows += &row(evaluation, top);
        }
        rows += "</tbody>\n";
    }
    if rows.is_empty() {
        return rows;
    }
    let table = format!(
        "<div class=\"scroll\"><table class=\"results\">\n<thead><tr><th scope=\"col\">Model</th>\
         <th scope=\"col\">pass@1</th><th scope=\"col\" class=\"n\">pass@8</th>\
         <th scope=\"col\" class=\"n\">greedy</th><th scope=\"col\" class=\"n\">tokens</th></tr></thead>\n{rows}</table></div>\n"
    );
    wrap(
        "results",
        "Before and after",
        "No memory in use here. <em>Warm start, continued</em> is the control that spends the same compute \
         on more supervised steps over the same gold programs. Lines are 95 % intervals over tasks.",
        &table,
    )
}

fn row(evaluation: &Evaluation, top: f64) -> String {
    let dash = || "–".to_owned();
    format!(
        "<tr class=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        class_of(&evaluation.when),
        escape(when_title(&evaluation.when)),
        bar(evaluation.pass_at_1, evaluation.interval(), top),
        evaluation.pass_at_8.map_or_else(dash, percent),
        evaluation.greedy.map_or_else(dash, percent),
        evaluation
            .tokens_mean
            .map_or_else(dash, |t| format!("{t:.0}")),
    )
}

/// The colour of a moment.
pub(super) fn class_of(when: &str) -> &'static str {
    match when {
        "after" => "c1",
        "continued" => "c2",
        _ => "c3",
    }
}

/// A number with a bar and its interval behind it, `top` being the full width.
pub(super) fn bar(value: f64, [lo, hi]: [f64; 2], top: f64) -> String {
    let share = |v: f64| (100.0 * v / top.max(1e-9)).clamp(0.0, 100.0);
    format!(
        "<span class=\"meter\"><span class=\"value\">{}</span><span class=\"track\" aria-hidden=\"true\">\
         <i class=\"fill\" style=\"width:{:.1}%\"></i><i class=\"reach\" style=\"left:{:.1}%;width:{:.1}%\"></i></span></span>",
        percent(value),
        share(value),
        share(lo),
        share(hi) - share(lo)
    )
}
