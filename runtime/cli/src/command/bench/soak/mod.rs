//! `falcon bench soak`: very many programs of every language and attacks among them, and whether the
//! process tree is at the end what it was at the start.

mod programs;
mod tree;

use std::{collections::BTreeMap, time::Instant};

use anyhow::anyhow;
use falcon_episode::{Episode, Grader as _, Submission};
use falcon_grading::{Language, Options, Panel, Pipeline};
use falcon_host::language::Limits;
use falcon_package::Kind;
use falcon_report::{SoakPoint, soak_picture};
use serde_json::json;

use self::{
    programs::{Program, Programs},
    tree::Tree,
};
use crate::{
    cli,
    command::Context,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    machine::machine,
    output::{Output, write_file},
    plugins,
    services::{self, worker_command},
};

/// Programs graded between two looks.
const BATCH: u64 = 2000;

/// What a program may use: enough for every honest one, little for those that take all they get.
fn limits() -> Limits {
    Limits {
        fuel: 100_000_000,
        test_fuel: 500_000_000,
        memory: 64 << 20,
        output: 64 << 10,
        ..Limits::default()
    }
}

pub(in super::super) fn run(context: &Context, options: &cli::BenchSoak) -> Outcome {
    let languages = languages(context)?;
    let programs = Programs::of(&languages);
    if programs.is_empty() {
        return Err(Failure::usage(anyhow!(
            "there is no language pack whose programs are known here; {}",
            plugins::BUILD
        )));
    }
    let pipeline = pipeline(context, languages)?;
    let run = soak(&pipeline, &programs, options.executions.get())?;
    let ends = Ends::of(&run.points);
    let machine = machine();
    let subtitle = format!(
        "{} programs in {}, {} attacks among them · {}, {} cores",
        run.programs,
        run.languages.keys().copied().collect::<Vec<_>>().join(", "),
        run.attacks,
        machine.cpu,
        machine.cores
    );
    if let Some(path) = &options.svg {
        write_file(path, soak_picture(&run.points, &subtitle).as_bytes())?;
    }
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "programs": run.programs, "attacks": run.attacks, "wrong": run.wrong,
            "languages": run.languages,
            "first": ends.first, "last": ends.last, "rate_ratio": ends.rate(), "points": run.points,
            "machine": machine,
        }))?;
    } else {
        output.text(&format!("{subtitle}\n{}\n", ends.text()))?;
    }
    output.finish()?;
    for wrong in &run.wrong {
        live::line(wrong);
    }
    Ok(Exit::answer(run.wrong.is_empty()))
}

/// Every language pack there is.
fn languages(context: &Context) -> Result<Vec<Language>, Failure> {
    super::installed(context)?
        .iter()
        .map(|name| {
            let plugin = services::plugin(context, name, Kind::Language)?;
            Language::of(&plugin).map_err(Failure::usage)
        })
        .collect()
}

fn pipeline(context: &Context, languages: Vec<Language>) -> Result<Pipeline, Failure> {
    let workers = (!context.in_process).then(worker_command).transpose()?;
    let options = Options {
        limits: limits(),
        remembered: 0,
        workers,
        ..Options::default()
    };
    Pipeline::new(languages, Panel::none(), &options).or_infrastructure("the grader cannot start")
}

/// What came of it.
struct Soaked {
    programs: u64,
    attacks: u64,
    /// How many of them were in each language.
    languages: BTreeMap<&'static str, u64>,
    /// Verdicts that were not as they must be, the first few.
    wrong: Vec<String>,
    points: Vec<SoakPoint>,
}

fn soak(pipeline: &Pipeline, programs: &Programs, count: u64) -> Result<Soaked, Failure> {
    let began = Instant::now();
    let mut soaked = Soaked {
        programs: 0,
        attacks: 0,
        languages: BTreeMap::new(),
        wrong: Vec::new(),
        points: Vec::new(),
    };
    let mut told = Instant::now();
    while soaked.programs < count {
        let since = Instant::now();
        let size = BATCH.min(count - soaked.programs);
        let drawn: Vec<&Program> = (soaked.programs..soaked.programs + size)
            .map(|number| programs.drawn(number))
            .collect();
        let batch: Vec<Submission> = (soaked.programs..)
            .zip(&drawn)
            .map(|(number, program)| program.submission(number))
            .collect();
        let episodes = pipeline
            .grade(&batch)
            .or_infrastructure("nothing can be graded")?;
        for (program, episode) in drawn.iter().zip(&episodes) {
            soaked.attacks += u64::from(program.attack);
            *soaked.languages.entry(program.language).or_default() += 1;
            wrong(program, episode, &mut soaked.wrong);
        }
        soaked.programs += size;
        let tree = Tree::now();
        soaked.points.push(SoakPoint {
            executions: soaked.programs,
            seconds: began.elapsed().as_secs_f64(),
            per_second: size as f64 / since.elapsed().as_secs_f64(),
            parent_mib: tree.parent_mib,
            workers_mib: tree.workers_mib,
            files: tree.files,
            worker_files: tree.worker_files,
            processes: tree.processes,
        });
        if told.elapsed().as_secs() >= 5 {
            told = Instant::now();
            tell(&soaked, count, began);
        }
    }
    Ok(soaked)
}

fn wrong(program: &Program, episode: &Episode, found: &mut Vec<String>) {
    if episode.verdict != program.verdict && found.len() < 20 {
        let message = episode
            .tests
            .first()
            .map_or("", |test| test.message.as_str());
        found.push(format!(
            "{} {}: {} ({message}), and should be {}",
            program.language, program.name, episode.verdict, program.verdict
        ));
    }
}

fn tell(soaked: &Soaked, count: u64, began: Instant) {
    let Some(point) = soaked.points.last() else {
        return;
    };
    let rate = soaked.programs as f64 / began.elapsed().as_secs_f64();
    live::line(&format!(
        "{} of {count} programs, {:.0}/s, {:.0} s left; parent {:.0} MiB, {} files; {} processes below, {:.0} MiB; {} wrong",
        soaked.programs,
        point.per_second,
        (count - soaked.programs) as f64 / rate,
        point.parent_mib,
        point.files,
        point.processes,
        point.workers_mib,
        soaked.wrong.len()
    ));
}

/// The first and the last tenth of a run, in the mean.
struct Ends {
    first: SoakPoint,
    last: SoakPoint,
}

impl Ends {
    fn of(points: &[SoakPoint]) -> Self {
        // The first batch warms caches up.
        let settled = points.get(1..).filter(|rest| !rest.is_empty());
        let settled = settled.unwrap_or(points);
        let tenth = settled.len().div_ceil(10);
        Self {
            first: mean(&settled[..tenth]),
            last: mean(&settled[settled.len() - tenth..]),
        }
    }

    /// The rate at the end as a part of that at the start.
    fn rate(&self) -> f64 {
        self.last.per_second / self.first.per_second
    }

    fn text(&self) -> String {
        let line = |name: &str, point: &SoakPoint| {
            format!(
                "{name}  {:7.0} programs/s   parent {:6.1} MiB, {} files   workers {:6.1} MiB, {} processes, {}",
                point.per_second,
                point.parent_mib,
                point.files,
                point.workers_mib,
                point.processes,
                files(point.worker_files)
            )
        };
        format!(
            "{}\n{}\nthe last tenth's rate is {:.1} % of the first's",
            line("first tenth", &self.first),
            line("last tenth ", &self.last),
            100.0 * self.rate()
        )
    }
}

/// The workers' open files in words. Workers do not let others look, but for the system's administrator.
fn files(open: Option<u64>) -> String {
    open.map_or_else(
        || "whose files only root may count".to_owned(),
        |open| format!("{open} files"),
    )
}

fn mean(points: &[SoakPoint]) -> SoakPoint {
    let count = points.len().max(1);
    let of = |value: fn(&SoakPoint) -> f64| points.iter().map(value).sum::<f64>() / count as f64;
    let last = points.last().copied().unwrap_or_default();
    SoakPoint {
        // Programs over time, so that a slow batch weighs as much as it took.
        per_second: 1.0 / of(|point| 1.0 / point.per_second.max(1e-9)),
        parent_mib: of(|point| point.parent_mib),
        workers_mib: of(|point| point.workers_mib),
        ..last
    }
}
