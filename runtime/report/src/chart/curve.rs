use std::fmt::Write as _;

use super::{Scale, at, ticks};
use crate::html::escape;

/// A value at a place with its interval.
#[derive(Clone, Copy)]
pub(crate) struct Smoothed {
    pub(crate) x: f64,
    pub(crate) mean: f64,
    pub(crate) lo: f64,
    pub(crate) hi: f64,
}

/// A line with its band, and the measurements behind it.
pub(crate) struct Series<'a> {
    /// For the legend; empty for none.
    pub(crate) label: &'a str,
    /// `c1` … `c4`.
    pub(crate) class: &'a str,
    /// What was measured, drawn as faint dots.
    pub(crate) raw: Vec<(f64, f64)>,
    /// The line and its band.
    pub(crate) line: Vec<Smoothed>,
}

/// A line chart.
pub(crate) struct Curve<'a> {
    /// What a screen reader says.
    pub(crate) title: &'a str,
    /// The horizontal axis.
    pub(crate) x_label: &'a str,
    /// Written after each value of the vertical axis.
    pub(crate) unit: &'a str,
    /// Lines, the first drawn last.
    pub(crate) series: Vec<Series<'a>>,
    /// The vertical axis begins at 0.
    pub(crate) from_zero: bool,
}

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 44.0;

/// Means over a moving window with the 95 % interval of the mean.
///
/// Each point is `(x, y, interval of y where known)`. Where every point has its interval, the
/// window's standard error comes from those, else from the spread of the points in the window.
pub(crate) fn smooth(points: &[(f64, f64, Option<[f64; 2]>)]) -> Vec<Smoothed> {
    let reach = (points.len() / 20).clamp(1, 12);
    (0..points.len())
        .map(|i| {
            // Symmetric, so that the ends are not pulled towards the middle.
            let reach = reach
                .min(i)
                .min(points.len() - 1 - i)
                .max(usize::from(points.len() > 2));
            let window = &points[i.saturating_sub(reach)..(i + reach + 1).min(points.len())];
            let n = window.len() as f64;
            let mean = window.iter().map(|p| p.1).sum::<f64>() / n;
            let known: Option<Vec<f64>> = window
                .iter()
                .map(|p| p.2.map(|[lo, hi]| (hi - lo) / 3.92))
                .collect();
            let error = match known {
                Some(errors) => errors.iter().map(|e| e * e).sum::<f64>().sqrt() / n,
                None if window.len() < 2 => 0.0,
                None => {
                    let squares: f64 = window.iter().map(|p| (p.1 - mean).powi(2)).sum();
                    (squares / (n - 1.0) / n).sqrt()
                }
            };
            let half = 1.96 * error;
            Smoothed {
                x: points[i].0,
                mean,
                lo: mean - half,
                hi: mean + half,
            }
        })
        .collect()
}

/// The chart as an SVG element.
pub(crate) fn curve_svg(curve: &Curve<'_>) -> String {
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
        escape(curve.title)
    );
    svg += &plot(curve, [LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM]);
    svg + "</svg>\n"
}

/// The chart inside the box `[left, top, right, bottom]`, axis labels outside of it.
pub(crate) fn plot(curve: &Curve<'_>, [left, top, right, bottom]: [f64; 4]) -> String {
    let (xs, ys) = ranges(curve);
    let (x_ticks, x_decimals) = ticks(xs[0], xs[1], 5);
    let (y_ticks, y_decimals) = ticks(ys[0], ys[1], 5);
    let x = Scale::new(xs, [left, right]);
    let y = Scale::new(ys, [bottom, top]);

    let mut out = String::new();
    for value in y_ticks {
        let row = at(y.at(value));
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{} {row}H{}\"/>",
            at(left),
            at(right)
        );
        let _ = writeln!(
            out,
            "<text class=\"tick end\" x=\"{}\" y=\"{}\">{}{}</text>",
            at(left - 8.0),
            at(y.at(value) + 4.0),
            format!("{value:.y_decimals$}").replace('-', "\u{2212}"),
            escape(curve.unit)
        );
    }
    let _ = writeln!(
        out,
        "<path class=\"axis\" d=\"M{} {}H{}\"/>",
        at(left),
        at(bottom),
        at(right)
    );
    for value in x_ticks {
        let _ = writeln!(
            out,
            "<text class=\"tick mid\" x=\"{}\" y=\"{}\">{value:.x_decimals$}</text>",
            at(x.at(value)),
            at(bottom + 18.0)
        );
    }
    let _ = writeln!(
        out,
        "<text class=\"tick end\" x=\"{}\" y=\"{}\">{}</text>",
        at(right),
        at(bottom + 36.0),
        escape(curve.x_label)
    );
    for series in curve.series.iter().rev() {
        out += &series_svg(series, x, y);
    }
    out + &legend(curve, left, bottom + 36.0)
}

fn series_svg(series: &Series<'_>, x: Scale, y: Scale) -> String {
    let class = series.class;
    let mut out = format!("<g class=\"{class}\">\n");
    if series.line.len() > 1 {
        let mut band = String::from("M");
        for (i, p) in series.line.iter().enumerate() {
            let _ = write!(
                band,
                "{}{} {}",
                if i > 0 { "L" } else { "" },
                at(x.at(p.x)),
                at(y.at(p.hi))
            );
        }
        for p in series.line.iter().rev() {
            let _ = write!(band, "L{} {}", at(x.at(p.x)), at(y.at(p.lo)));
        }
        let _ = writeln!(out, "<path class=\"band\" d=\"{band}Z\"/>");
    }
    for (px, py) in &series.raw {
        let _ = writeln!(
            out,
            "<circle class=\"raw\" cx=\"{}\" cy=\"{}\" r=\"1.8\"/>",
            at(x.at(*px)),
            at(y.at(*py))
        );
    }
    if series.line.len() > 1 {
        let mut line = String::from("M");
        for (i, p) in series.line.iter().enumerate() {
            let _ = write!(
                line,
                "{}{} {}",
                if i > 0 { "L" } else { "" },
                at(x.at(p.x)),
                at(y.at(p.mean))
            );
        }
        let _ = writeln!(out, "<path class=\"line\" d=\"{line}\"/>");
    }
    if let Some(last) = series.line.last() {
        let _ = writeln!(
            out,
            "<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3.4\"/>",
            at(x.at(last.x)),
            at(y.at(last.mean))
        );
    }
    out + "</g>\n"
}

fn legend(curve: &Curve<'_>, left: f64, row: f64) -> String {
    let mut out = String::new();
    let mut x = left;
    for series in curve.series.iter().filter(|s| !s.label.is_empty()) {
        let _ = writeln!(
            out,
            "<g class=\"{}\"><path class=\"line\" d=\"M{} {}h16\"/></g><text class=\"tick\" x=\"{}\" y=\"{}\">{}</text>",
            series.class,
            at(x),
            at(row - 4.0),
            at(x + 21.0),
            at(row),
            escape(series.label)
        );
        x += 21.0 + 7.0 * series.label.chars().count() as f64 + 16.0;
    }
    out
}

fn ranges(curve: &Curve<'_>) -> ([f64; 2], [f64; 2]) {
    let mut xs = [f64::INFINITY, f64::NEG_INFINITY];
    let mut ys = if curve.from_zero {
        [0.0, 0.0]
    } else {
        [f64::INFINITY, f64::NEG_INFINITY]
    };
    let mut see = |x: f64, y: f64| {
        if x.is_finite() && y.is_finite() {
            xs = [xs[0].min(x), xs[1].max(x)];
            ys = [ys[0].min(y), ys[1].max(y)];
        }
    };
    for series in &curve.series {
        series.raw.iter().for_each(|(x, y)| see(*x, *y));
        series.line.iter().for_each(|p| {
            see(p.x, p.lo);
            see(p.x, p.hi);
        });
    }
    if xs[0] > xs[1] {
        return ([0.0, 1.0], [0.0, 1.0]);
    }
    let margin = (ys[1] - ys[0]).max(1e-6) * 0.06;
    let low = if curve.from_zero {
        ys[0]
    } else {
        ys[0] - margin
    };
    (xs, [low, ys[1] + margin])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_symmetric_and_its_interval_the_mean_s() {
        let points: Vec<_> = (0..5).map(|i| (f64::from(i), f64::from(i), None)).collect();
        let line = smooth(&points);
        // Straight lines stay straight but for the ends, which average two points.
        assert_eq!(line[2].mean, 2.0);
        // sd of 1, 2, 3 is 1; 1.96 / sqrt(3).
        assert!((line[2].hi - 2.0 - 1.131_6).abs() < 1e-3);
        let known = vec![(0.0, 1.0, Some([0.0, 2.0])); 3];
        assert!((smooth(&known)[1].hi - (1.0 + 1.0 / 3f64.sqrt())).abs() < 1e-9);
    }

    #[test]
    fn nothing_measured_is_still_a_drawing() {
        let curve = Curve {
            title: "t",
            x_label: "step",
            unit: "",
            series: vec![],
            from_zero: false,
        };
        assert!(curve_svg(&curve).ends_with("</svg>\n"));
        assert!(smooth(&[]).is_empty());
        assert_eq!(smooth(&[(0.0, 1.0, None)])[0].mean, 1.0);
    }
}
