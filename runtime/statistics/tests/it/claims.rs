//! P-values, Holm's correction and detectable effects, against figures from elsewhere and by simulation.

use falcon_statistics::{
    Pair, holm, paired_difference, student_interval, student_point, student_two_sided,
    wilson_interval,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn wilson_s_intervals_are_those_printed() {
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3; then the mirror of a printed row, and nothing.
    for (some, all, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
        (0, 0, 0.0, 1.0),
    ] {
        let found = wilson_interval(some, all);
        for (found, printed) in found.into_iter().zip([low, high]) {
            assert!((found - printed).abs() < 6e-5, "{some} of {all}: {found}");
        }
    }
}

#[test]
fn student_s_points_are_those_of_the_tables() {
    // 97.5 % and 80 % points as printed in tables of the distribution.
    for (freedom, wide, power) in [
        (1, 12.706, 1.376),
        (2, 4.303, 1.061),
        (3, 3.182, 0.978),
        (4, 2.776, 0.941),
        (10, 2.228, 0.879),
        (30, 2.042, 0.854),
    ] {
        assert!(
            (student_point(0.975, freedom) - wide).abs() < 6e-4,
            "{freedom}"
        );
        assert!(
            (student_point(0.8, freedom) - power).abs() < 6e-4,
            "{freedom}"
        );
    }
    // With one degree it is Cauchy's: 2 (1/2 − atan(t) / π).
    let cauchy = 1.0 - 2.0 * 3.0_f64.atan() / std::f64::consts::PI;
    assert!((student_two_sided(3.0, 1) - cauchy).abs() < 1e-12);
    // With two, 1 − t / √(2 + t²).
    assert!((student_two_sided(3.0, 2) - (1.0 - 3.0 / 11.0_f64.sqrt())).abs() < 1e-12);
    assert_eq!(student_two_sided(0.0, 7), 1.0);
}

#[test]
fn an_interval_over_seeds_by_hand() {
    // Mean 2, standard deviation 1, error 1/√3; 4.303 / √3 = 2.484.
    let (mean, [low, high]) = student_interval(&[1.0, 2.0, 3.0]);
    assert!((mean - 2.0).abs() < 1e-12);
    assert!((high - 4.484).abs() < 1e-3 && (low + 0.484).abs() < 1e-3);
    assert_eq!(student_interval(&[5.0]), (5.0, [5.0, 5.0]));
}

#[test]
fn holm_by_hand() {
    // 0.01 · 4; then 0.02 · 3; 0.03 · 2 is no more than that; 0.04 · 1 is raised to it.
    for (given, wanted) in [
        (vec![0.01, 0.04, 0.03, 0.02], vec![0.04, 0.06, 0.06, 0.06]),
        (vec![0.5, 0.6], vec![1.0, 1.0]),
        (vec![0.02], vec![0.02]),
        (vec![], vec![]),
    ] {
        let found = holm(&given);
        assert!(
            found
                .iter()
                .zip(&wanted)
                .all(|(a, b): (&f64, &f64)| (a - b).abs() < 1e-12),
            "{given:?}: {found:?}"
        );
    }
}

/// Results of some tasks under some seeds, each seed shifted by its own amount.
fn pairs(shifts: &[f64], tasks: usize, rng: &mut ChaCha8Rng) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (seed, shift) in (0..).zip(shifts) {
        for task in 0..tasks {
            let draw = |rng: &mut ChaCha8Rng, rate: f64| {
                (0..8).filter(|_| rng.random::<f64>() < rate).count() as f64 / 8.0
            };
            pairs.push(Pair {
                seed,
                cluster: task.to_string(),
                with: draw(rng, 0.4 + shift),
                without: draw(rng, 0.4),
            });
        }
    }
    pairs
}

#[test]
fn a_p_value_says_what_the_interval_says() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for gain in [0.0, 0.02, 0.03, 0.04, 0.05, 0.08] {
        let pairs = pairs(&[gain; 4], 60, &mut rng);
        let found = paired_difference(&pairs, 1000, &mut rng);
        let leaves_out_zero = found.interval[0] > 0.0 || found.interval[1] < 0.0;
        // The bootstrap's is counted in draws, so it may miss the border by one of them.
        let agrees = if leaves_out_zero {
            found.p_value < 0.053
        } else {
            found.p_value > 0.047
        };
        assert!(agrees, "{gain}: {found:?}");
    }
}

#[test]
fn without_an_effect_few_experiments_claim_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for seeds in [2, 5] {
        let claimed = (0..300)
            .filter(|_| {
                // What seeds differ by is as large as what tasks differ by.
                let shifts: Vec<f64> = (0..seeds)
                    .map(|_| {
                        let sum: f64 = (0..12).map(|_| rng.random::<f64>()).sum();
                        0.04 * (sum - 6.0)
                    })
                    .collect();
                let pairs = pairs(&shifts, 40, &mut rng);
                paired_difference(&pairs, 300, &mut rng).p_value < 0.05
            })
            .count();
        // 5 % of 300 are 15; three standard deviations more are 26.
        assert!(claimed <= 26, "{seeds} seeds: {claimed} of 300");
    }
}

#[test]
fn the_detectable_effect_is_found_four_times_in_five() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let shifts = |gain: f64, rng: &mut ChaCha8Rng| -> Vec<f64> {
        (0..5)
            .map(|_| {
                let sum: f64 = (0..12).map(|_| rng.random::<f64>()).sum();
                gain + 0.02 * (sum - 6.0)
            })
            .collect()
    };
    // The design's own detectable effect, as the mean over experiments says it.
    let detectable = (0..100)
        .map(|_| {
            let shifts = shifts(0.0, &mut rng);
            let pairs = pairs(&shifts, 60, &mut rng);
            paired_difference(&pairs, 300, &mut rng).detectable
        })
        .sum::<f64>()
        / 100.0;
    let found = (0..200)
        .filter(|_| {
            let shifts = shifts(detectable, &mut rng);
            let pairs = pairs(&shifts, 60, &mut rng);
            paired_difference(&pairs, 300, &mut rng).interval[0] > 0.0
        })
        .count();
    assert!((146..=190).contains(&found), "{detectable}: {found} of 200");
}
