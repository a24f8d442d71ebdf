//! Reinforcement learning from execution.
//!
//! On-policy policy gradient with a group baseline: for a prompt with rewards r₁…r_G the advantage is
//! (r − mean of the group) / (σ + ε), where σ is the standard deviation of the centred rewards of the
//! batch; a token's log-probability is weighed by advantage / (longest program × groups × G), a
//! constant length, so that long failures are not favoured (Dr. GRPO, arXiv 2503.20783).
//! One gradient step for each batch, so the ratio is 1; no KL term. Added are a small supervised
//! anchor on gold rows and replay of own programs that were verified by execution.

use std::{collections::BTreeMap, time::Instant};

use falcon_episode::Episode;
use falcon_tasks::{Task, TaskFamily, TokenId, Which};
use rand::{Rng, seq::index};

use crate::{
    Progress, RlConfig, TrainError,
    grade::{Attempt, grade, passed, reward},
    material::exemplar_tokens,
    model::{Completion, Request, Unit, generate, gradient},
    random,
    report::CurvePoint,
    run::{Flow, Run},
    state::{Replayed, Retry},
    warm_start::supervised,
};

/// A prompt of a step.
struct Prompt {
    task: usize,
    tokens: Vec<TokenId>,
    /// 2 where it shows feedback on an own failed program.
    attempt: u32,
    /// The memory item it shows.
    exemplar: Option<String>,
}

/// A prompt with what was sampled for it.
struct Group {
    prompt: Prompt,
    programs: Vec<Completion>,
    episodes: Vec<Option<Episode>>,
    /// None where the fault was ours: that sample is not learnt from.
    rewards: Vec<Option<f64>>,
}

/// Runs reinforcement learning to its end, or to where it is stopped.
pub(crate) fn run(run: &mut Run<'_>) -> Result<Flow, TrainError> {
    fill_memory(run)?;
    while run.at.state.step < run.at.config.rl.steps {
        let began = Instant::now();
        let (executions, tokens) = (run.services.grader.executions(), run.at.state.tokens);
        let point = step(run)?;
        let runs = run.services.grader.executions() - executions;
        let progress = Progress {
            reward: Some(point.reward_mean),
            pass_rate: Some(point.pass_rate),
            ..Progress::default()
        };
        run.at.state.curve.push(point);
        run.tell_step(began, run.at.state.tokens - tokens, runs, progress);
        if run.step_done()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Next)
}

/// Puts the pool projects' earlier solved tasks into memory, each verified by running it.
fn fill_memory(run: &mut Run<'_>) -> Result<(), TrainError> {
    if run.at.state.train_filled || !run.at.config.memory.long_term {
        return Ok(());
    }
    crate::evaluate::admit_solved(run, &run.material.pool_bank, &*run.memory)?;
    run.at.state.train_filled = true;
    run.save()
}

fn step(run: &mut Run<'_>) -> Result<CurvePoint, TrainError> {
    let config = run.at.config.rl.clone();
    let step = run.at.state.step;
    let retries = take_retries(run, &config);
    let mut groups = sample(run, 0, config.drawn - retries.len(), retries)?;
    let varied = groups.iter().filter(|group| group.varied()).count();
    if varied < config.kept {
        // Groups without variance teach nothing: draw once more for what is missing.
        groups.extend(sample(run, 1, redraw(&config, varied), Vec::new())?);
    }
    for episode in groups
        .iter()
        .flat_map(|group| group.episodes.iter().flatten())
    {
        run.log.add(step + 1, episode)?;
    }
    let mut point = measure(&groups, step + 1);
    keep_retries(run, &groups, &config);
    keep_for_replay(run, &groups, &config);
    tell_memory(run, &groups)?;
    let mut units = policy_gradient(&groups, &config);
    let anchor = run.material.batch("anchor", step, config.anchor_rows);
    if config.anchor > 0.0 && config.anchor_rows > 0 {
        units.extend(supervised(&anchor, config.anchor));
    }
    units.extend(replay(run, &config));
    let learnt = gradient(&run.at.policy, &units);
    let norm = run.descend(&learnt, rate(&config, step), 0.0)?;
    run.at.state.rl_compute += learnt.tokens as u64;
    point.entropy = learnt.entropy / learnt.targets.max(1) as f64;
    point.gradient_norm = norm;
    run.tick();
    point.seconds = run.stage_seconds();
    Ok(point)
}

/// Prompts to draw again where so many groups have variance: half as many again as are missing.
fn redraw(config: &RlConfig, varied: usize) -> usize {
    ((config.kept - varied) * 3).div_ceil(2)
}

/// The rate of a step, from 0: up over the warm-up, then in a straight line to 0.
fn rate(config: &RlConfig, step: usize) -> f64 {
    let up = (step + 1) as f64 / config.warm_up.max(1) as f64;
    let down = 1.0 - step as f64 / config.steps.max(1) as f64;
    config.learning_rate * up.min(1.0) * down
}

fn take_retries(run: &mut Run<'_>, config: &RlConfig) -> Vec<Prompt> {
    let waiting = std::mem::take(&mut run.at.state.retries);
    waiting
        .into_iter()
        .take(config.retries)
        .map(|retry| Prompt {
            task: retry.task,
            tokens: retry.prompt,
            attempt: 2,
            exemplar: None,
        })
        .collect()
}

/// Draws tasks, asks memory, samples and grades.
fn sample(
    run: &mut Run<'_>,
    round: u64,
    fresh: usize,
    retries: Vec<Prompt>,
) -> Result<Vec<Group>, TrainError> {
    let config = run.at.config.rl.clone();
    let step = run.at.state.step;
    // Each round draws from a place of its own, so that a redraw moves nothing in the next step.
    let from = step * (config.drawn + redraw(&config, 0)) + round as usize * config.drawn;
    let tasks = run.material.draw_pool(from, fresh);
    let mut prompts = first_attempts(run, tasks, round)?;
    prompts.extend(retries);
    let mut seeds = random::stream(run.at.state.seed, "rl samples", (step as u64) * 2 + round);
    let requests: Vec<Request> = prompts
        .iter()
        .map(|prompt| Request {
            prompt: prompt.tokens.clone(),
            seeds: (0..config.group).map(|_| seeds.random()).collect(),
        })
        .collect();
    let limit = falcon_tasks::MAX_BODY;
    let programs = generate(&run.at.policy, &requests, config.temperature, limit)?;
    let pool = &run.material.pool;
    let attempts: Vec<Attempt<'_>> = prompts
        .iter()
        .zip(&programs)
        .flat_map(|(prompt, programs)| {
            programs.iter().map(|program| Attempt {
                task: &pool[prompt.task],
                body: program.body(),
                finished: program.finished,
                number: prompt.attempt,
            })
        })
        .collect();
    let mut episodes = grade(run.services.grader, &attempts, Which::Feedback)?.into_iter();
    let read: usize = prompts.iter().map(|prompt| prompt.tokens.len()).sum();
    let written: usize = programs
        .iter()
        .flatten()
        .map(|program| program.tokens.len())
        .sum();
    run.at.state.tokens += (read + written) as u64;
    // Sampling goes forward only: a third of what a token costs in learning.
    run.at.state.rl_compute += ((read + written) / 3) as u64;
    Ok(prompts
        .into_iter()
        .zip(programs)
        .map(|(prompt, programs)| {
            let episodes: Vec<_> = episodes.by_ref().take(programs.len()).collect();
            let rewards = episodes
                .iter()
                .map(|episode| reward(episode.as_ref()))
                .collect();
            Group {
                prompt,
                programs,
                episodes,
                rewards,
            }
        })
        .collect())
}

/// First attempts; those on private words see what memory holds, but for the share that drops out.
fn first_attempts(
    run: &mut Run<'_>,
    tasks: Vec<usize>,
    round: u64,
) -> Result<Vec<Prompt>, TrainError> {
    let (config, pool) = (&run.at.config.memory, &run.material.pool);
    let place = run.at.state.step as u64 * 2 + round;
    let mut rng = random::stream(run.at.state.seed, "memory dropout", place);
    let asking: Vec<usize> = tasks
        .iter()
        .copied()
        .filter(|task| pool[*task].family == TaskFamily::Alias)
        .filter(|_| rng.random::<f64>() >= config.dropout && config.long_term)
        .collect();
    let queries: Vec<_> = asking
        .iter()
        .map(|task| pool[*task].memory_query(1))
        .collect();
    let mut answers = BTreeMap::new();
    if !queries.is_empty() {
        let found = run.memory.retrieve(&queries);
        let found = found.map_err(TrainError::infrastructure("asking long-term memory"))?;
        answers.extend(asking.iter().zip(found).filter_map(|(task, mut found)| {
            (!found.is_empty()).then(|| (*task, found.swap_remove(0)))
        }));
        run.at.state.retrievals += queries.len() as u64;
    }
    Ok(tasks
        .into_iter()
        .map(|task| {
            let shown = answers
                .get(&task)
                .and_then(|item| Some((item, exemplar_tokens(item)?)));
            let pair = shown
                .as_ref()
                .map(|(_, (spec, body))| (&spec[..], &body[..]));
            let tokens = pool[task].prompt_with(pair, None);
            let exemplar = shown.map(|(item, _)| item.id.clone());
            Prompt {
                task,
                tokens,
                attempt: 1,
                exemplar,
            }
        })
        .collect())
}

impl Group {
    fn known(&self) -> impl Iterator<Item = f64> {
        self.rewards.iter().copied().flatten()
    }

    fn mean(&self) -> f64 {
        let count = self.known().count();
        self.known().sum::<f64>() / count.max(1) as f64
    }

    fn varied(&self) -> bool {
        let mean = self.mean();
        self.known().any(|reward| (reward - mean).abs() > 1e-9)
    }

    fn pass_rate(&self) -> f64 {
        let right = self
            .episodes
            .iter()
            .filter(|episode| passed(episode.as_ref()))
            .count();
        right as f64 / self.episodes.len().max(1) as f64
    }
}

/// The groups' units: Σ A · log π / (longest program × groups × G) is what they add to the objective.
fn policy_gradient(groups: &[Group], config: &RlConfig) -> Vec<Unit> {
    let kept: Vec<&Group> = groups
        .iter()
        .filter(|g| g.varied())
        .take(config.kept)
        .collect();
    let centred: Vec<Vec<Option<f64>>> = kept
        .iter()
        .map(|group| {
            let mean = group.mean();
            group
                .rewards
                .iter()
                .map(|reward| reward.map(|reward| reward - mean))
                .collect()
        })
        .collect();
    let known: Vec<f64> = centred.iter().flatten().copied().flatten().collect();
    let variance = known.iter().map(|x| x * x).sum::<f64>() / known.len().max(1) as f64;
    let length = (falcon_tasks::MAX_BODY * config.kept * config.group) as f64;
    let scale = 1.0 / ((variance.sqrt() + 1e-6) * length);
    kept.iter()
        .zip(centred)
        .map(|(group, centred)| Unit {
            prompt: group.prompt.tokens.clone(),
            answers: group
                .programs
                .iter()
                .zip(centred)
                .filter_map(|(program, centred)| {
                    let weight = (centred? * scale) as f32;
                    (weight != 0.0).then(|| (program.tokens.clone(), weight))
                })
                .collect(),
        })
        .collect()
}

fn measure(groups: &[Group], step: usize) -> CurvePoint {
    let first: Vec<&Group> = groups
        .iter()
        .filter(|group| group.prompt.attempt == 1)
        .collect();
    let of = |groups: &[&Group], value: fn(&Group) -> f64| -> Option<(f64, [f64; 2])> {
        let values: Vec<f64> = groups.iter().map(|group| value(group)).collect();
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        let half = 1.96 * (variance / n).sqrt();
        Some((mean, [mean - half, mean + half]))
    };
    let second: Vec<&Group> = groups
        .iter()
        .filter(|group| group.prompt.attempt > 1)
        .collect();
    let shown: Vec<&Group> = groups
        .iter()
        .filter(|group| group.prompt.exemplar.is_some())
        .collect();
    let (reward_mean, reward_ci95) = of(&first, Group::mean).unwrap_or_default();
    let (pass_rate, pass_ci95) = of(&first, Group::pass_rate).unwrap_or_default();
    CurvePoint {
        step,
        reward_mean,
        pass_rate,
        reward_ci95,
        pass_ci95,
        groups: groups.iter().filter(|group| group.varied()).count(),
        retry_pass_rate: of(&second, Group::pass_rate).map(|(mean, _)| mean),
        exemplar_pass_rate: of(&shown, Group::pass_rate).map(|(mean, _)| mean),
        ..CurvePoint::default()
    }
}

/// Short-term memory: one failed program of each ambiguous group waits, with what its tests said,
/// for a second attempt in the next step.
fn keep_retries(run: &mut Run<'_>, groups: &[Group], config: &RlConfig) {
    if !run.at.config.memory.short_term {
        return;
    }
    let pool = &run.material.pool;
    let ambiguous = |task: &Task| matches!(task.family, TaskFamily::Binary | TaskFamily::EightWay);
    run.at.state.retries = groups
        .iter()
        .filter(|group| group.prompt.attempt == 1 && ambiguous(&pool[group.prompt.task]))
        .filter_map(|group| {
            let task = &pool[group.prompt.task];
            let mut failed = group.programs.iter().zip(&group.episodes);
            let feedback = failed.find_map(|(program, episode)| {
                task.feedback_from(program.body(), episode.as_ref()?)
            })?;
            let prompt = task.prompt_with(None, Some(&feedback));
            Some(Retry {
                task: group.prompt.task,
                prompt,
            })
        })
        .take(config.retries)
        .collect();
}

/// Verified programs of tasks that are solved now and then, the newest tasks first.
fn keep_for_replay(run: &mut Run<'_>, groups: &[Group], config: &RlConfig) {
    let buffer = &mut run.at.state.replay;
    for group in groups {
        let success = group.pass_rate();
        if success == 0.0 || success > config.replay_success {
            continue;
        }
        let mut kept: Vec<&[TokenId]> = Vec::new();
        for (program, episode) in group.programs.iter().zip(&group.episodes) {
            let new = passed(episode.as_ref()) && !kept.contains(&&program.tokens[..]);
            if new && kept.len() < config.replay_per_task {
                kept.push(&program.tokens);
            }
        }
        let task = group.prompt.task;
        buffer.retain(|item| item.task != task);
        buffer.extend(kept.into_iter().map(|program| Replayed {
            task,
            prompt: group.prompt.tokens.clone(),
            program: program.to_vec(),
        }));
    }
    let excess = buffer
        .len()
        .saturating_sub(config.replay_tasks * config.replay_per_task);
    buffer.drain(..excess);
}

fn replay(run: &Run<'_>, config: &RlConfig) -> Vec<Unit> {
    let buffer = &run.at.state.replay;
    if config.replay == 0.0 || buffer.is_empty() {
        return Vec::new();
    }
    let mut rng = random::stream(run.at.state.seed, "replay", run.at.state.step as u64);
    let rows = config.replay_rows.min(buffer.len());
    let mut drawn = index::sample(&mut rng, buffer.len(), rows).into_vec();
    drawn.sort_unstable();
    let items: Vec<&Replayed> = drawn.into_iter().map(|index| &buffer[index]).collect();
    let tokens: usize = items.iter().map(|item| item.program.len()).sum();
    let weight = (config.replay / tokens.max(1) as f64) as f32;
    items
        .into_iter()
        .map(|item| Unit {
            prompt: item.prompt.clone(),
            answers: vec![(item.program.clone(), weight)],
        })
        .collect()
}

/// Long-term memory: verified programs are offered, and items that were shown learn how it went.
fn tell_memory(run: &mut Run<'_>, groups: &[Group]) -> Result<(), TrainError> {
    if !run.at.config.memory.long_term {
        return Ok(());
    }
    let pool = &run.material.pool;
    let mut items = Vec::new();
    for group in groups {
        let task = &pool[group.prompt.task];
        let solved = group
            .programs
            .iter()
            .zip(&group.episodes)
            .filter_map(|(program, episode)| {
                episode
                    .as_ref()
                    .filter(|episode| episode.passed())
                    .map(|e| (program.body(), e))
            });
        // The shortest one discloses most for its length.
        let Some((body, episode)) = solved.min_by_key(|(body, _)| body.len()) else {
            continue;
        };
        let mut item = task.memory_item(body, "", 1.0);
        item.scores
            .extend(episode.reward.map(|reward| ("reward".to_owned(), reward)));
        items.push(item);
    }
    items.truncate(run.at.config.memory.admitted);
    let memory = &run.memory;
    if !items.is_empty() {
        let admitted = memory.admit(&items);
        admitted.map_err(TrainError::infrastructure(
            "offering programs to long-term memory",
        ))?;
    }
    let alias = |group: &&Group| pool[group.prompt.task].family == TaskFamily::Alias;
    let plain: Vec<f64> = groups
        .iter()
        .filter(alias)
        .filter(|group| group.prompt.exemplar.is_none())
        .map(Group::mean)
        .collect();
    if !plain.is_empty() {
        let mean = plain.iter().sum::<f64>() / plain.len() as f64;
        run.at.state.plain_alias_reward = Some(mean);
    }
    let Some(without) = run.at.state.plain_alias_reward else {
        return Ok(());
    };
    let used: Vec<(String, f64, f64)> = groups
        .iter()
        .filter_map(|group| Some((group.prompt.exemplar.clone()?, group.mean(), without)))
        .collect();
    if used.is_empty() {
        return Ok(());
    }
    memory
        .feedback(&used)
        .map_err(TrainError::infrastructure("updating memory's utilities"))
}
