use falcon_episode::{Episode, MemoryAsk};
use falcon_tasks::{TokenId, Which};

use super::bench::{Bench, Final, Written};
use crate::{
    TrainError,
    grade::{Attempt, grade_without_fault, passed},
    model::{Request, generate},
    short_term::{Failure, failure},
    task::{Feedback, Task},
};

/// What follows a first attempt that failed its feedback tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Chains {
    /// A second attempt that sees the failed program and the first test it failed, where the memory policy shows them.
    Feedback,
    /// The same, but the failed test is another task's: the control for its content.
    Shuffled,
    /// Independent attempts, until their mean number of tokens is at least this.
    Resample {
        /// Mean tokens of a chain.
        budget: f64,
    },
}

/// Attempts of `resample` at most; it reaches its budget long before.
const MOST_ATTEMPTS: u32 = 12;
/// Prompts that a memory policy composes in one call: about as many as training asks for in a step.
const COMPOSED_TOGETHER: usize = 128;

/// A chain of attempts on one task.
struct Chain {
    task: usize,
    /// The sample's number; the last one is greedy.
    number: usize,
    last: Final,
    episode: Option<Episode>,
}

impl Bench<'_> {
    /// Attempts on each task until one passes its feedback tests or the rule ends them; the last attempt counts.
    pub(crate) fn chains(&self, tasks: &[Task], rule: Chains) -> Result<Vec<Written>, TrainError> {
        let written = self.first_attempts(tasks, &[])?;
        let prompts: Vec<Vec<TokenId>> = written.iter().map(|w| w.prompt.clone()).collect();
        let mut chains: Vec<Chain> = written
            .into_iter()
            .enumerate()
            .flat_map(|(task, written)| {
                written
                    .programs
                    .into_iter()
                    .enumerate()
                    .map(move |(number, last)| Chain {
                        task,
                        number,
                        last,
                        episode: None,
                    })
            })
            .collect();
        let everyone: Vec<usize> = (0..chains.len()).collect();
        self.look(tasks, &mut chains, &everyone)?;
        match rule {
            Chains::Feedback | Chains::Shuffled => {
                let failed = failing(&chains);
                let shown = self.shown(tasks, &chains, &failed)?;
                let second = second_prompts(tasks, &prompts, &chains, &failed, &shown, rule);
                self.go_on(tasks, &prompts, &mut chains, &failed, &second, 2)?;
            }
            Chains::Resample { budget } => {
                for attempt in 2..=MOST_ATTEMPTS {
                    let failed = failing(&chains);
                    if failed.is_empty() || self.mean_tokens(&chains) >= budget {
                        break;
                    }
                    let again: Vec<Vec<TokenId>> = failed
                        .iter()
                        .map(|chain| prompts[chains[*chain].task].clone())
                        .collect();
                    self.go_on(tasks, &prompts, &mut chains, &failed, &again, attempt)?;
                    self.look(tasks, &mut chains, &failed)?;
                }
            }
        }
        let mut chains = chains.into_iter();
        Ok(prompts
            .into_iter()
            .map(|prompt| {
                let of_task = chains.by_ref().take(self.samples + 1);
                Written {
                    prompt,
                    programs: of_task.map(|chain| chain.last).collect(),
                }
            })
            .collect())
    }

    /// Runs the feedback tests on the last attempts of these chains.
    fn look(
        &self,
        tasks: &[Task],
        chains: &mut [Chain],
        which: &[usize],
    ) -> Result<(), TrainError> {
        let attempts: Vec<Attempt<'_>> = which
            .iter()
            .map(|index| {
                let chain = &chains[*index];
                let last = &chain.last;
                let (body, finished) = (last.program.body(), last.program.finished);
                Attempt {
                    task: &tasks[chain.task],
                    body,
                    finished,
                    number: last.number,
                }
            })
            .collect();
        let episodes = grade_without_fault(self.grader, &attempts, Which::Feedback)?;
        for (index, episode) in which.iter().zip(episodes) {
            chains[*index].episode = episode;
        }
        Ok(())
    }

    /// What the second prompt of each of these chains shows of its first attempt; none where that failed no test that can be
    /// told of, and where the memory policy does not show it.
    fn shown(
        &self,
        tasks: &[Task],
        chains: &[Chain],
        failed: &[usize],
    ) -> Result<Vec<Option<Feedback>>, TrainError> {
        let of_chain = |index: &usize| -> Option<Failure> {
            let chain = &chains[*index];
            let (task, last) = (&tasks[chain.task], &chain.last);
            failure(
                task,
                last.program.body(),
                chain.episode.as_ref()?,
                last.number,
            )
        };
        let mut failures: Vec<Option<Failure>> = failed.iter().map(of_chain).collect();
        if let Some((memory, budget)) = self.memory {
            let tokenizer = self.policy.shape().tokenizer;
            let cost = |words: &str, program: &str| tokenizer.exemplar_cost(words, program);
            let told = (0..failed.len()).filter(|at| failures[*at].is_some());
            let told: Vec<usize> = told.collect();
            for some in told.chunks(COMPOSED_TOGETHER) {
                let ask = |at: &usize| MemoryAsk {
                    query: tasks[chains[failed[*at]].task].memory_query(0),
                    attempts: failures[*at].iter().map(|it| it.1.clone()).collect(),
                    limit: 1,
                    budget,
                };
                let asks: Vec<MemoryAsk> = some.iter().map(ask).collect();
                let composed = memory.compose(&asks, &cost);
                let composed =
                    composed.map_err(TrainError::infrastructure("composing second attempts"))?;
                for (at, context) in some.iter().zip(composed) {
                    if context.attempts.is_empty() {
                        failures[*at] = None;
                    }
                }
            }
        }
        let shown = failures.into_iter().map(|one| one.map(|(shown, _)| shown));
        Ok(shown.collect())
    }

    /// One more attempt in each of these chains, on these prompts.
    fn go_on(
        &self,
        tasks: &[Task],
        prompts: &[Vec<TokenId>],
        chains: &mut [Chain],
        which: &[usize],
        next: &[Vec<TokenId>],
        attempt: u32,
    ) -> Result<(), TrainError> {
        let (greedy, sampled): (Vec<_>, Vec<_>) =
            (0..which.len()).partition(|at| chains[which[*at]].number == self.samples);
        for (places, temperature) in [(sampled, self.temperature), (greedy, 0.0)] {
            let requests: Vec<Request> = places
                .iter()
                .map(|at| {
                    let chain = &chains[which[*at]];
                    let seed = self.seed_of(chain.task, chain.number, attempt);
                    Request {
                        prompt: next[*at].clone(),
                        seeds: vec![seed],
                    }
                })
                .collect();
            let limit = self.policy.shape().answer;
            let programs = generate(self.policy, &requests, temperature, limit)?;
            for (at, program) in places.iter().zip(programs.into_iter().flatten()) {
                let chain = &mut chains[which[*at]];
                // The prompt is read once; feedback is a suffix, so only it is read anew.
                let read = next[*at].len() - prompts[chain.task].len();
                let shown = feedback_in(&tasks[chain.task], &next[*at], read);
                chain.last = Final {
                    tokens: chain.last.tokens + read + program.tokens.len(),
                    program,
                    number: attempt,
                    shown,
                };
            }
        }
        Ok(())
    }

    fn mean_tokens(&self, chains: &[Chain]) -> f64 {
        let sampled = chains.iter().filter(|chain| chain.number < self.samples);
        let (sum, count) = sampled.fold((0, 0), |(s, n), chain| (s + chain.last.tokens, n + 1));
        sum as f64 / f64::from(count.max(1))
    }
}

/// The feedback in a prompt of which so many tokens were read anew, as text.
fn feedback_in(task: &Task, prompt: &[TokenId], read: usize) -> String {
    let mut tokens = prompt.iter();
    let feedback = tokens.position(|token| *token == TokenId::FB);
    let feedback = feedback.filter(|_| read > 0);
    feedback.map_or_else(String::new, |at| task.text(&prompt[at..]))
}

fn failing(chains: &[Chain]) -> Vec<usize> {
    let failed = |chain: &Chain| !passed(chain.episode.as_ref());
    (0..chains.len())
        .filter(|index| failed(&chains[*index]))
        .collect()
}

/// The prompts of second attempts: with what is shown where there is any, else the task's prompt again.
fn second_prompts(
    tasks: &[Task],
    prompts: &[Vec<TokenId>],
    chains: &[Chain],
    failed: &[usize],
    shown: &[Option<Feedback>],
    rule: Chains,
) -> Vec<Vec<TokenId>> {
    failed
        .iter()
        .enumerate()
        .map(|(at, index)| {
            let task = chains[*index].task;
            let Some(own) = &shown[at] else {
                return prompts[task].clone();
            };
            let shown = match rule {
                Chains::Shuffled => {
                    let others = (1..failed.len()).map(|step| (at + step) % failed.len());
                    let other = others
                        .filter(|other| chains[failed[*other]].task != task)
                        .find_map(|other| shown[other].clone());
                    // The failed program stays: what is taken away is what its test said.
                    other.map(|other| other.on_the_attempt_of(own))
                }
                _ => Some(own.clone()),
            };
            shown.map_or_else(
                || prompts[task].clone(),
                |shown| tasks[task].prompt_with(None, Some(&shown)),
            )
        })
        .collect()
}
