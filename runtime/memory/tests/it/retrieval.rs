use falcon_episode::LongTermMemory;
use falcon_memory::{Filter, Options, Retriever};

use crate::support::{item, open, open_with, query, varied};

#[test]
fn an_exact_duplicate_is_always_found_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let items: Vec<_> = (0..1000).map(varied).collect();
    store.admit(&items).unwrap();
    let queries: Vec<_> = items
        .iter()
        .map(|item| query(&item.prompt.to_uppercase()))
        .collect();
    let answers = store.retrieve(&queries).unwrap();
    for (item, answer) in items.iter().zip(answers) {
        assert_eq!(answer[0].task_id, item.task_id, "{}", item.prompt);
    }
    assert_eq!(store.statistics().unwrap().answered, 1000);
}

#[test]
fn the_database_finds_what_the_resident_copy_finds() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..400).map(varied).collect::<Vec<_>>())
        .unwrap();
    let filter = Filter::default();
    let (mut shared, mut first, rounds) = (0, 0, 40);
    for number in 0..rounds {
        // Half the words of an item and a word that no item has.
        let prompt = varied(number * 7).prompt;
        let asked: Vec<&str> = prompt.split(' ').step_by(2).chain(["nowhere"]).collect();
        let asked = asked.join(" ");
        let ids = |hits: Vec<falcon_memory::Hit>| -> Vec<String> {
            hits.into_iter().map(|hit| hit.record.id).collect()
        };
        let resident = ids(store.nearest(&asked, &filter, 10));
        let database = ids(store.search(&asked, &filter, 10).unwrap());
        assert_eq!((resident.len(), database.len()), (10, 10));
        shared += resident.iter().filter(|id| database.contains(id)).count();
        first += usize::from(resident[0] == database[0]);
    }
    // Both fuse 64 places of the same two rankings; they part where scores are equal.
    assert!(
        shared * 10 >= rounds * 10 * 9,
        "{shared} of {}",
        rounds * 10
    );
    assert!(first * 10 >= rounds * 8, "{first} of {rounds}");
}

#[test]
fn filters_hold_in_both_paths() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut items: Vec<_> = (0..60).map(varied).collect();
    for (number, item) in items.iter_mut().enumerate() {
        item.language = if number % 3 == 0 { "lua" } else { "python" }.to_owned();
        item.family = if number % 5 == 0 { "string" } else { "list" }.to_owned();
    }
    items[8].project = "it's".to_owned();
    store.admit(&items).unwrap();
    let text = "keep even then sort zib";
    for (filter, count) in [
        (
            Filter {
                project: "it's".to_owned(),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                language: "lua".to_owned(),
                ..Filter::default()
            },
            20,
        ),
        (
            Filter {
                family: "string".to_owned(),
                language: "lua".to_owned(),
                ..Filter::default()
            },
            4,
        ),
        (
            Filter {
                project: "nowhere".to_owned(),
                ..Filter::default()
            },
            0,
        ),
    ] {
        let fits = |hit: &falcon_memory::Hit| {
            let item = &hit.record.item;
            [
                (&filter.project, &item.project),
                (&filter.family, &item.family),
                (&filter.language, &item.language),
            ]
            .iter()
            .all(|(wanted, found)| wanted.is_empty() || wanted == found)
        };
        let resident = store.nearest(text, &filter, 50);
        let database = store.search(text, &filter, 50).unwrap();
        assert!(
            resident.iter().all(fits) && database.iter().all(fits),
            "{filter:?}"
        );
        assert!(
            resident.len() <= count && database.len() == count,
            "{filter:?} {}",
            database.len()
        );
    }
}

#[test]
fn a_project_discloses_its_word_and_the_short_item_leads() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut items: Vec<_> = (0..200).map(varied).collect();
    for (number, prompt, project) in [
        (500, "fep the numbers then keep odd", "mine"),
        (501, "fep the numbers", "mine"),
        (502, "toma the numbers", "mine"),
        (503, "fep the numbers", "other"),
    ] {
        items.push(falcon_episode::MemoryItem {
            project: project.to_owned(),
            ..item(number, prompt)
        });
    }
    store.admit(&items).unwrap();
    let mut asked = query("sort then fep the numbers");
    asked.project = "mine".to_owned();
    let shown = store.retrieve(&[asked]).unwrap().remove(0);
    let tasks: Vec<_> = shown.iter().map(|shown| shown.task_id.as_str()).collect();
    assert_eq!(tasks[..2], ["task-501", "task-500"]);
    assert!(!tasks.contains(&"task-503"));
}

#[test]
fn searching_an_empty_memory_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    assert_eq!(
        store.retrieve(&[query("keep"), query("")]).unwrap(),
        [vec![], vec![]]
    );
    assert_eq!(store.search("keep", &Filter::default(), 5).unwrap(), []);
    assert_eq!(store.random(&[query("keep")], 1), [vec![]]);
    store.admit(&[varied(1)]).unwrap();
    assert_eq!(store.search(" ,", &Filter::default(), 5).unwrap(), []);
    // No word or n-gram of it is in memory: its vector is 0.
    assert_eq!(store.search("qqq", &Filter::default(), 5).unwrap(), []);
    assert_eq!(store.retrieve(&[query("")]).unwrap(), [vec![]]);
}

#[test]
fn random_exemplars_depend_on_the_seed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .admit(&(0..100).map(varied).collect::<Vec<_>>())
        .unwrap();
    let queries = vec![query("keep even"); 20];
    let drawn = store.random(&queries, 1);
    assert_eq!(drawn, store.random(&queries, 1));
    assert_ne!(drawn, store.random(&queries, 2));
    assert_ne!(drawn[0], drawn[1], "each query has a draw of its own");
    assert!(drawn.iter().all(|drawn| drawn.len() == 3));
}

#[test]
fn lists_find_nearly_all_that_an_exact_search_finds() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        exact_up_to: 1000,
        neighbours: 0,
        ..Options::default()
    };
    let store = open_with(folder.path(), options);
    store
        .admit(&(0..6000).map(varied).collect::<Vec<_>>())
        .unwrap();
    let queries: Vec<_> = (0..200)
        .map(|number| query(&varied(number * 29 + 7).prompt))
        .collect();
    let ids = |by: Retriever| -> Vec<Vec<String>> {
        let ranked = store.rank(&queries, by, 10);
        let ids = |hits: Vec<(String, f64)>| hits.into_iter().map(|(id, _)| id).collect();
        ranked.into_iter().map(ids).collect()
    };
    let exact = ids(Retriever::ExactVector);
    assert_eq!(ids(Retriever::Vector), exact, "no lists before maintenance");
    store.maintain().unwrap();
    let listed = ids(Retriever::Vector);
    let shared =
        |(a, b): (&Vec<String>, &Vec<String>)| a.iter().filter(|id| b.contains(id)).count();
    let found: usize = exact.iter().zip(&listed).map(shared).sum();
    assert!(found * 100 >= 2000 * 98, "{found} of 2000");
    assert_ne!(listed, exact, "so exact that no list was left out");
    // Items that come and go later are found and not found.
    store
        .admit(&[item(9000, "zib wug dax blick nowhere")])
        .unwrap();
    let found = store.rank(&[query("nowhere wug dax")], Retriever::Vector, 1);
    assert_eq!(found[0][0].0, store.records()[6000].id);
}

#[test]
fn examples_find_what_words_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut items: Vec<_> = (0..50).map(varied).collect();
    items.push(item(
        100,
        "toma <in> [ 3 1 ] <out> [ 6 2 ] <in> [ 0 4 4 ] <out> [ 0 8 8 ]",
    ));
    items.push(item(101, "fep <in> [ 3 1 ] <out> 4 <in> [ 0 4 4 ] <out> 8"));
    store.admit(&items).unwrap();
    let asked = query("assert f([5, -2]) == [10, -4]");
    let found = store.rank(std::slice::from_ref(&asked), Retriever::Examples, 2);
    let task = |id: &str| -> String {
        let records = store.records();
        let record = records.iter().find(|record| record.id == id);
        record.unwrap().item.task_id.clone()
    };
    assert_eq!(task(&found[0][0].0), "task-100");
}
