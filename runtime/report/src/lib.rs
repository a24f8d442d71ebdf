//! From a run's `report.json` to a page that people read.
//!
//! [`Report`] is the shape of `report.json`. [`page()`] renders one run as a self-contained HTML
//! document (no script, no external resource), [`seeds_page`] renders several runs of one
//! configuration side by side, and [`picture()`] draws a run as one SVG; [`bench_picture()`] and
//! [`soak_picture`] draw measurements of the sandbox, [`memory_picture`] those of memory. [`experiment_page`] renders arms
//! under several seeds, and [`memory_page`] shows long-term memories.
//!
//! Architecture Invariant: every text that comes from a run passes through `html::escape` on its
//! way out. Programs and error messages are hostile; a page never carries markup of theirs.

mod bench;
mod bench_memory;
mod bench_picture;
mod chart;
mod experiment;
mod html;
mod ledger;
mod memory;
mod number;
mod page;
mod picture;
mod seeds;
mod shape;
mod soak;
mod words;

pub use bench::{
    Batch, Bench, BenchSubject, Latency, Place, SuiteGrader, SuiteTimes, Throughput, Wall,
};
pub use bench_memory::{MemorySearch, MemorySize, memory_picture};
pub use bench_picture::bench_picture;
pub use experiment::experiment_page;
pub use ledger::{JudgesFrom, PolicyFrom};
pub use memory::{MemoryItem, MemoryMoment, MemoryNeighbour, MemoryPage, memory_page};
pub use page::page;
pub use picture::picture;
pub use seeds::{Pooled, seeds_page};
pub use shape::{
    CurvePoint, Evaluation, Example, Gain, InnerPoint, Machine, MemoryUse, PartUse, Phase, Report,
    ReportError, WarmPoint,
};
pub use soak::{SoakPoint, soak_picture};
pub use words::contrast_words;
