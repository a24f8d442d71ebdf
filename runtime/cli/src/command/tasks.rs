//! `falcon tasks`: files of tasks.

use std::path::Path;

use anyhow::anyhow;
use falcon_tasks::{
    Family, PoolShares, Split, Task,
    formats::{Format, to_line},
};
use serde_json::json;

use super::Context;
use crate::{
    cli::{ExportTasks, TaskSet, Tasks},
    failure::{Exit, Failure, Outcome},
    output::Output,
};

/// Tasks whose words say what they ask; the others need a memory that a file does not have.
const PLAIN: PoolShares = PoolShares {
    plain: 1.0,
    alias: 0.0,
    binary: 0.0,
    eight_way: 0.0,
};

pub(super) fn run(context: &Context, options: &Tasks) -> Outcome {
    let Tasks::Export(options) = options;
    export(context, options)
}

fn export(context: &Context, options: &ExportTasks) -> Outcome {
    let tasks = drawn(options);
    let is_stdout = options.file == Path::new("-");
    let mut output = if is_stdout {
        Output::stdout()
    } else {
        Output::file(&options.file)?
    };
    for task in &tasks {
        let line = to_line(&task.in_file());
        let line = line.ok_or_else(|| {
            Failure::infrastructure(anyhow!("the task {} has no line of JSON", task.id))
        })?;
        output.text(&(line + "\n"))?;
    }
    output.finish()?;
    if !is_stdout {
        let format = Format::Falcon.to_string();
        let mut told = Output::stdout();
        if context.json {
            told.document(
                &json!({ "file": options.file, "format": format, "tasks": tasks.len() }),
            )?;
        } else {
            told.text(&format!(
                "{} tasks in {}, in the format {format}\n",
                tasks.len(),
                options.file.display()
            ))?;
        }
        told.finish()?;
    }
    Ok(Exit::Done)
}

fn drawn(options: &ExportTasks) -> Vec<Task> {
    let (family, count) = (Family::new(options.seed), options.count as usize);
    match options.set {
        TaskSet::Gold => family.gold_set(count),
        TaskSet::Pool => family.train_pool(count, PLAIN),
        TaskSet::Iid => family.test_set(Split::Iid, count),
        TaskSet::Composition => family.test_set(Split::Composition, count),
    }
}
