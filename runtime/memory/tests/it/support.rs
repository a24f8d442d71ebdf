//! What the tests share: items, queries and stores.

use std::{fs, path::Path, sync::Arc};

use falcon_episode::{LongTermMemory, MemoryItem, MemoryQuery};
use falcon_memory::{MemoryError, Nearest, Options, Store};

/// An item whose prompt is `prompt`; task, behaviour and program are named after `number`.
pub(crate) fn item(number: usize, prompt: &str) -> MemoryItem {
    MemoryItem {
        task_id: format!("task-{number}"),
        behaviour: format!("{:032x}", number + 1),
        project: String::new(),
        family: "list".to_owned(),
        language: "python".to_owned(),
        prompt: prompt.to_owned(),
        program: format!("return {number}"),
        feedback: String::new(),
        score: 1.0,
        scores: [("reward".to_owned(), 1.0)].into(),
    }
}

/// An item with a prompt of its own: a few common words in an order that the number gives, and a rare one.
pub(crate) fn varied(number: usize) -> MemoryItem {
    const WORDS: [&str; 24] = [
        "keep", "even", "odd", "then", "sort", "after", "double", "square", "reverse", "sum",
        "max", "drop", "first", "numbers", "the", "largest", "each", "by", "add", "negate", "zib",
        "wug", "dax", "blick",
    ];
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut draw = || {
        state ^= state >> 29;
        state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 32;
        WORDS[usize::try_from(state % WORDS.len() as u64).unwrap()]
    };
    let mut words: Vec<&str> = (0..6 + number % 8).map(|_| draw()).collect();
    let rare = format!("w{number}");
    words.push(&rare);
    let mut item = item(number, &words.join(" "));
    if number.is_multiple_of(4) {
        item.project = format!("project-{}", number % 20);
    }
    item
}

/// A training query from outside the store's tasks.
pub(crate) fn query(prompt: &str) -> MemoryQuery {
    MemoryQuery {
        task_id: "asking".to_owned(),
        behaviour: "ffff".to_owned(),
        project: String::new(),
        family: "list".to_owned(),
        language: "python".to_owned(),
        prompt: prompt.to_owned(),
        limit: 3,
        evaluation: false,
    }
}

pub(crate) fn open(folder: &Path) -> Store {
    open_with(folder, Options::default())
}

pub(crate) fn open_with(folder: &Path, options: Options) -> Store {
    Store::open(folder, options, Arc::new(Nearest)).unwrap()
}

/// The error that a call of the seam hides in its box.
pub(crate) fn cause<T: std::fmt::Debug>(
    result: Result<T, falcon_episode::Infrastructure>,
) -> MemoryError {
    *result.unwrap_err().0.downcast::<MemoryError>().unwrap()
}

/// All that a later call can tell of a store: its items and its answers.
pub(crate) fn content(store: &Store) -> String {
    let queries: Vec<MemoryQuery> = (0..40)
        .map(|number| query(&varied(number * 3).prompt))
        .collect();
    let answers = store.retrieve(&queries).unwrap();
    let random = store.random(&queries, 7);
    format!("{:#?}\n{answers:#?}\n{random:#?}", store.records())
}

/// Copies a folder as it is.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
