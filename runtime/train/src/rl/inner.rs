//! The outer loop of MRLF: a step of reinforcement learning through the inner loop.
//!
//! For B tasks, K attempts each with (θ, φ₀) are the support τ, [`adapt`](crate::inner) makes φ′ of φ₀, and G
//! fresh attempts with (θ, φ′) are the query τ′. The objective is the reward of the query. Its gradient
//! has two terms (Stadie et al., arXiv 1803.01118, equations 4–5; Al-Shedivat et al., arXiv 1710.03641,
//! equation 7):
//!
//! ```text
//! E_τ E_τ′ [ Σ_j A_j ∇ log π_{θ,φ′}(τ′_j) / G   +   R(τ′) Σ_i ∇ log π_{θ,φ₀}(τ_i) ]
//! ```
//!
//! The first goes to θ, and to φ₀ with ∂φ′/∂φ₀ = 1 (first order). The second credits the attempts with
//! what the adaptation to them brought, which plain MAML leaves out; it is taken where `inner.credit`
//! says so, with two changes. Of R(τ′), the mean reward of the query, the mean reward of the *other*
//! support attempts on the task is taken off: it does not depend on τ_i, so the expectation stays, and
//! what makes one task harder than another drops out. And the sum over the support is its mean, so that
//! the term is not K times as loud as the first.
//!
//! The first term is the objective that `rl.objective` names. The second has the scale of the default one,
//! 1 / (σ · longest program · groups), with σ the standard deviation of the query's centred rewards.

use std::time::Instant;

use falcon_episode::Episode;
use rand::Rng;

use super::{
    all_faulted, begin,
    group::{Group, Prompt, measure},
    learning::{beside, on_policy},
    memory, nothing_graded, rate, replay,
    sampling::{Source, graded},
    stopping, write_down,
};
use crate::{
    InnerConfig, RlConfig, SupportFrom, TrainError,
    inner::{Contexts, adapt, support_unit},
    model::{Answer, Completion, Request, Unit},
    parts::Part,
    random,
    report::{CurvePoint, InnerPoint},
    run::Run,
};

/// One outer step.
pub(super) fn step(run: &mut Run<'_>) -> Result<CurvePoint, TrainError> {
    let (config, inner) = (run.at.config.rl.clone(), run.at.config.inner.clone());
    let step = run.at.state.step;
    let rate = rate(&config, &run.at.state);
    begin(run, step)?;
    let mut clock = Clock(Instant::now());
    let prompts = prompts(run, &config, &inner)?;
    let requests = requests(run, &prompts, "inner support", inner.support);
    let frozen = Contexts::new(&run.at.policy, inner.context, 0);
    let of = vec![0; requests.len()];
    let programs = frozen.generate(&requests, &of, config.temperature)?;
    run.book(Part::Sampling, clock.peek());
    let support = graded(run, prompts.clone(), programs)?;
    let support_seconds = clock.lap();

    let units: Vec<Unit> = support.iter().map(support_of).collect();
    let sources: Vec<&Unit> = (0..units.len())
        .map(|task| &units[source(&inner, task, units.len())])
        .collect();
    // A copy, since grading and memory need the run while contexts hold on to the policy.
    let policy = run.at.policy.clone();
    let (contexts, passed) = adapt(&policy, &inner, &sources);
    let inner_seconds = clock.lap();
    run.book(Part::Learning, inner_seconds);

    let requests = self::requests(run, &prompts, "inner query", config.group);
    let of: Vec<usize> = (1..=prompts.len()).collect();
    let programs = contexts.generate(&requests, &of, config.temperature)?;
    run.book(Part::Sampling, clock.peek());
    let query = graded(run, prompts, programs)?;
    let query_seconds = clock.lap();

    let mut point = record(run, &support, &query, step)?;
    let longest = run.at.config.model.answer;
    let (mut units, mut of) = outer_units(&support, &query, &config, &inner, longest);
    // Gold rows and replay are under φ₀, and replay has no ratio here.
    units.extend(beside(run, &config).0);
    of.resize(units.len(), 0);
    let learnt = run.timed(Part::Learning, |_| contexts.gradient(&units, &of));
    let norm = run.timed(Part::Learning, |run| run.descend(&learnt, rate, 0.0))?;
    let inner_tokens: usize = passed.iter().sum();
    run.at.state.tokens += inner_tokens as u64;
    run.at.state.rl_compute += (inner_tokens + learnt.tokens) as u64;
    let entropy: f64 = learnt.entropies.iter().copied().map(f64::from).sum();
    point.entropy = entropy / learnt.targets.max(1) as f64;
    point.gradient_norm = norm;
    point.validation = run.timed(Part::Looking, |run| stopping::look(run, step + 1))?;
    run.tick();
    point.seconds = run.stage_seconds();
    let adapted = measure(&query, step + 1).unwrap_or_default();
    point.inner = Some(InnerPoint {
        tasks: query.len(),
        adapted: passed.iter().filter(|tokens| **tokens > 0).count(),
        reward_mean: adapted.reward_mean,
        pass_rate: adapted.pass_rate,
        support_seconds,
        inner_seconds,
        query_seconds,
        outer_seconds: clock.lap(),
    });
    Ok(point)
}

/// Wall time between laps, in seconds.
struct Clock(Instant);

impl Clock {
    /// Since the last lap began.
    fn peek(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = (now - self.0).as_secs_f64();
        self.0 = now;
        seconds
    }
}

/// The step's prompts: second attempts that wait, and first ones with what memory holds for them.
fn prompts(
    run: &mut Run<'_>,
    config: &RlConfig,
    inner: &InnerConfig,
) -> Result<Vec<Prompt>, TrainError> {
    let retries = memory::retries(run, config);
    let from = run.at.state.step * inner.tasks;
    let tasks = run.material.draw_pool(from, inner.tasks - retries.len());
    let source = Source::of(run, run.at.state.step);
    let (mut prompts, asked) = memory::first_attempts(&source, tasks, 0)?;
    run.at.state.retrievals += asked as u64;
    prompts.extend(retries);
    Ok(prompts)
}

fn requests(run: &Run<'_>, prompts: &[Prompt], purpose: &str, count: usize) -> Vec<Request> {
    let mut seeds = random::stream(run.at.state.seed, purpose, run.at.state.step as u64);
    let request = |prompt: &Prompt| Request {
        prompt: prompt.tokens.clone(),
        seeds: (0..count).map(|_| seeds.random()).collect(),
    };
    prompts.iter().map(request).collect()
}

fn support_of(group: &Group) -> Unit {
    support_unit(&group.prompt.tokens, &group.programs, &group.rewards)
}

/// The task whose support a task's context is adapted to.
fn source(inner: &InnerConfig, task: usize, tasks: usize) -> usize {
    match inner.support_from {
        SupportFrom::Own => task,
        SupportFrom::Other => (task + 1) % tasks,
    }
}

/// Writes episodes down, tells both memories and replay what came of the step, and makes its point of the curve.
fn record(
    run: &mut Run<'_>,
    support: &[Group],
    query: &[Group],
    step: usize,
) -> Result<CurvePoint, TrainError> {
    let config = run.at.config.rl.clone();
    write_down(run, support.iter().chain(query), step + 1)?;
    for groups in [support, query] {
        if all_faulted(groups) || groups.iter().all(|group| group.mean().is_none()) {
            return Err(nothing_graded(groups));
        }
    }
    let point = measure(support, step + 1).unwrap_or_default();
    run.timed(Part::Memory, |run| {
        memory::keep_retries(run, support, &config)
    })?;
    let merged: Vec<Group> = support.iter().zip(query).map(merge).collect();
    replay::keep(run, &merged, &config);
    run.timed(Part::Memory, |run| memory::tell(run, &merged))?;
    Ok(point)
}

/// All attempts of a step on one task.
fn merge((support, query): (&Group, &Group)) -> Group {
    fn all<T: Clone>(a: &[T], b: &[T]) -> Vec<T> {
        [a, b].concat()
    }
    Group {
        prompt: support.prompt.clone(),
        programs: all::<Completion>(&support.programs, &query.programs),
        episodes: all::<Option<Episode>>(&support.episodes, &query.episodes),
        rewards: all(&support.rewards, &query.rewards),
        credits: all(&support.credits, &query.credits),
    }
}

/// The units of both terms, and the context that each is under.
fn outer_units(
    support: &[Group],
    query: &[Group],
    config: &RlConfig,
    inner: &InnerConfig,
    longest: usize,
) -> (Vec<Unit>, Vec<usize>) {
    let first = on_policy(query, config, longest).into_iter();
    let (mut of, mut units): (Vec<usize>, Vec<Unit>) =
        first.map(|(task, unit)| (task + 1, unit)).unzip();
    if inner.credit {
        let teaching = query.iter().filter(|it| it.teaches(config.objective));
        let kept: Vec<&Group> = teaching.take(config.kept).collect();
        let scale = 1.0 / (deviation(&kept) * (longest * config.kept) as f64);
        for (task, group) in query.iter().enumerate() {
            let source = &support[source(inner, task, support.len())];
            units.extend(credit(source, group, scale));
        }
        of.resize(units.len(), 0);
    }
    (units, of)
}

/// The standard deviation of the centred rewards of the groups whose rewards differ.
fn deviation(groups: &[&Group]) -> f64 {
    let varied = groups.iter().filter(|group| group.varied());
    let centred = varied.filter_map(|group| {
        let mean = group.mean()?;
        Some(group.known().map(move |reward| reward - mean))
    });
    let squares: Vec<f64> = centred.flatten().map(|x| x * x).collect();
    let variance = squares.iter().sum::<f64>() / squares.len().max(1) as f64;
    if variance > 0.0 {
        variance.sqrt() + 1e-6
    } else {
        1.0
    }
}

/// The pre-adaptation term of one task: each support attempt weighed by the query's mean reward less the mean
/// of the other attempts', over K. None where there are no two rewards in the support, or none in the query.
fn credit(support: &Group, query: &Group, scale: f64) -> Option<Unit> {
    let brought = query.mean()?;
    let count = support.known().count();
    if count < 2 {
        return None;
    }
    let sum: f64 = support.known().sum();
    let given = support.programs.iter().zip(&support.rewards);
    let answers = given.filter_map(|(program, reward)| {
        let others = (sum - (*reward)?) / (count - 1) as f64;
        let weight = (brought - others) * scale / count as f64;
        (weight != 0.0).then(|| Answer::even(program.tokens.clone(), weight as f32))
    });
    Some(Unit {
        prompt: support.prompt.tokens.clone(),
        answers: answers.collect(),
    })
}

#[cfg(test)]
mod tests {
    use falcon_tasks::TokenId;

    use super::*;

    const LONGEST: usize = 64;

    /// A group on a task whose programs are single tokens from `first` on.
    fn group(first: u16, rewards: &[Option<f64>]) -> Group {
        let program = |at: usize| Completion {
            tokens: vec![TokenId(first + at as u16)],
            log_probs: vec![-1.0],
            finished: true,
        };
        Group {
            prompt: Prompt {
                task: 0,
                tokens: vec![TokenId::BOS],
                attempt: 1,
                feedback: String::new(),
                exemplar: None,
                told: None,
            },
            programs: (0..rewards.len()).map(program).collect(),
            episodes: vec![None; rewards.len()],
            rewards: rewards.to_vec(),
            credits: vec![Vec::new(); rewards.len()],
        }
    }

    /// Context, program and weight times the common scale of everything that moves something.
    fn moved(inner: &InnerConfig) -> Vec<(usize, u16, f64)> {
        let config = RlConfig {
            kept: 2,
            group: 2,
            ..RlConfig::default()
        };
        let support = [
            group(10, &[Some(1.0), Some(0.0), None]),
            group(20, &[Some(-1.0), Some(-0.5)]),
        ];
        // The second teaches nothing by itself.
        let query = [
            group(30, &[Some(1.0), Some(0.0)]),
            group(40, &[Some(1.0), Some(1.0)]),
        ];
        let (units, of) = outer_units(&support, &query, &config, inner, LONGEST);
        assert_eq!(units.len(), of.len());
        // σ of the query's kept rewards, 1 and 0, is ½.
        let length = (LONGEST * config.kept) as f64 * 0.5;
        let each = units.iter().zip(of).flat_map(|(unit, of)| {
            let answers = unit.answers.iter();
            answers.map(move |it| (of, it.tokens[0].0, f64::from(it.weights[0]) * length))
        });
        each.collect()
    }

    fn check(inner: &InnerConfig, wanted: &[(usize, u16, f64)]) {
        let found = moved(inner);
        let same = |(a, b): (&(usize, u16, f64), &(usize, u16, f64))| {
            (a.0, a.1) == (b.0, b.1) && (a.2 - b.2).abs() < 1e-3
        };
        let fits = found.len() == wanted.len() && found.iter().zip(wanted).all(same);
        assert!(fits, "{found:?} for {wanted:?}");
    }

    /// Worked out by hand from the formula at the top.
    #[test]
    fn queries_go_to_their_contexts_and_supports_to_the_first() {
        // A = ±½ over the two of the group.
        let query = [(1, 30, 0.25), (1, 31, -0.25)];
        check(&InnerConfig::default(), &query);
        let credited = InnerConfig {
            credit: true,
            ..InnerConfig::default()
        };
        // Mean of the query ½ and 1; less the other's reward, over the two that have one.
        let own = [(0, 10, 0.25), (0, 11, -0.25), (0, 20, 0.75), (0, 21, 1.0)];
        check(&credited, &[&query[..], &own].concat());
        // The first task's context was adapted to the second's support, and the other way round.
        let other = [(0, 20, 0.5), (0, 21, 0.75), (0, 10, 0.5), (0, 11, 0.0)];
        let crossed = InnerConfig {
            support_from: SupportFrom::Other,
            ..credited
        };
        let other: Vec<_> = other.into_iter().filter(|it| it.2 != 0.0).collect();
        check(&crossed, &[&query[..], &other].concat());
    }

    #[test]
    fn without_rewards_there_is_no_credit() {
        let fault = group(1, &[None, None]);
        let one = group(1, &[Some(1.0), None]);
        let good = group(1, &[Some(1.0), Some(0.0)]);
        assert!(credit(&good, &fault, 1.0).is_none());
        assert!(credit(&one, &good, 1.0).is_none());
        assert!(credit(&good, &good, 1.0).is_some());
    }
}
