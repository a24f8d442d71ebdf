use super::{inner, section as wrap};
use crate::{
    CurvePoint, Report, WarmPoint,
    chart::{Curve, Series, curve_svg, smooth},
};

/// How the numbers came about, step by step.
pub(super) fn section(report: &Report) -> String {
    let mut figures = String::new();
    if !report.warm_start.is_empty() {
        figures += &warm_start(&report.warm_start);
    }
    if !report.curve.is_empty() {
        figures += &figure(
            &pass_rate(&report.curve),
            "Share of sampled programs that pass all tests of their training task, after each RL step.",
        );
        figures += &figure(
            &reward(&report.curve),
            "Mean composite reward of the sampled programs. Training reward is not the result: the table above is.",
        );
    }
    if figures.is_empty() {
        return figures;
    }
    wrap(
        "curves",
        "The run, step by step",
        "Dots are single steps; lines are means over a moving window with the 95 % interval of that mean.",
        &format!(
            "<div class=\"figures\">\n{figures}</div>\n{}",
            inner::note(&report.curve)
        ),
    )
}

/// The pass rate of training, in percent.
pub(crate) fn pass_rate(curve: &[CurvePoint]) -> Curve<'static> {
    let points: Vec<_> = curve
        .iter()
        .filter_map(|p| {
            Some((
                p.step as f64,
                100.0 * p.pass_rate?,
                p.pass_ci95.map(|ci| ci.map(|v| 100.0 * v)),
            ))
        })
        .collect();
    Curve {
        title: "Training pass rate by step",
        x_label: "RL step",
        unit: " %",
        series: vec![series("c1", &points)],
        from_zero: true,
    }
}

fn reward(curve: &[CurvePoint]) -> Curve<'static> {
    let points: Vec<_> = curve
        .iter()
        .filter_map(|p| Some((p.step as f64, p.reward_mean?, p.reward_ci95)))
        .collect();
    Curve {
        title: "Mean training reward by step",
        x_label: "RL step",
        unit: "",
        series: vec![series("c4", &points)],
        from_zero: false,
    }
}

fn warm_start(points: &[WarmPoint]) -> String {
    let validation: Vec<_> = points
        .iter()
        .filter_map(|p| Some((p.step as f64, 100.0 * p.validation?, None)))
        .collect();
    let loss: Vec<_> = points
        .iter()
        .filter_map(|p| Some((p.step as f64, p.loss?, None)))
        .collect();
    let mut out = String::new();
    if !validation.is_empty() {
        let curve = Curve {
            title: "Validation tasks solved during the warm start",
            x_label: "supervised step",
            unit: " %",
            series: vec![exact("c3", &validation)],
            from_zero: true,
        };
        out += &figure(
            &curve,
            "Validation tasks that the greedy program solves. The warm start stops by this, not by a step count.",
        );
    }
    if loss.len() > 1 {
        let curve = Curve {
            title: "Supervised loss by step",
            x_label: "supervised step",
            unit: "",
            series: vec![series("c3", &loss)],
            from_zero: true,
        };
        out += &figure(
            &curve,
            "Negative log-likelihood of gold programs, in nats a token.",
        );
    }
    out
}

pub(super) fn series(
    class: &'static str,
    points: &[(f64, f64, Option<[f64; 2]>)],
) -> Series<'static> {
    let raw = points.iter().map(|p| (p.0, p.1)).collect();
    Series {
        label: "",
        class,
        raw,
        line: smooth(points),
    }
}

/// A line through the measurements themselves.
pub(super) fn exact(
    class: &'static str,
    points: &[(f64, f64, Option<[f64; 2]>)],
) -> Series<'static> {
    let pinned: Vec<_> = points
        .iter()
        .map(|p| (p.0, p.1, Some([p.1, p.1])))
        .collect();
    let mut line = smooth(&pinned);
    for (smoothed, point) in line.iter_mut().zip(points) {
        (smoothed.mean, smoothed.lo, smoothed.hi) = (point.1, point.1, point.1);
    }
    Series {
        label: "",
        class,
        raw: points.iter().map(|p| (p.0, p.1)).collect(),
        line,
    }
}

pub(super) fn figure(curve: &Curve<'_>, caption: &str) -> String {
    format!(
        "<figure>\n{}<figcaption>{caption}</figcaption>\n</figure>\n",
        curve_svg(curve)
    )
}
