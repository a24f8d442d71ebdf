use std::fmt::Write as _;

use super::{claims::Sign, section as wrap};
use crate::{
    Gain, Report,
    html::escape,
    number::{interval, points},
    words::{contrast_words, split_title, splits_of},
};

/// A line of a forest plot.
pub(crate) struct Row<'a> {
    /// What is compared, for people.
    pub(crate) words: &'a str,
    /// What is compared, as `report.json` names it.
    pub(crate) contrast: &'a str,
    /// The split it belongs to.
    pub(crate) split: &'a str,
    /// The difference and its interval, in points.
    pub(crate) gain: Gain,
    /// Single runs behind it, drawn as small marks.
    pub(crate) marks: Vec<f64>,
}

/// Every contrast with its interval.
pub(super) fn section(report: &Report) -> String {
    let rows: Vec<_> = report
        .gains
        .iter()
        .map(|gain| Row {
            words: contrast_words(&gain.contrast),
            contrast: &gain.contrast,
            split: &gain.split,
            gain: gain.clone(),
            marks: Vec::new(),
        })
        .collect();
    wrap(
        "contrasts",
        "Differences, with their intervals",
        "In points of pass@1. The dot is the difference, the line its 95 % interval; what crosses the zero \
         line is not separated from no difference.",
        &forest(&rows),
    )
}

/// Rows of differences over a common axis that always shows zero.
pub(crate) fn forest(rows: &[Row<'_>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let ends = rows.iter().flat_map(|r| {
        r.marks
            .iter()
            .copied()
            .chain([r.gain.ci95[0], r.gain.ci95[1], r.gain.diff])
    });
    let (lo, hi) = ends
        .filter(|v| v.is_finite())
        .fold((0f64, 0f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let margin = ((hi - lo) * 0.05).max(0.5);
    let axis = [lo - margin, hi + margin];
    let mut body = String::new();
    for split in splits_of(rows.iter().map(|r| r.split)) {
        let _ = writeln!(
            body,
            "<tbody><tr class=\"group\"><th colspan=\"3\" scope=\"rowgroup\">{}</th></tr>",
            escape(split_title(split))
        );
        rows.iter()
            .filter(|r| r.split == split)
            .for_each(|r| body += &line(r, axis));
        body += "</tbody>\n";
    }
    format!(
        "<table class=\"forest\">\n<thead class=\"hidden\"><tr><th scope=\"col\">Contrast</th><th scope=\"col\">Interval</th>\
         <th scope=\"col\">Points</th></tr></thead>\n{body}</table>\n"
    )
}

fn line(row: &Row<'_>, [lo, hi]: [f64; 2]) -> String {
    let share = |v: f64| (100.0 * (v - lo) / (hi - lo)).clamp(0.0, 100.0);
    let Gain { diff, ci95, .. } = &row.gain;
    let mut marks = String::new();
    for mark in &row.marks {
        let _ = write!(
            marks,
            "<i class=\"mark\" style=\"left:{:.2}%\"></i>",
            share(*mark)
        );
    }
    let name = if row.words == row.contrast {
        escape(row.contrast)
    } else {
        format!(
            "{} <code>{}</code>",
            escape(row.words),
            escape(row.contrast)
        )
    };
    format!(
        "<tr class=\"{sign}\"><th scope=\"row\">{name}</th><td class=\"plot\"><span class=\"track\" aria-hidden=\"true\">\
         <i class=\"zero\" style=\"left:{zero:.2}%\"></i>{marks}<i class=\"reach\" style=\"left:{left:.2}%;width:{width:.2}%\"></i>\
         <i class=\"dot\" style=\"left:{dot:.2}%\"></i></span></td><td class=\"n\"><b>{diff}</b> <small>{interval}</small></td></tr>\n",
        sign = Sign::of(&row.gain).class(),
        zero = share(0.0),
        left = share(ci95[0]),
        width = share(ci95[1]) - share(ci95[0]),
        dot = share(*diff),
        diff = points(*diff),
        interval = interval(*ci95),
    )
}
