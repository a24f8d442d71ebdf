use std::{num::NonZeroU64, path::PathBuf};

use clap::{Args, Subcommand};

use super::BenchMemory;
use crate::quantity::Span;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Long-term memory: writing, searching, size, beside faiss
    Memory(BenchMemory),
    /// Sandboxed runs and graded tasks of each language, beside what has no sandbox
    Sandbox(BenchSandbox),
    /// Very many programs of every language, attacks among them: verdicts, memory and rate to the end
    Soak(BenchSoak),
}

#[derive(Args)]
pub(crate) struct BenchSoak {
    /// Programs to run
    #[arg(long, value_name = "N", default_value = "100000")]
    pub(crate) executions: NonZeroU64,

    /// Draw memory and rate
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct BenchSandbox {
    /// Time to measure each thing for: once for its latency, and once for each number of workers
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub(crate) time: Span,

    /// Language packs: plugins' names, or .wasm files (repeatable) [default: all that are installed]
    #[arg(long, value_name = "PLUGIN")]
    pub(crate) language: Vec<String>,

    /// Also run each form without counting fuel, to tell what that costs; interpreted languages only, whose packs are
    /// compiled anew for it
    #[arg(long)]
    pub(crate) fuel: bool,

    /// HumanEval file: also grade all its solutions, with FALCON and with the usual harness
    #[arg(long, value_name = "FILE")]
    pub(crate) tasks: Option<PathBuf>,

    /// Draw the result
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}
