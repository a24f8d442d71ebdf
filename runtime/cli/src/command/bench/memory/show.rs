//! The measurement as tables for a terminal.

use falcon_report::{MemorySearch, MemorySize};

use super::writes::{Stretch, Told, Writes};
use crate::{quantity::Bytes, table::table};

/// Each number of items: what it takes, then its searches.
pub(super) fn sizes(sizes: &[MemorySize]) -> String {
    let heading = [
        "items",
        "stored /s",
        "maintenance s",
        "disk",
        "files",
        "peak storing",
        "peak searching",
        "opened again s",
        "small writes /s",
    ];
    let row = |size: &MemorySize| {
        vec![
            size.items.to_string(),
            format!("{:.0}", size.inserts_per_second),
            format!("{:.1}", size.maintenance_s),
            Bytes(size.disk_bytes).to_string(),
            size.files.to_string(),
            Bytes(size.peak_bytes).to_string(),
            Bytes(size.peak_searching_bytes).to_string(),
            format!("{:.2}", size.reopening_s),
            format!("{:.0}", size.writes_per_second),
        ]
    };
    let rows: Vec<_> = sizes.iter().map(row).collect();
    let mut out = table(&heading, &(0..heading.len()).collect::<Vec<_>>(), &rows);
    for size in sizes {
        out.push('\n');
        out += &searches(size);
    }
    out
}

fn searches(size: &MemorySize) -> String {
    let title = format!("{} items", size.items);
    let heading = [
        title.as_str(),
        "at once",
        "p50 ms",
        "p99 ms",
        "recall@10",
        "rounds",
    ];
    let row = |search: &MemorySearch| {
        vec![
            search.what.clone(),
            search.queries.to_string(),
            format!("{:.2}", search.p50_ms),
            format!("{:.2}", search.p99_ms),
            search
                .recall
                .map_or_else(|| "–".to_owned(), |recall| format!("{recall:.3}")),
            search.rounds.to_string(),
        ]
    };
    let mut rows: Vec<_> = size.searches.iter().chain(&size.faiss).map(row).collect();
    if size.faiss.is_empty() {
        for what in ["faiss flat", "faiss IVF"] {
            let mut row = vec![what.to_owned()];
            row.resize(heading.len(), "not run".to_owned());
            rows.push(row);
        }
    }
    table(&heading, &[1, 2, 3, 4, 5], &rows)
}

/// Each stretch of a long run of small writes.
pub(super) fn writes(writes: &Writes) -> String {
    let heading = [
        "writes",
        "write mean ms",
        "p50",
        "p99",
        "read mean ms",
        "p50",
        "p99",
        "files",
        "versions",
        "disk",
    ];
    let mut done = 0;
    let mut row = |stretch: &Stretch| {
        done += stretch.writes;
        let mut row = vec![done.to_string()];
        row.extend(times(&stretch.times));
        row.extend([
            stretch.files.to_string(),
            stretch.table_versions.to_string(),
            Bytes(stretch.bytes).to_string(),
        ]);
        row
    };
    let mut rows: Vec<_> = writes.stretches.iter().map(&mut row).collect();
    let ageing = &writes.ageing;
    for (name, told) in [("old beside new", &ageing.old), ("new", &ageing.new)] {
        let mut row = vec![name.to_owned()];
        row.extend(times(told));
        row.resize(heading.len(), "–".to_owned());
        rows.push(row);
    }
    format!(
        "{} items held, {} small writes, a read after each; a maintenance every {} writes\n{}\
         {} writes in turn into the old store and a new one of the same items: a write takes {:.2} times as long in the old, a read {:.2} times\n",
        writes.items,
        writes.writes,
        writes.round,
        table(&heading, &(0..heading.len()).collect::<Vec<_>>(), &rows),
        ageing.writes,
        ageing.write_ratio,
        ageing.read_ratio,
    )
}

fn times(told: &Told) -> [String; 6] {
    [
        told.write_mean_ms,
        told.write_p50_ms,
        told.write_p99_ms,
        told.read_mean_ms,
        told.read_p50_ms,
        told.read_p99_ms,
    ]
    .map(|time| format!("{time:.3}"))
}
