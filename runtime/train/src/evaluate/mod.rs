//! What is measured, and how.

mod attempts;
mod bench;
mod best_of;
mod gains;
mod saved;
mod used;

use std::time::Instant;

use falcon_episode::{Grader, LongTermMemory, MemoryAsk};
use falcon_tasks::{Solved, TokenId, Which};

pub(crate) use bench::{Bench, Final, Shown, Written};
pub use gains::{Aggregate, aggregate};
pub(crate) use gains::{Measured, gains};
pub use saved::{EvalRequest, ForeignReport, ForeignTask, evaluate_pymini, evaluate_tasks};
pub use used::{Arm, Shows, UseRow, measure_use};

use crate::{
    Event, Progress, Tokenizer, TrainError,
    grade::{Attempt, grade_without_fault, verified_item},
    inner::{self, Supports},
    material::{AliasTask, TEST},
    run::{Flow, Run},
    state::Stage,
    task::Task,
};

/// A split and what memory does for it: one row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) split: &'static str,
    pub(crate) memory: &'static str,
}

const JOBS: [Job; 12] = [
    Job {
        split: "iid",
        memory: "none",
    },
    Job {
        split: "composition",
        memory: "none",
    },
    Job {
        split: "alias",
        memory: "none",
    },
    Job {
        split: "alias",
        memory: "ltm",
    },
    Job {
        split: "alias",
        memory: "ltm-random",
    },
    Job {
        split: "alias",
        memory: "ltm-oracle",
    },
    Job {
        split: "ambiguous",
        memory: "none",
    },
    Job {
        split: "ambiguous",
        memory: "stm",
    },
    Job {
        split: "ambiguous",
        memory: "stm-shuffled",
    },
    // After `stm`: it gets as many tokens.
    Job {
        split: "ambiguous",
        memory: "resample",
    },
    Job {
        split: "iid",
        memory: "best-of-n",
    },
    Job {
        split: "composition",
        memory: "best-of-n",
    },
];

/// The rows of tasks from files. Those that look at feedback, and those that need solved tasks, are measured where
/// there are such.
const FILE_JOBS: [Job; 7] = [
    on_test("none"),
    on_test("ltm"),
    on_test("ltm-random"),
    on_test("stm"),
    on_test("stm-shuffled"),
    on_test("resample"),
    on_test("best-of-n"),
];

const fn on_test(memory: &'static str) -> Job {
    Job {
        split: TEST,
        memory,
    }
}

/// The rows that the present stage measures. The control is measured without memory's own controls.
pub(crate) fn jobs(run: &Run<'_>) -> Vec<Job> {
    let control = ["none", "ltm", "stm"];
    let continued = run.at.state.stage == Stage::AfterContinued;
    let in_stage = |job: &Job| !continued || control.contains(&job.memory);
    if let Some(files) = &run.material.files {
        let can_be = |job: &Job| match job.memory {
            "none" => true,
            "ltm" | "ltm-random" => !run.material.test_bank.is_empty(),
            _ => files.telling > 0,
        };
        let jobs = FILE_JOBS.into_iter();
        return jobs.filter(|job| in_stage(job) && can_be(job)).collect();
    }
    let e = &run.at.config.evaluation;
    let size = |split| match split {
        "iid" => e.iid,
        "composition" => e.composition,
        "alias" => e.alias,
        _ => e.ambiguous,
    };
    let inner = run.at.config.inner.is_on().then_some(inner::JOBS);
    JOBS.into_iter()
        .chain(inner.into_iter().flatten())
        .filter(|job| size(job.split) > 0 && in_stage(job))
        .collect()
}

/// Measures the policy as it is.
pub(crate) fn run(run: &mut Run<'_>) -> Result<Flow, TrainError> {
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
    let mut supports = None;
    while let Some(job) = jobs.get(run.at.state.step) {
        let began = Instant::now();
        let executions = run.services.grader.executions();
        let (row, examples, tokens) = measure(run, *job, when, &mut supports)?;
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

/// Measures a row. `supports` are those of the split at hand, where a row before it needed them.
fn measure(
    run: &mut Run<'_>,
    job: Job,
    when: &str,
    supports: &mut Option<(&'static str, Supports)>,
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
    };
    if !job.memory.starts_with("inner") {
        return bench.measure(job, when, &tasks, &shown, same_tokens);
    }
    let config = &run.at.config;
    let (mut tokens, held) = (0, supports.take().filter(|(split, _)| *split == job.split));
    let (_, supports) = match held {
        Some(held) => supports.insert(held),
        None => {
            let made = Supports::new(&bench, config, &tasks)?;
            tokens += made.cost();
            supports.insert((job.split, made))
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
            shown.any(|(spec, _)| task.is_told_by(spec))
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
