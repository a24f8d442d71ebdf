//! Replay of own programs that execution verified.
//!
//! ```text
//! J = λ / N Σ_t w_t log π(token t),   over the N tokens of the programs drawn
//! ```
//!
//! With `rl.replay_ratio = 0` every w is 1: the supervised loss. Else the programs are samples of the policies that wrote them,
//! and w_t = min(π / π_then, rl.replay_ratio) of each token, taken as constant, with π_then as the sampler stored it:
//! truncated importance weights (ACER, arXiv 1611.01224), which let go of what the policy no longer writes and bound how loud
//! the rest may be.

use falcon_tasks::TokenId;
use rand::{Rng, seq::index};

use super::group::Group;
use crate::{
    ReplayFrom, RlConfig,
    grade::passed,
    model::{Answer, Completion, Unit},
    random,
    run::Run,
    state::Replayed,
};

/// Verified programs of tasks that are solved now and then, the newest tasks first.
pub(super) fn keep(run: &mut Run<'_>, groups: &[Group], config: &RlConfig) {
    let buffer = &mut run.at.state.replay;
    for group in groups {
        let rate = group.pass_rate();
        let Some(success) = rate.filter(|rate| *rate > 0.0 && *rate <= config.replay_success)
        else {
            continue;
        };
        let mut kept: Vec<&Completion> = Vec::new();
        for (program, episode) in group.programs.iter().zip(&group.episodes) {
            let new = kept.iter().all(|it| it.tokens != program.tokens);
            if new && passed(episode.as_ref()) && kept.len() < config.replay_per_task {
                kept.push(program);
            }
        }
        let task = group.prompt.task;
        buffer.retain(|item| item.task != task);
        buffer.extend(kept.into_iter().map(|program| Replayed {
            task,
            prompt: group.prompt.tokens.clone(),
            program: program.tokens.clone(),
            success,
            log_probs: if config.replay_ratio > 0.0 {
                program.log_probs.iter().copied().map(f64::from).collect()
            } else {
                Vec::new()
            },
        }));
    }
    let excess = buffer
        .len()
        .saturating_sub(config.replay_tasks * config.replay_per_task);
    buffer.drain(..excess);
}

/// Some of them with their share of the objective; and log π_then of each of their tokens, where ratios are taken.
pub(super) fn units(run: &Run<'_>, config: &RlConfig) -> (Vec<Unit>, Vec<f32>) {
    let buffer = &run.at.state.replay;
    if config.replay == 0.0 || buffer.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut rng = random::stream(run.at.state.seed, "replay", run.at.state.step as u64);
    let rows = config.replay_rows.min(buffer.len());
    let drawn = draw(buffer, rows, config.replay_from, &mut rng);
    let items: Vec<&Replayed> = drawn.into_iter().map(|index| &buffer[index]).collect();
    let tokens: usize = items.iter().map(|item| item.program.len()).sum();
    let weight = (config.replay / tokens.max(1) as f64) as f32;
    let then = items.iter().flat_map(|item| &item.log_probs);
    let then = then.map(|log_prob| *log_prob as f32).collect();
    let unit = |item: &Replayed| Unit {
        prompt: item.prompt.clone(),
        answers: vec![Answer::even(item.program.clone(), weight)],
    };
    (items.into_iter().map(unit).collect(), then)
}

/// Which are drawn, in order.
fn draw(buffer: &[Replayed], rows: usize, from: ReplayFrom, rng: &mut impl Rng) -> Vec<usize> {
    let is_first = |at: &usize| match from {
        ReplayFrom::Even => true,
        ReplayFrom::Priority => (0.25..=0.75).contains(&buffer[*at].success),
    };
    let (first, rest): (Vec<usize>, Vec<usize>) = (0..buffer.len()).partition(is_first);
    let mut drawn = Vec::with_capacity(rows);
    for of in [first, rest] {
        let rows = (rows - drawn.len()).min(of.len());
        let places = index::sample(rng, of.len(), rows);
        drawn.extend(places.into_iter().map(|place| of[place]));
    }
    drawn.sort_unstable();
    drawn
}

/// Gives the last tokens of a batch, which are replay's, their ratio of at most `most`; none where nothing is known of `then`.
pub(super) fn correct(weights: &mut [f32], now: &[f32], then: &[f32], most: f64) {
    let from = weights.len() - then.len();
    let tokens = weights[from..].iter_mut().zip(&now[from..]).zip(then);
    for ((weight, now), then) in tokens {
        let ratio = (f64::from(*now) - f64::from(*then)).exp();
        *weight = (f64::from(*weight) * ratio.min(most)) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(successes: &[f64]) -> Vec<Replayed> {
        let item = |(task, success): (usize, &f64)| Replayed {
            task,
            prompt: vec![TokenId::BOS],
            program: vec![TokenId(1)],
            success: *success,
            log_probs: Vec::new(),
        };
        successes.iter().enumerate().map(item).collect()
    }

    #[test]
    fn priority_goes_to_what_is_solved_half_of_the_time() {
        let buffer = buffer(&[0.125, 0.25, 0.5, 0.875, 0.75, 0.76]);
        let edge = [1, 2, 4];
        let draw = |rows, from, place| {
            let mut rng = random::stream(1, "replay", place);
            draw(&buffer, rows, from, &mut rng)
        };
        let mut alone = [0; 6];
        for place in 0..50 {
            // As many as there are: no others; fewer: some of them; more: all of them, and others.
            assert_eq!(draw(3, ReplayFrom::Priority, place), edge);
            let two = draw(2, ReplayFrom::Priority, place);
            assert!(two.len() == 2 && two.iter().all(|at| edge.contains(at)));
            let five = draw(5, ReplayFrom::Priority, place);
            assert!(five.len() == 5 && edge.iter().all(|at| five.contains(at)));
            alone[draw(1, ReplayFrom::Even, place)[0]] += 1;
        }
        assert!(alone.iter().all(|count| *count > 0), "{alone:?}");
        for from in [ReplayFrom::Even, ReplayFrom::Priority] {
            assert_eq!(draw(6, from, 0), [0, 1, 2, 3, 4, 5]);
        }
    }

    /// What was drawn before there was a choice is drawn still.
    #[test]
    fn even_draws_are_those_of_the_generator() {
        let buffer = buffer(&[0.5; 40]);
        let rng = || random::stream(7, "replay", 3);
        let mut wanted = index::sample(&mut rng(), 40, 8).into_vec();
        wanted.sort_unstable();
        assert_eq!(draw(&buffer, 8, ReplayFrom::Even, &mut rng()), wanted);
    }

    /// Ratios of 1½, 3, ½ and 1 on replay's tokens; the two before are of the objective.
    #[test]
    fn a_ratio_weighs_replay_alone_and_no_token_more_than_it_may() {
        let now = [-1.0_f32, -2.0, -0.594_535, -0.901_388, -2.693_147, -2.0];
        let then = [-1.0, -2.0, -2.0, -2.0];
        for (most, wanted) in [
            (2.0, [0.3, -0.3, 0.15, 0.2, 0.05, 0.1]),
            (1.0, [0.3, -0.3, 0.1, 0.1, 0.05, 0.1]),
            (100.0, [0.3, -0.3, 0.15, 0.3, 0.05, 0.1]),
        ] {
            let mut weights = [0.3_f32, -0.3, 0.1, 0.1, 0.1, 0.1];
            correct(&mut weights, &now, &then, most);
            for (weight, wanted) in weights.iter().zip(wanted) {
                assert!((weight - wanted).abs() < 1e-6, "{most}: {weights:?}");
            }
        }
        let mut weights = [0.3_f32, 0.1];
        correct(&mut weights, &[-1.0, -1.0], &[], 0.0);
        assert_eq!(weights, [0.3, 0.1]);
    }
}
