//! Measures generation per core: `cargo run --release -p falcon-tasks --example speed`.
#![allow(clippy::print_stdout, reason = "an example for people")]

use std::time::Instant;

use falcon_tasks::{Family, MixtureConfig, PoolShares, Split, Task, TaskFamily};

fn main() {
    let family = Family::new(1);
    let none = PoolShares {
        plain: 0.0,
        alias: 0.0,
        binary: 0.0,
        eight_way: 0.0,
    };
    let pools = [
        ("plain", PoolShares { plain: 1.0, ..none }),
        ("alias", PoolShares { alias: 1.0, ..none }),
        (
            "binary",
            PoolShares {
                binary: 1.0,
                ..none
            },
        ),
        (
            "eight-way",
            PoolShares {
                eight_way: 1.0,
                ..none
            },
        ),
    ];
    for (name, shares) in pools {
        let tasks = timed(name, 4000, || family.train_pool(4000, shares));
        lengths(&tasks);
    }
    for split in Split::TESTS {
        let tasks = timed(split.name(), 250, || family.test_set(split, 250));
        lengths(&tasks);
    }
    let mixture = family.mixture(MixtureConfig::default());
    let rows = timed("mixture rows", 4000, || {
        (0..4000).map(|i| mixture.row(i)).collect()
    });
    let total: usize = rows.iter().map(|row| row.tokens.len()).sum();
    let most = rows.iter().map(|row| row.tokens.len()).max();
    println!(
        "  row {:.1} tokens, at most {most:?}",
        total as f64 / rows.len() as f64
    );
}

/// Processor time of this thread where Linux tells it, else wall time.
fn seconds() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics
        .split(' ')
        .next()
        .and_then(|text| text.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |n| n / 1e9)
}

fn timed<T>(name: &str, n: usize, make: impl Fn() -> Vec<T>) -> Vec<T> {
    let mut best = f64::INFINITY;
    let mut made = Vec::new();
    for _ in 0..3 {
        let start = seconds();
        made = make();
        best = best.min(seconds() - start);
    }
    println!(
        "{name}: {} of {n}, {:.0} a second",
        made.len(),
        made.len() as f64 / best
    );
    made
}

fn lengths(tasks: &[Task]) {
    let mean = |f: &dyn Fn(&Task) -> usize| {
        tasks.iter().map(f).sum::<usize>() as f64 / tasks.len().max(1) as f64
    };
    let prompt = mean(&|task| task.prompt().len());
    let body = mean(&|task| task.solutions()[0].len() + 1);
    let longest = tasks.iter().map(|task| task.prompt().len()).max();
    let behaviours: std::collections::HashSet<_> = tasks.iter().map(|t| &t.behaviour).collect();
    let depth = mean(&|task| task.depth);
    let eight = mean(&|task| usize::from(task.family == TaskFamily::EightWay));
    println!(
        "  prompt {prompt:.1}, at most {longest:?}; body {body:.1}; {} behaviours; depth {depth:.2}; eight-way {eight:.2}",
        behaviours.len()
    );
}
