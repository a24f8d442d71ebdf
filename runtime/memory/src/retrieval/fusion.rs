//! Several rankings into one: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).

/// The constant of the paper; it keeps one retriever's first place from outweighing agreement.
pub(crate) const K: f64 = 60.0;
const RANKINGS: f64 = 2.0;

/// What place `rank`, counted from 0, in one of two rankings adds to an item's score: 1 / (K + 1 + rank),
/// scaled so that the first place in both is 1. Policies add terms of their own to it, which must not
/// depend on K.
#[allow(clippy::cast_precision_loss, reason = "a rank")]
pub(crate) fn reciprocal(rank: usize) -> f64 {
    (K + 1.0) / (RANKINGS * (K + 1.0 + rank as f64))
}

/// The same scale for a plain sum of 1 / (K + rank), as LanceDB makes it.
pub(crate) fn scaled(sum: f64) -> f64 {
    sum * K / RANKINGS
}

/// The `limit` rows with the largest scores, best first; of equal scores the later row, which is the
/// newer item. `seen` is asked only of rows that would be among them.
pub(crate) fn best(
    scores: impl IntoIterator<Item = (u32, f64)>,
    limit: usize,
    seen: impl Fn(u32) -> bool,
) -> Vec<(u32, f64)> {
    let better = |a: &(u32, f64), b: &(u32, f64)| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0));
    if limit == 0 {
        return Vec::new();
    }
    let mut kept: Vec<(u32, f64)> = Vec::with_capacity(2 * limit);
    let mut least = (0, f64::NEG_INFINITY);
    for hit in scores {
        if hit.1 >= least.1 && better(&hit, &least).is_lt() && seen(hit.0) {
            kept.push(hit);
        }
        if kept.len() == 2 * limit {
            least = *kept.select_nth_unstable_by(limit - 1, better).1;
            kept.truncate(limit);
        }
    }
    kept.sort_unstable_by(better);
    kept.truncate(limit);
    kept
}

#[cfg(test)]
mod tests {
    use super::{best, reciprocal, scaled};

    #[test]
    fn first_in_both_rankings_is_one() {
        assert!((reciprocal(0) + reciprocal(0) - 1.0).abs() < 1e-12);
        assert!((scaled(2.0 / 60.0) - 1.0).abs() < 1e-12);
        assert!(reciprocal(0) - reciprocal(1) > 0.005);
    }

    #[test]
    fn best_is_the_head_of_a_full_sort() {
        let scores: Vec<(u32, f64)> = (0..500)
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
            assert_eq!(
                best(scores.iter().copied(), limit, seen),
                sorted[..limit.min(sorted.len())]
            );
        }
    }
}
