use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::student::{standard_error, student_point, student_two_sided};

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

/// A mean difference with what may be said of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean of with − without.
    pub mean: f64,
    /// 2.5 % and 97.5 % points of the bootstrap, and at least Student's over seeds.
    pub interval: [f64; 2],
    /// The smallest α at which the interval of 1 − α would leave out 0. With fewer than two seeds it
    /// is of these seeds alone.
    pub p_value: f64,
    /// The true difference that a design with this spread would tell from 0 in 80 % of its
    /// repetitions, at α = 0.05 on both sides.
    pub detectable: f64,
}

impl Difference {
    const NONE: Self = Self {
        mean: 0.0,
        interval: [0.0, 0.0],
        p_value: 1.0,
        detectable: 0.0,
    };
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
///
/// The p-value is that of the same two: the bootstrap's, twice the share of draws on the far side of 0
/// (one draw more in both counts, so that it is never 0), and at least that of the t test over the
/// seeds' means. The detectable difference is the larger of two as well: (z₀.₉₇₅ + z₀.₈) standard errors of the
/// bootstrap, and (t₀.₉₇₅ + t₀.₈) of the seeds' means.
#[must_use]
pub fn paired_difference(pairs: &[Pair], draws: usize, rng: &mut ChaCha8Rng) -> Difference {
    let seeds = by_seed(pairs);
    if seeds.is_empty() {
        return Difference::NONE;
    }
    let once = vec![1; seeds[0].len()];
    let of_seed: Vec<f64> = seeds
        .iter()
        .map(|seed| mean(std::iter::once(&seed[..]), &once))
        .collect();
    let mean = mean(seeds.iter().map(|clusters| &clusters[..]), &once);
    let mut means: Vec<f64> = (0..draws).map(|_| one_draw(&seeds, rng)).collect();
    means.sort_by(f64::total_cmp);
    let over_seeds = OverSeeds::of(&of_seed);
    let half = over_seeds.half_width();
    Difference {
        mean,
        interval: [
            quantile(&means, 0.025).min(mean - half),
            quantile(&means, 0.975).max(mean + half),
        ],
        p_value: two_sided(&means).max(over_seeds.p_value(mean)),
        detectable: over_seeds.detectable(spread(&means)),
    }
}

/// What the seeds' own means say.
struct OverSeeds {
    /// Seeds less one; 0 with one seed, which says nothing of others.
    freedom: usize,
    error: f64,
}

impl OverSeeds {
    fn of(means: &[f64]) -> Self {
        Self {
            freedom: means.len().saturating_sub(1),
            error: standard_error(means).unwrap_or(0.0),
        }
    }

    /// Half of Student's 95 % interval.
    fn half_width(&self) -> f64 {
        if self.freedom == 0 {
            return 0.0;
        }
        student_point(0.975, self.freedom) * self.error
    }

    /// Of the t test against 0. Seeds that agree to the last digit leave it to the bootstrap.
    fn p_value(&self, mean: f64) -> f64 {
        if self.freedom == 0 || self.error <= f64::EPSILON * mean.abs() {
            return 0.0;
        }
        student_two_sided(mean / self.error, self.freedom)
    }

    /// Each part of the interval with the points it is made of.
    fn detectable(&self, of_draws: f64) -> f64 {
        let of_tasks = (1.959_964 + 0.841_621) * of_draws;
        if self.freedom == 0 {
            return of_tasks;
        }
        let points = student_point(0.975, self.freedom) + student_point(0.8, self.freedom);
        of_tasks.max(points * self.error)
    }
}

/// Twice the share of draws on the rarer side of 0, at most 1.
fn two_sided(means: &[f64]) -> f64 {
    let below = means.iter().filter(|mean| **mean <= 0.0).count();
    let above = means.iter().filter(|mean| **mean >= 0.0).count();
    (2.0 * (below.min(above) + 1) as f64 / (means.len() + 1) as f64).min(1.0)
}

/// Standard deviation of the draws: the bootstrap's standard error.
fn spread(means: &[f64]) -> f64 {
    standard_error(means).map_or(0.0, |error| error * (means.len() as f64).sqrt())
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
