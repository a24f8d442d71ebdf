use std::fmt::Write as _;

use crate::{
    Report,
    chart::{Bar, at, bars_svg, plot},
    html::escape,
    page::pass_rate,
};

const STYLE: &str = include_str!("picture.css");

/// A run as one SVG: the training curve, and what it came to with and without memory.
///
/// It carries its own style and follows the reader's light or dark setting, so it can stand in a README.
#[must_use]
pub fn picture(report: &Report) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 340\" role=\"img\" aria-label=\"{}\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"960\" height=\"340\" rx=\"10\"/>\n",
        escape(&caption(report))
    );
    let _ = writeln!(
        out,
        "<text class=\"title\" x=\"24\" y=\"34\">Programs that pass their tests, while training</text>"
    );
    let curve = pass_rate(&report.curve);
    out += &plot(&curve, [66.0, 54.0, 440.0, 282.0]);
    let _ = writeln!(
        out,
        "<text class=\"title\" x=\"500\" y=\"34\">pass@1 on tasks never seen</text>"
    );
    let bars = bars(report);
    out += &bars_svg(&bars, [546.0, 54.0, 936.0, 282.0]);
    out += &legend(&bars);
    out + "</svg>\n"
}

/// Before, control and after on plain splits; without, with control and with memory on the splits that need it.
fn bars(report: &Report) -> Vec<Bar<'_>> {
    const WANTED: [(&str, &str, &str, &str, &str); 11] = [
        ("iid", "before", "none", "c3", "warm start"),
        ("iid", "continued", "none", "c2", "more SFT"),
        ("iid", "after", "none", "c1", "RL"),
        ("composition", "before", "none", "c3", "warm start"),
        ("composition", "continued", "none", "c2", "more SFT"),
        ("composition", "after", "none", "c1", "RL"),
        ("alias", "after", "none", "c1", "RL"),
        ("alias", "after", "ltm", "c4", "RL + memory"),
        ("ambiguous", "after", "none", "c1", "RL"),
        ("ambiguous", "after", "resample", "c5", "resampling"),
        ("ambiguous", "after", "stm", "c4", "RL + memory"),
    ];
    WANTED
        .iter()
        .filter_map(|(split, when, memory, class, label)| {
            let found = report.find(split, when, memory)?;
            Some(Bar {
                group: short(split),
                label,
                class,
                value: found.pass_at_1,
                ci95: found.interval(),
            })
        })
        .collect()
}

/// A split's name where room is scarce.
fn short(split: &str) -> &'static str {
    match split {
        "iid" => "behaviours",
        "composition" => "compositions",
        "alias" => "private words",
        _ => "ambiguous",
    }
}

fn legend(bars: &[Bar<'_>]) -> String {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for bar in bars {
        if !seen.contains(&(bar.class, bar.label)) {
            seen.push((bar.class, bar.label));
        }
    }
    let mut out = String::new();
    let mut x = 500.0;
    for (class, label) in seen {
        let _ = writeln!(
            out,
            "<g class=\"{class}\"><rect class=\"bar\" x=\"{}\" y=\"314\" width=\"10\" height=\"10\" rx=\"2\"/></g>\
             <text class=\"tick\" x=\"{}\" y=\"323\">{}</text>",
            at(x),
            at(x + 14.0),
            escape(label)
        );
        x += 14.0 + 6.1 * label.chars().count() as f64 + 14.0;
    }
    out
}

fn caption(report: &Report) -> String {
    let level = |when| {
        report
            .find("iid", when, "none")
            .map(|e| format!("{:.0} %", e.pass_at_1 * 100.0))
    };
    match level("before").zip(level("after")) {
        Some((before, after)) => {
            format!("A FALCON run: pass@1 on unseen behaviours from {before} to {after}")
        }
        None => "A FALCON run".to_owned(),
    }
}
