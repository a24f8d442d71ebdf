use falcon_episode::LongTermMemory;
use falcon_tasks::{Family, Split, Task, vocabulary};

use crate::support::open;

/// Projects whose words only their own solved tasks disclose: what long-term memory is for.
#[test]
fn the_first_exemplar_discloses_the_private_word() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let family = Family::new(1);
    let projects = family.projects(160);
    let tests =
        [Split::Iid, Split::Composition, Split::Ambiguous].map(|split| family.test_set(split, 100));
    let own = projects.iter().flat_map(|project| &project.tasks);
    let held_out = tests.iter().flatten().chain(own).map(Task::held_out);
    let held_out: Vec<_> = held_out.collect();
    store.guard(&held_out).unwrap();

    let bank = projects.iter().flat_map(|project| project.bank.clone());
    let solved: Vec<_> = bank.chain(family.gold_set(500)).collect();
    let items: Vec<_> = solved
        .iter()
        .map(|task| task.memory_item(&task.gold[0], "", 1.0))
        .collect();
    store.admit(&items).unwrap();
    assert_eq!(
        store.len(),
        items.len(),
        "bank and gold are of no test's behaviour, and solve none"
    );

    let tasks: Vec<_> = projects.iter().flat_map(|project| &project.tasks).collect();
    let queries: Vec<_> = tasks.iter().map(|task| task.memory_query(1)).collect();
    let answers = store.retrieve(&queries).unwrap();
    let mut hits = 0;
    for (task, answer) in tasks.iter().zip(answers) {
        let word = vocabulary().spelling(task.alias.unwrap());
        hits += usize::from(
            answer
                .iter()
                .any(|shown| shown.prompt.split(' ').any(|found| found == word)),
        );
        assert!(answer.iter().all(|shown| shown.project == task.project));
    }
    assert!(hits * 100 >= tasks.len() * 95, "{hits} of {}", tasks.len());
}
