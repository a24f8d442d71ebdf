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
    /// The run it is from.
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

/// Paired bootstrap over seeds and clusters of tasks; the pairing keeps what tasks and seeds have in
/// common out of the interval.
///
/// Seeds and clusters are drawn with replacement and crossed: every drawn seed has the same drawn
/// clusters, because test sets are the same under every seed (the pigeonhole bootstrap of Owen,
/// arXiv 0712.1111). Drawing tasks anew inside each seed would take one task under five seeds for
/// five tasks, and give an interval too narrow for new tasks. With one seed it is the bootstrap
/// over clusters.
///
/// Few seeds drawn with replacement understate how much seeds differ: of three, two ninths of the
/// draws have but one. So the interval is at least that of Student's t over the seeds' own means.
#[must_use]
pub fn paired_difference(pairs: &[Pair], draws: usize, rng: &mut ChaCha8Rng) -> Difference {
    let seeds = by_seed(pairs);
    if seeds.is_empty() {
        return Difference {
            mean: 0.0,
            interval: [0.0, 0.0],
        };
    }
    let once = vec![1; seeds[0].len()];
    let mean = mean(seeds.iter().map(|clusters| &clusters[..]), &once);
    let mut means: Vec<f64> = (0..draws).map(|_| one_draw(&seeds, rng)).collect();
    means.sort_by(f64::total_cmp);
    let half = half_width_over_seeds(&seeds, &once);
    Difference {
        mean,
        interval: [
            quantile(&means, 0.025).min(mean - half),
            quantile(&means, 0.975).max(mean + half),
        ],
    }
}

/// Half of Student's 95 % interval over the seeds' means; 0 with one seed, which says nothing of others.
fn half_width_over_seeds(seeds: &[Vec<Cluster>], once: &[usize]) -> f64 {
    let n = seeds.len();
    if n < 2 {
        return 0.0;
    }
    let means = seeds
        .iter()
        .map(|seed| mean(std::iter::once(&seed[..]), once));
    let centre = means.clone().sum::<f64>() / n as f64;
    let squares: f64 = means.map(|one| (one - centre).powi(2)).sum();
    student(n - 1) * (squares / (n - 1) as f64 / n as f64).sqrt()
}

/// The 97.5 % point of Student's t with so many degrees of freedom.
fn student(freedom: usize) -> f64 {
    const FEW: [f64; 10] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    ];
    if let Some(point) = freedom.checked_sub(1).and_then(|at| FEW.get(at)) {
        return *point;
    }
    // Expansion about the normal point z (Abramowitz and Stegun, 26.7.5).
    let (z, n) = (1.959_964_f64, freedom as f64);
    let (z3, z5) = (z.powi(3), z.powi(5));
    z + (z3 + z) / (4.0 * n) + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * n * n)
}

/// A cluster's sum of differences and its number of tasks; both 0 where the seed lacks it.
type Cluster = (f64, usize);

/// For each seed all clusters, in one order.
fn by_seed(pairs: &[Pair]) -> Vec<Vec<Cluster>> {
    let names: BTreeSet<&str> = pairs.iter().map(|pair| &pair.cluster[..]).collect();
    let places: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
    let mut seeds: BTreeMap<u64, Vec<Cluster>> = BTreeMap::new();
    for pair in pairs {
        let clusters = seeds
            .entry(pair.seed)
            .or_insert_with(|| vec![(0.0, 0); places.len()]);
        let cluster = &mut clusters[places[&pair.cluster[..]]];
        cluster.0 += pair.with - pair.without;
        cluster.1 += 1;
    }
    seeds.into_values().collect()
}

/// The mean over these seeds of their mean over tasks, each cluster taken so many times.
fn mean<'a>(seeds: impl Iterator<Item = &'a [Cluster]>, times: &[usize]) -> f64 {
    let (mut total, mut with_tasks) = (0.0, 0_u32);
    for clusters in seeds {
        let (mut sum, mut count) = (0.0, 0);
        for ((s, n), times) in clusters.iter().zip(times) {
            sum += s * *times as f64;
            count += n * times;
        }
        if count > 0 {
            total += sum / count as f64;
            with_tasks += 1;
        }
    }
    total / f64::from(with_tasks.max(1))
}

fn one_draw(seeds: &[Vec<Cluster>], rng: &mut ChaCha8Rng) -> f64 {
    let drawn: Vec<usize> = (0..seeds.len())
        .map(|_| rng.random_range(0..seeds.len()))
        .collect();
    let mut times = vec![0; seeds[0].len()];
    for _ in 0..times.len() {
        times[rng.random_range(0..seeds[0].len())] += 1;
    }
    mean(drawn.into_iter().map(|seed| &seeds[seed][..]), &times)
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
