//! The alias test as runs ask it: memory holds projects' solved tasks under a memory policy, and their test tasks ask. Without an
//! encoder it is the same for every arm, seed and model, since the memory that evaluation asks has learnt nothing.

use std::collections::{BTreeSet, HashMap};

use falcon_episode::{Exemplar, LongTermMemory as _, MemoryItem, MemoryQuery};
use falcon_memory::{
    Options, Store,
    metrics::{Judged, mean, quality},
};
use falcon_tasks::{BANK_ITEMS, Family, Task};
use serde_json::Value;

use super::{Asking, Collection, Measured, Measuring, Ranked, TOGETHER, asks_for};
use crate::{
    cli,
    command::Context,
    failure::{Failure, OrFail as _},
    live,
    services::{DEFAULT_POLICY, memory_policy},
};

const GRADES: &str = "grades: 3 one operation alone that tells the asked word; 2 a composition with that word; each asks for \
                      items of its own project, with the specification alone, so that examples find nothing";

/// Each retriever's order of what the policy keeps, and the policy's own.
pub(super) fn measured(
    context: &Context,
    options: &cli::MemoryEval,
    by: &Measuring,
) -> Result<Measured, Failure> {
    let asked = options.memory_policy.as_deref().unwrap_or(DEFAULT_POLICY);
    let policy = memory_policy(context, asked, &Value::Null)?;
    let folder = tempfile::tempdir().or_infrastructure("there is no folder for the items")?;
    let store = Store::open(folder.path(), Options::default(), policy)
        .or_infrastructure("the items cannot be stored")?;
    let tasks = options.alias as usize;
    // Test sets and their banks are the same under every seed.
    let projects = Family::new(0).projects(tasks);
    let mut bank: Vec<&Task> = projects.iter().flat_map(|project| &project.bank).collect();
    // In the order in which a run's memory is filled: how recent an item is may count.
    let items: Vec<MemoryItem> = bank.iter().copied().map(item).collect();
    store
        .admit(&items)
        .or_infrastructure("the items cannot be stored")?;
    let records = store.records().into_iter();
    let held: BTreeSet<String> = records.map(|record| record.item.task_id).collect();
    bank.sort_by_key(|task| (!held.contains(&task.id), &task.id));
    let asking = projects.iter().flat_map(|project| &project.tasks);
    let collection = Collection {
        name: format!(
            "PyMini's alias test under {asked}, which keeps {} of {} solved tasks",
            held.len(),
            bank.len()
        ),
        grades: GRADES,
        queries: asking.take(tasks).map(|task| asks(task, &bank)).collect(),
        items: bank.iter().copied().take(held.len()).map(item).collect(),
    };
    let ranked = |name| {
        live::line(&format!("{}: {name}", collection.name));
        by_policy(&store, &collection, options.seed, name)
    };
    // Before the store has an encoder: what the policy orders is then what a run without one is shown.
    let own = ranked("policy")?;
    let mut measured = by.measure(&store, &collection)?;
    measured.retrievers.push(own);
    if measured.encoder.as_ref().is_some_and(|it| it.reads > 0) {
        measured.retrievers.push(ranked("policy with learned")?);
    }
    Ok(measured)
}

fn item(task: &Task) -> MemoryItem {
    let body = task.gold.first().map_or(&[][..], Vec::as_slice);
    task.memory_item(body, "", 1.0)
}

/// A task's question. `bank` begins with the collection's items; what stands behind them the policy refused: it would be
/// of use, and cannot be found.
fn asks(task: &Task, bank: &[&Task]) -> Asking {
    let relevant = bank.iter().enumerate().filter_map(|(place, other)| {
        let tells = other.project == task.project && other.alias == task.alias;
        tells.then_some((place, if other.depth == 1 { 3 } else { 2 }))
    });
    Asking {
        query: task.memory_query(BANK_ITEMS),
        relevant: relevant.collect(),
    }
}

/// The policy's own order of what the fusion finds.
fn by_policy(
    store: &Store,
    collection: &Collection,
    seed: u64,
    name: &'static str,
) -> Result<Ranked, Failure> {
    let places: HashMap<&str, usize> = collection
        .items
        .iter()
        .enumerate()
        .map(|(place, item)| (item.task_id.as_str(), place))
        .collect();
    let mut judged = Vec::with_capacity(collection.queries.len());
    for some in collection.queries.chunks(TOGETHER) {
        let queries: Vec<MemoryQuery> = some.iter().map(|one| one.query.clone()).collect();
        for (asking, found) in some.iter().zip(retrieved(store, &queries)?) {
            let grade = |task: &String| {
                let place = places.get(task.as_str());
                place.and_then(|place| asking.relevant.get(place)).copied()
            };
            judged.push(Judged {
                found: found.iter().map(|task| grade(task).unwrap_or(0)).collect(),
                all: asking.relevant.values().copied().collect(),
            });
        }
    }
    let mut known = Vec::with_capacity(collection.items.len());
    for some in collection.items.chunks(TOGETHER) {
        let queries: Vec<MemoryQuery> = some.iter().map(asks_for).collect();
        for (item, found) in some.iter().zip(retrieved(store, &queries)?) {
            let first = found.first().and_then(|task| places.get(task.as_str()));
            let same = first.is_some_and(|place| collection.items[*place].prompt == item.prompt);
            known.push(f64::from(u8::from(same)));
        }
    }
    Ok(Ranked {
        retriever: name,
        known_item: mean(&known, seed),
        quality: quality(&judged, seed),
    })
}

/// For each query the tasks of the items that are shown, best first.
fn retrieved(store: &Store, queries: &[MemoryQuery]) -> Result<Vec<Vec<String>>, Failure> {
    let found = store
        .retrieve(queries)
        .or_infrastructure("the memory policy cannot order the items")?;
    let tasks = |shown: Vec<Exemplar>| shown.into_iter().map(|one| one.task_id).collect();
    Ok(found.into_iter().map(tasks).collect())
}
