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

/// The primary contrast with its control: without that it would say nothing of executing.
fn headline(runs: usize, pooled: &[Pooled]) -> String {
    let found = |contrast| {
        let one = pooled
            .iter()
            .find(|p| p.gain.split == "iid" && p.gain.contrast == contrast)?;
        Some(format!(
            "{} points {}",
            points(one.gain.diff),
            interval(one.gain.ci95)
        ))
    };
    match (found("after - before"), found("after - continued")) {
        (Some(before), Some(continued)) => format!(
            "Over {runs} seeds, reinforcement learning changed pass@1 on unseen behaviours by {before} \
             against the warm start, and by {continued} against as much compute on more supervised steps."
        ),
        (Some(before), None) => format!(
            "Over {runs} seeds, reinforcement learning changed pass@1 on unseen behaviours by {before} \
             against the warm start."
        ),
        _ => format!("{runs} runs of one configuration."),
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
