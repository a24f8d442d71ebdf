use std::fmt::Write as _;

use super::{
    curves::{exact, figure, series},
    section as wrap,
};
use crate::{
    CurvePoint, Report,
    chart::{Curve, smooth},
    number::count,
};

/// A measure of a step: what a screen reader says, the unit, the factor before it, the value, and what people read.
struct Measure {
    title: &'static str,
    unit: &'static str,
    factor: f64,
    value: fn(&CurvePoint) -> Option<f64>,
    /// Drawn only where some step differs from 0.
    rare: bool,
    caption: &'static str,
}

const MEASURES: [Measure; 8] = [
    Measure {
        title: "Entropy of the policy by step",
        unit: "",
        factor: 1.0,
        value: |point| point.entropy,
        rare: false,
        caption: "Entropy of the policy on the programs it learns from, in nats a token. Near 0 it writes one program only.",
    },
    Measure {
        title: "KL divergence from the start by step",
        unit: "",
        factor: 1.0,
        value: |point| point.kl_to_start,
        rare: false,
        caption: "How far the policy is from the one that reinforcement learning started from, in nats a token.",
    },
    Measure {
        title: "Gradient norm by step",
        unit: "",
        factor: 1.0,
        value: |point| point.gradient_norm,
        rare: false,
        caption: "Norm of the gradient before it is clipped to 1.",
    },
    Measure {
        title: "Mean length of a program by step",
        unit: "",
        factor: 1.0,
        value: |point| point.length_mean,
        rare: false,
        caption: "Mean tokens of a sampled program.",
    },
    Measure {
        title: "Groups without variance by step",
        unit: " %",
        factor: 100.0,
        value: |point| point.flat_share,
        rare: false,
        caption: "Share of prompts whose programs all got one reward. An objective with a group baseline learns nothing from them.",
    },
    Measure {
        title: "Clipped tokens by step",
        unit: " %",
        factor: 100.0,
        value: |point| point.clip_fraction,
        rare: true,
        caption: "Share of tokens whose probability ratio was clipped in the step’s last update.",
    },
    Measure {
        title: "Log-probability ratio by step",
        unit: "",
        factor: 1.0,
        value: |point| point.log_ratio,
        rare: true,
        caption: "Mean of log π − log π of the policy that sampled, in nats a token, in the step’s last update.",
    },
    Measure {
        title: "Programs refused by step",
        unit: "",
        factor: 1.0,
        value: |point| Some(point.forbidden as f64),
        rare: true,
        caption: "Programs that tried what no program may do, and were refused.",
    },
];

/// Whether training can be trusted: what besides the reward moved.
pub(super) fn section(report: &Report) -> String {
    let mut figures = String::new();
    for measure in &MEASURES {
        let of = |point: &CurvePoint| {
            Some((
                point.step as f64,
                measure.factor * (measure.value)(point)?,
                None,
            ))
        };
        let points: Vec<_> = report.curve.iter().filter_map(of).collect();
        let drawn = points.iter().any(|point| !measure.rare || point.1 != 0.0);
        if points.is_empty() || !drawn {
            continue;
        }
        let lowest = smooth(&points).iter().map(|it| it.lo).fold(0.0, f64::min);
        figures += &figure(
            &Curve {
                title: measure.title,
                x_label: "RL step",
                unit: measure.unit,
                series: vec![series("c4", &points)],
                from_zero: lowest >= 0.0,
            },
            measure.caption,
        );
    }
    figures += &validation(&report.curve);
    if figures.is_empty() {
        return figures;
    }
    let lead =
        "What besides the reward moved. A reward that rises while these run away is no learning.";
    let said = said(&report.curve);
    let content = format!("<div class=\"figures\">\n{figures}</div>\n{said}");
    wrap("trust", "Whether to trust the training", lead, &content)
}

/// Looks at validation tasks, where the run took some.
fn validation(curve: &[CurvePoint]) -> String {
    let looks = curve.iter();
    let of = |point: &CurvePoint| Some((point.step as f64, 100.0 * point.validation?, None));
    let points: Vec<_> = looks.filter_map(of).collect();
    if points.is_empty() {
        return String::new();
    }
    let curve = Curve {
        title: "Validation tasks solved during reinforcement learning",
        x_label: "RL step",
        unit: " %",
        series: vec![exact("c3", &points)],
        from_zero: true,
    };
    figure(
        &curve,
        "Validation tasks that the greedy program solves. Where it does not rise for long, the run stops early.",
    )
}

/// What lines say: programs refused, whether sampler and learner agree, and whose programs they are.
fn said(curve: &[CurvePoint]) -> String {
    let refused: u64 = curve.iter().map(|point| point.forbidden).sum();
    let mut said = format!(
        "{} programs tried what no program may do, and were refused.",
        count(refused)
    );
    let gaps = curve.iter().filter_map(|point| point.sampler_gap);
    if let Some(gap) = gaps.reduce(f64::max) {
        let _ = write!(
            said,
            " Log-probabilities as they were sampled and as they are learnt differ by at most {gap:.1e} nats a token, mean of a step."
        );
    }
    let behind = curve.iter().filter(|point| point.behind > 0).count() as u64;
    if behind > 0 {
        let _ = write!(
            said,
            " In {} of {} steps the programs are of the policy before the last step, since they were sampled and graded while that \
             step learnt: reward, pass rate, length and KL divergence are of that policy, and ratios compare with it.",
            count(behind),
            count(curve.len() as u64)
        );
    }
    format!("<p class=\"note\">{said}</p>\n")
}
