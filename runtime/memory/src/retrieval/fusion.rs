//! Several rankings into one: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).

/// The constant of the paper; it keeps one retriever's first place from outweighing agreement.
pub(crate) const K: f64 = 60.0;
/// Rankings that every question has: full text and vectors.
const RANKINGS: f64 = 2.0;

/// What place `rank`, counted from 0, in one of two rankings adds to an item's score: 1 / (K + 1 + rank),
/// scaled so that the first place in both is 1. Policies add terms of their own to it, which must not
/// depend on K.
#[allow(clippy::cast_precision_loss, reason = "a rank")]
pub(crate) fn reciprocal(rank: usize) -> f64 {
    (K + 1.0) / (RANKINGS * (K + 1.0 + rank as f64))
}

/// A row and its score.
pub(crate) type Scored = (u32, f64);

/// The rows with the largest scores so far; of equal scores the later row, which is the newer item, is
/// the better. What is kept does not depend on the order in which rows come.
#[derive(Clone, Debug)]
pub(crate) struct Top {
    limit: usize,
    kept: Vec<Scored>,
    /// What a row must beat, once there are `limit` of them.
    least: Scored,
}

impl Top {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            kept: Vec::new(),
            least: (0, f64::NEG_INFINITY),
        }
    }

    /// Offers a row. `seen` is asked only of rows that would be kept.
    #[inline]
    pub(crate) fn offer(&mut self, row: u32, score: f64, seen: impl FnOnce(u32) -> bool) {
        if score >= self.least.1 {
            self.take((row, score), seen);
        }
    }

    /// Rows kept, at most as many as asked for.
    pub(crate) fn len(&self) -> usize {
        self.kept.len().min(self.limit)
    }

    /// Takes in what another kept.
    pub(crate) fn merge(&mut self, other: Self) {
        for (row, score) in other.kept {
            self.offer(row, score, |_| true);
        }
    }

    /// The rows, best first.
    pub(crate) fn finish(mut self) -> Vec<Scored> {
        self.kept.sort_unstable_by(better);
        self.kept.truncate(self.limit);
        self.kept
    }

    fn take(&mut self, hit: Scored, seen: impl FnOnce(u32) -> bool) {
        if self.limit == 0 || better(&hit, &self.least).is_ge() || !seen(hit.0) {
            return;
        }
        self.kept.push(hit);
        if self.kept.len() == 2 * self.limit {
            self.least = *self.kept.select_nth_unstable_by(self.limit - 1, better).1;
            self.kept.truncate(self.limit);
        }
    }
}

/// The `limit` rows with the largest scores, best first. `seen` is asked only of rows that would be
/// among them.
pub(crate) fn best(
    scores: impl IntoIterator<Item = Scored>,
    limit: usize,
    seen: impl Fn(u32) -> bool,
) -> Vec<Scored> {
    let mut top = Top::new(limit);
    for (row, score) in scores {
        top.offer(row, score, &seen);
    }
    top.finish()
}

fn better(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(b.0.cmp(&a.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_in_both_rankings_is_one() {
        assert!((reciprocal(0) + reciprocal(0) - 1.0).abs() < 1e-12);
        assert!(reciprocal(0) - reciprocal(1) > 0.005);
    }

    #[test]
    fn best_is_the_head_of_a_full_sort_in_any_order_and_in_parts() {
        let scores: Vec<Scored> = (0..500)
            .map(|row| (row, f64::from(row * 7919 % 101)))
            .collect();
        let seen = |row: u32| !row.is_multiple_of(3);
        let mut sorted: Vec<_> = scores
            .iter()
            .copied()
            .filter(|(row, _)| seen(*row))
            .collect();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        for limit in [0, 1, 2, 7, 64, 1000] {
            let expected = &sorted[..limit.min(sorted.len())];
            assert_eq!(best(scores.iter().copied(), limit, seen), expected);
            assert_eq!(best(scores.iter().rev().copied(), limit, seen), expected);
            let mut whole = Top::new(limit);
            for part in scores.chunks(60).rev() {
                let mut top = Top::new(limit);
                part.iter().for_each(|hit| top.offer(hit.0, hit.1, seen));
                whole.merge(top);
            }
            assert_eq!(whole.len(), expected.len());
            assert_eq!(whole.finish(), expected);
        }
    }
}
