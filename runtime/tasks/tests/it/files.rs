//! PyMini's tasks as a file, and by what tasks of files are told again.

use std::path::Path;

use falcon_episode::Tests;
use falcon_tasks::{
    Family, PoolShares, Split, Task,
    formats::{self, Format, Seen},
};

const PLAIN: PoolShares = PoolShares {
    plain: 1.0,
    alias: 0.0,
    binary: 0.0,
    eight_way: 0.0,
};

/// The tasks as they come back from a file.
fn through_a_file(tasks: &[Task]) -> Vec<formats::Task> {
    let lines = tasks.iter().map(|task| {
        let line = formats::to_line(&task.in_file()).expect("it has a line");
        line + "\n"
    });
    let text: String = lines.collect();
    formats::read(text.as_bytes(), Path::new("t.jsonl"), Format::Falcon).expect("a file of tasks")
}

#[test]
fn tasks_come_back_from_a_file() {
    let family = Family::new(1);
    let gold = family.gold_set(30);
    for (number, (task, read)) in (1..).zip(gold.iter().zip(through_a_file(&gold))) {
        assert_eq!((&read.id, read.line), (&task.id, number));
        let submission = read.submission(read.canonical.as_deref().expect("gold has a program"));
        assert_eq!(submission.program, task.program_text(&task.gold[0]));
        let Tests::Calls { function, calls } = &submission.tests else {
            panic!("{:?}", submission.tests)
        };
        assert_eq!(
            (&function[..], calls.len()),
            ("f", task.scoring_tests.len())
        );
        let (told, _) = read.sets().expect("two sets");
        let Tests::Calls { calls, .. } = told else {
            panic!("{told:?}")
        };
        assert_eq!(calls.len(), task.feedback_tests.len());
    }
    let pool = family.train_pool(10, PLAIN);
    let read = through_a_file(&pool);
    assert!(read.iter().all(|task| task.canonical.is_none()));
}

#[test]
fn a_pool_and_a_test_set_share_nothing_and_a_set_shares_all_with_itself() {
    let family = Family::new(1);
    let pool = through_a_file(&family.train_pool(200, PLAIN));
    let iid = through_a_file(&family.test_set(Split::Iid, 100));
    let seen = Seen::new(&iid);
    for task in &pool {
        assert_eq!(seen.same(task), None, "{}", task.id);
    }
    for (place, task) in iid.iter().enumerate() {
        assert!(seen.same(task).is_some_and(|(found, _)| found == place));
    }
}
