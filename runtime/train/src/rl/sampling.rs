//! A step's programs: tasks drawn, memory asked, programs sampled and graded.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Instant,
};

use falcon_episode::{Episode, Grader, LongTermMemory};
use falcon_tasks::Which;
use rand::Rng;

use super::{
    credit,
    group::{Group, Prompt},
    memory, redraw,
};
use crate::{
    MemoryConfig, ModelConfig, RlConfig, TrainError,
    grade::{Attempt, grade, reward},
    material::Material,
    model::{Completion, Policy, Request, Sampler},
    parts::{Part, Took},
    random,
    run::Run,
    task::Task,
};

/// Programs that are sampled before the first are graded: enough that threads have work, few enough that grading
/// begins early.
const ROWS: usize = 64;

/// All that a step's programs follow from, but for the policy that writes them and the retries that wait. It is of no run's
/// state, so that a thread can draw a batch while the run learns from another.
pub(super) struct Source<'a> {
    grader: &'a dyn Grader,
    pub(super) material: Arc<Material>,
    pub(super) memory: Arc<dyn LongTermMemory>,
    pub(super) rl: RlConfig,
    pub(super) remembers: MemoryConfig,
    pub(super) model: ModelConfig,
    pub(super) seed: u64,
    /// Counted from 0.
    pub(super) step: usize,
}

impl<'a> Source<'a> {
    /// Of a step, counted from 0.
    pub(super) fn of(run: &Run<'a>, step: usize) -> Self {
        Self {
            grader: run.services.grader,
            material: Arc::clone(&run.material),
            memory: Arc::clone(&run.memory),
            rl: run.at.config.rl.clone(),
            remembers: run.at.config.memory.clone(),
            model: run.at.config.model.clone(),
            seed: run.at.state.seed,
            step,
        }
    }
}

/// A step's batch.
#[derive(Default)]
pub(super) struct Drawn {
    pub(super) groups: Vec<Group>,
    /// What drawing it took.
    pub(super) took: Vec<Took>,
    /// Tokens that were read and written in each round.
    tokens: Vec<usize>,
    /// Questions to long-term memory.
    asked: usize,
    /// Sandboxed executions.
    pub(super) executions: u64,
}

impl Drawn {
    /// Books what its step read, wrote, asked and ran. A batch that was drawn ahead is counted in its own step.
    pub(super) fn count(&self, run: &mut Run<'_>) {
        for tokens in &self.tokens {
            count(run, *tokens);
        }
        run.at.state.retrievals += self.asked as u64;
        run.at.state.executions += self.executions;
    }

    /// Draws `fresh` tasks and samples and grades programs for them and for the retries.
    fn round(
        &mut self,
        source: &Source<'_>,
        sampler: &Sampler<'_>,
        round: u64,
        fresh: usize,
        retries: Vec<Prompt>,
    ) -> Result<(), TrainError> {
        let (config, step) = (&source.rl, source.step);
        // Each round draws from a place of its own, so that a redraw moves nothing in the next step.
        let from = step * (config.drawn + redraw(config, 0)) + round as usize * config.drawn;
        let tasks = source.material.draw_pool(from, fresh);
        let began = Instant::now();
        let (mut prompts, asked) = memory::first_attempts(source, tasks, round)?;
        self.took.push(Took::part(Part::Memory, began));
        self.asked += asked;
        prompts.extend(retries);
        let mut seeds = random::stream(source.seed, "rl samples", (step as u64) * 2 + round);
        let requests: Vec<Request> = prompts
            .iter()
            .map(|prompt| Request {
                prompt: prompt.tokens.clone(),
                seeds: (0..config.group).map(|_| seeds.random()).collect(),
            })
            .collect();
        let (done, took) = write_and_grade(source, sampler, &prompts, &requests)?;
        self.took.extend(took);
        self.tokens.push(tokens(sampler.prefix(), &prompts, &done));
        self.groups
            .extend(groups(&source.material.pool, prompts, done));
        Ok(())
    }
}

/// Draws a step's batch from a policy: fresh tasks beside the retries that wait, and once more for what is missing where too
/// few groups teach something.
pub(super) fn draw(
    source: &Source<'_>,
    policy: &Policy,
    retries: Vec<Prompt>,
) -> Result<Drawn, TrainError> {
    let config = &source.rl;
    let sampler = Sampler::new(policy)?;
    // Nothing else is graded meanwhile: learning grades nothing.
    let before = source.grader.executions();
    let mut drawn = Drawn::default();
    let fresh = config.drawn - retries.len();
    drawn.round(source, &sampler, 0, fresh, retries)?;
    let teaching = drawn
        .groups
        .iter()
        .filter(|group| group.teaches(config.objective))
        .count();
    if teaching < config.kept {
        // The others teach nothing.
        let more = redraw(config, teaching);
        drawn.round(source, &sampler, 1, more, Vec::new())?;
    }
    drawn.executions = source.grader.executions().saturating_sub(before);
    Ok(drawn)
}

/// Grades what was written for prompts, and counts it.
pub(super) fn graded(
    run: &mut Run<'_>,
    prompts: Vec<Prompt>,
    programs: Vec<Vec<Completion>>,
) -> Result<Vec<Group>, TrainError> {
    let (grader, pool) = (run.services.grader, &run.material.pool);
    let spent = grader.spent();
    let mut done = Vec::with_capacity(prompts.len());
    let began = Instant::now();
    grade_more(grader, pool, &prompts, programs, &mut done)?;
    let took = Took::grading(grader, spent, began, 0.0);
    run.book_took(&took, None);
    let tokens = tokens(run.at.policy.prefix(), &prompts, &done);
    count(run, tokens);
    Ok(groups(&run.material.pool, prompts, done))
}

/// Books tokens that were read and written.
fn count(run: &mut Run<'_>, tokens: usize) {
    run.at.state.tokens += tokens as u64;
    // Sampling goes forward only: a third of what a token costs in learning.
    run.at.state.rl_compute += (tokens / 3) as u64;
}

/// Tokens that were read and written, with `prefix` before each prompt.
fn tokens(prefix: usize, prompts: &[Prompt], done: &[Done]) -> usize {
    let read: usize = prompts.iter().map(|it| prefix + it.tokens.len()).sum();
    let programs = done.iter().flat_map(|(programs, _)| programs);
    let written: usize = programs.map(|program| program.tokens.len()).sum();
    read + written
}

/// Puts a prompt's things together.
fn groups(pool: &[Task], prompts: Vec<Prompt>, done: Vec<Done>) -> Vec<Group> {
    let groups = prompts.into_iter().zip(done);
    groups
        .map(|(prompt, (programs, episodes))| {
            let task = &pool[prompt.task];
            group(prompt, task, programs, episodes)
        })
        .collect()
}

fn group(
    prompt: Prompt,
    task: &Task,
    programs: Vec<Completion>,
    episodes: Vec<Option<Episode>>,
) -> Group {
    let credit = |(program, episode): (&Completion, &Option<Episode>)| match episode {
        Some(episode) if !episode.credits.is_empty() => {
            credit::per_token(&task.program(program.body()), &episode.credits)
        }
        _ => Vec::new(),
    };
    Group {
        credits: programs.iter().zip(&episodes).map(credit).collect(),
        rewards: episodes.iter().map(|it| reward(it.as_ref())).collect(),
        prompt,
        programs,
        episodes,
    }
}

/// The programs of a prompt and what grading them gave.
type Done = (Vec<Completion>, Vec<Option<Episode>>);

/// Samples some prompts after others, and grades what is sampled while the next are. What comes out depends
/// on neither: a program follows from its prompt and seed, an episode from its program.
fn write_and_grade(
    source: &Source<'_>,
    sampler: &Sampler<'_>,
    prompts: &[Prompt],
    requests: &[Request],
) -> Result<(Vec<Done>, [Took; 2]), TrainError> {
    let (grader, pool, config) = (source.grader, &source.material.pool, &source.rl);
    let spent = grader.spent();
    let size = (ROWS / config.group).max(1);
    let limit = source.model.answer;
    let began = Instant::now();
    let (graded, sampling, ended) = thread::scope(|scope| {
        let (send, receive) = channel::<Vec<Vec<Completion>>>();
        let grading = scope.spawn(move || grade_each(grader, pool, prompts, &receive));
        let mut sampled = Ok(());
        for requests in requests.chunks(size) {
            match sampler.generate(requests, config.temperature, limit) {
                Ok(programs) => {
                    if send.send(programs).is_err() {
                        // Nobody receives any more: grading failed, which is told below.
                        break;
                    }
                }
                Err(error) => {
                    sampled = Err(error);
                    break;
                }
            }
        }
        drop(send);
        let (sampling, ended) = (Took::part(Part::Sampling, began), Instant::now());
        let graded = grading.join().unwrap_or_else(|panic| resume_unwind(panic));
        (sampled.and(graded), sampling, ended)
    });
    let waited = ended.elapsed().as_secs_f64();
    let (done, busy) = graded?;
    let grading = Took::grading(grader, spent, ended, (busy - waited).max(0.0));
    Ok((done, [sampling, grading]))
}

/// Grades what is received, in order, and says how long that took.
fn grade_each(
    grader: &dyn Grader,
    pool: &[Task],
    prompts: &[Prompt],
    receive: &Receiver<Vec<Vec<Completion>>>,
) -> Result<(Vec<Done>, f64), TrainError> {
    let (mut done, mut busy) = (Vec::with_capacity(prompts.len()), 0.0);
    while let Ok(programs) = receive.recv() {
        let began = Instant::now();
        grade_more(grader, pool, prompts, programs, &mut done)?;
        busy += began.elapsed().as_secs_f64();
    }
    Ok((done, busy))
}

/// Grades the programs of the prompts after those that are done.
fn grade_more(
    grader: &dyn Grader,
    pool: &[Task],
    prompts: &[Prompt],
    programs: Vec<Vec<Completion>>,
    done: &mut Vec<Done>,
) -> Result<(), TrainError> {
    let of = prompts[done.len()..].iter().zip(&programs);
    let attempts: Vec<Attempt<'_>> = of
        .flat_map(|(prompt, programs)| {
            programs.iter().map(|program| Attempt {
                task: &pool[prompt.task],
                body: program.body(),
                finished: program.finished,
                number: prompt.attempt,
            })
        })
        .collect();
    let mut episodes = grade(grader, &attempts, Which::Feedback)?.into_iter();
    for programs in programs {
        let own = episodes.by_ref().take(programs.len()).collect();
        done.push((programs, own));
    }
    Ok(())
}
