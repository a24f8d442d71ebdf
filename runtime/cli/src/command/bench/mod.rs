//! `falcon bench sandbox`: sandboxed runs and graded tasks of each language, beside what has no sandbox.

mod batch;
mod measure;
mod memory;
mod ours;
mod rivals;
mod show;
mod soak;
mod task;
mod usual;
mod whole;

use std::{collections::BTreeMap, num::NonZeroUsize};

use anyhow::anyhow;
use falcon_package::Kind;
use falcon_report::{Bench, Machine, bench_picture};
use serde_json::json;

use self::{
    measure::Subject,
    ours::Opened,
    rivals::Rival,
    task::Task,
    usual::{Harnesses, MANAGER, USUAL, Way},
    whole::Solutions,
};
pub(super) use self::{memory::run as memory, soak::run as soak};
use super::Context;
use crate::{
    cli,
    failure::{Exit, Failure, Outcome},
    live,
    machine::machine,
    output::{Output, write_file},
    plugins,
    quantity::seconds,
    services::{Asked, Sandbox},
};

/// The language whose harness everyone knows.
const PYTHON: &str = "python";

pub(super) fn sandbox(context: &Context, options: &cli::BenchSandbox) -> Outcome {
    let machine = machine();
    let workers = worker_counts(machine.cores);
    let most = workers.last().copied().unwrap_or(1);
    let packs = open(context, options, most)?;
    let python = packs.iter().find(|pack| pack.task.language == PYTHON);
    let solutions = match (&options.tasks, python) {
        (Some(file), Some(python)) => Some((Solutions::load(file, &python.here)?, python)),
        (Some(_), None) => {
            let none = anyhow!("the tasks are in Python, and no Python pack is measured");
            return Err(Failure::usage(none).hint("add --language python"));
        }
        (None, _) => None,
    };

    let rivals = rivals(&packs, options.language.is_empty());
    let native = rivals.iter().find(|rival| rival.task.language == PYTHON);
    let harnesses = native.map_or_else(Vec::new, |rival| {
        [(USUAL, Way::Fork), (MANAGER, Way::Manager)]
            .map(|(what, way)| (what, Harnesses::new(rival.executable(), way)))
            .into()
    });
    let subjects = subjects(&packs, &rivals, &harnesses)?;
    let time = options.time.0;
    live::line(&format!(
        "measuring {} subjects in turn, {} each",
        subjects.len(),
        seconds(time.as_secs_f64())
    ));
    let latency = measure::latency(&subjects, time)?;
    let throughput = measure::throughput(&subjects, &workers, time)?;
    let batches = batch::grade(&packs, &latency, most, time)?;
    let suite = solutions
        .map(|(solutions, python)| whole::grade(&solutions, python, native, most, time))
        .transpose()?;
    let bench = Bench {
        walls: ours::walls(&latency),
        latency,
        throughput,
        batches,
        suite,
    };

    let versions: BTreeMap<_, _> = rivals
        .iter()
        .map(|rival| (rival.name, rival.version.as_str()))
        .collect();
    let subtitle = subtitle(&machine, &versions);
    if let Some(path) = &options.svg {
        write_file(path, bench_picture(&bench, &subtitle).as_bytes())?;
    }
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "latency": bench.latency,
            "throughput": bench.throughput,
            "batches": bench.batches,
            "walls": bench.walls,
            "suite": bench.suite,
            "machine": machine,
            "rivals": versions,
            "plugins": packs.iter().flat_map(|pack| pack.here.grader().plugins()).collect::<BTreeMap<_, _>>(),
        }))?;
    } else {
        output.text(&format!("{}\n{subtitle}\n", show::text(&bench, &workers)))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// One, two, and as many as there are cores.
fn worker_counts(cores: u64) -> Vec<u64> {
    let mut counts = vec![1, 2];
    if cores > 2 {
        counts.push(cores);
    }
    counts
}

/// Each language pack that was asked for, or all that are installed, in each place.
fn open(context: &Context, options: &cli::BenchSandbox, jobs: u64) -> Result<Vec<Opened>, Failure> {
    let asked = &options.language;
    let names = if asked.is_empty() {
        installed(context)?
    } else {
        asked.clone()
    };
    let mut packs: Vec<Opened> = Vec::new();
    for name in &names {
        let here = Asked {
            language: Some(name),
            // Programs that all are the same would otherwise be remembered.
            forget: true,
            jobs: NonZeroUsize::new(usize::try_from(jobs).unwrap_or(1)),
            in_process: true,
            ..Asked::default()
        };
        let sandbox = Sandbox::open(context, here)?;
        let Some(task) = Task::in_language(sandbox.language()) else {
            let none = format!(
                "{} runs {}, and the task of this benchmark is written in {}",
                sandbox.pack(),
                sandbox.language(),
                Task::languages().join(", ")
            );
            if !asked.is_empty() {
                return Err(Failure::usage(anyhow!(none)));
            }
            live::line(&format!("left out: {none}"));
            continue;
        };
        let in_workers = |jobs, uncounted| {
            let asked = Asked {
                in_process: false,
                jobs,
                uncounted,
                ..here
            };
            (!context.in_process)
                .then(|| Sandbox::open(context, asked))
                .transpose()
        };
        let known = packs.iter().any(|pack| pack.task.language == task.language);
        let label = if known {
            format!("{}, {}", task.language, sandbox.pack())
        } else {
            task.language.to_owned()
        };
        packs.push(Opened {
            label,
            task,
            here: sandbox,
            workers: in_workers(here.jobs, false)?,
            alone: in_workers(Some(NonZeroUsize::MIN), false)?,
            uncounted: if options.fuel && !task.compiled() {
                in_workers(here.jobs, true)?
            } else {
                None
            },
        });
    }
    if packs.is_empty() {
        let none = anyhow!("there is no language pack to measure");
        return Err(Failure::usage(none).hint(plugins::BUILD));
    }
    Ok(packs)
}

/// The names of the language packs there are, each once.
fn installed(context: &Context) -> Result<Vec<String>, Failure> {
    let set = plugins::set(context.plugins.as_deref())?;
    let packs = set.plugins().iter();
    let packs = packs.filter(|info| info.manifest.kind == Kind::Language);
    let mut names: Vec<_> = packs.map(|info| info.id.name.to_string()).collect();
    names.dedup();
    // The pack that most people use comes first.
    names.sort_by_key(|name| !name.ends_with("/python"));
    Ok(names)
}

/// What the machine itself has for the languages of the packs, and where all languages are asked for,
/// for those without a pack too.
fn rivals(packs: &[Opened], all: bool) -> Vec<Rival> {
    let mut rivals = Vec::new();
    for language in Task::languages() {
        let has_pack = packs.iter().any(|pack| pack.task.language == language);
        if !(has_pack || all) {
            continue;
        }
        let found = Task::in_language(language).and_then(Rival::find);
        if found.is_none() {
            live::line(&format!(
                "{language}: this machine has nothing of its own to compare with"
            ));
        }
        rivals.extend(found);
    }
    rivals
}

/// Each language's subjects together: packs first, then what the machine itself has.
fn subjects<'a>(
    packs: &'a [Opened],
    rivals: &'a [Rival],
    harnesses: &'a [(&str, Harnesses)],
) -> Result<Vec<Subject<'a>>, Failure> {
    let mut subjects = Vec::new();
    for language in Task::languages() {
        let mut packs = packs.iter().filter(|pack| pack.task.language == language);
        if let Some(first) = packs.next() {
            subjects.extend(first.subjects());
        }
        for rival in rivals
            .iter()
            .filter(|rival| rival.task.language == language)
        {
            subjects.extend(rival.subjects()?);
            if language == PYTHON {
                let usual = harnesses.iter();
                subjects.extend(usual.map(|(what, all)| rivals::usual(what, rival.task, all)));
            }
        }
        // Another pack of the language has a name, and so a group, of its own.
        subjects.extend(packs.flat_map(Opened::subjects));
    }
    Ok(subjects)
}

fn subtitle(machine: &Machine, versions: &BTreeMap<&str, &str>) -> String {
    let mut parts = vec![format!("{}, {} cores", machine.cpu, machine.cores)];
    parts.extend(versions.values().map(|version| (*version).to_owned()));
    parts.join(" · ")
}
