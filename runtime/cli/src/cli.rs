//! The command line as data.
#![allow(
    rustdoc::invalid_html_tags,
    reason = "doc comments here are help texts for a terminal"
)]

mod bench;
mod experiment;
mod memory;
mod plugin;
mod tasks;

use std::{
    num::{NonZeroU16, NonZeroUsize},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use bench::{Bench, BenchSandbox, BenchSoak};
pub(crate) use experiment::{Experiment, RunExperiment};
pub(crate) use memory::{BenchMemory, MemoryEval};
pub(crate) use plugin::{NewPlugin, Plugin, PluginLanguage};
pub(crate) use tasks::{ExportTasks, TaskSet, Tasks};

use crate::{
    grant::Grant,
    quantity::{Bytes, Span},
};

/// Reinforcement learning for code models from executing what they write.
#[derive(Parser)]
#[command(
    name = "falcon",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 the answer is no (tests failed, the program was refused), \
                  2 usage or input error, 3 infrastructure, 130 stopped by a signal."
)]
pub(crate) struct Cli {
    /// Print results as JSON on standard output, and errors as JSON on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Folder of built plugins [default: $FALCON_PLUGINS, else ../plugins beside this binary]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) plugins: Option<PathBuf>,

    /// Let a plugin use services of the host that it asks for: owner/name=log,clock,kv,llm,http:HOST (repeatable)
    #[arg(long = "grant", global = true, value_name = "PLUGIN=CAPABILITIES")]
    pub(crate) grants: Vec<Grant>,

    /// The language model that plugins with the grant `llm` ask: endpoint, model, limits, cache (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) llm: Option<PathBuf>,

    /// The folder in which plugins with the grant `kv` keep their maps from one command to the next [default: in memory]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) kv: Option<PathBuf>,

    /// Run programs in this process, not in worker processes: WebAssembly is then the only wall
    #[arg(long, global = true)]
    pub(crate) in_process: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Train a code model on executing its own programs
    Train(Train),
    /// Run arms under several seeds, and answer what they were run for
    #[command(subcommand)]
    Experiment(Experiment),
    /// Grade completions of a benchmark
    Grade(Grade),
    /// Score episodes that are done, by the judges of a reward
    Judge(Judge),
    /// Give a run in training other judges, another reward or another memory policy, from its next step on
    Swap(Swap),
    /// Sample from a trained model and grade what it writes: pass@k
    Eval(Eval),
    /// Run one program in the sandbox
    Run(Run),
    /// Make files of tasks
    #[command(subcommand)]
    Tasks(Tasks),
    /// Make, test, measure, inspect and install plugins
    #[command(subcommand)]
    Plugin(Plugin),
    /// Look into long-term memory
    #[command(subcommand)]
    Memory(Memory),
    /// Measure
    #[command(subcommand)]
    Bench(Bench),
    /// Run programs for the falcon that started this
    #[command(hide = true)]
    Worker(Worker),
}

#[derive(Args)]
pub(crate) struct Worker {
    /// Count no fuel: for the bench's own programs, whose time with fuel is known
    #[arg(long)]
    pub(crate) uncounted: bool,
}

#[derive(Args)]
pub(crate) struct Train {
    /// Configuration (TOML) [default: the embedded quick recipe]
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) config: Option<PathBuf>,

    /// Folder of the run; never an existing run's [default: runs/<name>-<seed>]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(crate) out: Option<PathBuf>,

    /// Go on with the run in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) resume: Option<PathBuf>,

    /// Judges and weights: a TOML file, or tests, tests-coarse, tests-and-quality, tests-and-error-credit [default: tests]
    #[arg(long, value_name = "FILE|NAME", conflicts_with = "resume")]
    pub(crate) reward: Option<String>,

    /// Memory policy: a plugin's name, or a .wasm file [default: falcon/similar-recent]
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "resume")]
    pub(crate) memory_policy: Option<String>,

    /// Keep the items of long-term memory in object storage, below this URL, and all else of it in the run's folder
    #[arg(long, value_name = "URL", conflicts_with = "resume")]
    pub(crate) memory_store: Option<String>,

    /// Reinforcement learning steps, in place of the configuration's
    #[arg(long, value_name = "N", conflicts_with = "resume", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) steps: Option<u32>,

    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "resume")]
    pub(crate) seed: u64,

    /// Run this many seeds one after another, from --seed on, into DIR/seed-<n>, and pool them
    #[arg(long, value_name = "N", conflicts_with = "resume", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) seeds: Option<u32>,

    /// Stop after this phase
    #[arg(
        long,
        value_enum,
        value_name = "PHASE",
        default_value = "all",
        conflicts_with = "resume"
    )]
    pub(crate) phase: Phase,

    /// Start reinforcement learning from this model folder instead of a warm start
    #[arg(long, value_name = "DIR", conflicts_with_all = ["resume", "phase"])]
    pub(crate) warm_start: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Phase {
    /// Warm start, reinforcement learning, evaluation and control
    All,
    /// Only the supervised warm start
    WarmStart,
    /// The supervised warm start, and its evaluation
    Measured,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// HumanEval JSON lines (prompt, test, entry_point), gzip or not
    Humaneval,
    /// MBPP JSON lines (text, code, test_list)
    Mbpp,
    /// MultiPL-E JSON lines (name, language, prompt, tests): JavaScript, Lua or C++
    MultiplE,
    /// FALCON's own JSON lines
    Falcon,
}

#[derive(Args)]
pub(crate) struct Grade {
    /// The benchmark's file
    #[arg(long, value_name = "FILE")]
    pub(crate) tasks: PathBuf,

    /// The benchmark's format
    #[arg(long, value_enum)]
    pub(crate) format: Format,

    /// JSON lines {"task_id", "completion"}; several lines for a task are several samples
    #[arg(long, value_name = "FILE")]
    pub(crate) completions: PathBuf,

    /// Language pack: a plugin's name, or a .wasm file [default: the tasks' language]
    #[arg(long, value_name = "PLUGIN")]
    pub(crate) language: Option<String>,

    /// Judges and weights: a TOML file, or tests, tests-coarse, tests-and-quality, tests-and-error-credit [default: tests]
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) reward: Option<String>,

    /// Write the JSON lines here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Also write each whole episode as a JSON line, for falcon judge
    #[arg(long, value_name = "FILE")]
    pub(crate) episodes: Option<PathBuf>,

    /// Programs graded at once [default: the number of cores]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<NonZeroU16>,
}

#[derive(Args)]
pub(crate) struct Judge {
    /// JSON lines of episodes: a run's episodes.jsonl, or what falcon grade --episodes wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) episodes: PathBuf,

    /// Judges and weights: a TOML file, or tests, tests-coarse, tests-and-quality, tests-and-error-credit [default: tests]
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) reward: Option<String>,

    /// Write the JSON lines here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Swap {
    /// The run's folder
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// Judges that take the place of those of their name: plugins' names, or .wasm files
    #[arg(value_name = "PLUGIN")]
    pub(crate) judges: Vec<String>,

    /// The reward from then on: a TOML file, or tests, tests-coarse, tests-and-quality, tests-and-error-credit
    #[arg(long, value_name = "FILE|NAME", required_unless_present_any = ["judges", "memory_policy"])]
    pub(crate) reward: Option<String>,

    /// The memory policy from then on, which must know the run's settings: a plugin's name, or a .wasm file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) memory_policy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Split {
    /// Unseen behaviours
    Iid,
    /// Unseen compositions
    Composition,
    /// Private vocabulary
    Alias,
    /// Ambiguous tasks
    Ambiguous,
    /// Every split
    All,
}

#[derive(Args)]
pub(crate) struct Eval {
    /// A run's model folder
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,

    /// A benchmark's file; without it the embedded test sets are used
    #[arg(long, value_name = "FILE", requires = "format")]
    pub(crate) tasks: Option<PathBuf>,

    /// The benchmark's format
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// Which embedded test set
    #[arg(long, value_enum, default_value = "all", conflicts_with = "tasks")]
    pub(crate) split: Split,

    /// Tasks of each embedded test set
    #[arg(long, value_name = "N", default_value_t = 160, conflicts_with = "tasks", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) limit: u16,

    /// Programs sampled for each task
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) samples: u16,

    /// Sampling temperature
    #[arg(long, value_name = "T", default_value_t = 0.8, value_parser = temperature)]
    pub(crate) temperature: f64,

    /// Seed of the sampling
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Long-term memory to retrieve from, refused where it holds what is evaluated: a run's or series' folder, one of its memory folders, or the URL of its items
    #[arg(long, value_name = "DIR", conflicts_with = "tasks")]
    pub(crate) memory: Option<PathBuf>,

    /// Memory policy, under its default settings: a plugin's name, or a .wasm file; needed for a URL [default: the run's own, under the run's]
    #[arg(long, value_name = "NAME|FILE", requires = "memory")]
    pub(crate) memory_policy: Option<String>,
}

#[derive(Args)]
pub(crate) struct Run {
    /// The program; `-` reads it from standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Language pack: a plugin's name, or a .wasm file
    #[arg(long, value_name = "PLUGIN", default_value = "python")]
    pub(crate) language: String,

    /// What the program reads [default: nothing]
    #[arg(long, value_name = "FILE")]
    pub(crate) stdin: Option<PathBuf>,

    /// A file that the program finds under its own name, once for each; what it writes stays in the sandbox
    #[arg(long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Fuel that the program may spend, in the sandbox's units
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) fuel: Option<u64>,

    /// Memory the program may use
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<Bytes>,

    /// Wall time after which we give up on it
    #[arg(long, value_name = "TIME")]
    pub(crate) timeout: Option<Span>,
}

#[derive(Subcommand)]
pub(crate) enum Memory {
    /// What a memory folder holds
    Stats {
        /// The folder: a run's or series', or one of its memory folders; or the URL of its items
        #[arg(value_name = "DIR|URL")]
        folder: PathBuf,

        /// Also draw a page: growth, hit rate, utility, and the neighbours of items
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,

        /// As this checkpoint named it, of one memory
        #[arg(long, value_name = "N")]
        checkpoint: Option<u64>,
    },
    /// The items nearest to a text
    Search(SearchMemory),
    /// Write a memory's items as JSON lines
    Export {
        /// The memory folder, or the URL of its items
        #[arg(value_name = "DIR|URL")]
        folder: PathBuf,

        /// Where to; `-` is standard output
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// As this checkpoint named it
        #[arg(long, value_name = "N")]
        checkpoint: Option<u64>,
    },
    /// Take in JSON lines of items, as falcon memory export writes them; refused whole where one is of an evaluation task
    Import {
        /// The memory folder; made where it is not, and never one of a run that is not finished
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// JSON lines; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Keep the items of a new folder in object storage, below this URL
        #[arg(long, value_name = "URL")]
        memory_store: Option<String>,

        /// Items that the memory may hold; above it the memory policy says who leaves [default: as the run around it, else 50000]
        #[arg(long, value_name = "N")]
        capacity: Option<NonZeroUsize>,
    },
    /// What a model gains and loses by what memory policies and controls show it, on the alias split
    Use(UseMemory),
    /// How well memory finds what is of use: each retriever and their fusion
    Eval(MemoryEval),
}

#[derive(Args)]
pub(crate) struct SearchMemory {
    /// The folder: a run's or series', or one of its memory folders; or the URL of its items
    #[arg(value_name = "DIR|URL")]
    pub(crate) folder: PathBuf,

    /// Words
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,

    /// Items at most, of each memory
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,

    /// Only of this language
    #[arg(long, value_name = "NAME")]
    pub(crate) language: Option<String>,

    /// Only of this family
    #[arg(long, value_name = "NAME")]
    pub(crate) family: Option<String>,

    /// Only of this project
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,

    /// As this checkpoint named it, of one memory
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint: Option<u64>,
}

#[derive(Args)]
pub(crate) struct UseMemory {
    /// A run's model folder
    #[arg(long, value_name = "DIR")]
    pub(crate) model: PathBuf,

    /// Memory policies to compare: plugins' names, or .wasm files (repeatable) [default: FALCON's own]
    #[arg(long = "memory-policy", value_name = "NAME|FILE")]
    pub(crate) policies: Vec<String>,

    /// Items that each memory may hold; above it its policy says who leaves
    #[arg(long, value_name = "N", default_value = "50000")]
    pub(crate) capacity: NonZeroUsize,

    /// Tasks, eight of each project
    #[arg(long, value_name = "N", default_value_t = 160, value_parser = clap::value_parser!(u16).range(8..=10_000))]
    pub(crate) limit: u16,

    /// Programs sampled for each task
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) samples: u16,

    /// Sampling temperature
    #[arg(long, value_name = "T", default_value_t = 0.8, value_parser = temperature)]
    pub(crate) temperature: f64,

    /// Seed of the sampling
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}

fn temperature(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|t| *t > 0.0 && *t <= 10.0)
        .ok_or_else(|| "expected a number above 0 and at most 10".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
