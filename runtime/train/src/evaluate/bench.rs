use std::collections::BTreeMap;

use falcon_episode::{Episode, Grader, LongTermMemory};
use falcon_tasks::{TokenId, Which};
use rand::Rng;

use super::{Job, attempts::Chains};
use crate::{
    EvalRow, Example, TrainError,
    grade::{Attempt, grade_without_fault, passed},
    material::TEST,
    model::{Completion, Policy, Request, generate},
    random,
    statistics::{Pair, paired_difference, pass_at},
    task::Task,
};

/// An exemplar's words and program.
pub(crate) type Shown = Option<(Vec<TokenId>, Vec<TokenId>)>;

/// A policy under test.
pub(crate) struct Bench<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) grader: &'a dyn Grader,
    pub(crate) samples: usize,
    pub(crate) temperature: f64,
    pub(crate) draws: usize,
    pub(crate) seed: u64,
    /// Whose policy composes the prompts of second attempts, within so many tokens; none where every failure is shown.
    pub(crate) memory: Option<(&'a dyn LongTermMemory, u32)>,
}

/// What was written for a task: the sampled programs, then the greedy one.
pub(crate) struct Written {
    pub(crate) prompt: Vec<TokenId>,
    pub(crate) programs: Vec<Final>,
}

/// The program an attempt, or a chain of attempts, ended with.
#[derive(Clone)]
pub(crate) struct Final {
    pub(crate) program: Completion,
    /// 1, or more where earlier attempts failed.
    pub(crate) number: u32,
    /// Tokens read and written for it, the prompt once.
    pub(crate) tokens: usize,
    /// Feedback that was before the policy, as text.
    pub(crate) shown: String,
}

impl Bench<'_> {
    /// Measures one row. `shown` has an exemplar for each task or is empty; `budget` is the mean number
    /// of tokens that `resample` may use.
    pub(crate) fn measure(
        &self,
        job: Job,
        when: &str,
        tasks: &[Task],
        shown: &[Shown],
        budget: f64,
    ) -> Result<(EvalRow, Vec<Example>, u64), TrainError> {
        let written = self.written(job, tasks, shown, budget)?;
        self.score(job, when, tasks, &written, shown)
    }

    /// What is written for a row, before its scoring tests run.
    pub(crate) fn written(
        &self,
        job: Job,
        tasks: &[Task],
        shown: &[Shown],
        budget: f64,
    ) -> Result<Vec<Written>, TrainError> {
        match job.memory {
            "stm" => self.chains(tasks, Chains::Feedback),
            "stm-shuffled" => self.chains(tasks, Chains::Shuffled),
            "best-of-n" => self.best_of(tasks, self.first_attempts(tasks, &[])?),
            "resample" => self.chains(tasks, Chains::Resample { budget }),
            _ => self.first_attempts(tasks, shown),
        }
    }

    /// Runs the scoring tests on what was written, and makes the row.
    pub(crate) fn score(
        &self,
        job: Job,
        when: &str,
        tasks: &[Task],
        written: &[Written],
        shown: &[Shown],
    ) -> Result<(EvalRow, Vec<Example>, u64), TrainError> {
        let attempts: Vec<Attempt<'_>> = tasks
            .iter()
            .zip(written)
            .flat_map(|(task, written)| {
                written.programs.iter().map(|last| Attempt {
                    task,
                    body: last.program.body(),
                    finished: last.program.finished,
                    number: last.number,
                })
            })
            .collect();
        let episodes = grade_without_fault(self.grader, &attempts, Which::Scoring)?;
        let chunks: Vec<&[Option<Episode>]> = episodes.chunks(self.samples + 1).collect();
        let row = self.row(job, when, tasks, written, &chunks);
        let examples = examples(job, when, tasks, written, &chunks, shown);
        // Every answer of `best-of-n` has cost the tokens of all samples, which were written once.
        let all = if job.memory == "best-of-n" {
            self.samples - 1
        } else {
            0
        };
        let tokens = written
            .iter()
            .flat_map(|w| &w.programs[all..])
            .map(|last| last.tokens as u64)
            .sum();
        Ok((row, examples, tokens))
    }

    /// Samples and greedy program of each task.
    pub(crate) fn first_attempts(
        &self,
        tasks: &[Task],
        shown: &[Shown],
    ) -> Result<Vec<Written>, TrainError> {
        let prompts: Vec<Vec<TokenId>> = tasks
            .iter()
            .enumerate()
            .map(|(index, task)| {
                let shown = shown.get(index).and_then(Option::as_ref);
                task.prompt_with(shown.map(|(spec, body)| (&spec[..], &body[..])), None)
            })
            .collect();
        let programs = self.write(&prompts, 1)?;
        Ok(prompts
            .into_iter()
            .zip(programs)
            .map(|(prompt, programs)| {
                let programs = programs
                    .into_iter()
                    .map(|program| Final {
                        tokens: self.policy.prefix() + prompt.len() + program.tokens.len(),
                        program,
                        number: 1,
                        shown: String::new(),
                    })
                    .collect();
                Written { prompt, programs }
            })
            .collect())
    }

    /// Samples for each prompt, then its greedy program.
    fn write(
        &self,
        prompts: &[Vec<TokenId>],
        attempt: u32,
    ) -> Result<Vec<Vec<Completion>>, TrainError> {
        let request = |index: usize, seeds| Request {
            prompt: prompts[index].clone(),
            seeds,
        };
        let sampled: Vec<Request> = (0..prompts.len())
            .map(|index| {
                let chains = 0..self.samples;
                request(
                    index,
                    chains
                        .map(|chain| self.seed_of(index, chain, attempt))
                        .collect(),
                )
            })
            .collect();
        let greedy: Vec<Request> = (0..prompts.len())
            .map(|index| request(index, vec![0]))
            .collect();
        let limit = self.policy.shape().answer;
        let mut programs = generate(self.policy, &sampled, self.temperature, limit)?;
        let best = generate(self.policy, &greedy, 0.0, limit)?;
        for (programs, best) in programs.iter_mut().zip(best) {
            programs.extend(best);
        }
        Ok(programs)
    }

    /// The seed of one sample: it depends on its place alone, so that policies are compared on the same draws.
    pub(crate) fn seed_of(&self, task: usize, chain: usize, attempt: u32) -> u64 {
        let place = (task * self.samples + chain) as u64;
        random::stream(self.seed, &format!("evaluation attempt {attempt}"), place).random()
    }

    fn row(
        &self,
        job: Job,
        when: &str,
        tasks: &[Task],
        written: &[Written],
        chunks: &[&[Option<Episode>]],
    ) -> EvalRow {
        let n = self.samples;
        let right = |episodes: &[Option<Episode>]| {
            episodes
                .iter()
                .filter(|episode| passed(episode.as_ref()))
                .count()
        };
        let correct: Vec<usize> = chunks.iter().map(|chunk| right(&chunk[..n])).collect();
        let by_task: Vec<f64> = correct.iter().map(|c| *c as f64 / n as f64).collect();
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let tokens = written.iter().flat_map(|written| &written.programs[..n]);
        let pairs: Vec<Pair> = tasks
            .iter()
            .zip(&by_task)
            .map(|(task, rate)| Pair {
                seed: 0,
                cluster: task.cluster(),
                with: *rate,
                without: 0.0,
            })
            .collect();
        let mut rng = random::stream(0, "interval of a row", 0);
        EvalRow {
            split: job.split.to_owned(),
            when: when.to_owned(),
            memory: job.memory.to_owned(),
            tasks: tasks.len(),
            samples: n,
            pass_at_1: mean(by_task.clone()),
            // The n samples of `best-of-n` have become one answer.
            pass_at_8: if job.memory == "best-of-n" {
                mean(by_task.clone())
            } else {
                mean(correct.iter().map(|c| pass_at(8, n, *c)).collect())
            },
            greedy: mean(
                chunks
                    .iter()
                    .map(|chunk| right(&chunk[n..]) as f64)
                    .collect(),
            ),
            tokens_mean: mean(tokens.map(|last| last.tokens as f64).collect()),
            ci95: paired_difference(&pairs, self.draws, &mut rng).interval,
            errors: errors(chunks, n),
            by_task,
        }
    }
}

/// For each verdict that is not a pass, each task's share of samples that have it.
fn errors(chunks: &[&[Option<Episode>]], n: usize) -> BTreeMap<String, Vec<f64>> {
    let mut errors: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (task, chunk) in chunks.iter().enumerate() {
        for episode in &chunk[..n] {
            let verdict = match episode {
                // A program without an end is none.
                None => "compile-error",
                Some(episode) if episode.passed() => continue,
                Some(episode) => episode.verdict.name(),
            };
            let shares = errors.entry(verdict.to_owned());
            shares.or_insert_with(|| vec![0.0; chunks.len()])[task] += 1.0 / n as f64;
        }
    }
    errors
}

/// The first sample of a few tasks of the rows that people look at.
fn examples(
    job: Job,
    when: &str,
    tasks: &[Task],
    written: &[Written],
    chunks: &[&[Option<Episode>]],
    shown: &[Shown],
) -> Vec<Example> {
    let count = match (job.split, job.memory) {
        ("iid" | TEST, "none") => 4,
        ("alias" | TEST, "ltm") | ("ambiguous" | TEST, "stm") => 2,
        _ => 0,
    };
    (0..count.min(tasks.len()))
        .filter_map(|index| {
            let last = written[index].programs.first()?;
            let episode = chunks[index].first()?.as_ref();
            let message = episode
                .and_then(Episode::first_failure)
                .map_or_else(String::new, |test| test.message.clone());
            let exemplar = shown
                .get(index)
                .and_then(Option::as_ref)
                .map(|(spec, body)| {
                    let task = &tasks[index];
                    format!("{} => {}", task.text(spec), task.text(body))
                });
            Some(Example {
                task_id: tasks[index].id().to_owned(),
                split: job.split.to_owned(),
                when: when.to_owned(),
                memory: job.memory.to_owned(),
                prompt: tasks[index].text(&tasks[index].prompt()),
                program: tasks[index].program_text(last.program.body()),
                verdict: episode
                    .map_or("compile-error", |e| e.verdict.name())
                    .to_owned(),
                reward: crate::grade::reward(episode),
                message: if episode.is_some() {
                    message
                } else {
                    "it does not end".to_owned()
                },
                shown: exemplar.unwrap_or_else(|| last.shown.clone()),
            })
        })
        .collect()
}
