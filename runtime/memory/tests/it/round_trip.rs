use falcon_episode::LongTermMemory;
use falcon_memory::{ENCODER_VERSION, Nearest, Store};

use crate::support::{cause, content, item, open, query, varied};

#[test]
fn what_goes_in_comes_out_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = item(1, "keep \"even\" — then 'sort'; zib\n");
    first.feedback = "<fb> IndexError".to_owned();
    first.project = "project's".to_owned();
    // Numbers whose last bit a careless reader of decimal text gets wrong, among them.
    let scores = [0.25, -0.3, 0.1 + 0.2, 1.050_250_125_062_531_3, 1.0 / 3.0];
    first.scores = scores.map(|score| (score.to_string(), score)).into();
    first.score = 0.999_999_999_999_999_9;
    let items = [first, item(2, "")];
    let store = open(folder.path());
    assert_eq!(store.admit(&items).unwrap(), 2);
    let before = store.records();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.records(), before);
    let found: Vec<_> = store
        .records()
        .into_iter()
        .map(|record| record.item)
        .collect();
    assert_eq!(found, items);
}

#[test]
fn utilities_and_uses_survive() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.admit(&[varied(1), varied(2)]).unwrap();
    let id = store.records()[0].id.clone();
    store
        .feedback(&[
            (id.clone(), 1.0, 0.5),
            (id, 1.0, 0.5),
            ("gone".to_owned(), 1.0, 0.0),
        ])
        .unwrap();
    drop(store);
    let store = open(folder.path());
    let [first, second] = &store.records()[..] else {
        panic!("two items")
    };
    assert!((first.utility - 0.095).abs() < 1e-12 && first.uses == 2);
    assert!(second.utility.abs() < 1e-12 && second.uses == 0);
    assert_eq!((first.sequence, second.sequence), (1, 2));
}

#[test]
fn equal_content_is_stored_once_and_refusals_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut odd = varied(3);
    odd.score = f64::NAN;
    assert_eq!(
        store
            .admit(&[varied(1), varied(1), varied(2), odd])
            .unwrap(),
        2
    );
    assert_eq!(store.admit(&[varied(2)]).unwrap(), 0);
    store.retrieve(&[query("keep"), query("sort")]).unwrap();
    drop(store);
    let statistics = open(folder.path()).statistics().unwrap();
    assert_eq!(
        (statistics.items, statistics.admitted, statistics.retrievals),
        (2, 2, 2)
    );
    let refused = [
        ("a score is not a number".to_owned(), 1),
        ("already known".to_owned(), 2),
    ];
    assert_eq!(statistics.refused, refused.into());
    assert_eq!(statistics.encoder_version, ENCODER_VERSION);
    assert_eq!(statistics.languages, [("python".to_owned(), 2)].into());
    assert!(statistics.bytes > 0 && statistics.files > 0);
}

#[test]
fn a_reader_sees_what_was_written_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let writer = open(folder.path());
    writer
        .admit(&(0..30).map(varied).collect::<Vec<_>>())
        .unwrap();
    let reader = Store::open_for_reading(folder.path(), std::sync::Arc::new(Nearest)).unwrap();
    assert_eq!(content(&reader), content(&writer));
    let message = cause(reader.admit(&[varied(50)])).to_string();
    assert!(message.contains("opened for reading"), "{message}");
    assert!(reader.checkpoint().is_err() && reader.restore(1).is_err());
    assert_eq!(reader.statistics().unwrap().items, 30);
}

#[tokio::test]
async fn a_caller_driven_by_an_executor_may_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    assert_eq!(store.admit(&[varied(1)]).unwrap(), 1);
    assert_eq!(store.retrieve(&[query("w1")]).unwrap()[0].len(), 1);
}
