//! `falcon memory use`: what showing items is worth to a model, under each policy and control.

use std::sync::Arc;

use falcon_episode::LongTermMemory;
use falcon_memory::{Options, Store};
use falcon_train::{Arm, EvalRequest, Shows, UseRow};
use serde_json::{Value, json};

use super::{Context, failure};
use crate::{
    cli::UseMemory,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::Output,
    services::{Asked, Sandbox, memory_policy},
    table::table,
};

/// The policies that are compared where none is named.
const POLICIES: [&str; 7] = [
    "similar-recent",
    "utility",
    "diverse",
    "reservoir",
    "random",
    "stale",
    "none",
];

pub(crate) fn used(context: &Context, options: &UseMemory) -> Outcome {
    let mut names: Vec<&str> = options.policies.iter().map(String::as_str).collect();
    if names.is_empty() {
        names.extend(POLICIES);
    }
    let request = EvalRequest {
        model: &options.model,
        samples: usize::from(options.samples),
        temperature: options.temperature,
        seed: options.seed,
    };
    let sandbox = Sandbox::open(context, Asked::default())?;
    let mut plugins = sandbox.grader().plugins();
    // Each policy decides on a memory of its own, from its first item on.
    let folder = tempfile::tempdir().or_infrastructure("cannot make a temporary folder")?;
    let kept = Options {
        capacity: options.capacity.get(),
        ..Options::default()
    };
    let mut stores = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let policy = memory_policy(context, name, &Value::Null)?;
        plugins.extend(policy.plugins());
        let place = folder.path().join(number.to_string());
        let store = Store::open(&place, kept, Arc::clone(&policy)).map_err(failure)?;
        stores.push((*name, store));
    }
    let of_policy = stores.iter().map(|(name, store)| Arm {
        name: (*name).to_owned(),
        shows: Shows::Memory(store as &dyn LongTermMemory),
    });
    let controls = [
        ("another project's", Shows::Random),
        ("outdated", Shows::Outdated),
        ("oracle", Shows::Oracle),
    ];
    let controls = controls.into_iter().map(|(name, shows)| Arm {
        name: name.to_owned(),
        shows,
    });
    let arms: Vec<Arm<'_>> = of_policy.chain(controls).collect();
    let rows = falcon_train::measure_use(
        &request,
        usize::from(options.limit),
        &arms,
        sandbox.grader(),
        &mut |doing| live::line(doing),
    )
    .map_err(Failure::training)?;
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "model": options.model,
            "samples": options.samples,
            "temperature": options.temperature,
            "seed": options.seed,
            "use": rows,
            "plugins": plugins,
        }))?;
    } else {
        output.text(&text(&rows))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

fn text(rows: &[UseRow]) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let interval = |[low, high]: [f64; 2]| format!("[{low:+.1}, {high:+.1}]");
    let nats = |[low, high]: [f64; 2]| format!("[{low:+.2}, {high:+.2}]");
    let cells = |row: &UseRow| {
        let harm = row.harm_rate.map_or_else(|| "–".to_owned(), percent);
        vec![
            row.split.clone(),
            row.arm.clone(),
            percent(row.shown),
            row.disclosed.map_or_else(|| "–".to_owned(), percent),
            percent(row.pass_at_1),
            format!("{:+.1}", row.gain),
            interval(row.gain_ci95),
            format!("{:+.2}", row.log_probability),
            nats(row.log_probability_ci95),
            format!("{harm} ({}/{})", row.harmed, row.solved),
            row.harm_ci95.map_or_else(
                || "–".to_owned(),
                |ends| {
                    let [low, high] = ends.map(percent);
                    format!("[{low}, {high}]")
                },
            ),
            row.helped.to_string(),
        ]
    };
    let mut sorted: Vec<&UseRow> = rows.iter().collect();
    sorted.sort_by(|a, b| a.split.cmp(&b.split));
    let lines: Vec<Vec<String>> = sorted.into_iter().map(cells).collect();
    table(
        &[
            "split", "shows", "shown %", "word %", "pass@1 %", "points", "95 %", "nats", "95 %",
            "harm %", "95 %", "helped",
        ],
        &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        &lines,
    )
}
