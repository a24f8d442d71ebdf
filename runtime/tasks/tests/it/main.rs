//! The PyMini family at its public surface.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

mod files;
mod memory;
mod python;
mod sets;
mod text;

use falcon_tasks::{Family, PoolShares, Split, Task};

/// Some tasks of every split and family.
fn tasks() -> Vec<Task> {
    let family = Family::new(3);
    let even = PoolShares {
        plain: 1.0,
        alias: 1.0,
        binary: 1.0,
        eight_way: 1.0,
    };
    let mut all = family.gold_set(100);
    all.extend(family.validation_set(20));
    all.extend(family.train_pool(200, even));
    for split in Split::TESTS {
        all.extend(family.test_set(split, 60));
    }
    all.extend(
        family
            .projects(24)
            .into_iter()
            .flat_map(|project| project.bank),
    );
    all
}
