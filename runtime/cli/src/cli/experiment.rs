use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::quantity::Span;

#[derive(Subcommand)]
pub(crate) enum Experiment {
    /// Make the runs that are missing, then the report; the same command goes on where it was stopped
    Run(RunExperiment),
    /// Make the report again from the runs that are done
    Report {
        /// The experiment's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Print a preset's file, to start one of your own from
    Show {
        /// smoke, paper, scaling, balance, feedback, objectives or inner
        #[arg(value_name = "PRESET")]
        preset: String,
    },
}

#[derive(Args)]
pub(crate) struct RunExperiment {
    /// The experiment's file (TOML), or a preset: smoke, paper, scaling, balance, feedback, objectives, inner
    #[arg(value_name = "FILE|PRESET")]
    pub(crate) file: String,

    /// Folder of the experiment [default: runs/<name>]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Stop at the next step after so much time
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<Span>,

    /// Runs that are made at the same time, each in a process of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
}
