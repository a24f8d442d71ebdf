//! Items that go from one memory to another, and how a memory grew.

use falcon_episode::{HeldOut, LongTermMemory};
use falcon_memory::{Imported, MemoryError, Options, Record, ToldBy};

use crate::support::{cause, open, open_with, query, varied};

/// As `falcon memory export` and `import` have them: one JSON object a line.
fn through_text(records: &[Record]) -> Vec<Record> {
    let lines: Vec<String> = records
        .iter()
        .map(|record| serde_json::to_string(record).unwrap())
        .collect();
    let read = lines.iter().map(|line| serde_json::from_str(line));
    read.collect::<Result<_, _>>().unwrap()
}

#[test]
fn what_was_learnt_of_an_item_goes_with_it() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = open(from.path());
    source
        .admit(&(0..9).map(varied).collect::<Vec<_>>())
        .unwrap();
    let used = source.records()[4].id.clone();
    source.feedback(&[(used.clone(), 1.0, 0.0)]).unwrap();
    // Of twenty such numbers, two would not survive a careless reader of decimal text.
    for (at, record) in source.records()[5..8].iter().enumerate() {
        for step in 1..=7_u32 {
            let with = 1.0 / f64::from(step + 3) + at as f64;
            source.feedback(&[(record.id.clone(), with, 0.3)]).unwrap();
        }
    }
    let records = through_text(&source.records());
    assert_eq!(records, source.records());

    let target = open(to.path());
    target.admit(&[varied(20), varied(3)]).unwrap();
    let all = Imported {
        entered: 8,
        known: 1,
    };
    assert_eq!(target.import(&records).unwrap(), all);
    assert_eq!(target.import(&records).unwrap().entered, 0);
    drop(target);
    let target = open(to.path());
    assert_eq!(target.len(), 10);
    let kept = target.records().into_iter().find(|one| one.id == used);
    let kept = kept.unwrap();
    assert_eq!((kept.uses, kept.utility), (1, 0.1));
    // Found as if it had always been there.
    let mut asked = query(&varied(7).prompt);
    asked.project = varied(7).project;
    let shown = target.retrieve(&[asked]).unwrap().remove(0);
    assert_eq!(shown[0].task_id, "task-7");
}

#[test]
fn a_line_written_by_hand_needs_the_item_alone() {
    let line = r#"{"task_id": "t", "behaviour": "ab", "language": "python", "prompt": "sort", "program": "return sorted(x)", "score": 1.0}"#;
    let record: Record = serde_json::from_str(line).unwrap();
    assert_eq!((record.uses, record.item.feedback.as_str()), (0, ""));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(folder.path()).import(&[record]).unwrap().entered, 1);
}

#[test]
fn an_import_with_an_evaluation_task_is_refused_whole_and_lists_each() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .guard(&[HeldOut {
            task_id: "task-1".to_owned(),
            behaviour: varied(2).behaviour,
            language: "python".to_owned(),
            programs: vec!["return  3".to_owned()],
        }])
        .unwrap();
    let source = tempfile::tempdir().unwrap();
    let records = {
        let source = open(source.path());
        source
            .admit(&(0..6).map(varied).collect::<Vec<_>>())
            .unwrap();
        source.records()
    };
    match store.import(&records) {
        Err(MemoryError::Guarded { leaks }) => {
            let told: Vec<_> = leaks
                .iter()
                .map(|leak| (&leak.task_id[..], leak.by))
                .collect();
            assert_eq!(
                told,
                [
                    ("task-1", ToldBy::Task),
                    ("task-2", ToldBy::Behaviour),
                    ("task-3", ToldBy::Program)
                ]
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(store.is_empty());
    let mut nameless = records[0].clone();
    nameless.item.behaviour.clear();
    assert!(matches!(
        store.import(&[nameless]),
        Err(MemoryError::NoBehaviour { .. })
    ));
    drop(store);
    let reading = falcon_memory::Store::open_for_reading(
        folder.path(),
        std::sync::Arc::new(falcon_memory::Nearest),
    );
    assert!(matches!(
        reading.unwrap().import(&[]),
        Err(MemoryError::ReadOnly { .. })
    ));
}

#[test]
fn an_import_keeps_within_the_capacity() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = open(from.path());
    source
        .admit(&(0..9).map(varied).collect::<Vec<_>>())
        .unwrap();
    let options = Options {
        capacity: 4,
        ..Options::default()
    };
    let target = open_with(to.path(), options);
    assert_eq!(target.import(&source.records()).unwrap().entered, 9);
    let tasks: Vec<String> = target
        .records()
        .into_iter()
        .map(|record| record.item.task_id)
        .collect();
    assert_eq!(tasks, ["task-5", "task-6", "task-7", "task-8"]);
}

#[test]
fn growth_is_remembered_a_moment_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for number in 0..5 {
        store.admit(&[varied(number)]).unwrap();
        store.retrieve(&[query(&varied(number).prompt)]).unwrap();
        store.checkpoint().unwrap();
        // A checkpoint of nothing new is no moment.
        store.checkpoint().unwrap();
    }
    let history = |of: &falcon_memory::Store| of.statistics().unwrap().history;
    let items: Vec<u64> = history(&store).iter().map(|moment| moment.items).collect();
    assert_eq!(items, [1, 2, 3, 4, 5]);
    store.restore(3).unwrap();
    assert_eq!(history(&store).len(), 2);
    store.admit(&[varied(40)]).unwrap();
    let last = *history(&store).last().unwrap();
    assert_eq!((last.items, last.admitted, last.retrievals), (3, 3, 2));
    assert!(matches!(
        cause(store.restore(9)),
        MemoryError::NoCheckpoint { .. }
    ));
}
