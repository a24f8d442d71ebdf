use falcon_episode::{HeldOut, LongTermMemory, MemoryItem};
use falcon_memory::{MemoryError, ToldBy};

use crate::support::{cause, item, open, query, varied};

const SPELLINGS: [&str; 6] = [
    "ABCD0012",
    " abcd0012 ",
    "sha256:abcd0012",
    "SHA256:ABCD0012",
    "0xabcd0012",
    "abcd-0012",
];

/// A held-out task of which only the behaviour is known.
fn held(behaviour: &str) -> HeldOut {
    HeldOut {
        behaviour: behaviour.to_owned(),
        ..HeldOut::default()
    }
}

/// What is done to an item to get it past the guard.
type Disguise<'a> = &'a dyn Fn(&mut MemoryItem);

#[test]
fn an_evaluation_task_does_not_get_in_under_any_disguise() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let task = HeldOut {
        task_id: "iid-000012".to_owned(),
        behaviour: "abcd0012".to_owned(),
        language: "python".to_owned(),
        programs: vec![
            "y = [ ] <nl> for z in x : <ind> y . append ( z + 1 ) <ded> return y".to_owned(),
            "return [ z + 1 for z in x ]".to_owned(),
        ],
    };
    store.guard(std::slice::from_ref(&task)).unwrap();
    let disguised = |change: &dyn Fn(&mut MemoryItem)| {
        let mut item = item(7, "add one to each");
        item.program = "return list(map(lambda z: z + 1, x))".to_owned();
        change(&mut item);
        item
    };
    // By who it says it is, an item is an error: somebody mixed up tasks.
    let named: [(Disguise<'_>, ToldBy); 4] = [
        (&|it| it.task_id = "iid-000012".to_owned(), ToldBy::Task),
        (&|it| it.task_id = " IID-000012 ".to_owned(), ToldBy::Task),
        // Other code, another id, another language: the behaviour stays.
        (
            &|it| it.behaviour = "ABCD-0012".to_owned(),
            ToldBy::Behaviour,
        ),
        (
            &|it| {
                it.behaviour = "sha256:abcd0012".to_owned();
                it.language = "lua".to_owned();
            },
            ToldBy::Behaviour,
        ),
    ];
    for (change, by) in named {
        match cause(store.admit(&[varied(1), disguised(change)])) {
            MemoryError::Guarded { leaks } => assert_eq!(leaks[0].by, by),
            other => panic!("{other}"),
        }
    }
    // By its program alone it is refused: a model may write it for another task.
    for program in [
        "return [z + 1 for z in x]",
        "return [ element + 1 for element in x ]",
        "out = []\nfor item in x:\n        out.append(item + 1)\n\nreturn out  # the sum",
        "a=[];\nfor b in x: a.append(b+1)\nreturn a",
    ] {
        let item = disguised(&|it| it.program = program.to_owned());
        assert_eq!(store.admit(&[item]).unwrap(), 0, "{program}");
    }
    // The language stays the same whoever's pack it is.
    for language in ["falcon/python", "Python", " mine/PYTHON "] {
        let item = disguised(&|it| {
            it.language = language.to_owned();
            it.program = task.programs[1].clone();
        });
        assert_eq!(store.admit(&[item]).unwrap(), 0, "{language}");
    }
    let refused = store.statistics().unwrap().refused;
    assert_eq!(refused["it solves an evaluation task"], 7);
    assert!(store.is_empty());
    // What does something else gets in.
    for (number, program) in ["return [z + 2 for z in x]", "return [z - 1 for z in x]"]
        .iter()
        .enumerate()
    {
        let other = disguised(&|it| {
            it.task_id = format!("pool-{number}");
            it.program = (*program).to_owned();
        });
        assert_eq!(store.admit(&[other]).unwrap(), 1, "{program}");
    }
    // The folder knows after it was closed, and one that comes too late says so.
    drop(store);
    let store = open(folder.path());
    let again = disguised(&|it| it.program = task.programs[1].clone());
    assert_eq!(store.admit(&[again]).unwrap(), 0);
    let late = HeldOut {
        language: "python".to_owned(),
        programs: vec!["return [q + 2 for q in x]".to_owned()],
        ..HeldOut::default()
    };
    match cause(store.guard(&[late])) {
        MemoryError::AlreadyLeaked { leaks, .. } => assert_eq!(leaks[0].by, ToldBy::Program),
        other => panic!("{other}"),
    }
}

#[test]
fn a_program_is_told_by_its_syntax_tree_where_its_tokens_are_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let whole = "def solve(x):\n    out = []\n    for z in x:\n        if z > 1000:\n            out.append(z)\n        elif z == 'a':\n            out.append('b')\n    return out\n";
    let task = HeldOut {
        behaviour: "abcd0012".to_owned(),
        language: "python".to_owned(),
        programs: vec![
            "return [ z + 1 for z in x ]".to_owned(),
            "y = [ ] <nl> for z in x : <ind> y . append ( z ) <ded> return y".to_owned(),
            whole.to_owned(),
        ],
        ..HeldOut::default()
    };
    store.guard(&[task]).unwrap();
    let disguised = [
        "return [(z + 1) for z in x]",
        "return ([((z) + (1)) for (z) in (x)])",
        "return [z + 0x1 for z in x];",
        "'Adds one.'\nreturn [q + 1 for q in x]",
        "pass; 0; ...\nreturn [z + 1 for z in x]",
        "    y: list[int]\n    return [z + 1 for z in x]\n",
        "y: list = []\nfor z in x: (y.append(z,)); pass\nreturn y",
        "def f(items: list[int]) -> list[int]:\n    \"\"\"Docs.\"\"\"\n    out: list[int] = []\n    for z in items:\n        if z > 1_000:\n            out.append(z)\n        elif z == \"a\":\n            out.append(\"b\",)\n    return out\n",
        "def f(x):\n    out = []\n    for z in x:\n        if (z > 0x3e8): out.append(z)\n        else:\n            if z == '\\x61': out.append('' 'b')\n    return (out)\n",
    ];
    for program in disguised {
        let mut item = item(7, "add one to each");
        item.program = program.to_owned();
        assert_eq!(store.admit(&[item]).unwrap(), 0, "{program}");
    }
    let refused = store.statistics().unwrap().refused;
    assert_eq!(
        refused["it solves an evaluation task"],
        disguised.len() as u64
    );
    for (number, program) in [
        "return [(z + 2) for z in x]",
        "return [(z + 1.0) for z in x]",
        "return [(z - 1) for z in x]",
        "return [(z + 1) for z in x if z]",
        "return {(z + 1) for z in x}",
    ]
    .iter()
    .enumerate()
    {
        let mut item = item(number, "add one to each");
        item.program = (*program).to_owned();
        assert_eq!(store.admit(&[item]).unwrap(), 1, "{program}");
    }
    // One that came in before its task was held out is found.
    let late = HeldOut {
        language: "python".to_owned(),
        programs: vec!["return [q + 2 for q in x]".to_owned()],
        ..HeldOut::default()
    };
    match cause(store.guard(&[late])) {
        MemoryError::AlreadyLeaked { leaks, .. } => assert_eq!(leaks[0].by, ToldBy::Program),
        other => panic!("{other}"),
    }
}

/// Versions before syntax trees were compared wrote the forms of tokens alone.
#[test]
fn a_guard_that_knows_tokens_alone_still_holds_and_learns() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    std::fs::write(
        folder.path().join("guard.json"),
        r#"{"behaviours": ["abcd0012"], "tasks": [], "programs": ["40579eaa902563f2eee671537c47a1a1"]}"#,
    )
    .unwrap();
    let leak = |program: &str| {
        let mut item = item(7, "add one to each");
        item.program = program.to_owned();
        item
    };
    let (plain, in_brackets) = ("return [e + 1 for e in x]", "return [(e + 1) for e in x]");
    let store = open(folder.path());
    assert_eq!(store.admit(&[leak(plain)]).unwrap(), 0);
    let task = HeldOut {
        language: "python".to_owned(),
        programs: vec!["return [ z + 1 for z in x ]".to_owned()],
        ..held("abcd0012")
    };
    store.guard(&[task]).unwrap();
    drop(store);
    let store = open(folder.path());
    for program in [plain, in_brackets] {
        assert_eq!(store.admit(&[leak(program)]).unwrap(), 0, "{program}");
    }
}

#[test]
fn a_guard_of_the_first_version_still_holds() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    std::fs::write(folder.path().join("guard.json"), r#"["abcd0012"]"#).unwrap();
    let store = open(folder.path());
    let mut leak = item(7, "keep even");
    leak.behaviour = "abcd0012".to_owned();
    assert!(matches!(
        cause(store.admit(&[leak])),
        MemoryError::Guarded { .. }
    ));
}

#[test]
fn a_guarded_behaviour_does_not_get_in_however_it_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.guard(&[held("abcd0012"), held("")]).unwrap();
    for spelling in SPELLINGS {
        let mut leak = item(7, "keep even");
        leak.behaviour = spelling.to_owned();
        match cause(store.admit(&[varied(1), leak, varied(2)])) {
            MemoryError::Guarded { leaks } => {
                let told = (&leaks[0].task_id[..], &leaks[0].behaviour[..], leaks[0].by);
                assert_eq!(told, ("task-7", spelling, ToldBy::Behaviour));
                assert_eq!(leaks.len(), 1);
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
    store.guard(&[held(&leak.behaviour)]).unwrap();
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
    match cause(store.guard(&[held(&varied(2).behaviour.to_uppercase()), held("77")])) {
        MemoryError::AlreadyLeaked { leaks, .. } => assert_eq!(leaks[0].task_id, "task-2"),
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
