//! Arguments of `falcon memory eval` and `falcon bench memory`.

use std::{
    num::{NonZeroU32, NonZeroU64},
    path::PathBuf,
};

use clap::Args;

#[derive(Args)]
pub(crate) struct MemoryEval {
    /// A memory folder: its items ask for each other [default: the PyMini family]
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,

    /// Also measure on this MBPP file
    #[arg(long, value_name = "FILE", conflicts_with = "folder")]
    pub(crate) mbpp: Option<PathBuf>,

    /// Also by behaviour: run each of its references under the tests of the others, which takes minutes
    #[arg(long, requires = "mbpp")]
    pub(crate) across: bool,
    /// A run's model folder: also measure the vectors of its states, alone and in the fusion
    #[arg(long, value_name = "DIR")]
    pub(crate) encoder: Option<PathBuf>,

    /// Items of the PyMini family that are stored; half as many ask
    #[arg(long, value_name = "N", default_value_t = 4000, conflicts_with = "folder", value_parser = clap::value_parser!(u32).range(100..=200_000))]
    pub(crate) items: u32,

    /// Tasks of the alias test that ask for their projects' solved tasks, as in a run; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 240, conflicts_with = "folder", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) alias: u32,

    /// Memory policy that keeps and orders those: a plugin's name, or a .wasm file [default: FALCON's own]
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "folder")]
    pub(crate) memory_policy: Option<String>,

    /// Seed of the tasks and of the intervals
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Args)]
pub(crate) struct BenchMemory {
    /// Items held, a measurement for each
    #[arg(
        long,
        value_name = "N,N",
        value_delimiter = ',',
        default_value = "1000,100000"
    )]
    pub(crate) items: Vec<NonZeroU32>,

    /// Instead: hold the first of --items, make at least so many small writes with a read after each, up to
    /// whole rounds from one maintenance to the next, and see whether anything grows
    #[arg(long, value_name = "N")]
    pub(crate) writes: Option<NonZeroU64>,

    /// Rounds of each search: a query alone; a batch of 128 has a quarter as many
    #[arg(long, value_name = "N", default_value = "200")]
    pub(crate) rounds: NonZeroU32,

    /// Search vectors in lists above so many items [default: as memory does]
    #[arg(long, value_name = "N")]
    pub(crate) exact_up_to: Option<usize>,

    /// A Python that has faiss (faiss-cpu) and numpy: also measure faiss on the same vectors
    #[arg(long, value_name = "PYTHON")]
    pub(crate) faiss: Option<PathBuf>,

    /// Folder for what is written meanwhile [default: the system's for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) scratch: Option<PathBuf>,

    /// Draw the result
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}
