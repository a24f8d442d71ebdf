//! What is measured, and how.

mod attempts;
mod bench;
mod best_of;
mod gains;
mod rows;
mod saved;
mod used;

use std::{collections::BTreeMap, time::Instant};

use falcon_episode::{Grader, LongTermMemory, MemoryAsk};
use falcon_tasks::{Solved, TokenId, Which};

pub(crate) use bench::{Bench, Final, Shown, Written};
pub use gains::{Aggregate, aggregate};
pub(crate) use gains::{Measured, gains};
use rows::BEST_OF_N;
pub(crate) use rows::{Job, jobs};
pub use rows::{RowName, rows};
pub use saved::{EvalRequest, ForeignReport, ForeignTask, evaluate_pymini, evaluate_tasks};
pub use used::{Arm, Shows, UseRow, measure_use};

use crate::{
    Event, Progress, Tokenizer, TrainError, encoder,
    grade::{Attempt, grade_without_fault, verified_item},
    inner::Supports,
    material::{AliasTask, TEST},
    run::{Flow, Run},
    state::Stage,
    task::Task,
};

/// What a row made that one after it needs too. A run that goes on from a checkpoint has none of it and makes it anew,
/// which comes to the same.
#[derive(Default)]
struct Kept {
    /// The supports of the split at hand.
    supports: Option<(&'static str, Supports)>,
    /// By split, the first attempts of its row `none`, of which `best-of-n` takes the best.
    first: BTreeMap<&'static str, Vec<Written>>,
}

/// Measures the policy as it is.
pub(crate) fn run(run: &mut Run<'_>) -> Result<Flow, TrainError> {
    let (policy, config) = (&run.at.policy, &run.at.config.memory);
    let said = encoder::compare_by(policy, config, &*run.evaluation_memory)?;
    encoder::tell(run, said);
    fill_memory(run)?;
    let when = match run.at.state.stage {
        Stage::Before => "before",
        Stage::AfterContinued => "continued",
        _ => "after",
    };
    if run.at.state.step == 0 && when == "continued" {
        let digest = run.at.policy.digest();
        run.at.state.policies.insert(when.to_owned(), digest);
    }
    let jobs = jobs(run);
    let mut kept = Kept::default();
    while let Some(job) = jobs.get(run.at.state.step) {
        let began = Instant::now();
        let executions = run.services.grader.executions();
        let (row, examples, tokens) = measure(run, *job, when, &mut kept)?;
        let progress = Progress {
            pass_rate: Some(row.pass_at_1),
            ..Progress::default()
        };
        run.at.state.eval.push(row);
        run.at.state.examples.extend(examples);
        run.at.state.tokens += tokens;
        let runs = run.services.grader.executions() - executions;
        run.tell_step(began, tokens, runs, progress);
        if run.step_done()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        run.save()?;
    }
    Ok(Flow::Next)
}

/// Measures a row, with what rows before it left.
fn measure(
    run: &mut Run<'_>,
    job: Job,
    when: &str,
    kept: &mut Kept,
) -> Result<(crate::EvalRow, Vec<crate::Example>, u64), TrainError> {
    let tasks = run.material.test_set(job.split);
    let shown = match (job.split, job.memory) {
        (_, "ltm") => retrieved(run, &tasks)?,
        (TEST, "ltm-random") => {
            let files = run.material.files.iter();
            let solved = files.flat_map(|files| &files.random);
            let pair = |solved: &Solved| (solved.spec.clone(), solved.body.clone());
            solved.map(|solved| solved.as_ref().map(pair)).collect()
        }
        ("alias", "ltm-random") => fixed(&run.material.alias, |alias| &alias.random),
        ("alias", "ltm-oracle") => fixed(&run.material.alias, |alias| &alias.oracle),
        _ => Vec::new(),
    };
    let state = &run.at.state;
    let same_tokens = state
        .eval
        .iter()
        .find(|row| row.split == job.split && row.when == when && row.memory == "stm")
        .map_or(0.0, |row| row.tokens_mean);
    let bench = Bench {
        policy: &run.at.policy,
        grader: run.services.grader,
        samples: run.at.config.evaluation.samples,
        temperature: run.at.config.evaluation.temperature,
        draws: run.at.config.evaluation.draws,
        // The same draws before and after: what differs is the policy.
        seed: state.seed,
        memory: Some((&*run.evaluation_memory, run.at.config.memory.budget)),
    };
    if !job.memory.starts_with("inner") {
        let is_best = job.memory == BEST_OF_N;
        let first = is_best.then(|| kept.first.remove(job.split)).flatten();
        let written = match first {
            Some(first) => bench.best_of(&tasks, first)?,
            None => bench.written(job, &tasks, &shown, same_tokens)?,
        };
        let measured = bench.score(job, when, &tasks, &written, &shown)?;
        let best = Job {
            memory: BEST_OF_N,
            ..job
        };
        if job.memory == "none" && jobs(run).contains(&best) {
            kept.first.insert(job.split, written);
        }
        return Ok(measured);
    }
    let config = &run.at.config;
    let held = kept.supports.take();
    let mut tokens = 0;
    let (_, supports) = match held.filter(|(split, _)| *split == job.split) {
        Some(held) => kept.supports.insert(held),
        None => {
            let made = Supports::new(&bench, config, &tasks)?;
            tokens += made.cost();
            kept.supports.insert((job.split, made))
        }
    };
    let (written, spent) = supports.written(&bench, config, &tasks, job.memory)?;
    let (row, examples, _) = bench.score(job, when, &tasks, &written, &shown)?;
    // A sample is charged for all of its task's support; the run for what it took.
    Ok((row, examples, tokens + spent))
}

/// Exemplars that long-term memory shows for test tasks; counts how often the first one discloses the word.
fn retrieved(run: &mut Run<'_>, tasks: &[Task]) -> Result<Vec<Shown>, TrainError> {
    let (budget, tokenizer) = (run.at.config.memory.budget, run.at.config.model.tokenizer);
    let (shown, hits) = ask(&*run.evaluation_memory, tasks, budget, tokenizer)?;
    run.at.state.retrievals += tasks.len() as u64;
    run.at.state.hit_at_1 = hits;
    Ok(shown)
}

/// Asks memory for one exemplar for each task, within so many tokens. Also returns the share whose exemplar discloses the
/// private word.
pub(crate) fn ask(
    memory: &dyn LongTermMemory,
    tasks: &[Task],
    budget: u32,
    tokenizer: Tokenizer,
) -> Result<(Vec<Shown>, f64), TrainError> {
    let ask = |task: &Task| MemoryAsk {
        query: task.memory_query(1),
        attempts: Vec::new(),
        limit: 0,
        budget,
    };
    let asks: Vec<MemoryAsk> = tasks.iter().map(ask).collect();
    let cost = |words: &str, program: &str| tokenizer.exemplar_cost(words, program);
    let found = memory.compose(&asks, &cost);
    let found = found.map_err(TrainError::infrastructure("asking long-term memory"))?;
    let first = found.iter().map(|found| found.exemplars.first());
    let shown: Vec<Shown> = first
        .map(|exemplar| exemplar.and_then(|exemplar| tokenizer.exemplar(exemplar)))
        .collect();
    let hits = tasks
        .iter()
        .zip(&shown)
        .filter(|(task, shown)| {
            let mut shown = shown.iter();
            shown.any(|(spec, _)| task.is_told_by(spec) == Some(true))
        })
        .count();
    Ok((shown, hits as f64 / tasks.len().max(1) as f64))
}

fn fixed(tasks: &[AliasTask], which: fn(&AliasTask) -> &Solved) -> Vec<Shown> {
    tasks
        .iter()
        .map(which)
        .map(|solved| Some((solved.spec.clone(), solved.body.clone())))
        .collect()
}

/// Gives the evaluation memory the test projects' earlier solved tasks.
fn fill_memory(run: &mut Run<'_>) -> Result<(), TrainError> {
    if run.at.state.evaluation_filled {
        return Ok(());
    }
    let bank = &run.material.test_bank;
    let admitted = admit_solved(run.services.grader, bank, &*run.evaluation_memory)?;
    run.tell(Event::Note(format!(
        "{admitted} earlier solved tasks in memory for the evaluation"
    )));
    run.at.state.evaluation_filled = true;
    run.save()
}

/// Offers solved tasks to memory by the way every program takes: run, verified, admitted.
pub(crate) fn admit_solved(
    grader: &dyn Grader,
    tasks: &[Task],
    memory: &dyn LongTermMemory,
) -> Result<usize, TrainError> {
    let solved: Vec<(&Task, Vec<TokenId>)> = tasks
        .iter()
        .filter_map(|task| Some((task, task.solution()?)))
        .collect();
    let attempts: Vec<Attempt<'_>> = solved
        .iter()
        .map(|(task, body)| Attempt {
            task,
            body,
            finished: true,
            number: 1,
        })
        .collect();
    let episodes = grade_without_fault(grader, &attempts, Which::Feedback)?;
    let items: Vec<_> = solved
        .iter()
        .zip(&episodes)
        .filter_map(|((task, body), episode)| {
            let verified = episode.as_ref().filter(|episode| episode.passed())?;
            Some(verified_item(task, body, verified, ""))
        })
        .collect();
    if items.is_empty() {
        return Ok(0);
    }
    memory
        .admit(&items)
        .map_err(TrainError::infrastructure("filling long-term memory"))
}
