use falcon_tasks::TokenId;

use super::Contexts;
use crate::{
    InnerConfig,
    model::{Answer, Completion, Policy, Unit},
};

/// Added to the standard deviation of a support's rewards.
const EPSILON: f64 = 1e-6;

/// A task's attempts as what its context learns from: Σ_i A_i log π(τ_i) / K. Attempts without a reward
/// are left out; attempts whose rewards are alike say nothing, and then there are no answers.
pub(crate) fn support_unit(
    prompt: &[TokenId],
    programs: &[Completion],
    rewards: &[Option<f64>],
) -> Unit {
    let known: Vec<f64> = rewards.iter().copied().flatten().collect();
    let count = known.len().max(1) as f64;
    let mean = known.iter().sum::<f64>() / count;
    let variance = known.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / count;
    let deviation = variance.sqrt();
    let answers = programs
        .iter()
        .zip(rewards)
        .filter_map(|(program, reward)| {
            let advantage = ((*reward)? - mean) / (deviation + EPSILON);
            let weight = (advantage / programs.len() as f64) as f32;
            let teaches = deviation > 1e-9 && weight != 0.0;
            teaches.then(|| Answer::even(program.tokens.clone(), weight))
        });
    Unit {
        prompt: prompt.to_vec(),
        answers: answers.collect(),
    }
}

/// The contexts of tasks after the inner steps on their supports: φ₀ first, then a context for each.
/// Also returns the tokens that went forward and back for each task.
pub(crate) fn adapt<'a>(
    policy: &'a Policy,
    config: &InnerConfig,
    supports: &[&Unit],
) -> (Contexts<'a>, Vec<usize>) {
    let mut contexts = Contexts::new(policy, config.context, supports.len());
    let teaching = supports.iter().enumerate();
    let (of, units): (Vec<usize>, Vec<Unit>) = teaching
        .filter(|(_, unit)| !unit.answers.is_empty())
        .map(|(task, unit)| (task + 1, (*unit).clone()))
        .unzip();
    for _ in 0..config.steps {
        // Of the loss, that is of minus the objective.
        let gradients = contexts.gradients(&units, &of);
        for (phi, gradient) in contexts.phi.iter_mut().zip(gradients) {
            descend(phi, &gradient, config.rate);
        }
    }
    let tokens = supports
        .iter()
        .map(|unit| config.steps * passed(policy, unit));
    let tokens = tokens.collect();
    (contexts, tokens)
}

/// One step down the gradient, which is scaled down to norm 1 where it is longer.
fn descend(phi: &mut [f32], gradient: &[f32], rate: f64) {
    let square: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
    let scale = rate / square.sqrt().max(1.0);
    for (value, g) in phi.iter_mut().zip(gradient) {
        *value -= (scale * f64::from(*g)) as f32;
    }
}

/// Tokens that go forward and back for a unit.
fn passed(policy: &Policy, unit: &Unit) -> usize {
    if unit.answers.is_empty() {
        return 0;
    }
    let answers = unit.answers.iter();
    let written: usize = answers.map(|it| it.tokens.len().saturating_sub(1)).sum();
    policy.prefix() + unit.prompt.len() + written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, ModelConfig};

    const SHAPE: ModelConfig = ModelConfig {
        width: 16,
        layers: 2,
        heads: 2,
        tokenizer: crate::Tokenizer::Pymini,
        context: falcon_tasks::MAX_CONTEXT,
        answer: falcon_tasks::MAX_BODY,
    };
    const KINDS: [Context; 3] = [Context::SoftPrompt, Context::Norms, Context::Lora];

    fn policy(config: &InnerConfig) -> Policy {
        let mut policy = Policy::new(&SHAPE, falcon_tasks::vocabulary().len(), 5);
        policy.attach(config, 5).expect("it has no context yet");
        policy
    }

    fn config(context: Context) -> InnerConfig {
        InnerConfig {
            context,
            tokens: 3,
            ..InnerConfig::default()
        }
    }

    fn tokens(ids: &[u16]) -> Vec<TokenId> {
        ids.iter().copied().map(TokenId).collect()
    }

    /// Three tasks' supports of two or three attempts.
    fn supports() -> Vec<Unit> {
        let attempt = |ids: &[u16]| Completion {
            tokens: tokens(ids),
            log_probs: vec![-1.0; ids.len()],
            finished: true,
        };
        let of = |prompt: &[u16], programs: &[&[u16]], rewards: &[Option<f64>]| {
            let programs: Vec<Completion> = programs.iter().map(|ids| attempt(ids)).collect();
            support_unit(&tokens(prompt), &programs, rewards)
        };
        vec![
            of(
                &[1, 20, 30, 9],
                &[&[40, 41], &[50, 51, 52]],
                &[Some(1.0), Some(-0.5)],
            ),
            of(
                &[1, 22],
                &[&[43], &[44, 45], &[46, 47]],
                &[Some(0.2), None, Some(0.4)],
            ),
            of(
                &[1, 60, 61, 62, 63],
                &[&[70, 71, 72, 73], &[80]],
                &[Some(-1.0), Some(1.0)],
            ),
        ]
    }

    /// Worked out by hand: rewards 1 and −0.5 have the mean 0.25 and the deviation 0.75.
    #[test]
    fn attempts_weigh_by_their_advantage_over_the_support() {
        let units = supports();
        let weights =
            |unit: &Unit| -> Vec<f32> { unit.answers.iter().map(|it| it.weights[0]).collect() };
        let near = |found: Vec<f32>, wanted: &[f32]| {
            assert_eq!(found.len(), wanted.len());
            let close = found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(close, "{found:?} for {wanted:?}");
        };
        near(weights(&units[0]), &[0.5, -0.5]);
        // One of three met a fault: it is left out, and the others keep their share.
        near(weights(&units[1]), &[-1.0 / 3.0, 1.0 / 3.0]);
        let alike = support_unit(
            &tokens(&[1]),
            &[
                Completion {
                    tokens: tokens(&[4]),
                    log_probs: vec![-1.0],
                    finished: true,
                },
                Completion {
                    tokens: tokens(&[5]),
                    log_probs: vec![-1.0],
                    finished: true,
                },
            ],
            &[Some(0.3), Some(0.3)],
        );
        assert!(alike.answers.is_empty());
    }

    #[test]
    fn gradients_of_contexts_are_those_of_finite_differences() {
        for kind in KINDS {
            let policy = policy(&config(kind));
            // Off the start, where a low-rank addition is 0 and half of its gradient too.
            let mut phi = policy.gather(kind, &policy.values);
            for (index, value) in phi.iter_mut().enumerate() {
                *value += 0.1 * ((index * 37 % 11) as f32 / 11.0 - 0.5);
            }
            let policy = policy.with_context(kind, &phi);
            let unit = supports().swap_remove(0);
            let contexts = Contexts::new(&policy, kind, 1);
            let found = contexts
                .gradients(std::slice::from_ref(&unit), &[1])
                .swap_remove(1);
            let whole = contexts
                .gradient(std::slice::from_ref(&unit), &[1])
                .gradient;
            assert_eq!(whole.len(), policy.parameters());
            let size = found.iter().fold(0.0f32, |a, b| a.max(b.abs()));
            let outer = policy.gather(kind, &whole);
            assert!(
                outer
                    .iter()
                    .zip(&found)
                    .all(|(a, b)| (a - b).abs() < 1e-5 * size)
            );
            let loss = |at: usize, by: f32| {
                let mut moved = phi.clone();
                moved[at] += by;
                let policy = policy.with_context(kind, &moved);
                -crate::model::gradient(&policy, std::slice::from_ref(&unit)).objective
            };
            let step = 4e-3;
            for at in (0..phi.len()).step_by(7) {
                let slope = (loss(at, step) - loss(at, -step)) / f64::from(2.0 * step);
                let off = (slope - f64::from(found[at])).abs();
                assert!(
                    off < 0.02 * f64::from(size),
                    "{kind:?} {at}: {slope} {}",
                    found[at]
                );
            }
        }
    }

    #[test]
    fn many_tasks_adapt_as_each_does_alone() {
        for kind in KINDS {
            let config = InnerConfig {
                steps: 2,
                ..config(kind)
            };
            let policy = policy(&config);
            let units = supports();
            let all: Vec<&Unit> = units.iter().collect();
            let (together, tokens) = adapt(&policy, &config, &all);
            assert_eq!(together.phi[0], policy.gather(kind, &policy.values));
            for (task, unit) in units.iter().enumerate() {
                let (alone, its) = adapt(&policy, &config, &[unit]);
                assert_eq!(tokens[task], its[0]);
                let pairs = together.phi[task + 1].iter().zip(&alone.phi[1]);
                let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-6, "{kind:?} {task}: {worst}");
                assert_ne!(alone.phi[1], alone.phi[0], "{kind:?} {task}");
            }
        }
    }

    /// Two steps of two passes over the prompt, its prefix and all but the last token of each attempt.
    #[test]
    fn tokens_are_counted_and_a_step_has_the_length_of_the_rate() {
        let config = InnerConfig {
            steps: 2,
            ..config(Context::SoftPrompt)
        };
        let policy = policy(&config);
        let units = supports();
        let (_, tokens) = adapt(&policy, &config, &[&units[0]]);
        assert_eq!(tokens, [2 * (3 + 4 + 1 + 2)]);
        let mut phi = vec![0.0; 2];
        descend(&mut phi, &[30.0, -40.0], 0.1);
        assert!((phi[0] + 0.06).abs() < 1e-6 && (phi[1] - 0.08).abs() < 1e-6);
        descend(&mut phi, &[0.3, 0.0], 0.1);
        assert!((phi[0] + 0.09).abs() < 1e-6);
    }

    #[test]
    fn a_rate_of_0_changes_nothing() {
        for kind in KINDS {
            let config = InnerConfig {
                rate: 0.0,
                ..config(kind)
            };
            let policy = policy(&config);
            let units = supports();
            let (contexts, _) = adapt(&policy, &config, &[&units[2]]);
            assert_eq!(contexts.phi[0], contexts.phi[1]);
        }
    }
}
