//! How good a ranking is, against graded relevance.
//!
//! Each item has a grade for a query: 0 where it is of no use, more where it is of more. Metrics that
//! know only relevant and not take grades from [`RELEVANT`] on. A query without a relevant item has none
//! of these metrics and is left out of their means. Definitions are those of Manning, Raghavan and
//! Schütze, *Introduction to Information Retrieval* (2008), chapter 8; nDCG with exponential gain is that
//! of Burges et al. (2005).

use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::Serialize;

/// The least grade that counts as relevant where there are no degrees.
pub const RELEVANT: u8 = 2;
/// How far down a ranking counts.
pub const DEPTH: usize = 100;
/// Draws of the bootstrap.
const DRAWS: usize = 1000;

/// One query's ranking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// The grades of what was found, best place first.
    pub found: Vec<u8>,
    /// The grades of all that could have been found, where they are above 0; in no order.
    pub all: Vec<u8>,
}

impl Judged {
    fn relevant(&self) -> usize {
        self.all.iter().filter(|grade| **grade >= RELEVANT).count()
    }

    fn relevant_in(&self, places: usize) -> usize {
        let found = self.found.iter().take(places);
        found.filter(|grade| **grade >= RELEVANT).count()
    }

    /// Share of the relevant items that are among the first `places`.
    #[must_use]
    pub fn recall(&self, places: usize) -> f64 {
        ratio(self.relevant_in(places), self.relevant())
    }

    /// 1 where a relevant item is among the first `places`, else 0.
    #[must_use]
    pub fn hit(&self, places: usize) -> f64 {
        f64::from(u8::from(self.relevant_in(places) > 0))
    }

    /// 1 / place of the first relevant item; 0 where none is found.
    #[must_use]
    pub fn reciprocal_rank(&self) -> f64 {
        let mut found = self.found.iter().take(DEPTH);
        let place = found.position(|grade| *grade >= RELEVANT);
        place.map_or(0.0, |place| ratio(1, place + 1))
    }

    /// Mean over the relevant items, as many as the depth could hold, of the precision at each one's
    /// place; one that is not found has 0.
    #[must_use]
    pub fn average_precision(&self) -> f64 {
        let mut seen = 0;
        let mut sum = 0.0;
        for (at, grade) in self.found.iter().take(DEPTH).enumerate() {
            if *grade >= RELEVANT {
                seen += 1;
                sum += ratio(seen, at + 1);
            }
        }
        sum * ratio(1, self.relevant().min(DEPTH))
    }

    /// Discounted cumulative gain of the first `places` over that of the best ranking:
    /// Σ (2^grade − 1) / log₂(place + 1).
    #[must_use]
    pub fn ndcg(&self, places: usize) -> f64 {
        let mut best = self.all.clone();
        best.sort_unstable_by(|a, b| b.cmp(a));
        let ideal = gain(&best, places);
        if ideal == 0.0 {
            return 0.0;
        }
        gain(&self.found, places) / ideal
    }
}

/// A mean over queries with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// 2.5 % and 97.5 % points of the bootstrap over queries.
    pub interval: [f64; 2],
}

/// All metrics of a retriever over many queries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Queries that have a relevant item.
    pub queries: usize,
    /// Mean count of relevant items of such a query.
    pub relevant: f64,
    /// Recall at 1, 5 and 10.
    pub recall: [Mean; 3],
    /// Hit at 1, 5 and 10.
    pub hit: [Mean; 3],
    /// Mean reciprocal rank.
    pub mrr: Mean,
    /// Mean average precision.
    pub map: Mean,
    /// nDCG at 10.
    pub ndcg: Mean,
}

/// What one ranking has over another, query by query: far tighter than what two means leave open, because easy and
/// hard queries are so for both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Of hit at 1.
    pub hit: Mean,
    /// Of recall at 10.
    pub recall: Mean,
    /// Of the reciprocal rank.
    pub mrr: Mean,
    /// Of the average precision.
    pub map: Mean,
    /// Of nDCG at 10.
    pub ndcg: Mean,
}

/// The mean differences `a` − `b` of two rankings of the same queries, with intervals by bootstrap over queries.
#[must_use]
pub fn difference(a: &[Judged], b: &[Judged], seed: u64) -> Difference {
    let both = || a.iter().zip(b).filter(|(a, _)| a.relevant() > 0);
    let of = |metric: &dyn Fn(&Judged) -> f64| {
        let values: Vec<f64> = both().map(|(a, b)| metric(a) - metric(b)).collect();
        mean(&values, seed)
    };
    Difference {
        hit: of(&|one| one.hit(1)),
        recall: of(&|one| one.recall(10)),
        mrr: of(&Judged::reciprocal_rank),
        map: of(&Judged::average_precision),
        ndcg: of(&|one| one.ndcg(10)),
    }
}

/// The places at which recall and hit are taken.
pub const PLACES: [usize; 3] = [1, 5, 10];

/// All metrics. Intervals draw queries with replacement; the same seed draws the same queries, so two
/// retrievers over the same queries are compared on the same draws.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts of items")]
pub fn quality(judged: &[Judged], seed: u64) -> Quality {
    let asked: Vec<&Judged> = judged.iter().filter(|one| one.relevant() > 0).collect();
    let mean = |of: &dyn Fn(&Judged) -> f64| {
        let values: Vec<f64> = asked.iter().map(|one| of(one)).collect();
        mean(&values, seed)
    };
    let relevant: usize = asked.iter().map(|one| one.relevant()).sum();
    Quality {
        queries: asked.len(),
        relevant: relevant as f64 / asked.len().max(1) as f64,
        recall: PLACES.map(|places| mean(&|one| one.recall(places))),
        hit: PLACES.map(|places| mean(&|one| one.hit(places))),
        mrr: mean(&Judged::reciprocal_rank),
        map: mean(&Judged::average_precision),
        ndcg: mean(&|one| one.ndcg(10)),
    }
}

/// A mean with its interval; 0 of nothing.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts of queries")]
pub fn mean(values: &[f64], seed: u64) -> Mean {
    if values.is_empty() {
        return Mean {
            mean: 0.0,
            interval: [0.0; 2],
        };
    }
    let count = values.len();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || -> f64 {
        let drawn = (0..count).map(|_| values[rng.random_range(0..count)]);
        drawn.sum::<f64>() / count as f64
    };
    let mut means: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
    means.sort_by(f64::total_cmp);
    Mean {
        mean: values.iter().sum::<f64>() / count as f64,
        interval: [means[DRAWS / 40], means[DRAWS - 1 - DRAWS / 40]],
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of items")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[allow(clippy::cast_precision_loss, reason = "a place")]
fn gain(grades: &[u8], places: usize) -> f64 {
    let grades = grades.iter().take(places).enumerate();
    grades
        .map(|(at, grade)| (f64::from(*grade).exp2() - 1.0) / (at as f64 + 2.0).log2())
        // The sum of nothing would be -0.
        .fold(0.0, |sum, part| sum + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn metrics_are_what_the_formulas_say() {
        // Relevant are grades 2 and 3: four in all, found at places 2, 3 and 6.
        let judged = Judged {
            found: vec![1, 3, 2, 0, 0, 2, 0],
            all: vec![1, 3, 2, 2, 3, 1],
        };
        close(judged.recall(1), 0.0);
        close(judged.recall(5), 0.5);
        close(judged.recall(10), 0.75);
        close(judged.hit(1), 0.0);
        close(judged.hit(5), 1.0);
        close(judged.reciprocal_rank(), 0.5);
        // (1/2 + 2/3 + 3/6) / 4
        close(judged.average_precision(), (0.5 + 2.0 / 3.0 + 0.5) / 4.0);
        // Gains 1, 7, 3, 0, 0, 3 against 7, 7, 3, 3, 1, 1.
        let log = f64::log2;
        let found = 1.0 + 7.0 / log(3.0) + 3.0 / 2.0 + 3.0 / log(7.0);
        let ideal =
            7.0 + 7.0 / log(3.0) + 3.0 / 2.0 + 3.0 / log(5.0) + 1.0 / log(6.0) + 1.0 / log(7.0);
        close(judged.ndcg(10), found / ideal);
        close(judged.ndcg(1), 1.0 / 7.0);
    }

    #[test]
    fn nothing_relevant_and_nothing_found() {
        let none = Judged {
            found: vec![1, 0],
            all: vec![1],
        };
        close(none.recall(10), 0.0);
        close(none.average_precision(), 0.0);
        close(none.ndcg(10), 1.0);
        let missed = Judged {
            found: Vec::new(),
            all: vec![3],
        };
        close(
            missed.ndcg(10) + missed.reciprocal_rank() + missed.hit(10),
            0.0,
        );
        assert!(missed.ndcg(10).is_sign_positive());
        // The first has no relevant item and is no query of these means.
        let quality = quality(&[none, missed.clone(), missed], 1);
        assert_eq!(quality.queries, 2);
        close(quality.relevant, 1.0);
        close(quality.map.mean, 0.0);
    }

    #[test]
    fn a_difference_is_of_the_same_queries() {
        // Hard and easy queries by turns; one ranking is better by the same everywhere.
        let judged = |place: usize, all: usize| {
            let mut found = vec![0; 12];
            found[place] = 3;
            Judged {
                found,
                all: vec![3; all],
            }
        };
        let better: Vec<Judged> = (0..100).map(|at| judged(at % 2, 1)).collect();
        let worse: Vec<Judged> = (0..100).map(|at| judged(at % 2 + 10, 1)).collect();
        let found = difference(&better, &worse, 1);
        close(found.hit.mean, 0.5);
        close(found.recall.mean, 1.0);
        assert_eq!(found.recall.interval, [1.0, 1.0]);
        let mrr = ((1.0 - 1.0 / 11.0) + (0.5 - 1.0 / 12.0)) / 2.0;
        close(found.mrr.mean, mrr);
        let back = difference(&worse, &better, 1);
        close(back.mrr.mean, -mrr);
        close(back.mrr.interval[0], -found.mrr.interval[1]);
        // Less wide than that of either mean.
        let width = |mean: Mean| mean.interval[1] - mean.interval[0];
        assert!(width(found.recall) < width(quality(&better, 1).mrr));
        // A query without anything relevant is none.
        let nothing = Judged::default();
        let with = |of: &[Judged]| [of, std::slice::from_ref(&nothing)].concat();
        assert_eq!(difference(&with(&better), &with(&worse), 1), found);
    }

    #[test]
    fn an_interval_is_about_the_mean_and_narrows() {
        let values: Vec<f64> = (0..400)
            .map(|at| f64::from(u8::from(at % 4 == 0)))
            .collect();
        let many = mean(&values, 1);
        close(many.mean, 0.25);
        // The standard error of 400 draws of 1/4 is 0.0217.
        close((many.interval[0] - (0.25 - 0.0424)).abs().max(0.012), 0.012);
        close((many.interval[1] - (0.25 + 0.0424)).abs().max(0.012), 0.012);
        let few = mean(&values[..40], 1);
        assert!(few.interval[1] - few.interval[0] > 2.0 * (many.interval[1] - many.interval[0]));
        assert_eq!(mean(&[], 1).mean, 0.0);
    }
}
