//! What the inner loop does on test tasks, against controls of the same number of programs.
//!
//! | row | a sample is |
//! |---|---|
//! | `inner-frozen` | written with φ₀; the support's attempts are made and not used |
//! | `inner` | written with φ′, adapted to the task's support |
//! | `inner-other` | the same, adapted to another task's support |
//! | `inner-support` | an attempt of the support that passed its feedback tests; where none did, as `inner-frozen` |
//! | `inner-both` | the same; where none did, as `inner` |
//!
//! Supports see feedback tests alone, samples are scored by scoring tests. All samples of a task share
//! one support, which is the same in all rows, and every sample is charged for the whole of it.

use falcon_tasks::{TokenId, Which};
use rand::Rng;

use super::{adapt, support_unit};
use crate::{
    Config, TrainError,
    evaluate::{Bench, Final, Job, Written},
    grade::{Attempt, grade_without_fault, passed, reward},
    model::{Completion, Request, Unit, generate},
    random,
    task::Task,
};

const fn job(split: &'static str, memory: &'static str) -> Job {
    Job { split, memory }
}

/// The rows, those of a split side by side.
pub(crate) const JOBS: [Job; 15] = [
    job("iid", "inner-frozen"),
    job("iid", "inner"),
    job("iid", "inner-other"),
    job("iid", "inner-support"),
    job("iid", "inner-both"),
    job("composition", "inner-frozen"),
    job("composition", "inner"),
    job("composition", "inner-other"),
    job("composition", "inner-support"),
    job("composition", "inner-both"),
    job("ambiguous", "inner-frozen"),
    job("ambiguous", "inner"),
    job("ambiguous", "inner-other"),
    job("ambiguous", "inner-support"),
    job("ambiguous", "inner-both"),
];

/// A token that goes forward and back takes three times what one takes that is only read or written.
const BACKWARD: usize = 3;

/// Every test task's graded attempts.
pub(crate) struct Supports {
    /// Attempts with their advantages.
    units: Vec<Unit>,
    /// Attempts that passed their feedback tests.
    passing: Vec<Vec<Completion>>,
    /// Tokens that a support takes: the prompt once, and what was written.
    tokens: Vec<usize>,
}

impl Supports {
    /// Samples and grades each task's attempts, by its feedback tests.
    ///
    /// # Errors
    /// Where grading met a fault.
    pub(crate) fn new(
        bench: &Bench<'_>,
        config: &Config,
        tasks: &[Task],
    ) -> Result<Self, TrainError> {
        let requests: Vec<Request> = (0..tasks.len())
            .map(|index| Request {
                prompt: tasks[index].prompt(),
                seeds: seeds(bench, index, config.inner.support),
            })
            .collect();
        // At the temperature of training, since that is what the context was trained to be adapted to.
        let temperature = config.rl.temperature;
        let limit = bench.policy.shape().answer;
        let written = generate(bench.policy, &requests, temperature, limit)?;
        let attempts: Vec<Attempt<'_>> = tasks
            .iter()
            .zip(&written)
            .flat_map(|(task, programs)| {
                programs.iter().map(|program| Attempt {
                    task,
                    body: program.body(),
                    finished: program.finished,
                    number: 1,
                })
            })
            .collect();
        let episodes = grade_without_fault(bench.grader, &attempts, Which::Feedback)?;
        let mut supports = Self {
            units: Vec::new(),
            passing: Vec::new(),
            tokens: Vec::new(),
        };
        let episodes = episodes.chunks(config.inner.support);
        for ((request, programs), episodes) in requests.iter().zip(&written).zip(episodes) {
            let rewards: Vec<_> = episodes.iter().map(|it| reward(it.as_ref())).collect();
            let unit = support_unit(&request.prompt, programs, &rewards);
            supports.units.push(unit);
            let graded = programs.iter().zip(episodes);
            let right = graded.filter(|(_, episode)| passed(episode.as_ref()));
            let right = right.map(|(program, _)| program.clone()).collect();
            supports.passing.push(right);
            let body: usize = programs.iter().map(|program| program.tokens.len()).sum();
            let read = bench.policy.prefix() + request.prompt.len();
            supports.tokens.push(read + body);
        }
        Ok(supports)
    }

    /// Tokens read and written for all supports.
    pub(crate) fn cost(&self) -> u64 {
        self.tokens.iter().map(|tokens| *tokens as u64).sum()
    }

    /// What a row's samples are, and the tokens that it took to make them from the supports.
    ///
    /// # Errors
    /// Where sampling fails.
    pub(crate) fn written(
        &self,
        bench: &Bench<'_>,
        config: &Config,
        tasks: &[Task],
        memory: &str,
    ) -> Result<(Vec<Written>, u64), TrainError> {
        let (mut written, spent) = match memory {
            "inner" | "inner-both" => self.adapted(bench, config, tasks, 0)?,
            "inner-other" => self.adapted(bench, config, tasks, 1)?,
            _ => self.frozen(bench, tasks)?,
        };
        if matches!(memory, "inner-support" | "inner-both") {
            self.return_passing(&mut written);
        }
        Ok((written, spent))
    }

    /// Samples with φ₀, the same as without an inner loop, at the price of a support.
    fn frozen(&self, bench: &Bench<'_>, tasks: &[Task]) -> Result<(Vec<Written>, u64), TrainError> {
        let mut written = bench.first_attempts(tasks, &[])?;
        let mut spent = 0;
        for (written, support) in written.iter_mut().zip(&self.tokens) {
            spent += (bench.policy.prefix() + written.prompt.len()) as u64;
            for last in &mut written.programs {
                spent += last.program.tokens.len() as u64;
                // The prompt was read for the support already.
                last.tokens = support + last.program.tokens.len();
            }
        }
        Ok((written, spent))
    }

    /// Puts attempts of the support that passed, one after the other, in the place of samples.
    fn return_passing(&self, written: &mut [Written]) {
        let passing = self.passing.iter().zip(&self.tokens);
        for (written, (passing, support)) in written.iter_mut().zip(passing) {
            for (last, program) in written.programs.iter_mut().zip(passing.iter().cycle()) {
                last.program = program.clone();
                last.tokens = *support;
            }
        }
    }

    /// Samples with contexts that were adapted to the support of the task `away` places on.
    fn adapted(
        &self,
        bench: &Bench<'_>,
        config: &Config,
        tasks: &[Task],
        away: usize,
    ) -> Result<(Vec<Written>, u64), TrainError> {
        let source = |task: usize| (task + away) % tasks.len();
        let units: Vec<&Unit> = (0..tasks.len())
            .map(|task| &self.units[source(task)])
            .collect();
        let (contexts, learnt) = adapt(bench.policy, &config.inner, &units);
        let prompts: Vec<Vec<TokenId>> = tasks.iter().map(Task::prompt).collect();
        let of: Vec<usize> = (1..=tasks.len()).collect();
        let requests = |seeds: &dyn Fn(usize) -> Vec<u64>| -> Vec<Request> {
            let request = |(task, prompt): (usize, &Vec<TokenId>)| Request {
                prompt: prompt.clone(),
                seeds: seeds(task),
            };
            prompts.iter().enumerate().map(request).collect()
        };
        // The seeds of first attempts, so that rows differ by their contexts alone.
        let drawn = |task: usize| {
            let chains = 0..bench.samples;
            chains.map(|chain| bench.seed_of(task, chain, 1)).collect()
        };
        let sampled = contexts.generate(&requests(&drawn), &of, bench.temperature)?;
        let greedy = contexts.generate(&requests(&|_| vec![0]), &of, 0.0)?;
        let mut spent = 0;
        let programs = sampled.into_iter().zip(greedy);
        let tasks = prompts.into_iter().zip(programs).enumerate();
        let written = tasks.map(|(task, (prompt, (sampled, greedy)))| {
            // With another context the prompt is read anew; without a step φ′ is φ₀.
            let read = bench.policy.prefix() + prompt.len();
            let adapted = match learnt[task] {
                0 => 0,
                tokens => BACKWARD * tokens + read,
            };
            spent += (learnt[task] + read) as u64;
            let before = self.tokens[source(task)] + adapted;
            let last = |program: Completion| Final {
                tokens: before + program.tokens.len(),
                program,
                number: 1,
                shown: String::new(),
            };
            let programs: Vec<Final> = sampled.into_iter().chain(greedy).map(last).collect();
            let bodies = programs.iter().map(|last| last.program.tokens.len() as u64);
            spent += bodies.sum::<u64>();
            Written { prompt, programs }
        });
        let written = written.collect();
        Ok((written, spent))
    }
}

fn seeds(bench: &Bench<'_>, task: usize, support: usize) -> Vec<u64> {
    let place = |attempt: usize| (task * support + attempt) as u64;
    let seed = |at| random::stream(bench.seed, "evaluation support", at).random();
    (0..support).map(|attempt| seed(place(attempt))).collect()
}
