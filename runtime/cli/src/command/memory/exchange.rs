//! `falcon memory export` and `import`: a memory as JSON lines, and back.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    num::NonZeroUsize,
    path::Path,
};

use falcon_memory::{MemoryError, Options, Record, Store};
use serde_json::json;

use super::{Context, failure, memory_folders, only, open};
use crate::{
    command::train,
    failure::{Exit, Failure, Outcome},
    output::Output,
    services,
};

pub(crate) fn export(
    context: &Context,
    folder: &Path,
    file: &Path,
    checkpoint: Option<u64>,
) -> Outcome {
    let folder = only(folder)?;
    let records = open(&folder, checkpoint)?.records();
    let is_stdout = file == Path::new("-");
    let mut output = if is_stdout {
        Output::stdout()
    } else {
        Output::file(file)?
    };
    for record in &records {
        let line = serde_json::to_string(record).map_err(Failure::infrastructure)?;
        output.text(&(line + "\n"))?;
    }
    output.finish()?;
    if !is_stdout {
        let mut told = Output::stdout();
        if context.json {
            told.document(&json!({ "folder": folder, "file": file, "items": records.len() }))?;
        } else {
            told.text(&format!("{} items in {}\n", records.len(), file.display()))?;
        }
        told.finish()?;
    }
    Ok(Exit::Done)
}

pub(crate) fn import(
    context: &Context,
    folder: &Path,
    file: &Path,
    url: Option<&str>,
    capacity: Option<NonZeroUsize>,
) -> Outcome {
    if let Some(url) = url {
        services::check_store(url)?;
    }
    let records = read(file)?;
    // A folder that is not there is made; one that holds several memories is asked about.
    let folder = if folder.exists() && memory_folders(folder) != [folder] {
        only(folder)?
    } else {
        folder.to_owned()
    };
    if let Some(run) = services::run_around(&folder) {
        train::check_ended(&run)?;
    }
    let policy = services::policy_of(context, &folder, None)?;
    let options = Options {
        capacity: match capacity {
            Some(capacity) => capacity.get(),
            None => services::capacity_of(&folder)?,
        },
        ..Options::default()
    };
    let store = match url {
        None => Store::open(&folder, options, policy),
        Some(url) => Store::open_elsewhere(&folder, url, options, policy),
    };
    let store = store.map_err(failure)?;
    let imported = match store.import(&records) {
        Err(MemoryError::Guarded { leaks }) => {
            let list: Vec<String> = leaks.iter().map(ToString::to_string).collect();
            let refused = anyhow::anyhow!(
                "{} of {} items in {} are of evaluation tasks that {} is kept from, and nothing was taken in:\n  {}",
                leaks.len(),
                records.len(),
                file.display(),
                folder.display(),
                list.join("\n  ")
            );
            return Err(Failure::usage(refused).hint("take these lines out of the file"));
        }
        done => done.map_err(failure)?,
    };
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "folder": folder, "items": records.len(),
            "entered": imported.entered, "known": imported.known, "held": store.len(),
        }))?;
    } else {
        output.text(&format!(
            "{} items entered, {} were known; {} holds {}\n",
            imported.entered,
            imported.known,
            folder.display(),
            store.len()
        ))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// The items of a file.
fn read(file: &Path) -> Result<Vec<Record>, Failure> {
    let shown = file.display();
    let unreadable = |error: io::Error| Failure::file(error, format!("cannot read {shown}"));
    let lines: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(file).map_err(unreadable)?))
    };
    let mut records = Vec::new();
    for (number, line) in (1..).zip(lines.split(b'\n')) {
        let line = line.map_err(unreadable)?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let record: Record = falcon_tasks::json_line(&line).map_err(|message| {
            Failure::usage(anyhow::anyhow!("{shown}:{number}: {message}"))
                .hint("a line is one item, as falcon memory export writes it")
        })?;
        let item = &record.item;
        let numbers = [item.score, record.utility];
        let all = numbers.iter().chain(item.scores.values());
        if !(0.0..=1.0).contains(&item.score) || !all.copied().all(f64::is_finite) {
            let unfit = "score must be in [0, 1], and every number finite";
            return Err(Failure::usage(anyhow::anyhow!("{shown}:{number}: {unfit}")));
        }
        records.push(record);
    }
    if records.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!("{shown} has no items")));
    }
    Ok(records)
}
