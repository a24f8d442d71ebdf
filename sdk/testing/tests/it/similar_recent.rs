//! `falcon/similar-recent`: what is kept, shown and let go.

use falcon_host::{
    Loader, MemoryPolicy,
    memory::{Attempt, Candidate, Decision, Item, Occupancy, Offer, Prompt, Query},
};
use falcon_testing::first_party;
use serde_json::Value;

fn policy() -> MemoryPolicy {
    let file = first_party("falcon/similar-recent").unwrap_or_else(|error| panic!("{error}"));
    Loader::new()
        .unwrap()
        .load(&file)
        .unwrap()
        .memory_policy(&Value::Null)
        .unwrap()
}

fn item(id: &str, prompt: &str, program: &str) -> Item {
    Item {
        id: id.to_owned(),
        task_id: format!("task of {id}"),
        project: "p".to_owned(),
        language: "python".to_owned(),
        prompt: prompt.to_owned(),
        program: program.to_owned(),
        score: 1.0,
        ..Item::default()
    }
}

fn near(item: Item, similarity: f64, cosine: f64) -> Candidate {
    Candidate {
        item,
        similarity,
        cosine,
        text: 0.0,
    }
}

#[test]
fn admits_what_is_verified_and_new_or_shorter() {
    let policy = policy();
    let long = "y = sorted(x)\nreturn y";
    let known = near(item("known", "sort it", long), 1.0, 1.0);
    let other_project = {
        let mut other = known.clone();
        other.item.project = "q".to_owned();
        other
    };
    let unlike = near(item("unlike", "reverse it", long), 0.9, 0.5);
    let alike = near(item("alike", "sort it now", long), 1.0, 0.99);
    let failing = Item {
        score: 0.5,
        ..item("new", "sort it", "return x")
    };
    let shorter = item("new", "sort it", "return sorted(x)");
    let same = item("new", "sort it", long);
    let table = [
        ("fails a test", &failing, vec![], "refuse"),
        ("nothing near", &same, vec![], "keep"),
        ("something unlike", &same, vec![unlike], "keep"),
        (
            "known in another project",
            &same,
            vec![other_project],
            "keep",
        ),
        ("known, as long", &same, vec![known.clone()], "refuse"),
        ("known, shorter", &shorter, vec![known], "replace known"),
        (
            "nearly known, shorter",
            &shorter,
            vec![alike],
            "replace alike",
        ),
    ];
    for (case, item, neighbours, expected) in table {
        let decision = match policy.admit(item, &neighbours).unwrap() {
            Decision::Keep { .. } => "keep".to_owned(),
            Decision::Replace { victim, .. } => format!("replace {victim}"),
            Decision::Refuse { .. } => "refuse".to_owned(),
        };
        assert_eq!(decision, expected, "{case}");
    }
}

#[test]
fn ranks_by_likeness_then_project_use_and_brevity() {
    let policy = policy();
    let query = Query {
        task_id: "the task".to_owned(),
        project: "p".to_owned(),
        prompt: "zib it".to_owned(),
        limit: 2,
        newest: 10,
        ..Query::default()
    };
    let order = |candidates: Vec<Candidate>| {
        let ranked = policy.rank(&[(query.clone(), candidates)]).unwrap();
        ranked[0]
            .iter()
            .map(|ranked| ranked.id.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let plain = |id: &str| near(item(id, "zib it", "return x"), 0.5, 0.5);
    let but = |id: &str, change: &dyn Fn(&mut Candidate)| {
        let mut candidate = plain(id);
        change(&mut candidate);
        candidate
    };
    let table = [
        (
            "nearer first",
            vec![plain("a"), but("b", &|c| c.similarity = 0.9)],
            "b a",
        ),
        (
            "own project first",
            vec![but("a", &|c| c.item.project.clear()), plain("b")],
            "b a",
        ),
        (
            "rare words first",
            vec![plain("a"), but("b", &|c| c.text = 4.0)],
            "b a",
        ),
        (
            "useful first",
            vec![plain("a"), but("b", &|c| c.item.utility = 0.5)],
            "b a",
        ),
        (
            "short first",
            vec![but("a", &|c| c.item.program.push_str(" + [ ]")), plain("b")],
            "b a",
        ),
        (
            "new first",
            vec![plain("a"), but("b", &|c| c.item.sequence = 9)],
            "b a",
        ),
        (
            "never the task's own",
            vec![but("a", &|c| c.item.task_id = "the task".to_owned())],
            "",
        ),
    ];
    for (case, candidates, expected) in table {
        assert_eq!(order(candidates), expected, "{case}");
    }
    let many = policy
        .rank(&[(query.clone(), vec![plain("a")]), (query.clone(), vec![])])
        .unwrap();
    assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn composes_within_the_budget() {
    let policy = policy();
    let query = Query {
        limit: 2,
        ..Query::default()
    };
    let long: Vec<_> = ["a", "b", "c"]
        .map(|id| Offer {
            candidate: near(item(id, "sort", "return x"), 1.0, 1.0),
            tokens: 10,
        })
        .into();
    let attempt = |number: u32, tokens: u32| Attempt {
        number,
        tokens,
        ..Attempt::default()
    };
    // The first of the newest round before the others.
    let short = [attempt(1, 10), attempt(2, 5), attempt(2, 6)];
    let table: [(u32, u32, &[&str], &[usize]); 7] = [
        (0, 3, &[], &[]),
        (10, 3, &["a"], &[]),
        (15, 3, &["a"], &[1]),
        (26, 3, &["a", "b"], &[1]),
        (31, 3, &["a", "b"], &[1, 2]),
        (100, 3, &["a", "b"], &[0, 1, 2]),
        (100, 1, &["a", "b"], &[1]),
    ];
    for (budget, attempts, items, shown) in table {
        let prompt = Prompt {
            query: query.clone(),
            long: long.clone(),
            short: short.to_vec(),
            attempts,
            budget,
        };
        let context = policy.compose(&[prompt]).unwrap().remove(0);
        assert_eq!(
            (
                &*context.items.iter().map(String::as_str).collect::<Vec<_>>(),
                &*context.attempts
            ),
            (items, shown),
            "{budget} {attempts}"
        );
    }
}

#[test]
fn lets_go_of_the_oldest_of_the_least_useful() {
    let policy = policy();
    let of = |id: &str, utility, sequence| Item {
        utility,
        sequence,
        ..item(id, "p", "x")
    };
    let items = [
        of("useful", 0.5, 1),
        of("old", 0.0, 2),
        of("new", 0.0, 3),
        of("harmful", -0.2, 4),
    ];
    for (over, expected) in [
        (0, vec![]),
        (1, vec!["harmful"]),
        (2, vec!["harmful", "old"]),
    ] {
        let occupancy = Occupancy {
            items: 100 + over,
            capacity: 100,
            newest: 4,
        };
        assert_eq!(
            policy.evict(occupancy, &items).unwrap(),
            expected,
            "{over} over capacity"
        );
    }
}

#[test]
fn utility_moves_a_tenth_of_the_way() {
    let policy = policy();
    for (utility, reward, group, expected) in [
        (0.0, 1.0, 0.0, 0.1),
        (0.5, 1.0, 0.5, 0.5),
        (0.0, 0.0, 1.0, -0.1),
    ] {
        let shown = Item {
            utility,
            ..item("a", "p", "x")
        };
        let moved = policy.feedback(&shown, reward, group).unwrap();
        assert!((moved - expected).abs() < 1e-12, "{moved} for {expected}");
    }
}
