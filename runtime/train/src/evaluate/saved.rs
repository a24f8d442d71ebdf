use std::path::Path;

use falcon_episode::{Grader, HeldOut, LongTermMemory, Submission};
use falcon_tasks::{Family, Split, TaskFamily, TokenId, bytes};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Bench, Job, ask};
use crate::{
    Config, EvalRow, ModelConfig, Policy, Tokenizer, TrainError, encoder,
    grade::{no_fault, passed},
    model::{Request, generate, load_model},
    random,
    statistics::pass_at,
    task::{Task, prompt},
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

/// Evaluates a saved model on a split of its own task family, without memory or with the memory given, which is kept from the
/// tasks that are evaluated as a run's is.
///
/// # Errors
/// Where the model cannot be read, the split does not exist, memory holds one of its tasks, or grading or memory fail.
pub fn evaluate_pymini(
    request: &EvalRequest<'_>,
    split: &str,
    tasks: usize,
    memory: Option<&dyn LongTermMemory>,
    grader: &dyn Grader,
) -> Result<EvalRow, TrainError> {
    let (policy, config) = load_pymini(request.model)?;
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
        .map(Task::from)
        .collect();
    let shown = match memory {
        None => Vec::new(),
        Some(memory) => {
            let held_out: Vec<HeldOut> = set.iter().map(Task::held_out).collect();
            let guarded = memory.guard(&held_out);
            guarded.map_err(TrainError::infrastructure(
                "guarding memory against the tasks that are evaluated",
            ))?;
            // A memory that is only asked keeps no vectors, so there is nothing to tell.
            encoder::compare_by(&policy, &config.memory, memory)?;
            let budget = config.memory.budget;
            ask(memory, &set, budget, config.model.tokenizer)?.0
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

/// A saved model that was trained on PyMini.
///
/// # Errors
/// Where the model cannot be read, or was trained on files of tasks.
pub(crate) fn load_pymini(folder: &Path) -> Result<(Policy, Config), TrainError> {
    let (policy, config) = load_model(folder)?;
    match config.model.tokenizer {
        Tokenizer::Pymini => Ok((policy, config)),
        Tokenizer::Bytes => Err(TrainError::Input(format!(
            "the model in {} was trained on files of tasks and knows nothing of PyMini; it can be measured on a file (--tasks)",
            folder.display()
        ))),
    }
}

/// Evaluates a saved model on a benchmark's tasks.
///
/// A model that was trained on files reads every prompt that its context has room for; a longer one counts as not
/// solved. One that was trained on PyMini has a closed vocabulary: words of a prompt that it lacks are left out, the share of those
/// it has is reported, and what it writes is scored like any other program. For English prompts the
/// honest result is then near 0.
///
/// # Errors
/// Where the model cannot be read, or grading fails.
pub fn evaluate_tasks(
    request: &EvalRequest<'_>,
    tasks: &[ForeignTask<'_>],
    grader: &dyn Grader,
) -> Result<ForeignReport, TrainError> {
    let (policy, config) = load_model(request.model)?;
    let read: Vec<Read> = tasks
        .iter()
        .map(|task| Read::of(&task.prompt, &config.model))
        .collect();
    let programs = written(&policy, &config.model, request, &read)?;
    let batch: Vec<Submission> = tasks
        .iter()
        .zip(&programs)
        .flat_map(|(task, programs)| programs.iter().map(|text| (task.submission)(text)))
        .collect();
    let episodes = grader
        .grade(&batch)
        .map_err(TrainError::infrastructure("grading programs"))?;
    no_fault(episodes.iter())?;
    let mut episodes = episodes.iter();
    let by_task: Vec<(String, usize, usize)> = tasks
        .iter()
        .zip(&programs)
        .map(|(task, programs)| {
            let own = episodes.by_ref().take(programs.len());
            let right = own.filter(|episode| passed(Some(episode))).count();
            (task.id.clone(), request.samples, right)
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
        .fold((0, 0), |(k, w), it| (k + it.known, w + it.words));
    let expressible = known as f64 / words.max(1) as f64;
    Ok(ForeignReport {
        tasks: tasks.len(),
        samples: request.samples,
        pass_at_1: mean(1),
        pass_at_8: mean(8),
        expressible,
        note: note(&config.model, &read, expressible),
        by_task,
    })
}

/// The programs that the model writes for each prompt; none for one that it has no room for.
fn written(
    policy: &Policy,
    model: &ModelConfig,
    request: &EvalRequest<'_>,
    read: &[Read],
) -> Result<Vec<Vec<String>>, TrainError> {
    let requests: Vec<Request> = read
        .iter()
        .enumerate()
        .filter_map(|(index, it)| {
            let mut seeds = random::stream(request.seed, "foreign samples", index as u64);
            let seeds = (0..request.samples).map(|_| seeds.random()).collect();
            let prompt = it.prompt.clone()?;
            Some(Request { prompt, seeds })
        })
        .collect();
    let bodies = generate(policy, &requests, request.temperature, model.answer)?;
    let text = |body: &[TokenId]| match model.tokenizer {
        Tokenizer::Pymini => falcon_tasks::program_text(body),
        Tokenizer::Bytes => bytes::decode(body).text,
    };
    let mut texts = bodies.iter().map(|programs| {
        programs
            .iter()
            .map(|it| text(it.body()))
            .collect::<Vec<String>>()
    });
    let one = |it: &Read| match it.prompt {
        Some(_) => texts.next().unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(read.iter().map(one).collect())
}

/// What the numbers are of, for people.
fn note(model: &ModelConfig, read: &[Read], expressible: f64) -> String {
    match model.tokenizer {
        Tokenizer::Pymini => format!(
            "this model has a closed vocabulary of {} tokens, which holds {:.0} % of the words of these prompts; the others were left out, so its programs answer what is left of each task",
            model.tokenizer.vocabulary(),
            100.0 * expressible
        ),
        Tokenizer::Bytes => format!(
            "this model reads bytes; {} of {} prompts are too long for its context of {} tokens with an answer of {}, and count as not solved",
            read.iter().filter(|it| it.prompt.is_none()).count(),
            read.len(),
            model.context,
            model.answer
        ),
    }
}

/// A text as the model reads it.
struct Read {
    /// At most as long as the model was trained on; none where it cannot be.
    prompt: Option<Vec<TokenId>>,
    /// Words of the text that the vocabulary has.
    known: usize,
    /// All its words.
    words: usize,
}

impl Read {
    fn of(text: &str, model: &ModelConfig) -> Self {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        if model.tokenizer == Tokenizer::Bytes {
            let whole = prompt(&bytes::encode(text), None, None);
            let fits = whole.len() + model.answer <= model.context;
            return Self {
                prompt: fits.then_some(whole),
                known: words.len(),
                words: words.len(),
            };
        }
        let vocabulary = falcon_tasks::vocabulary();
        let known: Vec<TokenId> = words
            .iter()
            .filter_map(|word| vocabulary.id(word))
            .collect();
        let count = known.len();
        let mut prompt = vec![TokenId::BOS, TokenId::SPEC];
        prompt.extend(known.into_iter().take(falcon_tasks::MAX_PROMPT - 3));
        prompt.push(TokenId::CODE);
        Self {
            prompt: Some(prompt),
            known: count,
            words: words.len(),
        }
    }
}
