use std::fmt::Write as _;

use falcon_experiment::{Level, Report};

use super::{arm_title, table, wrap};
use crate::{
    html::escape,
    number::percent,
    words::{memory_title, split_text, split_title, splits_of},
};

/// Arms × memories, a table for each split.
pub(super) fn section(report: &Report) -> String {
    let levels = || report.arms.iter().flat_map(|arm| &arm.levels);
    let tables: String = splits_of(levels().map(|level| level.split.as_str()))
        .into_iter()
        .map(|split| of_split(report, split))
        .collect();
    let seeds = report.seeds.len();
    let lead = format!(
        "Pass@1 in percent, mean over tasks and {seeds} seeds, with its 95 % interval over both. An arm that is a row of another’s \
         run has the rows that were measured of it."
    );
    wrap("levels", "Arms and splits", &lead, &tables)
}

fn of_split(report: &Report, split: &str) -> String {
    let mut memories: Vec<&str> = Vec::new();
    let mut size = None;
    for level in report
        .arms
        .iter()
        .flat_map(|arm| &arm.levels)
        .filter(|level| level.split == split)
    {
        size.get_or_insert((level.tasks, level.samples));
        if !memories.contains(&level.memory.as_str()) {
            memories.push(&level.memory);
        }
    }
    let (tasks, samples) = size.unwrap_or((0, 0));
    let mut heading = String::from("<th scope=\"col\">Arm</th>");
    for memory in &memories {
        let _ = write!(
            heading,
            "<th scope=\"col\" class=\"n\">{}</th>",
            escape(memory_title(memory))
        );
    }
    if memories.contains(&"none") {
        // Fewer samples say nothing about eight.
        let _ = write!(
            heading,
            "<th scope=\"col\" class=\"n\">pass@{}</th><th scope=\"col\" class=\"n\">greedy</th>",
            samples.min(8)
        );
    }
    let mut body = String::from("<tbody>\n");
    for arm in &report.arms {
        let of: Vec<&Level> = arm
            .levels
            .iter()
            .filter(|level| level.split == split)
            .collect();
        if of.is_empty() {
            continue;
        }
        let _ = write!(
            body,
            "<tr><th scope=\"row\">{}</th>",
            arm_title(report, &arm.name)
        );
        for memory in &memories {
            body += &cell(of.iter().find(|level| level.memory == *memory).copied());
        }
        if memories.contains(&"none") {
            let plain = of.iter().find(|level| level.memory == "none");
            for value in [
                plain.map(|level| level.pass_at_8),
                plain.map(|level| level.greedy),
            ] {
                let _ = write!(
                    body,
                    "<td class=\"n\">{}</td>",
                    value.map_or_else(|| "–".to_owned(), percent)
                );
            }
        }
        body += "</tr>\n";
    }
    body += "</tbody>\n";
    format!(
        "<h3 class=\"part\">{} <small>{tasks} tasks × {samples} samples. {}</small></h3>\n{}",
        escape(split_title(split)),
        escape(split_text(split)),
        table("levels-table", &heading, &body)
    )
}

fn cell(level: Option<&Level>) -> String {
    level.map_or_else(
        || "<td class=\"n\">–</td>".to_owned(),
        |level| value(level.pass_at_1, level.ci95),
    )
}

/// A rate with its interval, in percent.
pub(super) fn value(rate: f64, [low, high]: [f64; 2]) -> String {
    format!(
        "<td class=\"n\"><b>{:.1}</b> <small>[{:.1}, {:.1}]</small></td>",
        100.0 * rate,
        100.0 * low,
        100.0 * high
    )
}
