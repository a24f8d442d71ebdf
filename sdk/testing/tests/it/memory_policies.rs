//! The first-party memory policies and controls: the cases beside their manifests, and policies of every track.

use std::path::Path;

use falcon_host::{
    Loader, MemoryPolicy,
    memory::{Attempt, Candidate, Decision, Item, Occupancy, Offer, Outcome, Prompt, Query},
};
use falcon_testing::{first_party, run_cases};
use serde_json::{Value, json};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn policy(name: &str, settings: &Value) -> MemoryPolicy {
    let file = first_party(name).unwrap_or_else(|error| panic!("{error}"));
    let plugin = Loader::new().unwrap().load(&file).unwrap();
    plugin.memory_policy(settings).unwrap()
}

#[test]
fn cases_hold() {
    for name in ["none", "random", "stale", "reservoir", "utility", "diverse"] {
        let file = first_party(&format!("falcon/{name}")).unwrap();
        let plugin = Loader::new().unwrap().load(&file).unwrap();
        let cases = root().join(format!("plugins/memory/{name}/cases.toml"));
        let outcomes = run_cases(&plugin, &cases).unwrap_or_else(|error| panic!("{error}"));
        assert!(outcomes.len() >= 3, "{name}");
        for outcome in outcomes {
            assert!(
                outcome.differs.is_empty(),
                "{name}, {}: {:?}",
                outcome.name,
                outcome.differs
            );
        }
    }
}

#[test]
fn a_reservoir_holds_every_item_as_often() {
    const CAPACITY: u64 = 4;
    const WRITES: u64 = 12;
    const SEEDS: u64 = 600;
    let mut held = vec![0_u64; WRITES as usize + 1];
    for seed in 0..SEEDS {
        let policy = policy_of(seed);
        let mut memory: Vec<Item> = Vec::new();
        for sequence in 1..=WRITES {
            memory.push(Item {
                id: sequence.to_string(),
                sequence,
                ..Item::default()
            });
            let occupancy = Occupancy {
                items: memory.len() as u64,
                capacity: CAPACITY,
                newest: sequence,
            };
            if occupancy.items > CAPACITY {
                let leaving = policy.evict(occupancy, &memory).unwrap();
                assert_eq!(leaving.len(), 1);
                memory.retain(|item| !leaving.contains(&item.id));
            }
        }
        memory
            .iter()
            .for_each(|item| held[item.sequence as usize] += 1);
    }
    // 600 draws with p = 1/3: five standard deviations are 58.
    let wanted = (SEEDS * CAPACITY / WRITES) as i64;
    for (sequence, count) in held.iter().enumerate().skip(1) {
        let off = (*count as i64 - wanted).abs();
        assert!(
            off < 58,
            "write {sequence} is held {count} times of {wanted}"
        );
    }
}

/// As the host asks: several writes at a time, and of more items than it shows.
#[test]
fn a_reservoir_that_is_shown_a_part_holds_old_writes_as_often() {
    const CAPACITY: usize = 1000;
    const SHOWN: usize = 100;
    const WRITES: u64 = 3000;
    const TOGETHER: u64 = 8;
    let policy = policy_of(0);
    let mut memory: Vec<Item> = Vec::new();
    for newest in (TOGETHER..=WRITES).step_by(TOGETHER as usize) {
        memory.extend((newest - TOGETHER + 1..=newest).map(|sequence| Item {
            id: sequence.to_string(),
            sequence,
            ..Item::default()
        }));
        if memory.len() <= CAPACITY {
            continue;
        }
        let occupancy = Occupancy {
            items: memory.len() as u64,
            capacity: CAPACITY as u64,
            newest,
        };
        // Other ones each time, in no order that has to do with the policy's.
        let place = |item: &Item| (item.sequence ^ newest).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut shown = memory.clone();
        shown.sort_by_key(place);
        shown.truncate(SHOWN);
        let leaving = policy.evict(occupancy, &shown).unwrap();
        assert_eq!(leaving.len(), memory.len() - CAPACITY);
        memory.retain(|item| !leaving.contains(&item.id));
    }
    let tenth = |at: u64| {
        let part = at * WRITES / 10 + 1..=(at + 1) * WRITES / 10;
        let held = memory.iter().filter(|item| part.contains(&item.sequence));
        held.count()
    };
    // A third of each 300; of a fair draw four standard deviations are 33. The newest wait to be shown.
    for at in 0..9 {
        assert!((62..=133).contains(&tenth(at)), "tenth {at}: {}", tenth(at));
    }
}

/// The plugin is loaded once: a policy is a call away.
fn policy_of(seed: u64) -> MemoryPolicy {
    use std::sync::LazyLock;
    static PLUGIN: LazyLock<falcon_host::Plugin> = LazyLock::new(|| {
        let file = first_party("falcon/reservoir").unwrap();
        Loader::new().unwrap().load(&file).unwrap()
    });
    PLUGIN.memory_policy(&json!({ "seed": seed })).unwrap()
}

/// A policy as it was built for the first track, and is never built again.
fn released() -> MemoryPolicy {
    let file = root().join("tests/fixtures/plugins/memory-0.1.wasm");
    let plugin = Loader::new().unwrap().load(&file).unwrap();
    assert_eq!(plugin.track().to_string(), "0.1.0");
    plugin.memory_policy(&Value::Null).unwrap()
}

fn candidate(id: &str, similarity: f64) -> Candidate {
    Candidate {
        item: Item {
            id: id.to_owned(),
            prompt: "sort it".to_owned(),
            program: format!("return {id}"),
            score: 1.0,
            ..Item::default()
        },
        similarity,
        ..Candidate::default()
    }
}

#[test]
fn a_released_policy_decides_as_it_always_did() {
    let (old, new) = (released(), policy("falcon/similar-recent", &Value::Null));
    let near = [candidate("a", 0.2), candidate("b", 0.9)];
    let query = Query {
        limit: 2,
        ..Query::default()
    };
    let asked = [(query.clone(), near.to_vec())];
    assert_eq!(old.rank(&asked).unwrap(), new.rank(&asked).unwrap());
    for item in [candidate("c", 0.0).item, near[0].item.clone()] {
        assert_eq!(
            old.admit(&item, &near).unwrap(),
            new.admit(&item, &near).unwrap()
        );
    }
    let failing = Item {
        score: 0.5,
        ..near[0].item.clone()
    };
    assert!(matches!(
        old.admit(&failing, &near).unwrap(),
        Decision::Refuse { .. }
    ));
    assert_eq!(
        old.feedback(&failing, 1.0, 0.5).unwrap(),
        new.feedback(&failing, 1.0, 0.5).unwrap()
    );
    // Items of 15 characters and 5 tokens, attempts of 12 and 4: the budgets say the same in both units.
    let attempt = |program: &str| Attempt {
        program: program.to_owned(),
        number: 1,
        outcome: Outcome {
            said: "failed".to_owned(),
            ..Outcome::default()
        },
        tokens: 4,
        ..Attempt::default()
    };
    for (budget, limit, attempts, wanted) in [
        (0, 2, 1, (0, 0)),
        (5, 2, 1, (1, 0)),
        (9, 2, 1, (1, 1)),
        (14, 2, 1, (2, 1)),
        (14, 1, 1, (1, 1)),
        (14, 2, 0, (2, 0)),
    ] {
        let prompt = Prompt {
            query: Query {
                limit,
                ..query.clone()
            },
            long: near
                .iter()
                .map(|near| Offer {
                    candidate: near.clone(),
                    tokens: 5,
                })
                .collect(),
            short: vec![attempt("return")],
            attempts,
            budget,
        };
        let prompts = [prompt.clone(), prompt];
        let told = old.compose(&prompts).unwrap();
        assert_eq!(told.len(), 2);
        for context in told.iter().chain(&new.compose(&prompts).unwrap()) {
            let shown = (context.items.len(), context.attempts.len());
            assert_eq!(shown, wanted, "{budget} {limit} {attempts}");
        }
    }
}
