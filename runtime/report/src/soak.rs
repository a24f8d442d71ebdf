use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{
    chart::{Curve, Series, Smoothed, at, plot},
    html::escape,
};

/// One look at a process tree that runs programs for a long time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoakPoint {
    /// Programs run so far.
    pub executions: u64,
    /// Seconds so far.
    pub seconds: f64,
    /// Programs a second since the last look.
    pub per_second: f64,
    /// Resident memory of the parent, in MiB.
    pub parent_mib: f64,
    /// Resident memory of all its workers together, in MiB.
    pub workers_mib: f64,
    /// Open files of the parent.
    pub files: u64,
    /// Open files of its workers together, where the system says.
    #[serde(default)]
    pub worker_files: Option<u64>,
    /// Processes below the parent.
    pub processes: u64,
}

const HEIGHT: f64 = 358.0;

/// Memory and rate over the programs run, as one SVG with its own style.
#[must_use]
pub fn soak_picture(points: &[SoakPoint], subtitle: &str) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 {}\" role=\"img\" aria-label=\"Memory and rate over many programs\">\n\
         <style>\n{}</style>\n<rect class=\"paper\" width=\"960\" height=\"{}\" rx=\"10\"/>\n\
         <text class=\"title\" x=\"24\" y=\"34\">Resident memory, MiB</text>\n\
         <text class=\"title\" x=\"500\" y=\"34\">Programs in a second</text>\n",
        at(HEIGHT),
        include_str!("picture.css"),
        at(HEIGHT),
    );
    let of = |value: fn(&SoakPoint) -> f64| -> Vec<Smoothed> {
        let exact = |point: &SoakPoint| Smoothed {
            x: point.executions as f64 / 1000.0,
            mean: value(point),
            lo: value(point),
            hi: value(point),
        };
        points.iter().map(exact).collect()
    };
    let line = |label, class, line| Series {
        label,
        class,
        raw: Vec::new(),
        line,
    };
    let curve = |title, series| Curve {
        title,
        x_label: "thousand programs",
        unit: "",
        series,
        from_zero: true,
    };
    let memory = vec![
        line("parent", "c1", of(|point| point.parent_mib)),
        line("workers", "c4", of(|point| point.workers_mib)),
    ];
    let rate = vec![line("", "c1", of(|point| point.per_second))];
    out += &plot(&curve("memory", memory), [66.0, 54.0, 440.0, 270.0]);
    out += &plot(&curve("rate", rate), [556.0, 54.0, 936.0, 270.0]);
    let _ = writeln!(
        out,
        "<text class=\"tick\" x=\"24\" y=\"{}\">{}</text>",
        at(HEIGHT - 14.0),
        escape(subtitle)
    );
    out + "</svg>\n"
}
