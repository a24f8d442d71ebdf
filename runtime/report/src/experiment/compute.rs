use std::fmt::Write as _;

use falcon_experiment::{Effect, Group, Report};

use super::{arm_title, levels::value, table, wrap};
use crate::{
    chart::{Scale, at, ticks},
    html::escape,
    number::{interval, points},
    words::split_title,
};

/// What each arm gained beside what it took.
pub(super) fn section(report: &Report) -> String {
    if report.effects.is_empty() {
        return String::new();
    }
    let mut figures = String::new();
    for (split, x, caption) in [
        (
            "iid",
            Axis::Tokens,
            "Unseen behaviours, against tokens: one learnt from counts one, one read or written while sampling a third.",
        ),
        (
            "iid",
            Axis::Seconds,
            "Unseen behaviours, against the wall time of learning, grading included.",
        ),
        (
            "composition",
            Axis::Tokens,
            "Unseen compositions, against tokens.",
        ),
        (
            "test",
            Axis::Tokens,
            "Test tasks, against tokens: one learnt from counts one, one read or written while sampling a third.",
        ),
        (
            "test",
            Axis::Seconds,
            "Test tasks, against the wall time of learning, grading included.",
        ),
    ] {
        let of: Vec<&Effect> = report
            .effects
            .iter()
            .filter(|effect| effect.split == split)
            .collect();
        if !of.is_empty() {
            let _ = writeln!(
                figures,
                "<figure>\n{}<figcaption>{caption}</figcaption>\n</figure>",
                scatter(&of, x, split)
            );
        }
    }
    wrap(
        "compute",
        "Effect against compute",
        "Points of pass@1 over the warm start, no memory in use; lines are 95 % intervals over seeds and tasks.",
        &format!("<div class=\"figures\">\n{figures}</div>\n"),
    )
}

/// What an effect is drawn against.
#[derive(Clone, Copy)]
enum Axis {
    Tokens,
    Seconds,
}

impl Axis {
    fn of(self, effect: &Effect) -> f64 {
        match self {
            Self::Tokens => effect.compute / 1e6,
            Self::Seconds => effect.seconds,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Tokens => "million tokens",
            Self::Seconds => "seconds",
        }
    }
}

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;

fn scatter(effects: &[&Effect], axis: Axis, split: &str) -> String {
    let fold = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((0f64, 0f64), |(lo, hi), v| (lo.min(v), hi.max(v)))
    };
    let places = || effects.iter().map(|effect| axis.of(effect));
    let near = places().fold(f64::INFINITY, f64::min);
    let far = places().fold(0.0, f64::max);
    // Arms that took about the same would stand in one heap on an axis from 0.
    let room = (0.15 * (far - near)).max(0.02 * far);
    let from = if near > 0.5 * far { near - room } else { 0.0 };
    let reach = [from, far + room];
    let (low, high) = fold(&mut effects.iter().flat_map(|effect| effect.ci95));
    let margin = ((high - low) * 0.08).max(0.5);
    let (right, bottom) = (WIDTH - 40.0, HEIGHT - 44.0);
    let x = Scale::new(reach, [50.0, right]);
    let y = Scale::new([low - margin, high + margin], [bottom, 14.0]);
    let mut out = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Gain of each arm on {} by {}\">\n",
        escape(split),
        axis.label()
    );
    let (values, decimals) = ticks(low - margin, high + margin, 6);
    for value in values {
        let row = at(y.at(value));
        let class = if value == 0.0 { "axis" } else { "grid" };
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"M50 {row}H{}\"/>",
            at(right)
        );
        let text = format!("{value:+.decimals$}").replace('-', "\u{2212}");
        let _ = writeln!(
            out,
            "<text class=\"tick end\" x=\"42\" y=\"{}\">{text}</text>",
            at(y.at(value) + 4.0)
        );
    }
    let (values, decimals) = ticks(reach[0], reach[1], 5);
    for value in values {
        let _ = writeln!(
            out,
            "<text class=\"tick mid\" x=\"{}\" y=\"{}\">{value:.decimals$}</text>",
            at(x.at(value)),
            at(bottom + 18.0)
        );
    }
    let _ = writeln!(
        out,
        "<text class=\"tick end\" x=\"{}\" y=\"{}\">{}</text>",
        at(right),
        at(bottom + 36.0),
        axis.label()
    );
    for (effect, label) in effects.iter().zip(labels(effects, axis, x, y)) {
        let (px, py) = (x.at(axis.of(effect)), y.at(effect.diff));
        let _ = writeln!(
            out,
            "<g class=\"c1\"><path class=\"whisker\" d=\"M{px} {}V{}\"/><circle class=\"dot\" cx=\"{px}\" cy=\"{}\" r=\"4\"/></g>\
             <text class=\"tick\" x=\"{}\" y=\"{}\">{}</text>",
            at(y.at(effect.ci95[0])),
            at(y.at(effect.ci95[1])),
            at(py),
            at(px + 8.0),
            at(label),
            escape(&effect.arm),
            px = at(px),
        );
    }
    out + "</svg>\n"
}

/// Where each label stands: beside its dot, moved down where another is there already.
fn labels(effects: &[&Effect], axis: Axis, x: Scale, y: Scale) -> Vec<f64> {
    const LINE: f64 = 13.0;
    let mut order: Vec<usize> = (0..effects.len()).collect();
    order.sort_by(|a, b| effects[*b].diff.total_cmp(&effects[*a].diff));
    let mut rows = vec![0.0; effects.len()];
    let mut placed: Vec<(f64, f64)> = Vec::new();
    for index in order {
        let px = x.at(axis.of(effects[index]));
        let mut row = y.at(effects[index].diff) + 4.0;
        while placed
            .iter()
            .any(|(ox, oy)| (ox - px).abs() < 46.0 && (oy - row).abs() < LINE)
        {
            row += 2.0;
        }
        placed.push((px, row));
        rows[index] = row;
    }
    rows
}

/// Arms that took as much compute as one of them.
pub(super) fn groups(report: &Report) -> String {
    let tables: String = report
        .groups
        .iter()
        .map(|group| one(report, group))
        .collect();
    wrap(
        "equal",
        "At equal compute",
        "Arms that were given as many tokens as one of them took under the same seed.",
        &tables,
    )
}

fn one(report: &Report, group: &Group) -> String {
    let mut body = String::new();
    for split in ["iid", "composition", "test"] {
        let of: Vec<_> = group
            .entries
            .iter()
            .filter(|entry| entry.split == split)
            .collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(
            body,
            "<tbody><tr class=\"group\"><th colspan=\"4\" scope=\"rowgroup\">{}</th></tr>",
            escape(split_title(split))
        );
        for entry in of {
            let against = match entry.against {
                Some(against) => format!(
                    "<td class=\"n\"><b>{}</b> <small>{}</small></td>",
                    points(against.value),
                    interval(against.ci95)
                ),
                None if entry.arm == group.of => "<td class=\"n\">sets the compute</td>".to_owned(),
                // The two have no task in common.
                None => "<td class=\"n\">not compared</td>".to_owned(),
            };
            let _ = writeln!(
                body,
                "<tr><th scope=\"row\">{}</th>{}{against}<td class=\"n\">{:.2}</td></tr>",
                arm_title(report, &entry.arm),
                value(entry.pass_at_1, entry.ci95),
                entry.compute / 1e6
            );
        }
        body += "</tbody>\n";
    }
    let heading = format!(
        "<th scope=\"col\">Arm</th><th scope=\"col\" class=\"n\">pass@1 %, 95 %</th><th scope=\"col\" class=\"n\">points over {}</th>\
         <th scope=\"col\" class=\"n\">million tokens</th>",
        escape(&group.of)
    );
    table("levels-table", &heading, &body)
}
