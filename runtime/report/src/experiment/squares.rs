use std::fmt::Write as _;

use falcon_experiment::{Estimate, Report, SquareReport};

use super::{arm_title, wrap};
use crate::{
    html::escape,
    number::{interval, percent, points},
    words::{memory_title, split_title},
};

/// Trained with and without, tested with and without.
pub(super) fn section(report: &Report) -> String {
    let squares: String = report
        .squares
        .iter()
        .map(|square| one(report, square))
        .collect();
    if squares.is_empty() {
        return squares;
    }
    wrap(
        "squares",
        "Trained with or without, tested with or without",
        "Whether a memory is worth having when tested, and whether one must train with it to use it. Darker is higher.",
        &format!("<div class=\"panels\">\n{squares}</div>\n"),
    )
}

fn one(report: &Report, of: &SquareReport) -> String {
    let square = &of.square;
    let values = || of.cells.iter().flatten().flatten().map(|cell| cell.value);
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| {
        (lo.min(v), hi.max(v))
    });
    let mut rows = String::new();
    for (arm, cells) in [&square.trained_without, &square.trained_with]
        .into_iter()
        .zip(&of.cells)
    {
        let _ = write!(
            rows,
            "<tr><th scope=\"row\">trained as {}</th>",
            arm_title(report, arm)
        );
        for cell in cells {
            rows += &match cell {
                None => "<td>not measured</td>".to_owned(),
                Some(Estimate { value, ci95 }) => format!(
                    "<td><i style=\"opacity:{:.2}\"></i><span><b>{}</b><small>{} to {}</small></span></td>",
                    0.08 + 0.34 * (value - low) / (high - low).max(1e-9),
                    percent(*value),
                    percent(ci95[0]),
                    percent(ci95[1])
                ),
            };
        }
        rows += "</tr>\n";
    }
    let interaction = match of.interaction {
        None => String::new(),
        Some(Estimate { value: diff, ci95 }) => format!(
            "<p>Training with it adds <b>{} points</b> {} to what it is worth when tested{}.</p>",
            points(diff),
            interval(ci95),
            if ci95[0] <= 0.0 && ci95[1] >= 0.0 {
                ", not told from 0"
            } else {
                ""
            }
        ),
    };
    format!(
        "<div class=\"panel\"><h3>{} <small>{}</small></h3>\n<table class=\"square\"><thead><tr><td></td><th scope=\"col\">tested with {}</th>\
         <th scope=\"col\">tested with {}</th></tr></thead>\n<tbody>{rows}</tbody></table>\n{interaction}</div>\n",
        escape(&square.title),
        escape(split_title(&square.split)),
        escape(memory_title(&square.tested_without)),
        escape(memory_title(&square.tested_with)),
    )
}
