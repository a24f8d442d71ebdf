use std::path::Path;

use falcon_episode::{Grader, LongTermMemory, Submission};
use falcon_tasks::{Family, Split, Task, TaskFamily, TokenId};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Bench, Job, ask};
use crate::{
    EvalRow, TrainError, encoder,
    grade::{no_fault, passed},
    model::{Request, generate, load_model},
    random,
    statistics::pass_at,
};

/// How to evaluate a saved model.
#[derive(Clone, Debug)]
pub struct EvalRequest<'a> {
    /// The folder that [`save_model`](crate::save_model) wrote.
    pub model: &'a Path,
    /// Programs sampled for a task.
    pub samples: usize,
    /// Sampling temperature.
    pub temperature: f64,
    /// Every draw follows from it.
    pub seed: u64,
}

/// A task of a benchmark, from outside the model's own family.
pub struct ForeignTask<'a> {
    /// Its id.
    pub id: String,
    /// The task as text.
    pub prompt: String,
    /// Makes a program of the model into what is graded.
    pub submission: Box<dyn Fn(&str) -> Submission + 'a>,
}

/// What a model does on a benchmark's tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForeignReport {
    /// Tasks.
    pub tasks: usize,
    /// Samples for each task.
    pub samples: usize,
    /// Mean share of samples that pass.
    pub pass_at_1: f64,
    /// Unbiased pass@8; with fewer samples, pass@k for all of them.
    pub pass_at_8: f64,
    /// Share of the prompts' words that the model's vocabulary has; the others were left out.
    pub expressible: f64,
    /// For people: what that means.
    pub note: String,
    /// Each task's id with its samples and how many of them passed.
    pub by_task: Vec<(String, usize, usize)>,
}

/// Evaluates a saved model on a split of its own task family, without memory or with the memory given.
///
/// # Errors
/// Where the model cannot be read, the split does not exist, or grading or memory fail.
pub fn evaluate_pymini(
    request: &EvalRequest<'_>,
    split: &str,
    tasks: usize,
    memory: Option<&dyn LongTermMemory>,
    grader: &dyn Grader,
) -> Result<EvalRow, TrainError> {
    let (policy, config) = load_model(request.model)?;
    let named = Split::TESTS.into_iter().find(|known| known.name() == split);
    let known = named.ok_or_else(|| {
        let names: Vec<&str> = Split::TESTS.iter().map(|split| split.name()).collect();
        TrainError::Input(format!(
            "there is no split {split:?}; there are {}",
            names.join(", ")
        ))
    })?;
    let set: Vec<Task> = Family::new(request.seed)
        .test_set(known, tasks * if known == Split::Ambiguous { 2 } else { 1 })
        .into_iter()
        .filter(|task| task.family != TaskFamily::Binary)
        .collect();
    let shown = match memory {
        None => Vec::new(),
        Some(memory) => {
            encoder::compare_by(&policy, &config.memory, memory)?;
            ask(
                memory,
                &set.iter().collect::<Vec<_>>(),
                config.memory.budget,
            )?
            .0
        }
    };
    let bench = Bench {
        policy: &policy,
        grader,
        samples: request.samples,
        temperature: request.temperature,
        draws: config.evaluation.draws,
        seed: request.seed,
        memory: None,
    };
    let used = if memory.is_some() { "ltm" } else { "none" };
    let job = Job {
        split: known.name(),
        memory: used,
    };
    Ok(bench.measure(job, "after", &set, &shown, 0.0)?.0)
}

/// Evaluates a saved model on a benchmark's tasks.
///
/// The small models have a closed vocabulary. Words of a prompt that it lacks are left out, the share
/// of those it has is reported, and what the model writes is scored like any other program: for English
/// prompts the honest result is near 0.
///
/// # Errors
/// Where the model cannot be read, or grading fails.
pub fn evaluate_tasks(
    request: &EvalRequest<'_>,
    tasks: &[ForeignTask<'_>],
    grader: &dyn Grader,
) -> Result<ForeignReport, TrainError> {
    let (policy, _) = load_model(request.model)?;
    let read: Vec<(Vec<TokenId>, usize, usize)> = tasks
        .iter()
        .map(|task| foreign_prompt(&task.prompt))
        .collect();
    let requests: Vec<Request> = read
        .iter()
        .enumerate()
        .map(|(index, (prompt, ..))| {
            let mut seeds = random::stream(request.seed, "foreign samples", index as u64);
            let seeds = (0..request.samples).map(|_| seeds.random()).collect();
            Request {
                prompt: prompt.clone(),
                seeds,
            }
        })
        .collect();
    let limit = falcon_tasks::MAX_BODY;
    let written = generate(&policy, &requests, request.temperature, limit)?;
    // Every task writes a body the same way; any one of them can.
    let writer = Family::new(request.seed).gold_set(1);
    let text = |body: &[TokenId]| {
        writer
            .first()
            .map_or_else(String::new, |task| task.program_text(body))
    };
    let batch: Vec<Submission> = tasks
        .iter()
        .zip(&written)
        .flat_map(|(task, programs)| {
            programs
                .iter()
                .map(|program| (task.submission)(&text(program.body())))
        })
        .collect();
    let episodes = grader
        .grade(&batch)
        .map_err(TrainError::infrastructure("grading programs"))?;
    no_fault(episodes.iter())?;
    let by_task: Vec<(String, usize, usize)> = tasks
        .iter()
        .zip(episodes.chunks(request.samples.max(1)))
        .map(|(task, episodes)| {
            let right = episodes
                .iter()
                .filter(|episode| passed(Some(episode)))
                .count();
            (task.id.clone(), episodes.len(), right)
        })
        .collect();
    let mean = |k| {
        by_task
            .iter()
            .map(|(_, n, c)| pass_at(k, *n, *c))
            .sum::<f64>()
            / by_task.len().max(1) as f64
    };
    let (known, words) = read
        .iter()
        .fold((0, 0), |(k, w), (_, known, all)| (k + known, w + all));
    let expressible = known as f64 / words.max(1) as f64;
    Ok(ForeignReport {
        tasks: tasks.len(),
        samples: request.samples,
        pass_at_1: mean(1),
        pass_at_8: mean(8),
        expressible,
        note: format!(
            "this model has a closed vocabulary of {} tokens, which holds {:.0} % of the words of these prompts; the others were left out, so its programs answer what is left of each task",
            policy.vocabulary(),
            100.0 * expressible
        ),
        by_task,
    })
}

/// A text as a prompt of at most the length the model was trained on; also its words that the vocabulary has, and all.
fn foreign_prompt(text: &str) -> (Vec<TokenId>, usize, usize) {
    let vocabulary = falcon_tasks::vocabulary();
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let known: Vec<TokenId> = words
        .iter()
        .filter_map(|word| vocabulary.id(word))
        .collect();
    let count = known.len();
    let mut prompt = vec![TokenId::BOS, TokenId::SPEC];
    prompt.extend(known.into_iter().take(falcon_tasks::MAX_PROMPT - 3));
    prompt.push(TokenId::CODE);
    (prompt, count, words.len())
}
