//! Each objective against numbers worked out by hand, and its weights against finite differences of its formula.

#![allow(clippy::needless_range_loop, reason = "formulas name their indices")]

use super::*;

const NAMES: [(Objective, &str); 9] = [
    (Objective::Default, "default"),
    (Objective::Grpo, "grpo"),
    (Objective::DrGrpo, "dr-grpo"),
    (Objective::Rloo, "rloo"),
    (Objective::ReinforcePlusPlus, "reinforce++"),
    (Objective::Dapo, "dapo"),
    (Objective::Gspo, "gspo"),
    (Objective::Rltf, "rltf"),
    (Objective::RejectionSampling, "rejection-sampling"),
];

const RULES: Rules = Rules {
    groups: 2,
    group: 2,
    longest: 10,
    kl: 0.0,
    clip: (None, None),
};

fn sample(group: usize, reward: f64, length: usize) -> Sample {
    Sample {
        group,
        reward,
        passed: reward >= 1.0,
        length,
        ..Sample::default()
    }
}

/// Two groups of two: rewards 1 and −0.5 with 2 and 3 tokens, rewards 1 and −1 with 1 and 4.
fn batch() -> Vec<Sample> {
    vec![
        sample(0, 1.0, 2),
        sample(0, -0.5, 3),
        sample(1, 1.0, 1),
        sample(1, -1.0, 4),
    ]
}

/// The weights of every token where the policy is the one that sampled.
fn on_policy(objective: Objective, samples: &[Sample], rules: &Rules) -> Vec<Vec<f64>> {
    let plan = objective.plan(samples, rules);
    let now = vec![-1.0; samples.iter().map(|sample| sample.length).sum()];
    let surrogate = Surrogate {
        plan: &plan,
        old: &now,
        start: None,
        kl: 0.0,
    };
    let (weights, seen) = surrogate.weights(&now);
    assert_eq!(seen, Seen::default(), "{objective:?}");
    let mut weights = weights.into_iter().map(f64::from);
    let lengths = samples.iter().map(|sample| sample.length);
    lengths
        .map(|n| weights.by_ref().take(n).collect())
        .collect()
}

fn near(found: &[Vec<f64>], wanted: &[&[f64]], what: &str) {
    let same = found
        .iter()
        .map(Vec::len)
        .eq(wanted.iter().map(|of| of.len()));
    let pairs = found.iter().flatten().zip(wanted.iter().copied().flatten());
    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-5;
    assert!(
        same && pairs.into_iter().all(near),
        "{what}: {found:?}, wanted {wanted:?}"
    );
}

#[test]
fn names_are_those_of_the_configuration() {
    for (objective, name) in NAMES {
        let json = serde_json::to_string(&objective).unwrap();
        assert_eq!(json, format!("\"{name}\""));
    }
}

#[test]
fn an_objective_has_the_ratio_that_it_says() {
    for (objective, name) in NAMES {
        let plan = objective.plan(&batch(), &RULES);
        assert_eq!(plan.ratio != Ratio::None, objective.has_ratio(), "{name}");
    }
}

/// By hand. Group means are 0.25 and 0, centred rewards ±0.75 and ±1, the batch's σ = √0.78125 = 0.883883. Over
/// tokens the rewards' mean is (2 − 1.5 + 1 − 4) / 10 = −0.25 and their deviation √(0.775 − 0.0625) = 0.844097.
#[test]
fn every_objective_gives_the_weights_worked_out_by_hand() {
    let wanted: [[f64; 4]; 9] = [
        // ±0.75 and ±1 over σ · 10 · 2 · 2.
        [0.0212132, -0.0212132, 0.0282843, -0.0282843],
        // ±1 over 2 groups · 2 programs · length.
        [1.0 / 8.0, -1.0 / 12.0, 1.0 / 4.0, -1.0 / 16.0],
        // ±0.75 and ±1 over 2 · 2 · 10.
        [0.01875, -0.01875, 0.025, -0.025],
        // ±1.5 and ±2 over 2 · 2 · 10.
        [0.0375, -0.0375, 0.05, -0.05],
        // 1.25, −0.25, 1.25 and −0.75 over 0.844097 · 10 tokens.
        [0.1480872, -0.0296174, 0.1480872, -0.0888523],
        // ±1 over 2 groups · 5 tokens.
        [0.1, -0.1, 0.1, -0.1],
        [1.0 / 8.0, -1.0 / 12.0, 1.0 / 4.0, -1.0 / 16.0],
        // Rewards over 2 · 2 · 10.
        [0.025, -0.0125, 0.025, -0.025],
        // 3 tokens passed.
        [1.0 / 3.0, 0.0, 1.0 / 3.0, 0.0],
    ];
    let samples = batch();
    for ((objective, name), wanted) in NAMES.into_iter().zip(wanted) {
        let each: Vec<Vec<f64>> = samples
            .iter()
            .zip(wanted)
            .map(|(sample, weight)| vec![weight; sample.length])
            .collect();
        let each: Vec<&[f64]> = each.iter().map(Vec::as_slice).collect();
        near(&on_policy(objective, &samples, &RULES), &each, name);
    }
}

/// A credit of −0.375 on the last token of the second program.
#[test]
fn credit_changes_the_advantage_of_its_token_alone() {
    let mut samples = [sample(0, 1.0, 2), sample(0, -0.5, 2)];
    samples[1].credit = vec![0.0, -0.375];
    let rules = Rules { groups: 1, ..RULES };
    for (objective, first, second, third) in [
        // Centred ±0.75, σ = 0.75, over 10 · 1 · 2.
        (Objective::Default, 0.05, -0.05, -0.075),
        (Objective::Grpo, 0.25, -0.25, -0.375),
        (Objective::DrGrpo, 0.0375, -0.0375, -0.05625),
        (Objective::Rloo, 0.075, -0.075, -0.09375),
        (Objective::Dapo, 0.25, -0.25, -0.375),
        (Objective::Gspo, 0.25, -0.25, -0.375),
        (Objective::Rltf, 0.05, -0.025, -0.04375),
        (Objective::RejectionSampling, 0.5, 0.0, 0.0),
    ] {
        let wanted: [&[f64]; 2] = [&[first, first], &[second, third]];
        near(
            &on_policy(objective, &samples, &rules),
            &wanted,
            &format!("{objective:?}"),
        );
    }
    // Alike in reward: credit alone teaches, in its own scale.
    samples[0].reward = -0.5;
    let alike = on_policy(Objective::Default, &samples, &rules);
    near(&alike, &[&[0.0, 0.0], &[0.0, -0.01875]], "alike");
}

/// M = 10 and C = 2: 8 tokens cost nothing, 9 cost 0.5, 10 cost 1. Rewards 1, 1, 1 become 1, 0.5, 0: mean 0.5, deviation
/// √(0.5/3) = 0.408248; over 27 tokens.
#[test]
fn dapo_punishes_overlong_programs() {
    let samples = [sample(0, 1.0, 8), sample(0, 1.0, 9), sample(0, 1.0, 10)];
    let found = on_policy(Objective::Dapo, &samples, &RULES);
    let side = 0.5 / 0.408248 / 27.0;
    for (weights, wanted) in found.iter().zip([side, 0.0, -side]) {
        assert!(
            weights.iter().all(|weight| (weight - wanted).abs() < 1e-5),
            "{found:?}"
        );
    }
}

#[test]
fn a_program_is_learnt_from_once_by_rejection_sampling() {
    let mut samples = [sample(0, 1.0, 1), sample(0, 1.0, 1), sample(0, 1.0, 3)];
    samples[1].repeated = true;
    let found = on_policy(Objective::RejectionSampling, &samples, &RULES);
    near(&found, &[&[0.25], &[0.0], &[0.25; 3]], "distinct programs");
}

/// Drifts of 0.4 and 0.6 under β = 0.1 take 0.1 from the first reward; from its second token on, 0.06.
#[test]
fn the_penalty_in_the_reward_is_of_the_whole_program_or_of_what_is_to_come() {
    let mut samples = [sample(0, 1.0, 2), sample(0, -0.5, 1)];
    samples[0].drift = vec![0.4, 0.6];
    samples[1].drift = vec![0.0];
    let rules = Rules {
        groups: 1,
        kl: 0.1,
        ..RULES
    };
    // (0.9 + 0.5) / (1 · 2 · 10), and the other way round.
    let rloo = on_policy(Objective::Rloo, &samples, &rules);
    near(&rloo, &[&[0.07, 0.07], &[-0.07]], "rloo");
    // 0.9, 0.94 and −0.5: mean 0.446667, deviation 0.669594; over 3 tokens.
    let plus = on_policy(Objective::ReinforcePlusPlus, &samples, &rules);
    near(&plus, &[&[0.225677, 0.245589], &[-0.471266]], "reinforce++");
}

/// One token each, so that every share is that of the on-policy weights; ratios as given.
#[test]
fn ratios_are_clipped_where_moving_on_would_gain() {
    use Objective::{Dapo, Default, Grpo, Gspo, Rloo};
    let samples = [sample(0, 1.0, 1), sample(0, -0.5, 1)];
    let rules = Rules { groups: 1, ..RULES };
    for (objective, ratio, first, second) in [
        (Grpo, 1.0, 0.5, -0.5),
        (Grpo, 1.15, 0.575, -0.575),
        (Grpo, 1.25, 0.0, -0.625),
        (Grpo, 0.75, 0.375, 0.0),
        // 0.28 above, 0.2 below.
        (Dapo, 1.25, 0.625, -0.625),
        (Dapo, 1.3, 0.0, -0.65),
        (Dapo, 0.75, 0.375, 0.0),
        (Gspo, 1.0002, 0.5001, -0.5001),
        (Gspo, 1.0005, 0.0, -0.50025),
        (Gspo, 0.9996, 0.4998, 0.0),
        (Default, 1.25, 0.0, -0.0625),
        // No ratio.
        (Rloo, 1.25, 0.075, -0.075),
    ] {
        let plan = objective.plan(&samples, &rules);
        let old = [-1.0f32; 2];
        let now = [(-1.0 + f64::ln(ratio)) as f32; 2];
        let surrogate = Surrogate {
            plan: &plan,
            old: &old,
            start: None,
            kl: 0.0,
        };
        let (weights, seen) = surrogate.weights(&now);
        let found: Vec<f64> = weights.into_iter().map(f64::from).collect();
        near(
            std::slice::from_ref(&found),
            &[&[first, second]],
            &format!("{objective:?} at {ratio}"),
        );
        let held = found.iter().filter(|weight| **weight == 0.0).count();
        assert!(
            (seen.clipped - held as f64 / 2.0).abs() < 1e-12,
            "{objective:?}"
        );
        assert!(
            (seen.log_ratio - f64::ln(ratio)).abs() < 1e-6,
            "{objective:?}"
        );
    }
    let own = Rules {
        clip: (Some(0.5), Some(0.5)),
        ..rules
    };
    assert_eq!(Dapo.plan(&samples, &own).ratio, Ratio::Token(0.5, 0.5));
}

/// The start gives the token twice the probability: k3 = 2 − ln 2 − 1, and its weight pulls by β (2 − 1).
#[test]
fn the_kl_term_pulls_toward_the_start() {
    let samples = [sample(0, 1.0, 1), sample(0, 1.0, 1)];
    let rules = Rules {
        groups: 1,
        kl: 0.1,
        ..RULES
    };
    let plan = Objective::Grpo.plan(&samples, &rules);
    let now = [-1.0f32; 2];
    let start = [-1.0 + std::f32::consts::LN_2, -1.0];
    let surrogate = Surrogate {
        plan: &plan,
        old: &now,
        start: Some(&start),
        kl: 0.1,
    };
    let found: Vec<f64> = surrogate
        .weights(&now)
        .0
        .into_iter()
        .map(f64::from)
        .collect();
    near(&[found], &[&[0.05, 0.0]], "k3");
    let value = surrogate.value(&now.map(f64::from));
    let wanted = -0.1 * (1.0 - std::f64::consts::LN_2) / 2.0;
    assert!((value - wanted).abs() < 1e-6, "{value} {wanted}");
}

/// A policy of one matrix: log-softmax of the row of the token before.
struct Bigrams(Vec<f64>);

const WORDS: usize = 4;

impl Bigrams {
    fn new(salt: f64) -> Self {
        let value = |at: usize| (at as f64 * 1.7 + salt).sin();
        Self((0..WORDS * WORDS).map(value).collect())
    }

    fn log_prob(&self, before: usize, token: usize) -> f64 {
        let row = &self.0[before * WORDS..(before + 1) * WORDS];
        row[token] - row.iter().map(|z| z.exp()).sum::<f64>().ln()
    }

    fn all(&self, programs: &[Vec<usize>]) -> Vec<Vec<f64>> {
        let of = |program: &Vec<usize>| {
            let before = std::iter::once(&0).chain(program);
            before
                .zip(program)
                .map(|(b, t)| self.log_prob(*b, *t))
                .collect()
        };
        programs.iter().map(of).collect()
    }

    /// Σ w_t ∂ log π(token t) / ∂θ.
    fn gradient(&self, programs: &[Vec<usize>], weights: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.0.len()];
        let mut weights = weights.iter();
        for program in programs {
            for (before, token) in std::iter::once(&0).chain(program).zip(program) {
                let weight = weights.next().unwrap();
                for other in 0..WORDS {
                    let is = f64::from(u8::from(other == *token));
                    let p = self.log_prob(*before, other).exp();
                    gradient[before * WORDS + other] += weight * (is - p);
                }
            }
        }
        gradient
    }
}

/// The formulas as the papers write them, over two groups of two programs; rewards are those of [`batch`].
fn written_out(
    objective: Objective,
    now: &[Vec<f64>],
    old: &[Vec<f64>],
    start: &[Vec<f64>],
    beta: f64,
) -> f64 {
    let rewards = [1.0, -0.5, 1.0, -1.0];
    let mate = [1, 0, 3, 2];
    let sigma = 0.781_25_f64.sqrt() + 1e-6;
    let lens: Vec<f64> = now.iter().map(|of| of.len() as f64).collect();
    let drift = |i: usize, from: usize| -> f64 {
        (from..now[i].len()).map(|t| old[i][t] - start[i][t]).sum()
    };
    let clip =
        |r: f64, a: f64, low: f64, high: f64| (r * a).min(r.clamp(1.0 - low, 1.0 + high) * a);
    let k3 = |i: usize, t: usize| {
        let d = start[i][t] - now[i][t];
        d.exp() - d - 1.0
    };
    // REINFORCE++'s rewards of each token and their moments.
    let with_penalty = |i: usize, t: usize| rewards[i] - beta * drift(i, t);
    let every = || (0..4).flat_map(|i| (0..now[i].len()).map(move |t| (i, t)));
    let n = every().count() as f64;
    let mean = every().map(|(i, t)| with_penalty(i, t)).sum::<f64>() / n;
    let spread = every()
        .map(|(i, t)| (with_penalty(i, t) - mean).powi(2))
        .sum::<f64>()
        / n;
    let mut sum = 0.0;
    for i in 0..4 {
        let centred = (rewards[i] - rewards[mate[i]]) / 2.0;
        let normal = centred / (centred.abs() + 1e-6);
        let total = |i: usize| rewards[i] - beta * drift(i, 0);
        let s = (now[i].iter().sum::<f64>() - old[i].iter().sum::<f64>()) / lens[i];
        let mut tokens = 0.0;
        for t in 0..now[i].len() {
            let r = (now[i][t] - old[i][t]).exp();
            tokens += match objective {
                Objective::Default => (clip(r, centred / sigma, 0.2, 0.2) - beta * k3(i, t)) / 40.0,
                Objective::Grpo => (clip(r, normal, 0.2, 0.2) - beta * k3(i, t)) / (4.0 * lens[i]),
                Objective::DrGrpo => (clip(r, centred, 0.2, 0.2) - beta * k3(i, t)) / 40.0,
                Objective::Rloo => (total(i) - total(mate[i])) * now[i][t] / 40.0,
                Objective::ReinforcePlusPlus => {
                    let a = (with_penalty(i, t) - mean) / (spread.sqrt() + 1e-6);
                    clip(r, a, 0.2, 0.2) / n
                }
                Objective::Dapo => {
                    let both = lens[i] + lens[mate[i]];
                    (clip(r, normal, 0.2, 0.28) - beta * k3(i, t)) / (2.0 * both)
                }
                Objective::Gspo => -beta * k3(i, t) / (4.0 * lens[i]),
                Objective::Rltf => (rewards[i] * now[i][t] - beta * k3(i, t)) / 40.0,
                Objective::RejectionSampling => {
                    let passed = f64::from(u8::from(rewards[i] >= 1.0));
                    (passed * now[i][t] - beta * k3(i, t)) / (lens[0] + lens[2])
                }
            };
        }
        if objective == Objective::Gspo {
            tokens += clip(s.exp(), normal, 3e-4, 4e-4) / 4.0;
        }
        sum += tokens;
    }
    sum
}

#[test]
fn weights_are_the_gradient_of_the_formula() {
    let programs = [vec![1, 2], vec![3, 1, 0], vec![2], vec![0, 3, 3, 1]];
    let (sampled, start) = (Bigrams::new(0.3), Bigrams::new(0.9));
    let rounded = |of: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        of.into_iter()
            .map(|of| of.into_iter().map(|x| f64::from(x as f32)).collect())
            .collect()
    };
    let (old, from) = (
        rounded(sampled.all(&programs)),
        rounded(start.all(&programs)),
    );
    let flat =
        |of: &[Vec<f64>]| -> Vec<f32> { of.concat().into_iter().map(|x| x as f32).collect() };
    let (mut held, mut free) = (0, 0);
    for (objective, name) in NAMES {
        for (beta, moved) in [(0.0, 0.0), (0.0, 2e-4), (0.0, 0.4), (0.05, 0.4)] {
            let step = Bigrams::new(2.0);
            let values = sampled.0.iter().zip(&step.0).map(|(a, b)| a + moved * b);
            let mut policy = Bigrams(values.collect());
            let mut samples = batch();
            if objective.penalises_reward() {
                for (at, sample) in samples.iter_mut().enumerate() {
                    sample.drift = old[at].iter().zip(&from[at]).map(|(a, b)| a - b).collect();
                }
            }
            let plan = objective.plan(&samples, &Rules { kl: beta, ..RULES });
            let in_loss = beta > 0.0 && !objective.penalises_reward();
            let (old_flat, start_flat) = (flat(&old), flat(&from));
            let surrogate = Surrogate {
                plan: &plan,
                old: &old_flat,
                start: in_loss.then_some(&start_flat),
                kl: beta,
            };
            let now = policy.all(&programs);
            let (weights, seen) = surrogate.weights(&flat(&now));
            held += usize::from(seen.clipped > 0.0);
            free += usize::from(seen.clipped == 0.0);
            let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
            let gradient = policy.gradient(&programs, &weights);
            let what = format!("{name}, β {beta}, moved {moved}");
            // Up to constants that have no gradient, value and formula are the same.
            let formula = written_out(objective, &now, &old, &from, beta);
            let value = surrogate.value(&now.concat());
            assert!((formula - value).abs() < 1e-6, "{what}: {formula} {value}");
            for at in 0..policy.0.len() {
                let h = 1e-6;
                let keep = policy.0[at];
                let mut side = |value: f64| {
                    policy.0[at] = value;
                    written_out(objective, &policy.all(&programs), &old, &from, beta)
                };
                let wanted = (side(keep + h) - side(keep - h)) / (2.0 * h);
                policy.0[at] = keep;
                let near = (gradient[at] - wanted).abs() < 1e-5;
                assert!(near, "{what}, parameter {at}: {} {wanted}", gradient[at]);
            }
        }
    }
    assert!(
        held > 3 && free > 3,
        "{held} with clipped tokens, {free} without"
    );
}

/// By hand. A group that teaches by credit alone has no part in σ: that of ±0.75 is 0.75.
#[test]
fn groups_with_credit_alone_do_not_make_the_deviation_small() {
    let mut samples = batch();
    for (sample, reward) in samples[2..].iter_mut().zip([-0.5, -0.5]) {
        sample.reward = reward;
    }
    samples[3].credit = vec![-0.375; 4];
    let found = on_policy(Objective::Default, &samples, &RULES);
    let (one, credit) = (1.0 / 40.0, -0.5 / 40.0);
    let wanted: [&[f64]; 4] = [&[one; 2], &[-one; 3], &[0.0], &[credit; 4]];
    near(&found, &wanted, "credit");
}
