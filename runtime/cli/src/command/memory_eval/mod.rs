//! `falcon memory eval`: how well each retriever finds what is of use, against graded relevance.

mod alias;
mod folder;
mod mbpp;
mod pymini;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use falcon_episode::{LongTermMemory as _, MemoryItem, MemoryQuery};
use falcon_memory::{
    Nearest, Options, Retriever, Store,
    metrics::{DEPTH, Judged, Mean, Quality, mean, quality},
    policy::Policy,
};
use serde::Serialize;
use serde_json::Value;

use super::Context;
use crate::{
    cli,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::Output,
    services::{DEFAULT_POLICY, memory_policy},
    table::table,
};

/// What puts items in order, and under which name that is shown.
const RETRIEVERS: [(&str, Order); 4] = [
    ("text", Order::By(Retriever::Text)),
    ("vector", Order::By(Retriever::Vector)),
    ("examples", Order::By(Retriever::Examples)),
    ("fusion", Order::By(Retriever::Fusion)),
];

/// Queries asked at once: a batch as training asks it.
const TOGETHER: usize = 128;

/// Items to be found, and who asks for them.
struct Collection {
    name: String,
    /// Says what the grades mean.
    grades: &'static str,
    items: Vec<MemoryItem>,
    queries: Vec<Asking>,
}

/// What puts the items in order.
#[derive(Clone, Copy)]
enum Order {
    /// A retriever alone.
    By(Retriever),
    /// The memory policy, of what the fusion finds.
    Policy,
}

/// A query and what is of use to it.
struct Asking {
    query: MemoryQuery,
    /// Places in the collection's items, each with its grade above 0.
    relevant: HashMap<usize, u8>,
}

#[derive(Serialize)]
struct Measured {
    name: String,
    grades: &'static str,
    /// Items that were offered to memory.
    items: usize,
    /// Those of them that it keeps: a memory policy may refuse some.
    held: usize,
    retrievers: Vec<Ranked>,
}

#[derive(Serialize)]
struct Ranked {
    /// Its name, or the memory policy's.
    retriever: String,
    /// Share of items that are found first when their own text is asked for.
    known_item: Mean,
    #[serde(flatten)]
    quality: Quality,
}

pub(super) fn run(context: &Context, options: &cli::MemoryEval) -> Outcome {
    let mut all = Vec::new();
    if let Some(folder) = &options.folder {
        let (store, collection) = folder::open(folder)?;
        all.push(measure(&store, &collection, options.seed)?);
    } else {
        all.push(alone(&pymini::collection(options), options.seed)?);
        if let Some(file) = &options.mbpp {
            all.push(alone(&mbpp::collection(file)?, options.seed)?);
        }
        if options.alias > 0 {
            // As a run keeps it: under the policy, with the usual options.
            let policy = options.memory_policy.as_deref().unwrap_or(DEFAULT_POLICY);
            let policy = memory_policy(context, policy, &Value::Null)?;
            let bank = alias::collection(options.alias as usize);
            all.push(stored(&bank, Options::default(), policy, options.seed)?);
        }
    }
    let mut output = Output::stdout();
    if context.json {
        output.document(&serde_json::json!({"seed": options.seed, "collections": all}))?;
    } else {
        let texts: Vec<String> = all.iter().map(text).collect();
        output.text(&texts.join("\n"))?;
    }
    output.finish()?;
    let lost = |ranked: &Ranked| ranked.retriever == "fusion" && ranked.known_item.mean < 1.0;
    let lost = all.iter().flat_map(|one| &one.retrievers).any(lost);
    Ok(Exit::answer(!lost))
}

/// Measures a collection in a store that keeps every item, without a policy.
fn alone(collection: &Collection, seed: u64) -> Result<Measured, Failure> {
    let options = Options {
        capacity: usize::MAX,
        neighbours: 0,
        ..Options::default()
    };
    stored(collection, options, Arc::new(Nearest), seed)
}

/// Measures a collection in a store of its own, and the policy's order of it where that is a plugin's.
fn stored(
    collection: &Collection,
    options: Options,
    policy: Arc<dyn Policy>,
    seed: u64,
) -> Result<Measured, Failure> {
    let folder = tempfile::tempdir().or_infrastructure("there is no folder for the items")?;
    let store = Store::open(folder.path(), options, policy)
        .or_infrastructure("the items cannot be stored")?;
    store
        .admit(&collection.items)
        .or_infrastructure("the items cannot be stored")?;
    measure(&store, collection, seed)
}

fn measure(store: &Store, collection: &Collection, seed: u64) -> Result<Measured, Failure> {
    let items = collection.items.iter().enumerate();
    let of_task: HashMap<&str, usize> = items
        .map(|(place, item)| (item.task_id.as_str(), place))
        .collect();
    let places: HashMap<String, usize> = store
        .records()
        .into_iter()
        .filter_map(|record| {
            let place = *of_task.get(record.item.task_id.as_str())?;
            Some((record.id, place))
        })
        .collect();
    let policy = store.plugins().into_keys().next();
    let orders = RETRIEVERS
        .into_iter()
        .map(|(name, order)| (name.to_owned(), order))
        .chain(policy.map(|name| (name, Order::Policy)));
    let mut retrievers = Vec::new();
    for (name, order) in orders {
        live::line(&format!("{}: {name}", collection.name));
        let known = known_items(store, collection, &places, order)?;
        let judged = judged(store, collection, &places, order)?;
        retrievers.push(Ranked {
            retriever: name,
            known_item: mean(&known, seed),
            quality: quality(&judged, seed),
        });
    }
    Ok(Measured {
        name: collection.name.clone(),
        grades: collection.grades,
        items: collection.items.len(),
        held: places.len(),
        retrievers,
    })
}

impl Order {
    /// For each query the ids of the `limit` best items, best first; the policy's are as many as the query asks for.
    fn rank(
        self,
        store: &Store,
        queries: &[MemoryQuery],
        limit: usize,
    ) -> Result<Vec<Vec<String>>, Failure> {
        match self {
            Self::By(retriever) => {
                let found = store.rank(queries, retriever, limit).into_iter();
                Ok(found
                    .map(|found| found.into_iter().map(|(id, _)| id).collect())
                    .collect())
            }
            Self::Policy => {
                let found = store
                    .retrieve(queries)
                    .or_infrastructure("the memory policy cannot order the items")?;
                Ok(found
                    .into_iter()
                    .map(|found| found.into_iter().map(|shown| shown.id).collect())
                    .collect())
            }
        }
    }
}

fn judged(
    store: &Store,
    collection: &Collection,
    places: &HashMap<String, usize>,
    order: Order,
) -> Result<Vec<Judged>, Failure> {
    let grade = |asking: &Asking, id: &String| {
        let place = places.get(id);
        place
            .and_then(|place| asking.relevant.get(place))
            .copied()
            .unwrap_or(0)
    };
    let mut judged = Vec::with_capacity(collection.queries.len());
    for some in collection.queries.chunks(TOGETHER) {
        let queries: Vec<MemoryQuery> = some.iter().map(|one| one.query.clone()).collect();
        let found = order.rank(store, &queries, DEPTH)?;
        judged.extend(some.iter().zip(found).map(|(asking, found)| Judged {
            found: found.iter().map(|id| grade(asking, id)).collect(),
            all: asking.relevant.values().copied().collect(),
        }));
    }
    Ok(judged)
}

/// For each item that memory holds 1 where asking for its own text finds it, or one that reads the same, first; else 0.
/// Items whose text the retriever cannot read (it has no examples) are left out.
fn known_items(
    store: &Store,
    collection: &Collection,
    places: &HashMap<String, usize>,
    order: Order,
) -> Result<Vec<f64>, Failure> {
    let ask = |item: &MemoryItem| MemoryQuery {
        task_id: "asking for a known item".to_owned(),
        behaviour: String::new(),
        project: item.project.clone(),
        family: item.family.clone(),
        language: item.language.clone(),
        prompt: item.prompt.clone(),
        limit: 1,
        evaluation: false,
    };
    let held: HashSet<usize> = places.values().copied().collect();
    let items = collection.items.iter().enumerate();
    let items: Vec<&MemoryItem> = items
        .filter(|(place, _)| held.contains(place))
        .map(|(_, item)| item)
        .collect();
    let mut known = Vec::with_capacity(items.len());
    for some in items.chunks(TOGETHER) {
        let queries: Vec<MemoryQuery> = some.iter().copied().map(ask).collect();
        let found = order.rank(store, &queries, 1)?;
        for (item, found) in some.iter().zip(found) {
            let first = found.first().and_then(|id| places.get(id));
            let same = first.map(|place| collection.items[*place].prompt == item.prompt);
            known.extend(match (same, order) {
                (None, Order::By(Retriever::Examples)) => None,
                (same, _) => Some(f64::from(u8::from(same == Some(true)))),
            });
        }
    }
    Ok(known)
}

fn text(measured: &Measured) -> String {
    let heading = [
        "", "known", "recall@1", "@5", "@10", "hit@1", "@5", "@10", "MRR", "MAP", "nDCG@10",
    ];
    let percent = |mean: &Mean| format!("{:.1}", 100.0 * mean.mean);
    let with_interval = |mean: &Mean| {
        let [low, high] = mean.interval.map(|end| 100.0 * end);
        format!("{:.1} [{low:.1}, {high:.1}]", 100.0 * mean.mean)
    };
    let row = |one: &Ranked| {
        let quality = &one.quality;
        let mut row = vec![one.retriever.clone(), percent(&one.known_item)];
        row.extend(quality.recall.iter().map(with_interval));
        row.extend(quality.hit.iter().map(with_interval));
        row.extend([&quality.mrr, &quality.map, &quality.ndcg].map(with_interval));
        row
    };
    let rows: Vec<_> = measured.retrievers.iter().map(row).collect();
    let asked = measured.retrievers.first().map(|one| &one.quality);
    let (queries, relevant) = asked.map_or((0, 0.0), |one| (one.queries, one.relevant));
    let refused = match measured.items.saturating_sub(measured.held) {
        0 => String::new(),
        refused => format!(" ({refused} more were refused)"),
    };
    format!(
        "{}: {} items{refused}, {queries} queries with {relevant:.1} relevant items each, in %\n{}\n{}",
        measured.name,
        measured.held,
        measured.grades,
        table(&heading, &(1..heading.len()).collect::<Vec<_>>(), &rows)
    )
}
