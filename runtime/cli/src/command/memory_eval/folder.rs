//! A memory folder's own items: those of one behaviour are of use to each other. What failed a test is of use to nobody, since no
//! prompt is ever shown it.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use anyhow::anyhow;
use falcon_episode::{MemoryItem, MemoryQuery};
use falcon_memory::{Nearest, Store};

use super::{Asking, Collection};
use crate::{
    failure::{Failure, OrFail as _},
    services::memory_folders,
};

const GRADES: &str = "grades: 3 another task's item of the same behaviour";

/// Opens the folder, or the first memory of a run's folder.
pub(super) fn open(folder: &Path) -> Result<(Store, Collection), Failure> {
    let meant = memory_folders(folder);
    let meant = meant.first().map_or(folder, |first| first.as_path());
    let store =
        Store::open_for_reading(meant, Arc::new(Nearest)).or_usage("the memory cannot be used")?;
    let items = store.records().into_iter().map(|one| one.item);
    let mut items: Vec<MemoryItem> = items.filter(|item| item.score >= 1.0).collect();
    if items.is_empty() {
        let none = anyhow!("{} holds no items that passed their tests", meant.display());
        return Err(Failure::usage(none).hint("name a memory that a run has filled"));
    }
    items.sort_by(|a, b| a.task_id.cmp(&b.task_id));
    let mut alike: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        alike.entry(&item.behaviour).or_default().push(place);
    }
    let asking = |item: &MemoryItem| {
        let places = alike.get(item.behaviour.as_str()).into_iter().flatten();
        let others = places.filter(|place| {
            let other = &items[**place];
            // What a question may not see is of no use to it.
            let seen = |own: &String, its: &String| own.is_empty() || own == its;
            other.task_id != item.task_id
                && seen(&item.project, &other.project)
                && seen(&item.language, &other.language)
        });
        Asking {
            query: MemoryQuery {
                task_id: item.task_id.clone(),
                behaviour: item.behaviour.clone(),
                project: item.project.clone(),
                family: item.family.clone(),
                language: item.language.clone(),
                prompt: item.prompt.clone(),
                limit: 10,
                evaluation: false,
            },
            relevant: others.map(|place| (*place, 3)).collect::<HashMap<_, _>>(),
        }
    };
    let queries = items.iter().map(asking).collect();
    let collection = Collection {
        name: meant.display().to_string(),
        grades: GRADES,
        items,
        queries,
    };
    Ok((store, collection))
}
