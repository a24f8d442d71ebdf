use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{chart::at, html::escape};

/// What a benchmark of the sandbox measured, every subject in turn in the same process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// One line a subject.
    pub latency: Vec<Latency>,
    /// One line for a subject and a number of workers.
    pub throughput: Vec<Throughput>,
}

/// How long one run of a subject takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The subject.
    pub what: String,
    /// Runs measured.
    pub runs: u64,
    /// Median in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// Fastest run in milliseconds.
    pub min_ms: f64,
}

/// How many runs of a subject are done in a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// The subject.
    pub what: String,
    /// Threads at work.
    pub workers: u64,
    /// Runs a second.
    pub per_second: f64,
}

const WIDTH: f64 = 960.0;
const ROW: f64 = 30.0;
const TOP: f64 = 62.0;
/// Where the left panel's and the right panel's bars begin, and how far they reach.
const LEFT: [f64; 2] = [232.0, 520.0];
const RIGHT: [f64; 2] = [600.0, 890.0];

/// The measurement as one SVG with its own style: median and 99th percentile on a logarithmic
/// axis, and runs a second for each number of workers.
#[must_use]
pub fn bench_picture(bench: &Bench, subtitle: &str) -> String {
    let workers = bench
        .throughput
        .iter()
        .map(|t| t.workers)
        .collect::<std::collections::BTreeSet<_>>();
    let height_of = |row: usize| TOP + ROW * row as f64;
    let rows = bench.latency.len();
    let height = height_of(rows) + 62.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"Sandboxed runs beside processes\">\n\
         <style>\n{}</style>\n<rect class=\"paper\" width=\"{WIDTH}\" height=\"{}\" rx=\"10\"/>\n\
         <text class=\"title\" x=\"24\" y=\"34\">Time for one, milliseconds</text>\n\
         <text class=\"title\" x=\"{}\" y=\"34\">In a second</text>\n",
        at(height),
        include_str!("picture.css"),
        at(height),
        at(RIGHT[0]),
    );
    let slowest = bench.latency.iter().map(|l| l.p99_ms).fold(1.0, f64::max);
    let fastest = bench
        .latency
        .iter()
        .map(|l| l.min_ms.max(1e-3))
        .fold(slowest, f64::min);
    let axis = Log::new(fastest, slowest);
    out += &axis.grid(TOP - 12.0, height_of(rows));
    let most = bench
        .throughput
        .iter()
        .map(|t| t.per_second)
        .fold(1e-9, f64::max);
    for (row, latency) in bench.latency.iter().enumerate() {
        let y = height_of(row);
        let class = if latency.what.contains("python3") {
            "c3"
        } else {
            "c1"
        };
        let _ = writeln!(
            out,
            "<text x=\"24\" y=\"{}\">{}</text>",
            at(y + 13.0),
            escape(&latency.what)
        );
        out += &axis.bar(latency, class, y);
        let found = bench.throughput.iter().filter(|t| t.what == latency.what);
        out += &rates(found.collect::<Vec<_>>().as_slice(), class, y, most);
    }
    let counts: Vec<_> = workers.iter().map(u64::to_string).collect();
    let _ = writeln!(
        out,
        "<text class=\"tick\" x=\"24\" y=\"{}\">{}</text><text class=\"tick\" x=\"{}\" y=\"{}\">upper to lower: {} workers</text>",
        at(height - 16.0),
        escape(subtitle),
        at(RIGHT[0]),
        at(height_of(rows) + 16.0),
        counts.join(", ")
    );
    out + "</svg>\n"
}

/// Bars of one subject, one for each number of workers, over each other.
fn rates(found: &[&Throughput], class: &str, y: f64, most: f64) -> String {
    let mut out = String::new();
    let step = 20.0 / found.len().max(1) as f64;
    for (i, rate) in found.iter().enumerate() {
        let width = (RIGHT[1] - RIGHT[0]) * rate.per_second / most;
        let top = y + step * i as f64;
        let _ = writeln!(
            out,
            "<g class=\"{class}\"><rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"1\"/></g>\
             <text class=\"tick\" x=\"{}\" y=\"{}\">{:.0}</text>",
            at(RIGHT[0]),
            at(top),
            at(width),
            at(step - 1.5),
            at(RIGHT[0] + width + 6.0),
            at(top + step / 2.0 + 3.0),
            rate.per_second
        );
    }
    out
}

/// A logarithmic axis of whole decades.
struct Log {
    lo: f64,
    hi: f64,
}

impl Log {
    fn new(lo: f64, hi: f64) -> Self {
        Self {
            lo: lo.log10().floor(),
            hi: hi.log10().ceil().max(lo.log10().floor() + 1.0),
        }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value.max(1e-9).log10() - self.lo) / (self.hi - self.lo);
        LEFT[0] + share.clamp(0.0, 1.0) * (LEFT[1] - LEFT[0])
    }

    fn grid(&self, top: f64, bottom: f64) -> String {
        let mut out = String::new();
        for decade in self.lo as i32..=self.hi as i32 {
            let value = 10f64.powi(decade);
            let x = at(self.at(value));
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{x} {}V{}\"/><text class=\"tick mid\" x=\"{x}\" y=\"{}\">{value}</text>",
                at(top),
                at(bottom),
                at(bottom + 16.0)
            );
        }
        out
    }

    fn bar(&self, latency: &Latency, class: &str, y: f64) -> String {
        let (middle, high) = (self.at(latency.p50_ms), self.at(latency.p99_ms));
        format!(
            "<g class=\"{class}\"><rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"18\" rx=\"2\">\
             <title>p50 {p50:.2} ms, p99 {p99:.2} ms</title></rect></g>\n\
             <path class=\"whisker\" d=\"M{m} {c}H{h}M{h} {a}v8\"/>\n<text class=\"tick\" x=\"{t}\" y=\"{b}\">{p50:.2}</text>\n",
            x = at(LEFT[0]),
            y = at(y),
            w = at(middle - LEFT[0]),
            p50 = latency.p50_ms,
            p99 = latency.p99_ms,
            m = at(middle),
            h = at(high),
            c = at(y + 9.0),
            a = at(y + 5.0),
            t = at(high + 6.0),
            b = at(y + 13.0),
        )
    }
}
