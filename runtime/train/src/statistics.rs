//! Unbiased pass@k and the paired bootstrap over seeds and tasks.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Unbiased pass@k of one task: 1 − C(n − c, k) / C(n, k), for `c` of `n` samples correct
/// (Chen et al., arXiv 2107.03374, equation 1). With fewer than `k` samples, `k` is `n`.
#[must_use]
pub fn pass_at(k: usize, samples: usize, correct: usize) -> f64 {
    let k = k.min(samples);
    if k == 0 {
        return 0.0;
    }
    let wrong = samples.saturating_sub(correct);
    if wrong < k {
        return 1.0;
    }
    let none: f64 = (0..k)
        .map(|i| (wrong - i) as f64 / (samples - i) as f64)
        .product();
    1.0 - none
}

/// One task's two results under the same conditions but one.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The run it is from; runs are drawn first.
    pub seed: u64,
    /// Tasks of a cluster are drawn together: the project, or the task itself.
    pub cluster: String,
    /// The result with the change, in 0..=1.
    pub with: f64,
    /// The result without.
    pub without: f64,
}

/// A mean difference with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean of with − without.
    pub mean: f64,
    /// 2.5 % and 97.5 % points of the bootstrap.
    pub interval: [f64; 2],
}

/// Paired bootstrap over seeds and tasks, which are crossed: test sets are frozen, so all seeds
/// measure the same tasks. Each replicate draws seeds with replacement and, once for all of them,
/// clusters of tasks; drawn anew inside each seed, tasks would seem to average out over seeds
/// (Owen, "The pigeonhole bootstrap", 2007). The pairing keeps what tasks and seeds have in common
/// out of the interval. With one seed it is the bootstrap over clusters; with three the spread of
/// seeds is known poorly and intervals are optimistic.
#[must_use]
pub fn paired_difference(pairs: &[Pair], draws: usize, rng: &mut ChaCha8Rng) -> Difference {
    let seeds = by_seed(pairs);
    if seeds.is_empty() {
        return Difference {
            mean: 0.0,
            interval: [0.0, 0.0],
        };
    }
    let mean = seeds
        .iter()
        .map(|clusters| mean(clusters.iter().copied()))
        .sum::<f64>()
        / seeds.len() as f64;
    let mut means: Vec<f64> = (0..draws).map(|_| one_draw(&seeds, rng)).collect();
    means.sort_by(f64::total_cmp);
    Difference {
        mean,
        interval: [quantile(&means, 0.025), quantile(&means, 0.975)],
    }
}

/// A cluster's sum of differences and its number of tasks; 0 of them where a seed lacks it.
type Cluster = (f64, usize);

/// For each seed its clusters, in one order for all seeds.
fn by_seed(pairs: &[Pair]) -> Vec<Vec<Cluster>> {
    let names: BTreeSet<&str> = pairs.iter().map(|pair| &pair.cluster[..]).collect();
    let place: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
    let mut seeds: BTreeMap<u64, Vec<Cluster>> = BTreeMap::new();
    for pair in pairs {
        let clusters = seeds
            .entry(pair.seed)
            .or_insert_with(|| vec![(0.0, 0); place.len()]);
        let cluster = &mut clusters[place[&pair.cluster[..]]];
        cluster.0 += pair.with - pair.without;
        cluster.1 += 1;
    }
    seeds.into_values().collect()
}

fn mean(clusters: impl Iterator<Item = Cluster>) -> f64 {
    let (sum, count) = clusters.fold((0.0, 0), |(s, n), (sum, count)| (s + sum, n + count));
    sum / count.max(1) as f64
}

fn one_draw(seeds: &[Vec<Cluster>], rng: &mut ChaCha8Rng) -> f64 {
    let clusters = seeds[0].len();
    let drawn: Vec<usize> = (0..clusters)
        .map(|_| rng.random_range(0..clusters))
        .collect();
    let one = |_| {
        let of = &seeds[rng.random_range(0..seeds.len())];
        mean(drawn.iter().map(|&cluster| of[cluster]))
    };
    (0..seeds.len()).map(one).sum::<f64>() / seeds.len() as f64
}

/// Linear interpolation between order statistics.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = q * last as f64;
    let below = at.floor() as usize;
    let above = at.ceil() as usize;
    sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64)
}
