//! Banks, exemplars and feedback.

use falcon_episode::{Diagnostic, Episode, Severity, TestOutcome, Verdict};
use falcon_tasks::{
    BANK_ITEMS, Family, Split, TASKS_PER_PROJECT, Task, TokenId, Which, vocabulary,
};

#[test]
fn a_bank_discloses_its_projects_words_and_solves_no_test() {
    for project in Family::new(0).projects(160) {
        assert_eq!(
            (project.tasks.len(), project.bank.len()),
            (TASKS_PER_PROJECT, BANK_ITEMS)
        );
        let single = project.bank.iter().filter(|item| item.depth == 1).count();
        assert_eq!(single, 5);
        for task in &project.tasks {
            let word = task.alias.unwrap();
            assert!(task.spec.contains(&word));
            assert!(
                project.bank.iter().any(|item| item.alias == Some(word)),
                "{}",
                task.id
            );
            assert!(
                project
                    .bank
                    .iter()
                    .all(|item| item.behaviour != task.behaviour)
            );
        }
        let again = Family::new(9).bank(&project.name);
        assert_eq!(format!("{again:?}"), format!("{:?}", project.bank));
    }
}

#[test]
fn the_oracle_discloses_the_word_and_the_random_exemplar_does_not_know_it() {
    let family = Family::new(0);
    let tasks = family.test_set(Split::Alias, 160);
    let mut differences = 0;
    for task in &tasks {
        let (word, oracle) = (task.alias.unwrap(), family.oracle_exemplar(task).unwrap());
        assert_eq!(oracle.spec, [word]);
        let random = family.random_exemplar(task);
        assert!(!random.spec.contains(&word));
        assert_eq!(random.spec.len(), 1);
        assert_ne!(
            random.body, oracle.body,
            "the control discloses the word's meaning"
        );
        let outdated = family.outdated_exemplar(task).unwrap();
        assert_eq!((outdated.spec, &outdated.body), (vec![word], &random.body));
        differences += random.body.len().abs_diff(oracle.body.len());
        let prompt = task.prompt_with(Some(oracle.pair()), None);
        assert!(prompt.starts_with(&[TokenId::BOS, TokenId::MEM, word, TokenId::CODE]));
        assert!(prompt.ends_with(&task.prompt()[1..]));
    }
    assert!(differences <= tasks.len(), "{differences}");
    let plain = &family.test_set(Split::Iid, 1)[0];
    assert!(family.oracle_exemplar(plain).is_none());
    assert!(family.outdated_exemplar(plain).is_none());
    assert!(!family.random_exemplar(plain).body.is_empty());
}

#[test]
fn a_memory_item_reads_back_as_tokens() {
    let project = Family::new(0).projects(8).swap_remove(0);
    for task in &project.bank {
        let item = task.memory_item(&task.gold[0], "", 1.0);
        assert_eq!(vocabulary().encode(&item.prompt).unwrap(), task.spec);
        assert_eq!(vocabulary().encode(&item.program).unwrap(), task.gold[0]);
        assert_eq!(item.project, project.name);
    }
    let query = project.tasks[0].memory_query(2);
    assert!(query.evaluation && query.limit == 2 && query.project == project.name);
}

fn outcome(verdict: Verdict, got: Option<&str>, class: Option<&str>) -> TestOutcome {
    let at = class.map(|class| Diagnostic {
        severity: Severity::Error,
        class: class.to_owned(),
        message: String::new(),
        line: 2,
        column: 0,
    });
    let got = got.map(str::to_owned);
    TestOutcome {
        name: String::new(),
        verdict,
        message: String::new(),
        at,
        got,
    }
}

fn episode(task: &Task, verdict: Verdict, tests: Vec<TestOutcome>) -> Episode {
    Episode {
        task_id: task.id.clone(),
        tests,
        ..Episode::new("", verdict)
    }
}

#[test]
fn feedback_is_the_first_test_that_did_not_hold() {
    let task = &Family::new(0).gold_set(1)[0];
    let held = || outcome(Verdict::Passed, Some("1"), None);
    let cases = [
        (
            Verdict::Failed,
            outcome(Verdict::Failed, Some("[1, -2, 99]"), None),
            "[ 1 -2 <big> ]",
        ),
        (
            Verdict::Failed,
            outcome(Verdict::Failed, Some("None"), None),
            "None",
        ),
        (
            Verdict::Failed,
            outcome(Verdict::Failed, Some("'aB'"), None),
            "' a B '",
        ),
        (
            Verdict::Failed,
            outcome(Verdict::Failed, Some("{1: 2}"), None),
            "<odd> 1 <odd> 2 <odd>",
        ),
        (
            Verdict::RuntimeError,
            outcome(Verdict::RuntimeError, None, Some("IndexError")),
            "IndexError",
        ),
        (
            Verdict::RuntimeError,
            outcome(Verdict::RuntimeError, None, Some("NewError")),
            "OtherError",
        ),
        (
            Verdict::OutOfFuel,
            outcome(Verdict::OutOfFuel, None, None),
            "Timeout",
        ),
        (
            Verdict::OutOfMemory,
            outcome(Verdict::OutOfMemory, None, None),
            "MemoryError",
        ),
    ];
    let own = [task.gold[0].clone(), vec![TokenId::EOS, TokenId::PAD]].concat();
    for (verdict, failed, text) in cases {
        let tests = vec![held(), failed, outcome(Verdict::Failed, Some("7"), None)];
        let feedback = task
            .feedback_from(&own, &episode(task, verdict, tests))
            .unwrap();
        assert_eq!(vocabulary().decode(&feedback.got), text);
        assert_eq!(feedback.own, task.gold[0]);
        assert_eq!(feedback.input, task.feedback_tests[1].arguments);
        let (prompt, plain) = (task.prompt_with(None, Some(&feedback)), task.prompt());
        let shared = plain.len() - 1;
        assert_eq!(prompt[..shared], plain[..shared]);
        assert_eq!(prompt[shared], TokenId::FB);
        assert_eq!(prompt.last(), Some(&TokenId::CODE));
    }
    let refused = episode(task, Verdict::CompileError, Vec::new());
    let feedback = task.feedback_from(&own, &refused).unwrap();
    assert_eq!(vocabulary().decode(&feedback.got), "SyntaxError");
    for verdict in [Verdict::Passed, Verdict::Infrastructure] {
        assert!(
            task.feedback_from(&own, &episode(task, verdict, vec![held()]))
                .is_none()
        );
    }
}

#[test]
fn a_submission_calls_f_with_the_tests_of_its_use() {
    let family = Family::new(0);
    let gold = &family.gold_set(1)[0];
    let pool = &family.train_pool(1, falcon_tasks::PoolShares::default())[0];
    let submission = gold.submission(&gold.gold[0], Which::Scoring, 2);
    assert_eq!(
        (submission.attempt, submission.language.as_str()),
        (2, "python")
    );
    assert_eq!(submission.reference, Some(submission.program.clone()));
    let falcon_episode::Tests::Calls { function, calls } = submission.tests else {
        panic!()
    };
    assert_eq!((function.as_str(), calls.len()), ("f", 8));
    assert!(pool.submission(&[], Which::Feedback, 1).reference.is_none());
}
