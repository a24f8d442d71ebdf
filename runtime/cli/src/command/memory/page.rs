//! The page of `falcon memory stats --html`.

use std::path::Path;

use falcon_memory::{Filter, Record, Statistics, Store};
use falcon_report::{MemoryItem, MemoryMoment, MemoryNeighbour, MemoryPage};

use crate::{failure::Failure, output::write_file};

/// Items whose neighbours are shown: those shown most, then the newest.
const ITEMS: usize = 40;
/// Neighbours of an item.
const NEIGHBOURS: usize = 5;

/// Draws the memories on one page.
pub(super) fn write(
    stores: &[Store],
    statistics: &[Statistics],
    file: &Path,
) -> Result<(), Failure> {
    let pages: Vec<MemoryPage> = stores
        .iter()
        .zip(statistics)
        .map(|(store, told)| page(store, told))
        .collect();
    write_file(file, falcon_report::memory_page(&pages).as_bytes())
}

fn page(store: &Store, told: &Statistics) -> MemoryPage {
    let mut records = store.records();
    let used = records.iter().filter(|record| record.uses > 0);
    let utilities = used.map(|record| record.utility).collect();
    records.sort_by(|a, b| b.uses.cmp(&a.uses).then(b.sequence.cmp(&a.sequence)));
    let shown = records.iter().take(ITEMS);
    MemoryPage {
        folder: told.folder.display().to_string(),
        items: told.items,
        admitted: told.admitted,
        replaced: told.replaced,
        evicted: told.evicted,
        refused: told.refused.clone(),
        families: told.families.clone(),
        projects: told.projects.keys().filter(|name| !name.is_empty()).count() as u64,
        retrievals: told.retrievals,
        answered: told.answered,
        uses: told.uses,
        guarded: told.guarded,
        encoder: told.encoder_version.clone(),
        bytes: told.bytes,
        history: told
            .history
            .iter()
            .map(|moment| MemoryMoment {
                items: moment.items,
                admitted: moment.admitted,
                refused: moment.refused,
                retrievals: moment.retrievals,
                answered: moment.answered,
            })
            .collect(),
        utilities,
        shown: shown.map(|record| item(store, record)).collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn item(store: &Store, record: &Record) -> MemoryItem {
    let of = &record.item;
    // Of its own project and language: what a query for it would see.
    let filter = Filter {
        project: of.project.clone(),
        language: of.language.clone(),
        ..Filter::default()
    };
    let near = store.nearest(&of.prompt, &filter, NEIGHBOURS + 1);
    let others = near.into_iter().filter(|hit| hit.record.id != record.id);
    MemoryItem {
        task: of.task_id.clone(),
        project: of.project.clone(),
        prompt: of.prompt.clone(),
        program: of.program.clone(),
        failed: of.score < 1.0,
        uses: record.uses,
        utility: record.utility,
        neighbours: others
            .take(NEIGHBOURS)
            .map(|hit| MemoryNeighbour {
                task: hit.record.item.task_id,
                prompt: hit.record.item.prompt,
                relevance: hit.relevance,
            })
            .collect(),
    }
}
