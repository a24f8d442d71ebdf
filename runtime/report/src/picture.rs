use std::fmt::Write as _;

use crate::{
    Report,
    chart::{Bar, at, bars_svg, plot},
    html::escape,
    page::pass_rate,
    words::first_split,
};

const STYLE: &str = include_str!("picture.css");
const HEIGHT: u32 = 358;
/// Where the right half's text begins and ends.
const RIGHT: [f64; 2] = [500.0, 936.0];

/// A run as one SVG: the training curve, and what it came to with and without memory.
///
/// It carries its own style and follows the reader's light or dark setting, so it can stand in a README.
#[must_use]
pub fn picture(report: &Report) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"960\" height=\"{HEIGHT}\" rx=\"10\"/>\n",
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

/// What the bars of memory's controls are called: the same number of tokens, of another task.
const CONTROL: &str = "another task’s memory";

/// Before, control and after on plain splits; without memory, with its controls and with it on the
/// splits that need it.
fn bars(report: &Report) -> Vec<Bar<'_>> {
    const WANTED: [(&str, &str, &str, &str, &str); 22] = [
        ("iid", "before", "none", "c3", "warm start"),
        ("iid", "continued", "none", "c2", "more SFT"),
        ("iid", "after", "none", "c1", "RL"),
        ("composition", "before", "none", "c3", "warm start"),
        ("composition", "continued", "none", "c2", "more SFT"),
        ("composition", "after", "none", "c1", "RL"),
        ("alias", "after", "none", "c1", "RL"),
        ("alias", "after", "ltm-random", "c5", CONTROL),
        ("alias", "after", "ltm", "c4", "RL + memory"),
        ("alias", "after", "ltm-oracle", "c7", "oracle exemplar"),
        ("ambiguous", "after", "none", "c1", "RL"),
        ("ambiguous", "after", "resample", "c6", "resampling"),
        ("ambiguous", "after", "stm-shuffled", "c5", CONTROL),
        ("ambiguous", "after", "stm", "c4", "RL + memory"),
        ("test", "before", "none", "c3", "warm start"),
        ("test", "continued", "none", "c2", "more SFT"),
        ("test", "after", "none", "c1", "RL"),
        ("test", "after", "ltm-random", "c5", CONTROL),
        ("test", "after", "ltm", "c4", "RL + memory"),
        ("test", "after", "resample", "c6", "resampling"),
        ("test", "after", "stm-shuffled", "c5", CONTROL),
        ("test", "after", "stm", "c4", "RL + memory"),
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
        "test" => "test tasks",
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
    let (mut x, mut y) = (RIGHT[0], 314.0);
    for (class, label) in seen {
        let width = 14.0 + 6.1 * label.chars().count() as f64;
        if x + width > RIGHT[1] {
            (x, y) = (RIGHT[0], y + 19.0);
        }
        let _ = writeln!(
            out,
            "<g class=\"{class}\"><rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" rx=\"2\"/></g>\
             <text class=\"tick\" x=\"{}\" y=\"{}\">{}</text>",
            at(x),
            at(y),
            at(x + 14.0),
            at(y + 9.0),
            escape(label)
        );
        x += width + 14.0;
    }
    out
}

fn caption(report: &Report) -> String {
    let (split, of) = first_split(report);
    let level = |when| {
        report
            .find(split, when, "none")
            .map(|e| format!("{:.0} %", e.pass_at_1 * 100.0))
    };
    let Some((before, after)) = level("before").zip(level("after")) else {
        return "A FALCON run".to_owned();
    };
    let control = level("continued").map_or_else(String::new, |at| {
        format!(", {at} after more supervised steps")
    });
    format!(
        "A FALCON run, pass@1 on {of}: {before} after the warm start, {after} after \
         reinforcement learning{control}"
    )
}
