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

/// More items of the same words than any ranking comes down to, told apart by their examples alone.
#[test]
fn a_duplicate_leads_also_where_no_ranking_reaches_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let prompt = |number: usize| {
        let (a, b) = (2 * number + 11, 2 * number + 12);
        format!("keep the even ones <in> [ {a} {b} ] <out> [ {b} ]")
    };
    let items: Vec<_> = (0..100)
        .map(|number| item(number, &prompt(number)))
        .collect();
    store.admit(&items).unwrap();
    let twin = store.records()[0].id.clone();
    let asked = query(&prompt(0));
    for by in [Retriever::Text, Retriever::Vector, Retriever::Examples] {
        let found = store.rank(std::slice::from_ref(&asked), by, 64).remove(0);
        assert_eq!(found.len(), 64, "{by:?}");
        assert!(found.iter().all(|(id, _)| *id != twin), "{by:?} reaches it");
    }
    let fused = store.rank(std::slice::from_ref(&asked), Retriever::Fusion, 3);
    assert_eq!(fused[0][0].0, twin);
    // Its score is what it was: a duplicate's one, and nothing of any ranking.
    assert!(fused[0][0].1 < fused[0][1].1, "{fused:?}");
    let shown = store.retrieve(&[asked]).unwrap().remove(0);
    assert_eq!(shown[0].task_id, "task-0");
}

#[test]
fn filters_hold() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut items: Vec<_> = (0..60).map(varied).collect();
    for (number, item) in items.iter_mut().enumerate() {
        item.language = if number % 3 == 0 { "lua" } else { "python" }.to_owned();
        item.family = if number % 5 == 0 { "string" } else { "list" }.to_owned();
    }
    items[8].project = "it's".to_owned();
    store.admit(&items).unwrap();
    // Every word of the items', so that each is found where the filter lets it.
    let text = "keep even odd then sort after double square reverse sum max drop first numbers the largest each by \
                add negate zib wug dax blick";
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
        let found = store.nearest(text, &filter, 60);
        assert!(found.iter().all(fits), "{filter:?}");
        assert_eq!(found.len(), count, "{filter:?}");
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
    assert_eq!(store.nearest("keep", &Filter::default(), 5), []);
    assert_eq!(store.random(&[query("keep")], 1), [vec![]]);
    store.admit(&[varied(1)]).unwrap();
    assert_eq!(store.nearest(" ,", &Filter::default(), 5), []);
    // No word or n-gram of it is in memory: its vector is 0.
    assert_eq!(store.nearest("qqq", &Filter::default(), 5), []);
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
