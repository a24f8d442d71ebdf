use falcon_episode::LongTermMemory;
use falcon_memory::MemoryError;

use crate::support::{cause, item, open, query, varied};

const SPELLINGS: [&str; 6] = [
    "ABCD0012",
    " abcd0012 ",
    "sha256:abcd0012",
    "SHA256:ABCD0012",
    "0xabcd0012",
    "abcd-0012",
];

#[test]
fn a_guarded_behaviour_does_not_get_in_however_it_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .guard(&["abcd0012".to_owned(), String::new()])
        .unwrap();
    for spelling in SPELLINGS {
        let mut leak = item(7, "keep even");
        leak.behaviour = spelling.to_owned();
        match cause(store.admit(&[varied(1), leak, varied(2)])) {
            MemoryError::Guarded { leaks } => {
                assert_eq!(leaks, [("task-7".to_owned(), spelling.to_owned())]);
            }
            other => panic!("{other}"),
        }
        assert!(store.is_empty(), "nothing of the batch is stored");
    }
    let mut unknown = item(8, "keep even");
    unknown.behaviour = " sha256: ".to_owned();
    assert!(matches!(
        cause(store.admit(&[unknown])),
        MemoryError::NoBehaviour { .. }
    ));
    assert_eq!(store.admit(&[varied(1)]).unwrap(), 1);
}

#[test]
fn neither_opening_again_nor_going_back_lifts_the_guard() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.admit(&[varied(1)]).unwrap();
    let before = store.checkpoint().unwrap();
    let leak = varied(9);
    store.guard(std::slice::from_ref(&leak.behaviour)).unwrap();
    store.restore(before).unwrap();
    assert!(matches!(
        cause(store.admit(std::slice::from_ref(&leak))),
        MemoryError::Guarded { .. }
    ));
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.statistics().unwrap().guarded, 1);
    assert!(matches!(
        cause(store.admit(&[leak])),
        MemoryError::Guarded { .. }
    ));
}

#[test]
fn a_guard_that_comes_too_late_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.admit(&[varied(1), varied(2)]).unwrap();
    match cause(store.guard(&[varied(2).behaviour.to_uppercase(), "77".to_owned()])) {
        MemoryError::AlreadyLeaked { leaks, .. } => assert_eq!(leaks[0].0, "task-2"),
        other => panic!("{other}"),
    }
    assert_eq!(
        store.statistics().unwrap().guarded,
        0,
        "a guard that cannot hold is not set"
    );
}

#[test]
fn a_checkpoint_from_before_the_guard_is_refused_when_it_leaks() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.admit(&[varied(1)]).unwrap();
    let clean = store.checkpoint().unwrap();
    store.admit(&[varied(2)]).unwrap();
    let leaking = store.checkpoint().unwrap();
    store.restore(clean).unwrap();
    assert!(matches!(
        cause(store.restore(leaking)),
        MemoryError::NoCheckpoint { .. }
    ));
}

#[test]
fn nothing_is_shown_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let own = item(1, "keep even then sort");
    let mut twin = item(2, "keep even then sort");
    twin.behaviour.clone_from(&own.behaviour);
    let other = item(3, "keep odd then sort");
    store.admit(&[own.clone(), twin, other]).unwrap();

    for (task, behaviour, evaluation, expected) in [
        (
            "task-1",
            own.behaviour.clone(),
            false,
            vec!["task-2", "task-3"],
        ),
        (
            " TASK-1",
            own.behaviour.clone(),
            false,
            vec!["task-2", "task-3"],
        ),
        (
            "asking",
            own.behaviour.to_uppercase(),
            false,
            vec!["task-2", "task-1", "task-3"],
        ),
        ("asking", own.behaviour.to_uppercase(), true, vec!["task-3"]),
        (
            "asking",
            format!("md5:{}", own.behaviour),
            true,
            vec!["task-3"],
        ),
        ("Task-3 ", own.behaviour.clone(), true, vec![]),
    ] {
        let mut asked = query("keep even then sort");
        asked.task_id = task.to_owned();
        asked.behaviour = behaviour;
        asked.evaluation = evaluation;
        let queries = [asked];
        let shown = store.retrieve(&queries).unwrap().remove(0);
        let tasks: Vec<_> = shown.iter().map(|shown| shown.task_id.as_str()).collect();
        assert_eq!(tasks, expected, "{task} {evaluation}");
        let mut drawn: Vec<_> = store
            .random(&queries, 3)
            .remove(0)
            .into_iter()
            .map(|shown| shown.task_id)
            .collect();
        drawn.sort();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(drawn, expected, "random obeys the same guard");
    }
}
