use std::time::{Duration, Instant};

use falcon_episode::LongTermMemory;

use crate::support::{open, query, varied};

/// Times that the documentation quotes. `cargo test --release -p falcon-memory figures -- --ignored --nocapture`
#[test]
#[ignore = "measures; run it alone"]
#[allow(clippy::print_stdout, reason = "it prints what it measures")]
fn figures() {
    for size in [1_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        for start in (0..size).step_by(1000) {
            store
                .admit(&(start..start + 1000).map(varied).collect::<Vec<_>>())
                .unwrap();
        }
        let queries: Vec<_> = (0..128).map(|at| query(&varied(at * 7).prompt)).collect();
        let within: Vec<_> = (0..128)
            .map(|at| falcon_episode::MemoryQuery {
                project: varied(at * 4).project,
                ..queries[at].clone()
            })
            .collect();
        println!(
            "{size} items, {} bytes on disk",
            store.statistics().unwrap().bytes
        );
        report("128 queries, whole store", 9, || {
            drop(store.retrieve(&queries).unwrap())
        });
        report("128 queries, within projects", 9, || {
            drop(store.retrieve(&within).unwrap())
        });
        let mut next = size;
        for batch in [16, 100] {
            report(&format!("admit {batch}"), 12, || {
                store
                    .admit(&(next..next + batch).map(varied).collect::<Vec<_>>())
                    .unwrap();
                next += batch;
            });
        }
        let ids: Vec<_> = store
            .records()
            .iter()
            .take(64)
            .map(|one| (one.id.clone(), 1.0, 0.0))
            .collect();
        report("admit 16 with 64 utilities", 12, || {
            store.feedback(&ids).unwrap();
            store
                .admit(&(next..next + 16).map(varied).collect::<Vec<_>>())
                .unwrap();
            next += 16;
        });
        report("checkpoint", 5, || {
            store.checkpoint().unwrap();
        });
        report("go back", 3, || store.restore(1).unwrap());
        report("maintain", 2, || store.maintain().unwrap());
        drop(store);
        report("open", 3, || drop(open(folder.path())));
    }
}

#[allow(clippy::print_stdout, reason = "it prints what it measures")]
fn report(what: &str, times: usize, mut work: impl FnMut()) {
    let mut took: Vec<Duration> = (0..times)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    took.sort();
    println!(
        "  {what}: least {:.2?}, median {:.2?}",
        took[0],
        took[times / 2]
    );
}
