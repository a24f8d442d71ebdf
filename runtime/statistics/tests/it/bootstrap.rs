use falcon_statistics::{Pair, paired_difference, pass_at};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn pass_at_k_is_that_of_all_subsets() {
    // By counting: of the C(4, 2) = 6 pairs of samples, 5 hold one of 2 correct ones.
    let cases = [
        (1, 8, 2, 0.25),
        (2, 4, 2, 5.0 / 6.0),
        (8, 8, 0, 0.0),
        (8, 8, 1, 1.0),
        (8, 4, 1, 1.0),
        (1, 0, 0, 0.0),
    ];
    for (k, samples, correct, wanted) in cases {
        let found = pass_at(k, samples, correct);
        assert!(
            (found - wanted).abs() < 1e-12,
            "pass@{k} of {correct}/{samples}: {found}"
        );
    }
}

fn pairs(seeds: u64, tasks: usize, gain: f64) -> Vec<Pair> {
    (0..seeds)
        .flat_map(|seed| {
            (0..tasks).map(move |task| {
                let without = (task % 5) as f64 / 10.0;
                Pair {
                    seed,
                    cluster: format!("task {task}"),
                    with: without + gain,
                    without,
                }
            })
        })
        .collect()
}

#[test]
fn what_tasks_have_in_common_is_not_in_the_interval() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let found = paired_difference(&pairs(3, 50, 0.1), 500, &mut rng);
    assert!((found.mean - 0.1).abs() < 1e-9);
    assert!(
        found
            .interval
            .iter()
            .all(|point| (point - 0.1).abs() < 1e-9)
    );
}

#[test]
fn clusters_and_seeds_widen_the_interval() {
    let width = |pairs: &[Pair]| {
        let found = paired_difference(pairs, 2000, &mut ChaCha8Rng::seed_from_u64(1));
        assert!(found.interval[0] <= found.mean && found.mean <= found.interval[1]);
        found.interval[1] - found.interval[0]
    };
    let pair = |seed, cluster: usize, with: f64| Pair {
        seed,
        cluster: cluster.to_string(),
        with,
        without: 0.0,
    };
    let noise = |index: usize| f64::from(u8::from(index.is_multiple_of(3)));
    let apart: Vec<Pair> = (0..120).map(|i| pair(1, i, noise(i))).collect();
    let together: Vec<Pair> = (0..120).map(|i| pair(1, i % 12, noise(i))).collect();
    assert!(width(&together) > width(&apart));
    let same: Vec<Pair> = (0..120)
        .map(|i| pair(i as u64 % 3, i, noise(i / 3)))
        .collect();
    let seeds_differ: Vec<Pair> = (0..120)
        .map(|i| pair(i as u64 % 3, i, f64::from(u8::from(i % 3 == 0))))
        .collect();
    assert!(width(&seeds_differ) > width(&same));
}

#[test]
fn the_same_tasks_under_more_seeds_do_not_count_as_more_tasks() {
    let width = |seeds: u64| {
        let pairs: Vec<Pair> = (0..seeds)
            .flat_map(|seed| (0..100).map(move |task| (seed, task)))
            .map(|(seed, task): (u64, usize)| Pair {
                seed,
                cluster: task.to_string(),
                with: f64::from(u8::from(task.is_multiple_of(3))),
                without: 0.0,
            })
            .collect();
        let found = paired_difference(&pairs, 2000, &mut ChaCha8Rng::seed_from_u64(1));
        found.interval[1] - found.interval[0]
    };
    let (one, three) = (width(1), width(3));
    assert!(three > 0.9 * one, "{one} with one seed, {three} with three");
}

#[test]
fn the_interval_covers_where_seeds_differ() {
    // Three seeds and five, each with a shift of its own as large as those of training runs.
    for seeds in [3, 5] {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let covered = (0..200)
            .filter(|_| {
                let mut pairs = Vec::new();
                for seed in 0..seeds {
                    // Near enough to normal: variance 1, then 0.15.
                    let sum: f64 = (0..12).map(|_| rng.random::<f64>()).sum();
                    let rate = (0.5 + 0.15 * (sum - 6.0)).clamp(0.0, 1.0);
                    pairs.extend((0..80).map(|task: u32| Pair {
                        seed,
                        cluster: task.to_string(),
                        with: f64::from(u8::from(rng.random::<f64>() < rate)),
                        without: 0.0,
                    }));
                }
                let found = paired_difference(&pairs, 300, &mut rng);
                found.interval[0] <= 0.5 && 0.5 <= found.interval[1]
            })
            .count();
        assert!(covered >= 182, "{seeds} seeds: {covered} of 200");
    }
}

#[test]
fn the_interval_covers_as_often_as_it_says() {
    // Seeds, and how much of a task's result is the task's own, whatever the seed.
    for (seeds, of_task) in [(1, 0.0), (5, 0.0), (5, 0.5), (5, 1.0)] {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let covered = (0..200)
            .filter(|_| {
                let mut pairs = Vec::new();
                for task in 0..100 {
                    let own = rng.random::<f64>();
                    for seed in 0..seeds {
                        let other = rng.random::<f64>();
                        let by_task = rng.random::<f64>() < of_task;
                        pairs.push(Pair {
                            seed,
                            cluster: task.to_string(),
                            with: f64::from(u8::from(if by_task { own } else { other } < 0.3)),
                            without: 0.0,
                        });
                    }
                }
                let found = paired_difference(&pairs, 300, &mut rng);
                found.interval[0] <= 0.3 && 0.3 <= found.interval[1]
            })
            .count();
        // Where tasks have nothing of their own, crossing is wider than it needs to be.
        let most = if seeds > 1 && of_task < 1.0 { 200 } else { 198 };
        assert!(
            (180..=most).contains(&covered),
            "{seeds} seeds, {of_task}: {covered} of 200"
        );
    }
}
