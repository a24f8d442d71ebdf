use std::fmt::Write as _;

use super::{Scale, at, ticks};
use crate::html::escape;

/// A bar with its interval.
pub(crate) struct Bar<'a> {
    /// Under the bar's group; only the first of a group is written.
    pub(crate) group: &'a str,
    /// For the legend.
    pub(crate) label: &'a str,
    /// `c1` … `c7`.
    pub(crate) class: &'a str,
    /// As a fraction.
    pub(crate) value: f64,
    /// 95 % interval, as fractions.
    pub(crate) ci95: [f64; 2],
}

/// Grouped vertical bars inside the box `[left, top, right, bottom]`, labels outside of it.
pub(crate) fn bars_svg(bars: &[Bar<'_>], [left, top, right, bottom]: [f64; 4]) -> String {
    let mut out = String::new();
    let highest = bars
        .iter()
        .map(|b| b.ci95[1].max(b.value))
        .fold(0.0, f64::max)
        .max(0.1);
    let (values, _) = ticks(0.0, highest * 100.0, 6);
    let y = Scale::new([0.0, highest * 106.0], [bottom, top]);
    for value in values {
        let row = at(y.at(value));
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{} {row}H{}\"/>",
            at(left),
            at(right)
        );
        let _ = writeln!(
            out,
            "<text class=\"tick end\" x=\"{}\" y=\"{}\">{value:.0} %</text>",
            at(left - 8.0),
            at(y.at(value) + 4.0)
        );
    }
    let groups = bars.chunk_by(|a, b| a.group == b.group).collect::<Vec<_>>();
    let widest = groups.iter().map(|g| g.len()).max().unwrap_or(1) as f64;
    let slot = (right - left) / groups.len().max(1) as f64;
    let width = (slot * 0.72 / widest).min(46.0);
    for (g, group) in groups.iter().enumerate() {
        let middle = left + slot * (g as f64 + 0.5);
        let first = middle - width * group.len() as f64 / 2.0;
        for (i, bar) in group.iter().enumerate() {
            out += &bar_svg(bar, first + width * i as f64, width, y, bottom);
        }
        let _ = writeln!(
            out,
            "<text class=\"tick mid\" x=\"{}\" y=\"{}\">{}</text>",
            at(middle),
            at(bottom + 18.0),
            escape(group[0].group)
        );
    }
    let _ = writeln!(
        out,
        "<path class=\"axis\" d=\"M{} {}H{}\"/>",
        at(left),
        at(bottom),
        at(right)
    );
    out
}

fn bar_svg(bar: &Bar<'_>, left: f64, width: f64, y: Scale, bottom: f64) -> String {
    let top = y.at(bar.value * 100.0);
    let middle = left + width / 2.0;
    let [low, high] = bar.ci95.map(|v| y.at(v * 100.0));
    format!(
        concat!(
            "<g class=\"{class}\"><rect class=\"bar\" x=\"{x}\" y=\"{top}\" width=\"{w}\" height=\"{h}\" rx=\"2\">",
            "<title>{label}: {value:.1} %</title></rect></g>\n",
            "<path class=\"whisker\" d=\"M{m} {low}V{high}M{a} {low}h8M{a} {high}h8\"/>\n",
            "<text class=\"tick mid\" x=\"{m}\" y=\"{over}\">{value:.0}</text>\n"
        ),
        class = bar.class,
        x = at(left + 1.5),
        top = at(top),
        w = at(width - 3.0),
        h = at((bottom - top).max(0.0)),
        label = escape(bar.label),
        value = bar.value * 100.0,
        m = at(middle),
        a = at(middle - 4.0),
        low = at(low),
        high = at(high),
        over = at(high.min(top) - 6.0),
    )
}
