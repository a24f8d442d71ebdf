//! The commands of `falcon plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::quantity::Span;

#[derive(Subcommand)]
pub(crate) enum Plugin {
    /// Begin a plugin: a folder that builds and passes its tests, to be changed into one's own
    New(NewPlugin),
    /// Make one plugin file of a plugin's folder: its code, its interface and its manifest
    Build {
        /// The folder of plugin.toml
        #[arg(value_name = "DIR", default_value = ".")]
        folder: PathBuf,
        /// The file to write [default: <owner>-<name>.wasm]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Make a runner, into which other plugins' sources are put: the core module alone
        #[arg(long, hide = true, requires = "out")]
        runner: bool,
    },
    /// Run a plugin's cases under the real host
    Test {
        /// A plugin's folder, which is built first, a plugin's name, or a .wasm file
        #[arg(value_name = "DIR|PLUGIN", default_value = ".")]
        plugin: String,
        /// The cases [default: cases.toml, of a language pack conformance.toml, in DIR or here]
        #[arg(long, value_name = "FILE")]
        cases: Option<PathBuf>,
    },
    /// Measure what a call of a judge costs: time, memory, fuel
    Bench {
        /// A plugin's folder, which is built first, a plugin's name, or a .wasm file
        #[arg(value_name = "DIR|PLUGIN", default_value = ".")]
        plugin: String,
        /// Episodes to judge, in JSON lines [default: episodes.jsonl in DIR, else one short program]
        #[arg(long, value_name = "FILE")]
        episodes: Option<PathBuf>,
        /// How long to measure
        #[arg(long, value_name = "TIME", default_value = "2s")]
        time: Span,
    },
    /// Say what a plugin is, wants and offers
    Inspect {
        /// A plugin's name, or a .wasm file
        plugin: String,
    },
    /// Check whether this machine can build plugins, or whether this falcon can run one
    Doctor {
        /// A plugin's folder, a plugin's name, or a .wasm file; without it, the tools are checked
        #[arg(value_name = "DIR|PLUGIN")]
        plugin: Option<String>,
    },
    /// Put a plugin file into the folder of plugins, once it is known to fit
    Add {
        /// The .wasm file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Take a plugin out of the folder of plugins
    Remove {
        /// A plugin's name, with a version or digest after @ where several fit
        plugin: String,
    },
    /// List the plugins found
    List,
}

#[derive(Args)]
pub(crate) struct NewPlugin {
    /// What it is
    #[arg(value_enum, value_name = "KIND")]
    pub(crate) kind: PluginKind,

    /// What it is called: owner/name
    #[arg(value_name = "OWNER/NAME")]
    pub(crate) name: String,

    /// What it is written in
    #[arg(long, value_enum, default_value = "rust")]
    pub(crate) language: PluginLanguage,

    /// The folder to make [default: ./NAME]
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PluginKind {
    /// Scores episodes
    Judge,
    /// Decides what memory keeps, recalls and shows
    Memory,
    /// Checks and runs programs of one programming language
    Language,
}

impl From<PluginKind> for falcon_package::Kind {
    fn from(kind: PluginKind) -> Self {
        match kind {
            PluginKind::Judge => Self::Judge,
            PluginKind::Memory => Self::Memory,
            PluginKind::Language => Self::Language,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PluginLanguage {
    /// A crate, on falcon-sdk
    Rust,
    /// One function, with CPython inside
    Python,
    /// One function, with QuickJS-ng inside
    Javascript,
}

impl PluginLanguage {
    /// As it is asked for.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Javascript => "javascript",
        }
    }
}
