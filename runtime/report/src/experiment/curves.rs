use falcon_experiment::{ArmReport, Report};

use super::wrap;
use crate::{
    chart::{Curve, Series, Smoothed, curve_svg},
    html::escape,
};

/// Training of each arm, over its seeds.
pub(super) fn section(report: &Report) -> String {
    let drawn: Vec<&ArmReport> = report
        .arms
        .iter()
        .filter(|arm| arm.curve.len() > 1)
        .collect();
    let Some(first) = drawn.first() else {
        return String::new();
    };
    let figures: String = drawn
        .iter()
        .map(|arm| {
            let mut all = vec![series(arm, "c1")];
            if arm.name != first.name {
                all.push(series(first, "c3"));
            }
            let curve = Curve {
                title: "Training pass rate by step, over seeds",
                x_label: "RL step",
                unit: " %",
                series: all,
                from_zero: true,
            };
            format!(
                "<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n",
                curve_svg(&curve),
                escape(&arm.title)
            )
        })
        .collect();
    let lead = format!(
        "Share of sampled programs that pass their training task: mean over seeds with Student’s 95 % interval; {} is drawn beside each. \
         Training is not the result: the tables above are.",
        escape(&first.name)
    );
    wrap(
        "curves",
        "Training, step by step",
        &lead,
        &format!("<div class=\"figures small\">\n{figures}</div>\n"),
    )
}

fn series<'a>(arm: &'a ArmReport, class: &'a str) -> Series<'a> {
    let line = arm.curve.iter().map(|bin| Smoothed {
        x: bin.step as f64,
        mean: 100.0 * bin.pass_rate,
        lo: (100.0 * bin.ci95[0]).max(0.0),
        hi: (100.0 * bin.ci95[1]).min(100.0),
    });
    Series {
        label: &arm.name,
        class,
        raw: Vec::new(),
        line: line.collect(),
    }
}
