//! The measurement as tables for a terminal.

use falcon_report::{Batch, Bench, Latency, SuiteTimes, Throughput, Wall};

use crate::table::table;

/// Everything that was measured.
pub(super) fn text(bench: &Bench, workers: &[u64]) -> String {
    let mut out = String::new();
    for group in bench
        .latency
        .chunk_by(|a, b| a.subject.language == b.subject.language)
    {
        out += &language(group, &bench.throughput, workers);
        out.push('\n');
    }
    if !bench.walls.is_empty() {
        out += &walls(&bench.walls);
    }
    if !bench.batches.is_empty() {
        out.push('\n');
        out += &batches(&bench.batches);
    }
    if let Some(suite) = &bench.suite {
        out.push('\n');
        out += &whole(suite);
    }
    out
}

fn language(group: &[Latency], rates: &[Throughput], workers: &[u64]) -> String {
    let name = group
        .first()
        .map_or("", |one| one.subject.language.as_str());
    let at_once: Vec<_> = workers.iter().map(|n| format!("{n} at once, /s")).collect();
    let mut heading = vec![name, "", "p50 ms", "p99 ms", "min ms", "runs"];
    heading.extend(at_once.iter().map(String::as_str));
    heading.push("scaling");
    let right: Vec<_> = (2..heading.len()).collect();
    let row = |latency: &Latency| {
        let subject = &latency.subject;
        let found: Vec<_> = rates.iter().filter(|r| r.subject == *subject).collect();
        let mut row = vec![
            subject.what.clone(),
            subject.place.described().to_owned(),
            format!("{:.2}", latency.p50_ms),
            format!("{:.2}", latency.p99_ms),
            format!("{:.2}", latency.min_ms),
            latency.runs.to_string(),
        ];
        row.extend(workers.iter().map(|count| {
            let rate = found.iter().find(|rate| rate.workers == *count);
            rate.map_or("–".to_owned(), |rate| format!("{:.0}", rate.per_second))
        }));
        let scaling = found.last().map(|rate| format!("{:.2}", rate.scaling));
        row.push(scaling.unwrap_or_else(|| "–".to_owned()));
        row
    };
    table(&heading, &right, &group.iter().map(row).collect::<Vec<_>>())
}

fn walls(walls: &[Wall]) -> String {
    let row = |wall: &Wall| {
        vec![
            wall.wall.clone(),
            wall.language.clone(),
            format!("{:+.2}", wall.p50_ms),
            format!("{:+.2}", wall.p99_ms),
            wall.runs.to_string(),
        ]
    };
    let rows: Vec<_> = walls.iter().map(row).collect();
    let heading = ["cost of the", "", "p50 ms", "p99 ms", "runs"];
    table(&heading, &[2, 3, 4], &rows)
}

fn batches(batches: &[Batch]) -> String {
    let row = |batch: &Batch| {
        vec![
            batch.language.clone(),
            batch.workers.to_string(),
            batch.programs.to_string(),
            batch.rounds.to_string(),
            format!("{:.2}", batch.p50_s),
            format!("{:.2}", batch.min_s),
            format!("{:.0}", batch.per_second),
            format!("{:.2}", batch.scaling),
        ]
    };
    let rows: Vec<_> = batches.iter().map(row).collect();
    let heading = [
        "batch", "workers", "programs", "rounds", "p50 s", "min s", "/s", "scaling",
    ];
    table(&heading, &(1..heading.len()).collect::<Vec<_>>(), &rows)
}

fn whole(suite: &SuiteTimes) -> String {
    let heading = [
        suite.name.as_str(),
        "at once",
        "passed",
        "p50 s",
        "p99 s",
        "min s",
        "rounds",
        "a program p50 ms",
        "p99 ms",
        "over fork",
        "over manager",
    ];
    let times = |ratio: Option<f64>| ratio.map_or("–".to_owned(), |times| format!("{times:.2}"));
    let rows: Vec<_> = suite
        .graders
        .iter()
        .map(|grader| {
            vec![
                grader.what.clone(),
                grader.workers.to_string(),
                format!("{} of {}", grader.passed, suite.programs),
                format!("{:.2}", grader.p50_s),
                format!("{:.2}", grader.p99_s),
                format!("{:.2}", grader.min_s),
                grader.rounds.to_string(),
                format!("{:.2}", grader.program_p50_ms),
                format!("{:.2}", grader.program_p99_ms),
                times(grader.over_usual),
                times(grader.over_manager),
            ]
        })
        .collect();
    table(&heading, &(1..heading.len()).collect::<Vec<_>>(), &rows)
}
