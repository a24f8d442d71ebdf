use std::{collections::BTreeMap, sync::Arc};

use falcon_episode::{Digest, LongTermMemory, MemoryAsk, Uses};
use falcon_memory::{
    MemoryError, Nearest, Options, Store,
    policy::{
        Attempt, Candidate, Context, Decision, Item, Occupancy, Policy, PolicyError, Prompt, Query,
        Ranked,
    },
};

use crate::support::{cause, item, open, query, varied};

/// A policy made of closures, so that each test states what its policy does.
struct Scripted {
    admit: fn(&Item, &[Candidate]) -> Result<Decision, PolicyError>,
    rank: fn(&Query, &[Candidate]) -> Vec<Ranked>,
    evict: fn(&[Item]) -> Vec<String>,
    compose: fn(&[Prompt]) -> Result<Vec<Context>, PolicyError>,
}

fn keep() -> Decision {
    Decision::Keep {
        reason: String::new(),
    }
}

fn replace(victim: &str) -> Decision {
    Decision::Replace {
        victim: victim.to_owned(),
        reason: String::new(),
    }
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            admit: |_, _| Ok(keep()),
            rank: |_, candidates| {
                let ranked = |one: &Candidate| Ranked {
                    id: one.item.id.clone(),
                    score: one.similarity,
                };
                candidates.iter().map(ranked).collect()
            },
            evict: |_| Vec::new(),
            compose: |prompts| Ok(vec![Context::default(); prompts.len()]),
        }
    }
}

impl Policy for Scripted {
    fn admit(&self, item: &Item, neighbours: &[Candidate]) -> Result<Decision, PolicyError> {
        (self.admit)(item, neighbours)
    }

    fn rank(&self, queries: &[(Query, Vec<Candidate>)]) -> Result<Vec<Vec<Ranked>>, PolicyError> {
        Ok(queries
            .iter()
            .map(|(query, candidates)| (self.rank)(query, candidates))
            .collect())
    }

    fn compose(&self, prompts: &[Prompt]) -> Result<Vec<Context>, PolicyError> {
        (self.compose)(prompts)
    }

    fn evict(&self, _: Occupancy, candidates: &[Item]) -> Result<Vec<String>, PolicyError> {
        Ok((self.evict)(candidates))
    }

    fn feedback(&self, _: &Item, with: f64, _: f64) -> Result<f64, PolicyError> {
        Ok(with)
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        [("test/scripted".to_owned(), Digest::of(b"scripted"))].into()
    }

    fn take_uses(&self) -> Uses {
        Uses::default()
    }
}

fn store(folder: &std::path::Path, capacity: usize, policy: Scripted) -> Store {
    let options = Options {
        capacity,
        ..Options::default()
    };
    Store::open(folder, options, Arc::new(policy)).unwrap()
}

#[test]
fn a_near_duplicate_is_replaced_and_neighbours_come_from_the_same_batch() {
    let folder = tempfile::tempdir().unwrap();
    let admit = |_: &Item, neighbours: &[Candidate]| {
        Ok(match neighbours.first() {
            Some(near) if near.cosine > 0.99 => replace(&near.item.id),
            _ => keep(),
        })
    };
    let memory = store(
        folder.path(),
        100,
        Scripted {
            admit,
            ..Scripted::default()
        },
    );
    let twins: Vec<_> = (0..3).map(|number| item(number, "keep even")).collect();
    assert_eq!(memory.admit(&twins).unwrap(), 3);
    assert_eq!(
        memory
            .admit(&[item(9, "keep even"), item(10, "reverse words")])
            .unwrap(),
        2
    );
    let tasks = |memory: &Store| -> Vec<String> {
        memory
            .records()
            .into_iter()
            .map(|record| record.item.task_id)
            .collect()
    };
    assert_eq!(tasks(&memory), ["task-9", "task-10"]);
    assert_eq!(memory.statistics().unwrap().replaced, 3);
    assert_eq!(memory.plugins().len(), 1);
    drop(memory);
    assert_eq!(tasks(&open(folder.path())), ["task-9", "task-10"]);
}

#[test]
fn memory_stays_within_its_capacity() {
    let folder = tempfile::tempdir().unwrap();
    // It lets too few go, and of those the newest: the oldest fill up.
    let evict = |items: &[Item]| {
        items
            .iter()
            .max_by_key(|item| item.sequence)
            .map(|item| item.id.clone())
            .into_iter()
            .collect()
    };
    let memory = store(
        folder.path(),
        10,
        Scripted {
            evict,
            ..Scripted::default()
        },
    );
    for batch in 0..5 {
        memory
            .admit(&(0..7).map(|at| varied(batch * 7 + at)).collect::<Vec<_>>())
            .unwrap();
        assert!(memory.len() <= 10);
    }
    let records = memory.records();
    assert_eq!(records.len(), 10);
    assert!(
        records
            .iter()
            .all(|record| record.item.task_id != "task-34")
    );
    assert_eq!(memory.statistics().unwrap().evicted, 25);
    drop(memory);
    assert_eq!(open(folder.path()).records(), records);
}

#[test]
fn a_policy_at_fault_is_named_and_stores_nothing() {
    let refuse_two = |item: &Item, _: &[Candidate]| match item.task_id.as_str() {
        "task-2" => Err("no more".into()),
        _ => Ok(keep()),
    };
    let stranger = |_: &Item, _: &[Candidate]| Ok(replace("stranger"));
    for (policy, words) in [
        (
            Scripted {
                admit: refuse_two,
                ..Scripted::default()
            },
            "no more",
        ),
        (
            Scripted {
                admit: stranger,
                ..Scripted::default()
            },
            "not among the neighbours",
        ),
        (
            Scripted {
                evict: |_| vec!["stranger".to_owned()],
                ..Scripted::default()
            },
            "not a candidate",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let memory = store(folder.path(), 2, policy);
        let error = cause(memory.admit(&(0..4).map(varied).collect::<Vec<_>>()));
        assert!(matches!(error, MemoryError::Policy { .. }), "{error}");
        for words in [words, "test/scripted (sha256:", "--memory-policy"] {
            assert!(error.to_string().contains(words), "{error}");
        }
        // The next call starts from what the table holds.
        memory.feedback(&[]).unwrap();
        assert!(memory.is_empty());
    }
}

/// A reason may name what no other does.
#[test]
fn reasons_without_end_are_counted_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let admit = |item: &Item, _: &[Candidate]| {
        let reason = format!("{} {}", item.task_id, "is like another ".repeat(20));
        Ok(Decision::Refuse { reason })
    };
    let policy = Scripted {
        admit,
        ..Scripted::default()
    };
    let memory = store(folder.path(), 10, policy);
    let items: Vec<_> = (0..300).map(varied).collect();
    assert_eq!(memory.admit(&items).unwrap(), 0);
    let refused = memory.statistics().unwrap().refused;
    assert_eq!(refused.values().sum::<u64>(), 300);
    assert_eq!((refused.len(), refused["other reasons"]), (65, 236));
    assert!(refused.keys().all(|reason| reason.chars().count() <= 80));
}

#[test]
fn a_policy_can_show_only_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let hidden = item(1, "keep even");
    let rank = |_: &Query, candidates: &[Candidate]| {
        let ranked = |id: &str| Ranked {
            id: id.to_owned(),
            score: 1.0,
        };
        candidates
            .iter()
            .flat_map(|one| [ranked(&one.item.id), ranked(&one.item.id)])
            .collect()
    };
    let memory = store(
        folder.path(),
        10,
        Scripted {
            rank,
            ..Scripted::default()
        },
    );
    memory.admit(&[hidden, item(2, "keep odd")]).unwrap();
    let shown = memory.retrieve(&[query("keep even")]).unwrap().remove(0);
    assert_eq!(shown.len(), 2, "each once");
    drop(memory);

    let rank = |_: &Query, _: &[Candidate]| {
        vec![Ranked {
            id: "stranger".to_owned(),
            score: 1.0,
        }]
    };
    let memory = store(
        folder.path(),
        10,
        Scripted {
            rank,
            ..Scripted::default()
        },
    );
    assert!(matches!(
        cause(memory.retrieve(&[query("keep")])),
        MemoryError::Policy { .. }
    ));
}

#[test]
fn the_built_in_policy_composes_within_its_budget() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Store::open(folder.path(), Options::default(), Arc::new(Nearest)).unwrap();
    memory
        .admit(&[
            item(1, "keep even"),
            item(2, "keep even numbers of a long list"),
        ])
        .unwrap();
    let attempt = |number, tokens| Attempt {
        number,
        tokens,
        ..Attempt::default()
    };
    // The items take as many tokens as they have words: 4 and 9.
    let words = |prompt: &str, program: &str| {
        let count = prompt.split(' ').count() + program.split(' ').count();
        u32::try_from(count).ok()
    };
    for (budget, limit, items, kept) in [
        (1000, 8, 2, vec![0, 1]),
        (1000, 1, 2, vec![1]),
        (10, 8, 1, vec![0, 1]),
        (9, 8, 0, vec![0, 1]),
        (5, 8, 0, vec![1]),
        (0, 8, 0, vec![]),
    ] {
        let ask = MemoryAsk {
            query: query("keep even"),
            attempts: vec![attempt(1, 4), attempt(2, 2)],
            limit,
            budget,
        };
        let context = memory.compose(&[ask], &words).unwrap().remove(0);
        assert_eq!(
            (context.exemplars.len(), context.attempts),
            (items, kept),
            "{budget} {limit}"
        );
    }
}

fn ask(prompt: &str) -> MemoryAsk {
    MemoryAsk {
        query: query(prompt),
        attempts: vec![Attempt::default()],
        limit: 1,
        budget: 100,
    }
}

type Composing = fn(&[Prompt]) -> Result<Vec<Context>, PolicyError>;

#[test]
fn what_cannot_be_written_is_not_offered_and_a_policy_shows_only_what_was() {
    let folder = tempfile::tempdir().unwrap();
    let all = |prompts: &[Prompt]| {
        let context = |prompt: &Prompt| Context {
            items: prompt
                .long
                .iter()
                .map(|one| one.candidate.item.id.clone())
                .collect(),
            attempts: vec![0],
        };
        Ok(prompts.iter().map(context).collect())
    };
    let memory = store(
        folder.path(),
        10,
        Scripted {
            compose: all,
            ..Scripted::default()
        },
    );
    memory
        .admit(&[item(1, "keep even"), item(2, "keep odd")])
        .unwrap();
    let no_odd = |prompt: &str, _: &str| (!prompt.contains("odd")).then_some(3);
    let mut without_room = ask("keep");
    without_room.query.limit = 0;
    let told = memory
        .compose(&[ask("keep"), without_room], &no_odd)
        .unwrap();
    let tasks = |at: usize| -> Vec<String> {
        let shown = told[at].exemplars.iter();
        shown.map(|one| one.task_id.clone()).collect()
    };
    assert_eq!((tasks(0), tasks(1)), (vec!["task-1".to_owned()], vec![]));
    assert_eq!(told[1].attempts, [0]);
    let counted = memory.statistics().unwrap();
    assert_eq!((counted.retrievals, counted.answered), (1, 1));
    drop(memory);

    let strangers: [Composing; 3] = [
        |_| {
            Ok(vec![Context {
                items: vec!["stranger".to_owned()],
                attempts: vec![],
            }])
        },
        |_| {
            Ok(vec![Context {
                items: vec![],
                attempts: vec![1],
            }])
        },
        |_| Ok(vec![]),
    ];
    for compose in strangers {
        let memory = store(
            folder.path(),
            10,
            Scripted {
                compose,
                ..Scripted::default()
            },
        );
        assert!(matches!(
            cause(memory.compose(&[ask("keep")], &|_, _| Some(1))),
            MemoryError::Policy { .. }
        ));
    }
}
