//! The grader: a language pack, the reward's judges, and threads.

use std::num::NonZeroUsize;

use falcon_episode::Grader;
use falcon_grading::{Language, Options, Panel, Pipeline, WorkerCommand};
use falcon_package::Kind;

use super::{judges, load};
use crate::{
    command::Context,
    failure::{Failure, OrFail as _},
    live,
};

/// Programs to rewards.
pub(crate) struct Sandbox {
    pipeline: Pipeline,
    language: String,
    pack: String,
}

/// What is asked of the grader; nothing of it is FALCON's default.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// The language pack; `python` where none is named.
    pub(crate) language: Option<&'a str>,
    /// What makes the reward.
    pub(crate) judges: Judges<'a>,
    /// Programs graded at once.
    pub(crate) jobs: Option<NonZeroUsize>,
    /// What one program may spend, where that is not the usual.
    pub(crate) fuel: Option<u64>,
    /// Run a program anew even where the same one was graded before.
    pub(crate) forget: bool,
    /// Run programs in this process, whatever the operator says of the others.
    pub(crate) in_process: bool,
    /// Count no fuel in the workers. Only the bench asks for it, for programs of its own.
    pub(crate) uncounted: bool,
}

/// What makes the reward.
#[derive(Clone, Copy)]
pub(crate) enum Judges<'a> {
    /// The judges of this reward: a design's name or a file; FALCON's default where none is named.
    Of(Option<&'a str>),
    /// Nothing, until judges are put there.
    Later,
}

impl Default for Judges<'_> {
    fn default() -> Self {
        Self::Of(None)
    }
}

impl Sandbox {
    /// Loads what grading needs.
    ///
    /// # Errors
    /// Where a plugin or the reward file will not do.
    pub(crate) fn open(context: &Context, asked: Asked<'_>) -> Result<Self, Failure> {
        let plugin = load::plugin(context, asked.language.unwrap_or("python"), Kind::Language)?;
        let language = Language::of(&plugin).map_err(Failure::usage)?;
        let panel = match asked.judges {
            Judges::Of(reward) => judges::panel(context, judges::reward(reward)?)?,
            Judges::Later => Panel::none(),
        };
        let mut options = Options::default();
        if let Some(jobs) = asked.jobs {
            options.jobs = jobs;
        }
        if let Some(fuel) = asked.fuel {
            options.limits.fuel = fuel;
        }
        if asked.forget {
            options.remembered = 0;
        }
        if !(context.in_process || asked.in_process) {
            let mut command = worker()?;
            if asked.uncounted {
                command.arguments.push("--uncounted".into());
            }
            options.workers = Some(command);
        }
        let name = language.name.clone();
        let pipeline = Pipeline::new(vec![language], panel, &options)
            .or_infrastructure("the grader cannot start")?;
        let in_force = pipeline
            .in_force()
            .or_infrastructure("the grader cannot start")?;
        match in_force {
            Some(in_force) => live::line(&format!(
                "programs run in {} worker processes: {in_force}",
                options.jobs
            )),
            // Who asks for it in code has said so already.
            None if asked.in_process => {}
            None => live::line("programs run in this process: nothing but WebAssembly holds them"),
        }
        Ok(Self {
            pipeline,
            language: name,
            pack: plugin.id().to_string(),
        })
    }

    /// The grader.
    pub(crate) fn grader(&self) -> &dyn Grader {
        &self.pipeline
    }

    /// Judges by other judges from the next batch on.
    pub(crate) fn replace_panel(&self, panel: Panel) {
        self.pipeline.replace_panel(panel);
    }

    /// The language that programs are in, as tasks name it.
    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// The language pack as people name it.
    pub(crate) fn pack(&self) -> &str {
        &self.pack
    }
}

/// This program as its own workers.
pub(crate) fn worker() -> Result<WorkerCommand, Failure> {
    let program = std::env::current_exe().or_infrastructure("this program's file is not known")?;
    Ok(WorkerCommand {
        program,
        arguments: vec!["worker".into()],
        recycle: RECYCLE,
    })
}

/// Programs after which a worker process is replaced by a fresh one.
const RECYCLE: u64 = 20_000;
