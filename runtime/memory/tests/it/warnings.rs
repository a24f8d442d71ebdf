//! Items that failed a test: kept to warn.

use falcon_episode::{Exemplar, LongTermMemory, MemoryAsk, MemoryItem};
use falcon_memory::{Filter, Record, Retriever, Store};

use crate::support::{item, open, query};

fn failed(number: usize, score: f64) -> MemoryItem {
    MemoryItem {
        score,
        feedback: "failed at test 1".to_owned(),
        ..item(number, "keep even")
    }
}

fn tasks(shown: Vec<Exemplar>) -> Vec<String> {
    let mut tasks: Vec<String> = shown.into_iter().map(|one| one.task_id).collect();
    tasks.sort();
    tasks
}

/// The built-in policy ranks and shows all that it is given, so what it does not show it was not given.
#[test]
fn what_failed_is_never_an_exemplar_whatever_the_policy_says() {
    let folder = tempfile::tempdir().unwrap();
    let memory = open(folder.path());
    // As training and as an import bring them, the second with a high utility.
    assert_eq!(memory.admit(&[failed(1, 0.0)]).unwrap(), 1);
    let record = Record {
        id: String::new(),
        item: failed(2, 0.999),
        utility: 5.0,
        uses: 9,
        sequence: 0,
    };
    assert_eq!(memory.import(&[record]).unwrap().entered, 1);
    memory
        .admit(&[item(3, "keep even"), item(4, "keep even odd")])
        .unwrap();

    let mut asked = query("keep even");
    asked.limit = 10;
    let ask = MemoryAsk {
        query: asked.clone(),
        attempts: vec![],
        limit: 0,
        budget: 100,
    };
    let queries = [asked];
    let check = |memory: &Store| {
        let shown = memory.retrieve(&queries).unwrap().remove(0);
        assert_eq!(tasks(shown), ["task-3", "task-4"]);
        let drawn = memory.random(&queries, 3).remove(0);
        assert_eq!(tasks(drawn), ["task-3", "task-4"]);
        let told = memory.compose(std::slice::from_ref(&ask), &|_, _| Some(1));
        let told = told.unwrap().remove(0);
        assert_eq!(tasks(told.exemplars), ["task-3", "task-4"]);
        // People who look find all four; retrievers are measured on what a prompt may be shown.
        let found = memory.nearest("keep even", &Filter::default(), 10);
        assert_eq!(found.len(), 4);
        assert_eq!(memory.statistics().unwrap().warnings, 2);
        let ranked = memory.rank(&queries, Retriever::Fusion, 10);
        let ids: Vec<&String> = ranked[0].iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 2);
        let records = memory.records();
        let mut passed = records.iter().filter(|record| record.item.score >= 1.0);
        assert!(passed.all(|record| ids.contains(&&record.id)));
    };
    check(&memory);
    drop(memory);
    check(&open(folder.path()));
}

/// However many failed, what passed is found: warnings take no candidate's place.
#[test]
fn many_warnings_do_not_crowd_out_what_passed() {
    let folder = tempfile::tempdir().unwrap();
    let memory = open(folder.path());
    memory.admit(&[item(0, "keep even numbers")]).unwrap();
    let warnings: Vec<_> = (1..200).map(|number| failed(number, 0.5)).collect();
    assert_eq!(memory.admit(&warnings).unwrap(), 199);
    let shown = memory.retrieve(&[query("keep even")]).unwrap().remove(0);
    assert_eq!(tasks(shown), ["task-0"]);
}
