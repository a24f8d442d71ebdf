use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Subcommand)]
pub(crate) enum Tasks {
    /// Write PyMini's own tasks as a file in FALCON's format
    Export(ExportTasks),
}

#[derive(Args)]
pub(crate) struct ExportTasks {
    /// Which tasks
    #[arg(long, value_enum)]
    pub(crate) set: TaskSet,

    /// How many
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,

    /// Seed that they are drawn by; test sets are the same under every seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Where to; `-` is standard output
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskSet {
    /// Solved tasks, with their references
    Gold,
    /// Tasks to learn from, without references
    Pool,
    /// Unseen behaviours
    Iid,
    /// Unseen compositions
    Composition,
}
