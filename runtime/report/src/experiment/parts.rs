use std::{collections::BTreeSet, fmt::Write as _};

use falcon_experiment::{ArmReport, Level, Report};

use super::{arm_title, levels::value, table, wrap};
use crate::{
    html::escape,
    words::{memory_title, split_title, splits_of},
};

/// Rows of an arm that are told in parts: without memory, and with what the split is for.
const MEMORIES: [&str; 3] = ["none", "ltm", "stm"];

/// Pass@1 by depth of composition and by family, where a test set has several.
pub(super) fn depths(report: &Report) -> String {
    let levels = || report.arms.iter().flat_map(|arm| &arm.levels);
    let mut tables = String::new();
    for split in splits_of(levels().map(|level| level.split.as_str())) {
        for memory in MEMORIES {
            let of = |arm: &ArmReport| find(arm, split, memory).cloned();
            let names: BTreeSet<String> = report
                .arms
                .iter()
                .filter_map(of)
                .flat_map(|level| {
                    level
                        .strata
                        .into_iter()
                        .map(|part| format!("{}\u{0}{}", part.name, part.tasks))
                })
                .collect();
            if !names.is_empty() {
                tables += &of_split(report, split, memory, &names);
            }
        }
    }
    wrap(
        "parts",
        "By depth of composition and by family",
        "The same rows in parts: pass@1 in percent with its 95 % interval. Nothing here is corrected for the number of looks.",
        &tables,
    )
}

fn find<'a>(arm: &'a ArmReport, split: &str, memory: &str) -> Option<&'a Level> {
    arm.levels
        .iter()
        .find(|level| level.split == split && level.memory == memory)
}

fn of_split(report: &Report, split: &str, memory: &str, names: &BTreeSet<String>) -> String {
    let parts: Vec<(&str, &str)> = names
        .iter()
        .filter_map(|name| name.split_once('\u{0}'))
        .collect();
    let mut heading = String::from("<th scope=\"col\">Arm</th>");
    for (name, tasks) in &parts {
        let _ = write!(
            heading,
            "<th scope=\"col\" class=\"n\">{} <small>{tasks} tasks</small></th>",
            escape(name)
        );
    }
    let mut body = String::from("<tbody>\n");
    for arm in &report.arms {
        let Some(level) = find(arm, split, memory) else {
            continue;
        };
        let _ = write!(
            body,
            "<tr><th scope=\"row\">{}</th>",
            arm_title(report, &arm.name)
        );
        for (name, _) in &parts {
            let part = level.strata.iter().find(|part| part.name == *name);
            body += &part.map_or_else(
                || "<td class=\"n\">–</td>".to_owned(),
                |part| value(part.pass_at_1, part.ci95),
            );
        }
        body += "</tr>\n";
    }
    body += "</tbody>\n";
    format!(
        "<h3 class=\"part\">{} <small>{}</small></h3>\n{}",
        escape(split_title(split)),
        escape(memory_title(memory)),
        table("levels-table", &heading, &body)
    )
}

/// What the programs that do not pass end with.
pub(super) fn errors(report: &Report) -> String {
    let of = |arm: &ArmReport| find(arm, "iid", "none").map(|level| level.errors.clone());
    let names: BTreeSet<String> = report
        .arms
        .iter()
        .filter_map(of)
        .flat_map(|errors| errors.into_keys())
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let mut heading = String::from("<th scope=\"col\">Arm</th>");
    for name in &names {
        let _ = write!(
            heading,
            "<th scope=\"col\" class=\"n\">{}</th>",
            escape(name)
        );
    }
    let mut body = String::from("<tbody>\n");
    for arm in &report.arms {
        let Some(errors) = of(arm) else { continue };
        let _ = write!(
            body,
            "<tr><th scope=\"row\">{}</th>",
            arm_title(report, &arm.name)
        );
        for name in &names {
            let share = errors.get(name).copied().unwrap_or(0.0);
            let _ = write!(body, "<td class=\"n\">{:.2}</td>", 100.0 * share);
        }
        body += "</tr>\n";
    }
    body += "</tbody>\n";
    wrap(
        "errors",
        "How programs fail",
        "Share of samples with each verdict that is not a pass, in percent, on unseen behaviours.",
        &table("levels-table", &heading, &body),
    )
}
