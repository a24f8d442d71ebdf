//! Several runs of one configuration: what holds over seeds.

use std::fmt::Write as _;

use crate::{
    Gain, Report,
    html::{document, escape},
    number::{bytes, duration, interval, percent, points},
    page::{Row, footer, forest, section},
    words::{contrast_words, memory_title, split_title, splits_of, when_title},
};

/// A contrast over several runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    /// Mean difference with its 95 % interval, in points.
    pub gain: Gain,
    /// Each run's difference, in the runs' order.
    pub each: Vec<f64>,
}

/// Pools the contrasts that every run has, from what the runs' reports say alone.
///
/// The units are seeds: the interval is Student's with n − 1 degrees of freedom over the runs'
/// differences, and never narrower than the one that the runs' own intervals give together.
#[must_use]
pub fn pool(runs: &[Report]) -> Vec<Pooled> {
    let Some(first) = runs.first() else {
        return Vec::new();
    };
    let of = |gain: &Gain| -> Option<Pooled> {
        let gains: Vec<_> = runs
            .iter()
            .map(|run| run.gain(&gain.split, &gain.contrast))
            .collect::<Option<_>>()?;
        let each: Vec<f64> = gains.iter().map(|g| g.diff).collect();
        let n = each.len() as f64;
        let mean = each.iter().sum::<f64>() / n;
        let within: f64 = gains
            .iter()
            .map(|g| ((g.ci95[1] - g.ci95[0]) / 2.0).powi(2))
            .sum();
        let mut half = within.sqrt() / n;
        if each.len() > 1 {
            let variance = each.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
            half = half.max(student(each.len() - 1) * (variance / n).sqrt());
        }
        let gain = Gain {
            diff: mean,
            ci95: [mean - half, mean + half],
            ..gain.clone()
        };
        Some(Pooled { gain, each })
    };
    first.gains.iter().filter_map(of).collect()
}

/// The 97.5 % quantile of Student's t.
fn student(degrees: usize) -> f64 {
    const T: [f64; 12] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
    ];
    // Beyond the table the expansion of the quantile is right to three digits.
    T.get(degrees - 1)
        .copied()
        .unwrap_or_else(|| 1.96 + 2.372 / degrees as f64 + 2.8 / (degrees * degrees) as f64)
}

/// The runs side by side. `pooled` are their contrasts over seeds; `method` says in a sentence how
/// those intervals were made.
#[must_use]
pub fn seeds_page(runs: &[Report], pooled: &[Pooled], method: &str) -> String {
    let name = runs.first().map_or("", |run| run.name.as_str());
    let seeds: Vec<_> = runs.iter().map(|run| run.seed.to_string()).collect();
    let mut body = format!(
        "<header>\n<p class=\"eyebrow\">FALCON · {} · seeds {}</p>\n<h1>{}</h1>\n</header>\n<main>\n",
        escape(name),
        seeds.join(", "),
        headline(runs.len(), pooled)
    );
    let rows: Vec<_> = pooled
        .iter()
        .map(|p| Row {
            words: contrast_words(&p.gain.contrast),
            contrast: &p.gain.contrast,
            split: &p.gain.split,
            gain: p.gain.clone(),
            marks: p.each.clone(),
        })
        .collect();
    let lead = format!("Small marks are single seeds. {}", escape(method));
    body += &section("contrasts", "Differences over seeds", &lead, &forest(&rows));
    body += &section(
        "levels",
        "Levels, seed by seed",
        "Pass@1; the last column is the mean.",
        &levels(runs),
    );
    body += &section("runs", "The runs", "", &list(runs));
    body += "</main>\n";
    body += &footer(runs.first().map_or("", |run| run.version.as_str()));
    document(&format!("FALCON · {name} · {} seeds", runs.len()), &body)
}

fn headline(runs: usize, pooled: &[Pooled]) -> String {
    let primary = pooled
        .iter()
        .find(|p| p.gain.split == "iid" && p.gain.contrast == "after - before");
    match primary {
        Some(p) => format!(
            "Over {runs} seeds, executing its own programs changed pass@1 on unseen behaviours by {} points {}.",
            points(p.gain.diff),
            interval(p.gain.ci95)
        ),
        None => format!("{runs} runs of one configuration."),
    }
}

/// Every evaluation that the first run has, a column a seed.
fn levels(runs: &[Report]) -> String {
    let Some(first) = runs.first().filter(|run| !run.eval.is_empty()) else {
        return String::new();
    };
    let mut head = String::new();
    for run in runs {
        let _ = write!(head, "<th scope=\"col\" class=\"n\">seed {}</th>", run.seed);
    }
    let mut body = String::new();
    for split in splits_of(first.eval.iter().map(|e| e.split.as_str())) {
        let _ = writeln!(
            body,
            "<tbody><tr class=\"group\"><th colspan=\"{}\" scope=\"rowgroup\">{}</th></tr>",
            runs.len() + 2,
            escape(split_title(split))
        );
        for evaluation in first.eval.iter().filter(|e| e.split == split) {
            let found: Vec<_> = runs
                .iter()
                .map(|run| {
                    run.find(split, &evaluation.when, &evaluation.memory)
                        .map(|e| e.pass_at_1)
                })
                .collect();
            let mut cells = String::new();
            for value in &found {
                let _ = write!(
                    cells,
                    "<td class=\"n\">{}</td>",
                    value.map_or("–".to_owned(), percent)
                );
            }
            let known: Vec<f64> = found.into_iter().flatten().collect();
            let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
            let _ = writeln!(
                body,
                "<tr><th scope=\"row\">{} <small>{}</small></th>{cells}<td class=\"n\"><b>{}</b></td></tr>",
                escape(when_title(&evaluation.when)),
                escape(memory_title(&evaluation.memory)),
                percent(mean)
            );
        }
        body += "</tbody>\n";
    }
    format!(
        "<div class=\"scroll\"><table class=\"results\">\n<thead><tr><th scope=\"col\">Model and memory</th>{head}\
         <th scope=\"col\" class=\"n\">mean</th></tr></thead>\n{body}</table></div>\n"
    )
}

fn list(runs: &[Report]) -> String {
    let mut body = String::new();
    for run in runs {
        let _ = writeln!(
            body,
            "<tr><th scope=\"row\">seed {}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td><code class=\"digest\">{}</code></td></tr>",
            run.seed,
            duration(run.wall_seconds),
            bytes(run.peak_rss_bytes),
            escape(&run.result_digest)
        );
    }
    format!(
        "<div class=\"scroll\"><table class=\"results\">\n<thead><tr><th scope=\"col\">Run</th><th scope=\"col\" class=\"n\">wall time</th>\
         <th scope=\"col\" class=\"n\">memory</th><th scope=\"col\">result digest</th></tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, diff: f64) -> Report {
        let gain = Gain {
            split: "iid".into(),
            contrast: "after - before".into(),
            diff,
            ci95: [diff - 1.0, diff + 1.0],
        };
        Report {
            seed,
            gains: vec![gain],
            ..Report::default()
        }
    }

    #[test]
    fn seeds_are_the_units() {
        let pooled = pool(&[run(0, 4.0), run(1, 6.0), run(2, 8.0)]);
        assert_eq!(pooled[0].gain.diff, 6.0);
        // sd 2, t(2) = 4.303: 4.303 * 2 / sqrt(3).
        assert!((pooled[0].gain.ci95[1] - 6.0 - 4.968).abs() < 1e-2);
        // Runs that agree by chance keep their own uncertainty.
        let agree = pool(&[run(0, 5.0), run(1, 5.0)]);
        assert!((agree[0].gain.ci95[1] - 5.0 - 0.5f64.sqrt()).abs() < 1e-9);
        assert!((student(30) - 2.042).abs() < 1e-3);
    }

    #[test]
    fn what_one_run_lacks_is_not_pooled() {
        let mut lacking = run(1, 1.0);
        lacking.gains.clear();
        assert!(pool(&[run(0, 1.0), lacking]).is_empty());
        assert!(pool(&[]).is_empty());
    }
}
