//! Replay of own programs that execution verified.

use falcon_tasks::TokenId;
use rand::seq::index;

use super::group::Group;
use crate::{
    RlConfig,
    grade::passed,
    model::{Answer, Unit},
    random,
    run::Run,
    state::Replayed,
};

/// Verified programs of tasks that are solved now and then, the newest tasks first.
pub(super) fn keep(run: &mut Run<'_>, groups: &[Group], config: &RlConfig) {
    let buffer = &mut run.at.state.replay;
    for group in groups {
        let kept = |success: &f64| *success > 0.0 && *success <= config.replay_success;
        if group.pass_rate().filter(kept).is_none() {
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

/// Some of them, drawn evenly, with their share of the objective.
pub(super) fn units(run: &Run<'_>, config: &RlConfig) -> Vec<Unit> {
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
            answers: vec![Answer::even(item.program.clone(), weight)],
        })
        .collect()
}
