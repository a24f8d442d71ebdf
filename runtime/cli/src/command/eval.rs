//! `falcon eval`: samples of a saved model, graded.

use std::path::Path;

use falcon_episode::{Infrastructure, LongTermMemory};
use falcon_memory::MemoryError;
use falcon_train::{EvalRequest, EvalRow, ForeignTask, TrainError};
use serde_json::json;

use super::Context;
use crate::{
    cli::{self, Format, Split},
    failure::{Exit, Failure, Outcome},
    live,
    output::Output,
    services::{Asked, Sandbox, open_memory},
    suite::Suite,
    table::table,
};

pub(super) fn run(context: &Context, options: &cli::Eval) -> Outcome {
    check_model(&options.model)?;
    let request = EvalRequest {
        model: &options.model,
        samples: usize::from(options.samples),
        temperature: options.temperature,
        seed: options.seed,
    };
    match (&options.tasks, options.format) {
        (Some(tasks), Some(format)) => benchmark(context, &request, tasks, format),
        _ => embedded(context, &request, options),
    }
}

/// The model's own task family, split by split.
fn embedded(context: &Context, request: &EvalRequest<'_>, options: &cli::Eval) -> Outcome {
    let splits: &[&str] = match options.split {
        Split::Iid => &["iid"],
        Split::Composition => &["composition"],
        Split::Alias => &["alias"],
        Split::Ambiguous => &["ambiguous"],
        Split::All => &["iid", "composition", "alias", "ambiguous"],
    };
    let sandbox = Sandbox::open(context, Asked::default())?;
    let mut plugins = sandbox.grader().plugins();
    let memory = options
        .memory
        .as_deref()
        .map(|folder| open_memory(context, folder, options.memory_policy.as_deref()))
        .transpose()?;
    let memory = memory.as_ref().map(|memory| memory as &dyn LongTermMemory);
    plugins.extend(memory.into_iter().flat_map(LongTermMemory::plugins));
    let mut rows = Vec::new();
    for split in splits {
        live::line(&format!("evaluating {split}"));
        let tasks = usize::from(options.limit);
        let row = falcon_train::evaluate_pymini(request, split, tasks, memory, sandbox.grader());
        rows.push(row.map_err(failure)?);
    }
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "model": request.model,
            "temperature": request.temperature,
            "seed": request.seed,
            "eval": rows.iter().map(row_json).collect::<Vec<_>>(),
            "plugins": plugins,
        }))?;
    } else {
        output.text(&text(&rows))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// A memory that holds what is evaluated is the wrong one to name; any other fault is what it is everywhere.
fn failure(error: TrainError) -> Failure {
    let leaks = |source: &Infrastructure| {
        let source = source.0.downcast_ref::<MemoryError>();
        matches!(source, Some(MemoryError::AlreadyLeaked { .. }))
    };
    match error {
        TrainError::Infrastructure { ref source, .. } if leaks(source) => Failure::usage(error)
            .hint("where it is a run's own, name that run's --seed, and no larger --limit than it was evaluated with"),
        error => Failure::training(error),
    }
}

/// A benchmark that the model was not made for.
fn benchmark(
    context: &Context,
    request: &EvalRequest<'_>,
    tasks: &Path,
    format: Format,
) -> Outcome {
    let suite = Suite::load(tasks, format)?;
    let asked = Asked {
        language: Some(suite.language()),
        ..Asked::default()
    };
    let sandbox = Sandbox::open(context, asked)?;
    suite.check_language(tasks, &sandbox)?;
    let foreign: Vec<ForeignTask<'_>> = suite.foreign_tasks();
    let report = falcon_train::evaluate_tasks(request, &foreign, sandbox.grader())
        .map_err(Failure::training)?;
    let (k, pass_at_k) = (most_k(report.samples), report.pass_at_8);
    let mut output = Output::stdout();
    if context.json {
        let mut document = json!({
            "model": request.model,
            "tasks_file": tasks,
            "temperature": request.temperature,
            "seed": request.seed,
            "tasks": report.tasks,
            "samples": report.samples,
            "pass@1": report.pass_at_1,
            "expressible": report.expressible,
            "note": report.note,
            "by_task": report.by_task,
            "plugins": sandbox.grader().plugins(),
        });
        document[format!("pass@{k}")] = json!(pass_at_k);
        output.document(&document)?;
    } else {
        let more = if k > 1 {
            format!(", pass@{k} {:.1} %", 100.0 * pass_at_k)
        } else {
            String::new()
        };
        output.text(&format!(
            "{} tasks × {} samples: pass@1 {:.1} %{more}\n{}\n",
            report.tasks,
            report.samples,
            100.0 * report.pass_at_1,
            report.note
        ))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// The k of what training calls pass@8: fewer samples say nothing about eight.
fn most_k(samples: usize) -> usize {
    samples.min(8)
}

/// # Errors
/// Where there is no model in the folder, with the one that may be meant.
pub(super) fn check_model(folder: &Path) -> Result<(), Failure> {
    if folder.join("model.safetensors").is_file() {
        return Ok(());
    }
    let shown = folder.display();
    let failure = Failure::usage(anyhow::anyhow!("there is no model in {shown}"));
    if folder.join("model/model.safetensors").is_file() {
        return Err(failure.hint(format!(
            "name its model folder: --model {}",
            folder.join("model").display()
        )));
    }
    Err(failure.hint("name the model folder of a run: runs/<name>-<seed>/model"))
}

fn row_json(row: &EvalRow) -> serde_json::Value {
    let mut document = json!({
        "split": row.split, "memory": row.memory, "tasks": row.tasks, "samples": row.samples,
        "pass@1": row.pass_at_1, "ci95": row.ci95,
        "greedy": row.greedy, "tokens_mean": row.tokens_mean,
    });
    document[format!("pass@{}", most_k(row.samples))] = json!(row.pass_at_8);
    document
}

fn text(rows: &[EvalRow]) -> String {
    let percent = |v: f64| {
        if v.is_finite() {
            format!("{:.1}", v * 100.0)
        } else {
            "–".to_owned()
        }
    };
    let k = rows.first().map_or(8, |row| most_k(row.samples));
    let pass_at_k = format!("pass@{k} %");
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.split.clone(),
                row.memory.clone(),
                percent(row.pass_at_1),
                format!("[{}, {}]", percent(row.ci95[0]), percent(row.ci95[1])),
                percent(row.pass_at_8),
                percent(row.greedy),
                format!("{}×{}", row.tasks, row.samples),
            ]
        })
        .collect();
    table(
        &[
            "split", "memory", "pass@1 %", "95 %", &pass_at_k, "greedy %", "tasks",
        ],
        &[2, 3, 4, 5, 6],
        &lines,
    )
}
