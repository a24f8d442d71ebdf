use std::fmt::Write as _;

use falcon_experiment::{Cost, Report};

use super::{arm_title, table, wrap};
use crate::{
    html::escape,
    number::{bytes, count, duration, percent},
    page::fact,
    words::phase_title,
};

/// What a run of each arm took.
pub(super) fn section(report: &Report) -> String {
    let mut body = String::from("<tbody>\n");
    for arm in &report.arms {
        let Some(cost) = &arm.cost else { continue };
        let _ = writeln!(
            body,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.2}</td><td class=\"n\">{:.2}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            arm_title(report, &arm.name),
            duration(cost.seconds),
            duration(cost.rl_seconds),
            cost.rl_compute / 1e6,
            cost.tokens / 1e6,
            bytes(cost.peak_rss_bytes),
            count(cost.executions as u64),
            strip(cost)
        );
    }
    body += "</tbody>\n";
    if !report.arms.iter().any(|arm| arm.cost.is_some()) {
        return String::new();
    }
    let heading = "<th scope=\"col\">Arm</th><th scope=\"col\" class=\"n\">wall time</th><th scope=\"col\" class=\"n\">of learning</th>\
                   <th scope=\"col\" class=\"n\">M tokens learnt</th><th scope=\"col\" class=\"n\">M tokens in all</th>\
                   <th scope=\"col\" class=\"n\">memory</th><th scope=\"col\" class=\"n\">sandbox runs</th><th scope=\"col\">where time went</th>";
    wrap(
        "cost",
        "What a run takes",
        "Mean over seeds; memory is the largest of any. Time is wall time of the run alone, on the machine named below.",
        &(table("levels-table", heading, &body) + &legend(report) + &parts(report)),
    )
}

/// Share of learning's time that each part took, where the runs counted it.
fn parts(report: &Report) -> String {
    let mut names: Vec<&str> = Vec::new();
    let costs = report.arms.iter().filter_map(|arm| arm.cost.as_ref());
    for part in costs.flat_map(|cost| &cost.parts) {
        if !names.contains(&part.name.as_str()) {
            names.push(&part.name);
        }
    }
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
        let Some(cost) = arm.cost.as_ref().filter(|cost| !cost.parts.is_empty()) else {
            continue;
        };
        let total: f64 = cost.parts.iter().map(|part| part.seconds).sum();
        let _ = write!(
            body,
            "<tr><th scope=\"row\">{}</th>",
            arm_title(report, &arm.name)
        );
        for name in &names {
            let part = cost.parts.iter().find(|part| part.name == *name);
            let share = part.map_or(0.0, |part| part.seconds) / total.max(1e-9);
            let _ = write!(body, "<td class=\"n\">{}</td>", percent(share));
        }
        body += "</tr>\n";
    }
    body += "</tbody>\n";
    format!(
        "<h3 class=\"part\">What reinforcement learning spends its time on <small>what went on beside something else is not counted</small></h3>\n{}",
        table("levels-table", &heading, &body)
    )
}

/// A bar of the phases, each under its colour of the legend.
fn strip(cost: &Cost) -> String {
    let total: f64 = cost.phases.iter().map(|phase| phase.seconds).sum();
    let mut segments = String::new();
    // The end of a run is no phase.
    for phase in cost.phases.iter().filter(|phase| phase.name != "done") {
        let _ = write!(
            segments,
            "<i class=\"{}\" title=\"{} {}\" style=\"width:{:.1}%\"></i>",
            class(&phase.name),
            escape(phase_title(&phase.name)),
            duration(phase.seconds),
            100.0 * phase.seconds / total.max(1e-9)
        );
    }
    format!("<span class=\"strip short\">{segments}</span>")
}

fn class(phase: &str) -> &'static str {
    match phase {
        "warm start" => "p1",
        "rl" => "p2",
        "evaluation after" => "p3",
        "continued" => "p4",
        "evaluation before" => "p5",
        _ => "p6",
    }
}

fn legend(report: &Report) -> String {
    let mut names: Vec<&str> = Vec::new();
    let costs = report.arms.iter().filter_map(|arm| arm.cost.as_ref());
    for phase in costs
        .flat_map(|cost| &cost.phases)
        .filter(|phase| phase.name != "done")
    {
        if !names.contains(&phase.name.as_str()) {
            names.push(&phase.name);
        }
    }
    let items: String = names
        .into_iter()
        .map(|name| {
            format!(
                "<li><i class=\"{}\"></i>{}</li>\n",
                class(name),
                escape(phase_title(name))
            )
        })
        .collect();
    format!("<div class=\"phases\"><ul>\n{items}</ul></div>\n")
}

/// Digests, machine, and the command that made it.
pub(super) fn provenance(report: &Report) -> String {
    let digest = |value: &str| format!("<code class=\"digest\">{}</code>", escape(value));
    let mut names = fact("Plan", &digest(&report.plan_digest.to_string()));
    names += &fact("Result", &digest(&report.result_digest.to_string()));
    for (split, of) in &report.test_sets {
        names += &fact(&format!("Test set {split}"), &digest(&of.to_string()));
    }
    for (name, of) in &report.plugins {
        names += &fact(name, &digest(&of.to_string()));
    }
    let mut machine = fact(
        "Seeds",
        &report
            .seeds
            .iter()
            .map(u64::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    );
    machine += &fact("Policy", &format!("{} weights", count(report.parameters)));
    let mut command = String::new();
    if let Some(made) = &report.provenance {
        machine += &fact(
            "Processor",
            &format!("{}, {} in use", escape(&made.cpu), made.cores),
        );
        machine += &fact("Main memory", &bytes(made.memory_bytes));
        machine += &fact("System", &escape(&made.system));
        machine += &fact("FALCON", &escape(&made.version));
        if !made.command.is_empty() {
            let _ = write!(
                command,
                "<p class=\"note\">The command that made the runs and this page. On the same processor family it gives the same result digest.</p>\n\
                 <pre class=\"command\">{}</pre>\n",
                escape(&made.command)
            );
        }
    }
    let content = format!(
        "<div class=\"panels\">\n<div class=\"panel\"><h3>Machine</h3><dl>\n{machine}</dl></div>\n\
         <div class=\"panel\"><h3>Digests</h3><dl>\n{names}</dl></div>\n</div>\n{command}"
    );
    wrap(
        "provenance",
        "Machine, digests and how to repeat it",
        "",
        &content,
    )
}
