use std::{collections::BTreeSet, fmt::Write as _};

use crate::{
    bench::{Bench, Latency, Place, SuiteTimes, Throughput},
    chart::{Decades, at},
    html::escape,
};

const WIDTH: f64 = 960.0;
const ROW: f64 = 24.0;
const BAR: f64 = 16.0;
const TOP: f64 = 62.0;
/// Where the left panel's and the right panel's bars begin, and how far they reach.
const LEFT: [f64; 2] = [262.0, 560.0];
const RIGHT: [f64; 2] = [630.0, 872.0];

/// The measurement as one SVG with its own style, a group for each language: median and 99th percentile
/// on a logarithmic axis, and runs a second for each number of workers.
#[must_use]
pub fn bench_picture(bench: &Bench, subtitle: &str) -> String {
    let groups: Vec<&[Latency]> = bench
        .latency
        .chunk_by(|a, b| a.subject.language == b.subject.language)
        .collect();
    let rows = bench.latency.len() + groups.len();
    let bottom = TOP + ROW * rows as f64;
    let suite_rows = bench.suite.as_ref().map_or(0, |s| s.graders.len() + 1);
    let height = bottom + 64.0 + ROW * suite_rows as f64;
    let mut out = opening(height);
    let ranges = bench.latency.iter().map(|one| (one.min_ms, one.p99_ms));
    let axis = Decades::holding(ranges, LEFT);
    out += &axis.grid(TOP - 12.0, bottom);
    let mut y = TOP;
    for group in groups {
        out += &group_svg(group, &bench.throughput, &axis, &mut y);
    }
    out += &legend(bench, bottom + 16.0);
    if let Some(suite) = &bench.suite {
        out += &suite_svg(suite, bottom + 34.0);
    }
    let _ = writeln!(
        out,
        "<text class=\"tick\" x=\"24\" y=\"{}\">{}</text>",
        at(height - 14.0),
        escape(subtitle)
    );
    out + "</svg>\n"
}

fn opening(height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {h}\" role=\"img\" aria-label=\"Sandboxed runs beside processes\">\n\
         <style>\n{}</style>\n<rect class=\"paper\" width=\"{WIDTH}\" height=\"{h}\" rx=\"10\"/>\n\
         <text class=\"title\" x=\"24\" y=\"34\">Time for one, milliseconds</text>\n\
         <text class=\"title\" x=\"{}\" y=\"34\">In a second</text>\n",
        include_str!("picture.css"),
        at(RIGHT[0]),
        h = at(height),
    )
}

/// A language's name, and a row for each of its subjects.
fn group_svg(group: &[Latency], rates: &[Throughput], axis: &Decades, y: &mut f64) -> String {
    let Some(first) = group.first() else {
        return String::new();
    };
    let mut out = format!(
        "<text class=\"title\" x=\"24\" y=\"{}\">{}</text>\n",
        at(*y + 13.0),
        escape(&first.subject.language)
    );
    *y += ROW;
    let of_language = rates
        .iter()
        .filter(|rate| rate.subject.language == first.subject.language);
    // Each language to a scale of its own: one that is ten times as fast would hide the others.
    let most = of_language.map(|rate| rate.per_second).fold(1e-9, f64::max);
    for latency in group {
        let class = class(latency.subject.place);
        let _ = writeln!(
            out,
            "<text x=\"32\" y=\"{}\">{}</text>",
            at(*y + 12.0),
            escape(&latency.subject.what)
        );
        out += &bar(axis, latency, class, *y);
        let found: Vec<_> = rates
            .iter()
            .filter(|rate| rate.subject == latency.subject)
            .collect();
        out += &rates_svg(&found, class, *y, most);
        *y += ROW;
    }
    out
}

fn class(place: Place) -> &'static str {
    match place {
        Place::InProcess => "c1",
        Place::Worker => "c4",
        Place::Native => "c3",
    }
}

/// Bars of one subject, one for each number of workers, over each other.
fn rates_svg(found: &[&Throughput], class: &str, y: f64, most: f64) -> String {
    let mut out = String::new();
    let step = (BAR + 3.0) / found.len().max(1) as f64;
    for (i, rate) in found.iter().enumerate() {
        let width = (RIGHT[1] - RIGHT[0]) * rate.per_second / most;
        let top = y + step * i as f64;
        let _ = writeln!(
            out,
            "<g class=\"{class}\"><rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"1\">\
             <title>{} at once: {:.1} in a second</title></rect></g>",
            at(RIGHT[0]),
            at(top),
            at(width),
            at(step - 1.5),
            rate.workers,
            rate.per_second,
        );
    }
    let numbers: Vec<_> = found
        .iter()
        .map(|rate| format!("{:.0}", rate.per_second))
        .collect();
    let widest = found.iter().map(|r| r.per_second).fold(0.0, f64::max) / most;
    let _ = writeln!(
        out,
        "<text class=\"tick\" x=\"{}\" y=\"{}\">{}</text>",
        at(RIGHT[0] + (RIGHT[1] - RIGHT[0]) * widest + 6.0),
        at(y + 13.0),
        numbers.join(", ")
    );
    out
}

fn legend(bench: &Bench, y: f64) -> String {
    let mut out = String::new();
    let mut x = 24.0;
    for place in [Place::InProcess, Place::Worker, Place::Native] {
        let _ = writeln!(
            out,
            "<g class=\"{}\"><rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" rx=\"2\"/></g>\
             <text class=\"tick\" x=\"{}\" y=\"{}\">{}</text>",
            class(place),
            at(x),
            at(y - 9.0),
            at(x + 14.0),
            at(y),
            place.described()
        );
        x += 82.0;
    }
    let counts: BTreeSet<_> = bench.throughput.iter().map(|t| t.workers).collect();
    let counts: Vec<_> = counts.iter().map(u64::to_string).collect();
    let _ = writeln!(
        out,
        "<text class=\"tick\" x=\"{}\" y=\"{}\">{} at once; a scale for each language</text>",
        at(RIGHT[0]),
        at(y),
        counts.join(", ")
    );
    out
}

/// A whole benchmark: a bar of seconds for each grader.
fn suite_svg(suite: &SuiteTimes, top: f64) -> String {
    let mut out = format!(
        "<text class=\"title\" x=\"24\" y=\"{}\">{}: {} programs, {} at once, seconds</text>\n",
        at(top + 13.0),
        escape(&suite.name),
        suite.programs,
        suite.workers
    );
    let most = suite.graders.iter().map(|g| g.p99_s).fold(1e-9, f64::max);
    for (row, grader) in (1u32..).zip(&suite.graders) {
        let y = top + ROW * f64::from(row);
        let width = (RIGHT[0] - LEFT[0]) * grader.p50_s / most;
        let faster = grader
            .over_usual
            .zip(grader.over_manager)
            .filter(|_| grader.place != Place::Native)
            .map_or_else(String::new, |(fork, manager)| {
                format!(" ({fork:.1} and {manager:.1} times as fast as the usual ones)")
            });
        let _ = writeln!(
            out,
            "<text x=\"32\" y=\"{b}\">{}</text>\
             <g class=\"{}\"><rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BAR}\" rx=\"2\"/></g>\
             <text class=\"tick\" x=\"{}\" y=\"{b}\">{:.2}{faster}</text>",
            escape(&grader.what),
            class(grader.place),
            at(LEFT[0]),
            at(y),
            at(width),
            at(LEFT[0] + width + 6.0),
            grader.p50_s,
            b = at(y + 12.0),
        );
    }
    out
}

fn bar(axis: &Decades, latency: &Latency, class: &str, y: f64) -> String {
    let (middle, high) = (axis.at(latency.p50_ms), axis.at(latency.p99_ms));
    format!(
        "<g class=\"{class}\"><rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{BAR}\" rx=\"2\">\
         <title>{place}: p50 {p50:.2} ms, p99 {p99:.2} ms, {runs} runs</title></rect></g>\n\
         <path class=\"whisker\" d=\"M{m} {c}H{h}M{h} {a}v8\"/>\n<text class=\"tick\" x=\"{t}\" y=\"{b}\">{p50:.2}</text>\n",
        place = latency.subject.place.described(),
        runs = latency.runs,
        x = at(LEFT[0]),
        y = at(y),
        w = at(middle - LEFT[0]),
        p50 = latency.p50_ms,
        p99 = latency.p99_ms,
        m = at(middle),
        h = at(high),
        c = at(y + BAR / 2.0),
        a = at(y + BAR / 2.0 - 4.0),
        t = at(high + 6.0),
        b = at(y + 12.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BenchSubject;

    #[test]
    fn each_language_is_a_group_and_names_are_escaped() {
        let subject = |language: &str, place| BenchSubject {
            language: language.to_owned(),
            what: "a <b> run".to_owned(),
            place,
        };
        let all = [
            subject("lua", Place::InProcess),
            subject("lua", Place::Native),
            subject("python", Place::Worker),
        ];
        let latency = all.iter().map(|subject| Latency {
            subject: subject.clone(),
            runs: 10,
            p50_ms: 2.0,
            p99_ms: 40.0,
            min_ms: 1.0,
        });
        let throughput = all.iter().map(|subject| Throughput {
            subject: subject.clone(),
            workers: 2,
            runs: 10,
            per_second: 300.0,
            scaling: 1.9,
            p50_ms: 2.0,
            p99_ms: 40.0,
        });
        let bench = Bench {
            latency: latency.collect(),
            throughput: throughput.collect(),
            ..Bench::default()
        };
        let drawn = bench_picture(&bench, "a machine");
        assert!(!drawn.contains("<b>"), "{drawn}");
        assert_eq!(drawn.matches("a &lt;b&gt; run").count(), 3);
        assert_eq!(drawn.matches(">lua</text>").count(), 1);
        assert_eq!(drawn.matches(">python</text>").count(), 1);
        assert_eq!(drawn.matches("300</text>").count(), 3);
    }
}
