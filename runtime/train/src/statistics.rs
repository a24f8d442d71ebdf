//! Unbiased pass@k and the paired hierarchical bootstrap.

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

/// Paired hierarchical bootstrap: seeds are drawn with replacement, then clusters of tasks
/// inside each drawn seed; the pairing keeps what tasks and seeds have in common out of the interval.
/// With one seed it is the bootstrap over clusters.
#[must_use]
pub fn paired_difference(pairs: &[Pair], draws: usize, rng: &mut ChaCha8Rng) -> Difference {
    let seeds = by_seed(pairs);
    if seeds.is_empty() {
        return Difference {
            mean: 0.0,
            interval: [0.0, 0.0],
        };
    }
    let mean = seeds.iter().map(|clusters| mean(clusters)).sum::<f64>() / seeds.len() as f64;
    let mut means: Vec<f64> = (0..draws).map(|_| one_draw(&seeds, rng)).collect();
    means.sort_by(f64::total_cmp);
    Difference {
        mean,
        interval: [quantile(&means, 0.025), quantile(&means, 0.975)],
    }
}

/// A cluster's sum of differences and its number of tasks.
type Cluster = (f64, usize);

fn by_seed(pairs: &[Pair]) -> Vec<Vec<Cluster>> {
    let mut seeds: std::collections::BTreeMap<u64, std::collections::BTreeMap<&str, Cluster>> =
        std::collections::BTreeMap::new();
    for pair in pairs {
        let cluster = seeds
            .entry(pair.seed)
            .or_default()
            .entry(&pair.cluster)
            .or_default();
        cluster.0 += pair.with - pair.without;
        cluster.1 += 1;
    }
    seeds
        .into_values()
        .map(|clusters| clusters.into_values().collect())
        .collect()
}

fn mean(clusters: &[Cluster]) -> f64 {
    let (sum, count) = clusters
        .iter()
        .fold((0.0, 0), |(s, n), (sum, count)| (s + sum, n + count));
    sum / count.max(1) as f64
}

fn one_draw(seeds: &[Vec<Cluster>], rng: &mut ChaCha8Rng) -> f64 {
    let mut total = 0.0;
    for _ in 0..seeds.len() {
        let clusters = &seeds[rng.random_range(0..seeds.len())];
        let (mut sum, mut count) = (0.0, 0);
        for _ in 0..clusters.len() {
            let (s, n) = clusters[rng.random_range(0..clusters.len())];
            sum += s;
            count += n;
        }
        total += sum / count.max(1) as f64;
    }
    total / seeds.len() as f64
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
