//! One file a command.

mod bench;
mod eval;
mod experiment;
mod grade;
mod judge;
mod memory;
mod memory_eval;
mod plugin;
mod run;
mod swap;
mod tasks;
mod train;

use std::path::PathBuf;

pub(crate) use train::{memory_capacity, policy_settings};

use crate::{
    cli::{self, Bench, Cli, Command, Memory},
    failure::{Exit, OrFail as _, Outcome},
    grant::Granted,
};

/// What holds for every command.
pub(crate) struct Context {
    /// Results as JSON.
    pub(crate) json: bool,
    /// Where the operator says plugins are.
    pub(crate) plugins: Option<PathBuf>,
    /// What the operator lets plugins do.
    pub(crate) granted: Granted,
    /// Programs run in this process.
    pub(crate) in_process: bool,
}

/// Runs the command that was asked for.
pub(crate) fn run(cli: Cli) -> Outcome {
    let context = Context {
        json: cli.json,
        plugins: cli.plugins,
        granted: Granted::new(cli.grants, cli.llm.as_deref(), cli.kv.as_deref())?,
        in_process: cli.in_process,
    };
    match cli.command {
        Command::Train(options) => train::run(&context, options),
        Command::Experiment(options) => experiment::run(&context, options),
        Command::Grade(options) => grade::run(&context, &options),
        Command::Judge(options) => judge::run(&context, &options),
        Command::Swap(options) => swap::run(&context, &options),
        Command::Eval(options) => eval::run(&context, &options),
        Command::Run(options) => run::run(&context, &options),
        Command::Tasks(options) => tasks::run(&context, &options),
        Command::Plugin(options) => plugin::run(&context, options),
        Command::Memory(options) => remember(&context, &options),
        Command::Bench(Bench::Memory(options)) => bench::memory(&context, &options),
        Command::Bench(Bench::Sandbox(options)) => bench::sandbox(&context, &options),
        Command::Bench(Bench::Soak(options)) => bench::soak(&context, &options),
        Command::Worker(options) => worker(&options),
    }
}

fn worker(options: &cli::Worker) -> Outcome {
    if options.uncounted {
        falcon_host::leave_fuel_uncounted();
    }
    falcon_grading::serve()
        .map(|()| Exit::Done)
        .or_infrastructure("the worker cannot reach its parent")
}

fn remember(context: &Context, options: &Memory) -> Outcome {
    match options {
        Memory::Stats {
            folder,
            html,
            checkpoint,
        } => memory::stats(context, folder, html.as_deref(), *checkpoint),
        Memory::Search(options) => memory::search(context, options),
        Memory::Export {
            folder,
            file,
            checkpoint,
        } => memory::export(context, folder, file, *checkpoint),
        Memory::Import {
            folder,
            file,
            memory_store,
            capacity,
        } => memory::import(context, folder, file, memory_store.as_deref(), *capacity),
        Memory::Use(options) => memory::used(context, options),
        Memory::Eval(options) => memory_eval::run(context, options),
    }
}
