//! `falcon memory eval`: how well each retriever finds what is of use, against graded relevance.

mod across;
mod alias;
mod folder;
mod mbpp;
mod pymini;

use std::{collections::HashMap, path::Path, sync::Arc};

use falcon_episode::{Encoder, LongTermMemory as _, MemoryItem, MemoryQuery};
use falcon_memory::{
    Nearest, Options, Retriever, Store,
    metrics::{DEPTH, Difference, Judged, Mean, Quality, difference, mean, quality},
};
use falcon_train::PolicyEncoder;
use serde::Serialize;

use super::{Context, eval::check_model};
use crate::{
    cli,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::Output,
    table::table,
};

/// What is ranked, under the names that are shown.
const RETRIEVERS: [(&str, Retriever); 4] = [
    ("text", Retriever::Text),
    ("vector", Retriever::Vector),
    ("examples", Retriever::Examples),
    ("fusion", Retriever::Fusion),
];

/// What is ranked once there is a learned encoder.
const LEARNED: [(&str, Retriever); 2] = [
    ("learned", Retriever::Learned),
    ("fusion with learned", Retriever::Fusion),
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
    items: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoder: Option<Encoded>,
    retrievers: Vec<Ranked>,
    /// What the fusion has over each of the others, query by query.
    fusion_over: Vec<Over>,
}

#[derive(Serialize)]
struct Over {
    retriever: &'static str,
    #[serde(flatten)]
    difference: Difference,
}

/// A learned encoder over a collection.
#[derive(Serialize)]
struct Encoded {
    version: String,
    /// Items that it can read.
    reads: usize,
}

#[derive(Serialize)]
struct Ranked {
    retriever: &'static str,
    /// Share of items that are found first when their own text is asked for.
    known_item: Mean,
    #[serde(flatten)]
    quality: Quality,
}

pub(super) fn run(context: &Context, options: &cli::MemoryEval) -> Outcome {
    let encoder = options.encoder.as_deref().map(encoder).transpose()?;
    let by = Measuring {
        seed: options.seed,
        encoder,
    };
    let mut all = Vec::new();
    if let Some(folder) = &options.folder {
        let (store, collection) = folder::open(folder)?;
        all.push(by.measure(&store, &collection)?);
    } else {
        all.push(by.stored(&pymini::collection(options))?);
        if let Some(file) = &options.mbpp {
            all.push(by.stored(&mbpp::collection(file)?)?);
            if options.across {
                all.push(by.stored(&across::collection(context, file)?)?);
            }
        }
        if options.alias > 0 {
            all.push(alias::measured(context, options, &by)?);
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
    let lost =
        |ranked: &Ranked| ranked.retriever.starts_with("fusion") && ranked.known_item.mean < 1.0;
    let lost = all.iter().flat_map(|one| &one.retrievers).any(lost);
    Ok(Exit::answer(!lost))
}

/// The encoder that a model is.
fn encoder(model: &Path) -> Result<Arc<dyn Encoder>, Failure> {
    check_model(model)?;
    let (policy, _) = falcon_train::load_model(model).map_err(Failure::training)?;
    let encoder = PolicyEncoder::new(&policy).map_err(Failure::training)?;
    Ok(Arc::new(encoder))
}

/// How collections are measured.
struct Measuring {
    seed: u64,
    encoder: Option<Arc<dyn Encoder>>,
}

impl Measuring {
    /// Measures a collection in a store of its own.
    fn stored(&self, collection: &Collection) -> Result<Measured, Failure> {
        let folder = tempfile::tempdir().or_infrastructure("there is no folder for the items")?;
        let options = Options {
            capacity: usize::MAX,
            neighbours: 0,
            ..Options::default()
        };
        let store = Store::open(folder.path(), options, Arc::new(Nearest))
            .or_infrastructure("the items cannot be stored")?;
        store
            .admit(&collection.items)
            .or_infrastructure("the items cannot be stored")?;
        self.measure(&store, collection)
    }

    fn measure(&self, store: &Store, collection: &Collection) -> Result<Measured, Failure> {
        let places: HashMap<String, usize> = store
            .records()
            .into_iter()
            .filter_map(|record| {
                let place = collection.place_of(&record.item.task_id)?;
                Some((record.id, place))
            })
            .collect();
        let rank = |(name, retriever): (&'static str, Retriever)| {
            live::line(&format!("{}: {name}", collection.name));
            let known = known_items(store, collection, &places, retriever);
            let judged = judged(store, collection, &places, retriever);
            let ranked = Ranked {
                retriever: name,
                known_item: mean(&known, self.seed),
                quality: quality(&judged, self.seed),
            };
            (ranked, judged)
        };
        let mut rankings: Vec<(Ranked, Vec<Judged>)> = RETRIEVERS.into_iter().map(rank).collect();
        let mut encoded = None;
        if let Some(encoder) = &self.encoder {
            live::line(&format!("{}: encoding", collection.name));
            let said = store
                .encode_by(Arc::clone(encoder))
                .or_infrastructure("the items cannot be encoded")?;
            said.iter().for_each(|said| live::line(said));
            let reads = store.encoded();
            if reads > 0 {
                rankings.extend(LEARNED.into_iter().map(rank));
            }
            let version = encoder.version();
            encoded = Some(Encoded { version, reads });
        }
        Ok(Measured {
            name: collection.name.clone(),
            grades: collection.grades,
            items: collection.items.len(),
            encoder: encoded,
            fusion_over: self.over(&rankings),
            retrievers: rankings.into_iter().map(|(ranked, _)| ranked).collect(),
        })
    }

    /// What the last fusion has over every other ranking.
    fn over(&self, rankings: &[(Ranked, Vec<Judged>)]) -> Vec<Over> {
        let Some(((_, fused), others)) = rankings.split_last() else {
            return Vec::new();
        };
        let over = |(ranked, other): &(Ranked, Vec<Judged>)| Over {
            retriever: ranked.retriever,
            difference: difference(fused, other, self.seed),
        };
        others.iter().map(over).collect()
    }
}

impl Collection {
    fn place_of(&self, task: &str) -> Option<usize> {
        // Items are in the order of their ids.
        let by_id = |item: &MemoryItem| item.task_id.as_str().cmp(task);
        self.items.binary_search_by(by_id).ok()
    }
}

fn judged(
    store: &Store,
    collection: &Collection,
    places: &HashMap<String, usize>,
    retriever: Retriever,
) -> Vec<Judged> {
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
        let found = store.rank(&queries, retriever, DEPTH);
        judged.extend(some.iter().zip(found).map(|(asking, found)| Judged {
            found: found.iter().map(|(id, _)| grade(asking, id)).collect(),
            all: asking.relevant.values().copied().collect(),
        }));
    }
    judged
}

/// For each item 1 where asking for its own text finds it, or one that reads the same, first; else 0.
/// Items whose text the retriever cannot read (it has no examples, or words that an encoder does not know) are left out.
fn known_items(
    store: &Store,
    collection: &Collection,
    places: &HashMap<String, usize>,
    retriever: Retriever,
) -> Vec<f64> {
    let mut known = Vec::with_capacity(collection.items.len());
    for some in collection.items.chunks(TOGETHER) {
        let queries: Vec<MemoryQuery> = some.iter().map(asks_for).collect();
        let found = store.rank(&queries, retriever, 1);
        for (item, found) in some.iter().zip(found) {
            let first = found.first().and_then(|(id, _)| places.get(id));
            let same = first.map(|place| collection.items[*place].prompt == item.prompt);
            known.extend(match (same, retriever) {
                (None, Retriever::Examples | Retriever::Learned) => None,
                (same, _) => Some(f64::from(u8::from(same == Some(true)))),
            });
        }
    }
    known
}

/// The question whose answer is this item.
fn asks_for(item: &MemoryItem) -> MemoryQuery {
    MemoryQuery {
        task_id: "asking for a known item".to_owned(),
        behaviour: String::new(),
        project: item.project.clone(),
        family: item.family.clone(),
        language: item.language.clone(),
        prompt: item.prompt.clone(),
        limit: 1,
        evaluation: false,
    }
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
        let mut row = vec![one.retriever.to_owned(), percent(&one.known_item)];
        row.extend(quality.recall.iter().map(with_interval));
        row.extend(quality.hit.iter().map(with_interval));
        row.extend([&quality.mrr, &quality.map, &quality.ndcg].map(with_interval));
        row
    };
    let rows: Vec<_> = measured.retrievers.iter().map(row).collect();
    let asked = measured.retrievers.first().map(|one| &one.quality);
    let (queries, relevant) = asked.map_or((0, 0.0), |one| (one.queries, one.relevant));
    let encoder = measured.encoder.as_ref().map_or_else(String::new, |it| {
        format!("learned: {} reads {} of the items\n", it.version, it.reads)
    });
    format!(
        "{}: {} items, {queries} queries with {relevant:.1} relevant items each, in %\n{}\n{encoder}{}{}",
        measured.name,
        measured.items,
        measured.grades,
        table(&heading, &(1..heading.len()).collect::<Vec<_>>(), &rows),
        differences(measured)
    )
}

/// What the fusion has over the others, in points.
fn differences(measured: &Measured) -> String {
    let heading = ["fusion less", "hit@1", "recall@10", "MRR", "MAP", "nDCG@10"];
    let points = |mean: &Mean| {
        let [low, high] = mean.interval.map(|end| 100.0 * end);
        format!("{:+.1} [{low:+.1}, {high:+.1}]", 100.0 * mean.mean)
    };
    let row = |one: &Over| {
        let than = &one.difference;
        let means = [&than.hit, &than.recall, &than.mrr, &than.map, &than.ndcg];
        let mut row = vec![one.retriever.to_owned()];
        row.extend(means.map(points));
        row
    };
    let rows: Vec<_> = measured.fusion_over.iter().map(row).collect();
    table(&heading, &[1, 2, 3, 4, 5], &rows)
}
