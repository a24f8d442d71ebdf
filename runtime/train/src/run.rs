use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use falcon_episode::{Grader, Infrastructure, LongTermMemory};
use serde::{Deserialize, Serialize};

use crate::{
    Config, Event, Observer, Progress, RunReport, TrainError, encoder,
    episodes::EpisodeLog,
    evaluate, files, inner,
    material::Material,
    model::{Learnt, Policy, load_model, save_model},
    optimiser::Optimiser,
    rl,
    state::{Checkpoint, Stage, State, checkpoint_file},
    summary, warm_start,
};

/// Opens the memories of a run.
pub trait MemoryFactory: Sync {
    /// Opens the memory called `name`, making it where it is not: `train` is what training writes and
    /// reads; `evaluation` holds the earlier solved tasks of the test projects.
    ///
    /// # Errors
    /// Where the store cannot be opened.
    fn open(&self, name: &str) -> Result<Box<dyn LongTermMemory>, Infrastructure>;
}

/// What a run works with.
pub struct Services<'a> {
    /// Runs and judges programs.
    pub grader: &'a dyn Grader,
    /// Opens memories.
    pub memories: &'a dyn MemoryFactory,
    /// Is told of progress.
    pub observer: &'a mut dyn Observer,
    /// Set from elsewhere to stop the run at the next border between steps.
    pub cancel: &'a AtomicBool,
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Warm start, reinforcement learning, control, evaluation.
    #[default]
    All,
    /// The warm start alone.
    WarmStart,
    /// The warm start and its measurement.
    Measured,
}

/// What a run starts from.
#[derive(Clone, Debug)]
pub struct Start {
    /// The recipe.
    pub config: Config,
    /// Every draw follows from it.
    pub seed: u64,
    /// How far to go.
    pub phase: Phase,
    /// The folder of a model to start reinforcement learning from, instead of a warm start.
    pub warm_start: Option<PathBuf>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It went to its end.
    Finished(Box<RunReport>),
    /// It was stopped and can be resumed.
    Stopped {
        /// The phase it was in.
        phase: String,
        /// Steps of that phase that are done.
        step: usize,
        /// The checkpoint's folder.
        checkpoint: PathBuf,
    },
}

/// Whether to go on after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Stop,
}

/// A run in progress.
pub(crate) struct Run<'a> {
    pub(crate) out: PathBuf,
    pub(crate) services: Services<'a>,
    /// Shared with the thread that draws a batch while another is learnt from.
    pub(crate) material: Arc<Material>,
    pub(crate) at: Checkpoint,
    /// Shared likewise.
    pub(crate) memory: Arc<dyn LongTermMemory>,
    pub(crate) evaluation_memory: Box<dyn LongTermMemory>,
    pub(crate) log: EpisodeLog,
    lap: Instant,
    /// The grader's count up to which executions are booked, or set aside.
    executions: u64,
}

/// Trains a policy in a new or empty folder.
///
/// # Errors
/// Where the configuration, the folder, the grader or a memory will not do, or training diverged.
pub fn train(start: Start, out: &Path, services: Services<'_>) -> Result<Outcome, TrainError> {
    if let Some((field, rule)) = start.config.first_fault() {
        return Err(TrainError::Input(format!("configuration: {field} {rule}")));
    }
    if checkpoint_file(out).exists() || out.join("report.json").exists() {
        return Err(TrainError::Input(format!(
            "{} holds a run already; resume it, or choose another folder",
            out.display()
        )));
    }
    files::make_folder(out)?;
    let mut state = State {
        seed: start.seed,
        phase: start.phase,
        ..State::default()
    };
    let mut config = start.config;
    let policy = match &start.warm_start {
        None => {
            let vocabulary = config.model.tokenizer.vocabulary();
            Policy::new(&config.model, vocabulary, start.seed)
        }
        Some(folder) => {
            let (mut policy, of) = load_model(folder)?;
            config.model = of.model;
            if let Some((field, rule)) = config.first_fault() {
                return Err(TrainError::Input(format!(
                    "configuration, with the model of {}: {field} {rule}",
                    folder.display()
                )));
            }
            state.stage = if policy.has_context(&config.inner) {
                after_warm_start(&config)
            } else {
                let attached = policy.attach(&config.inner, start.seed);
                attached.map_err(|what| TrainError::damaged(folder, what))?;
                Stage::Context
            };
            state.policies.insert("before".to_owned(), policy.digest());
            policy
        }
    };
    let optimiser = Optimiser::new(&policy);
    let warm = start.warm_start.map(|_| policy.values.clone());
    Run::open(
        Checkpoint {
            config,
            state,
            policy,
            optimiser,
            warm,
            best: None,
            ahead: None,
            encoder: None,
        },
        out,
        services,
        true,
    )?
    .go()
}

/// Goes on with a run from its last checkpoint. The result is that of an undisturbed run.
///
/// # Errors
/// As [`train`], and where there is no whole checkpoint.
pub fn resume(out: &Path, services: Services<'_>) -> Result<Outcome, TrainError> {
    Run::open(Checkpoint::read(out)?, out, services, false)?.go()
}

/// The stage after the warm start, or after a model that was given in its place.
fn after_warm_start(config: &Config) -> Stage {
    if config.evaluation.before {
        Stage::Before
    } else {
        Stage::Rl
    }
}

impl<'a> Run<'a> {
    fn open(
        mut at: Checkpoint,
        out: &Path,
        services: Services<'a>,
        fresh: bool,
    ) -> Result<Self, TrainError> {
        let opened = |name| {
            services
                .memories
                .open(name)
                .map_err(TrainError::infrastructure("opening memory"))
        };
        let (memory, evaluation_memory) = (opened("train")?, opened("evaluation")?);
        let log = EpisodeLog::open(out, at.state.episode_bytes)?;
        if !fresh {
            let back = TrainError::infrastructure("taking memory back to the checkpoint");
            memory
                .restore(at.state.train_memory)
                .and_then(|()| evaluation_memory.restore(at.state.evaluation_memory))
                .map_err(back)?;
        }
        let started = Instant::now();
        let material = Material::new(&at.config, at.state.seed)?;
        if fresh {
            at.state.task_files = material.file_digests();
        }
        material.check(&at)?;
        let held_out = material.held_out();
        for memory in [&memory, &evaluation_memory] {
            memory.guard(&held_out).map_err(TrainError::infrastructure(
                "guarding memory against test tasks",
            ))?;
        }
        *at.state.seconds.entry(at.state.stage).or_default() += started.elapsed().as_secs_f64();
        let executions = services.grader.executions();
        let out = out.to_owned();
        let lap = Instant::now();
        let mut run = Self {
            out,
            services,
            material: Arc::new(material),
            at,
            memory: Arc::from(memory),
            evaluation_memory,
            log,
            lap,
            executions,
        };
        encoder::restore(&mut run)?;
        if fresh {
            let files = run.material.files.as_ref();
            let said = files.map(|files| files.said(&run.material, &run.at));
            for note in said.unwrap_or_default() {
                run.tell(Event::Note(note));
            }
            run.save()?;
        }
        Ok(run)
    }

    fn go(mut self) -> Result<Outcome, TrainError> {
        loop {
            let stage = self.at.state.stage;
            if stage == Stage::Done {
                return self.finish();
            }
            let seconds = |run: &Self| run.at.state.seconds.get(&stage).copied().unwrap_or(0.0);
            let of = self.steps_of(stage, self.at.state.step);
            self.tell(Event::PhaseStarted {
                phase: stage.name(),
                of,
            });
            let flow = match stage {
                Stage::WarmStart => warm_start::run(&mut self)?,
                Stage::Context => inner::warm_up(&mut self)?,
                Stage::Rl => rl::run(&mut self)?,
                Stage::Continued => warm_start::run_continued(&mut self)?,
                Stage::Before | Stage::After | Stage::AfterContinued => evaluate::run(&mut self)?,
                Stage::Done => Flow::Next,
            };
            self.tick();
            if flow == Flow::Stop {
                self.save()?;
                return Ok(Outcome::Stopped {
                    phase: stage.name().to_owned(),
                    step: self.at.state.step,
                    checkpoint: self.out.join("checkpoint"),
                });
            }
            let seconds = seconds(&self);
            self.tell(Event::PhaseEnded {
                phase: stage.name(),
                seconds,
            });
            self.leave(stage)?;
        }
    }

    /// Goes to the stage after this one.
    fn leave(&mut self, stage: Stage) -> Result<(), TrainError> {
        self.at.state.stage = match stage {
            Stage::WarmStart if !self.at.policy.has_context(&self.at.config.inner) => {
                let seed = self.at.state.seed;
                let attached = self.at.policy.attach(&self.at.config.inner, seed);
                attached.map_err(TrainError::Input)?;
                Stage::Context
            }
            Stage::WarmStart | Stage::Context => {
                self.at.warm = Some(self.at.policy.values.clone());
                self.keep("before")?;
                match self.at.state.phase {
                    Phase::WarmStart => Stage::Done,
                    Phase::Measured => Stage::Before,
                    Phase::All => after_warm_start(&self.at.config),
                }
            }
            Stage::Before if self.at.state.phase == Phase::Measured => Stage::Done,
            Stage::Before => Stage::Rl,
            Stage::Rl => {
                self.keep("after")?;
                Stage::After
            }
            Stage::After if self.at.config.evaluation.continued => {
                if let Some(warm) = self.at.warm.clone() {
                    self.at.policy.values = warm;
                }
                Stage::Continued
            }
            Stage::Continued => Stage::AfterContinued,
            Stage::After | Stage::AfterContinued | Stage::Done => Stage::Done,
        };
        if !matches!(stage, Stage::Rl | Stage::Continued | Stage::Done) {
            self.at.optimiser = Optimiser::new(&self.at.policy);
        }
        self.at.state.step = 0;
        self.save()
    }

    /// Writes the model as it is now into `model/`: what reinforcement learning made replaces the warm start.
    fn keep(&mut self, when: &str) -> Result<(), TrainError> {
        let digest = self.at.policy.digest();
        self.at.state.policies.insert(when.to_owned(), digest);
        save_model(&self.at.policy, &self.at.config, &self.out.join("model"))
    }

    /// Makes all that was done durable. The state comes last: it names what the others hold.
    pub(crate) fn save(&mut self) -> Result<(), TrainError> {
        self.tick();
        self.at.state.episode_bytes = self.log.sync()?;
        let naming = || TrainError::infrastructure("checkpointing memory");
        let state = &mut self.at.state;
        state.train_memory = self.memory.checkpoint().map_err(naming())?;
        state.evaluation_memory = self.evaluation_memory.checkpoint().map_err(naming())?;
        let (train, evaluation) = (state.train_memory, state.evaluation_memory);
        self.at.write(&self.out)?;
        // Only now does nothing on disk name the contents before. All of them go, also one that a
        // run that was killed here left behind.
        self.memory.release_before(train).map_err(naming())?;
        self.evaluation_memory
            .release_before(evaluation)
            .map_err(naming())
    }

    /// Ends a step: counts it, saves where it is time, and says whether to go on.
    pub(crate) fn step_done(&mut self) -> Result<Flow, TrainError> {
        self.at.state.step += 1;
        if self
            .at
            .state
            .step
            .is_multiple_of(self.at.config.checkpoint_every)
        {
            self.save()?;
        }
        Ok(if self.services.cancel.load(Ordering::Relaxed) {
            Flow::Stop
        } else {
            Flow::Next
        })
    }

    /// Books wall time and executions since the last call.
    pub(crate) fn tick(&mut self) {
        let now = Instant::now();
        let state = &mut self.at.state;
        *state.seconds.entry(state.stage).or_default() += (now - self.lap).as_secs_f64();
        self.lap = now;
        let executions = self.services.grader.executions();
        state.executions += executions.saturating_sub(self.executions);
        self.executions = executions;
    }

    /// Leaves a batch's executions out of the next [`tick`](Self::tick): they are booked in the batch's own step, so that
    /// one which waits in no checkpoint, and is drawn again, counts once.
    pub(crate) fn set_aside(&mut self, executions: u64) {
        self.executions += executions;
    }

    /// Wall time of the present stage.
    pub(crate) fn stage_seconds(&self) -> f64 {
        let booked = self
            .at
            .state
            .seconds
            .get(&self.at.state.stage)
            .copied()
            .unwrap_or(0.0);
        booked + self.lap.elapsed().as_secs_f64()
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.services.observer.event(&event);
    }

    /// Tells of a step that is done, with speeds since `began`.
    pub(crate) fn tell_step(&mut self, began: Instant, tokens: u64, runs: u64, progress: Progress) {
        let seconds = began.elapsed().as_secs_f64().max(1e-9);
        let step = self.at.state.step + 1;
        // What this step took is counted already, the step is not.
        let of = self.steps_of(self.at.state.stage, step);
        let state = &self.at.state;
        // A stage's time has the warm starts that were abandoned too, each where its decay would have begun.
        let before = match state.stage {
            Stage::WarmStart => {
                let config = &self.at.config.warm_start;
                state.abandoned * config.steps.saturating_sub(config.decay)
            }
            _ => 0,
        };
        let eta = self.stage_seconds() / (before + step) as f64 * of.saturating_sub(step) as f64;
        let phase = state.stage.name();
        self.tell(Event::Step(Progress {
            phase,
            step,
            of,
            tokens_per_second: tokens as f64 / seconds,
            runs_per_second: runs as f64 / seconds,
            eta_seconds: Some(eta),
            ..progress
        }));
    }

    fn steps_of(&self, stage: Stage, made: usize) -> usize {
        match stage {
            Stage::WarmStart => match self.at.state.decay_from {
                Some(from) => from + self.at.config.warm_start.decay,
                None => self.at.config.warm_start.steps,
            },
            Stage::Context => inner::warm_up_steps(self),
            Stage::Rl => rl::steps(self, made),
            Stage::Continued => warm_start::continued_steps(self),
            Stage::Before | Stage::After | Stage::AfterContinued => evaluate::jobs(self).len(),
            Stage::Done => 0,
        }
    }

    /// One optimiser step. Returns the gradient's norm before clipping.
    pub(crate) fn descend(
        &mut self,
        learnt: &Learnt,
        rate: f64,
        decay: f64,
    ) -> Result<f64, TrainError> {
        let moved = self
            .at
            .optimiser
            .step(&mut self.at.policy, &learnt.gradient, rate, decay);
        let norm = moved.map_err(|error| self.diverged(error.to_string()))?;
        if !learnt.objective.is_finite() {
            return Err(self.diverged(format!("the objective is {}", learnt.objective)));
        }
        self.at.state.tokens += learnt.tokens as u64;
        Ok(norm)
    }

    fn diverged(&self, what: impl Into<String>) -> TrainError {
        TrainError::Diverged {
            phase: self.at.state.stage.name(),
            step: self.at.state.step + 1,
            what: what.into(),
            checkpoint: self.out.join("checkpoint"),
        }
    }

    fn finish(mut self) -> Result<Outcome, TrainError> {
        self.save()?;
        let report = summary::report(&self)?;
        let path = self.out.join("report.json");
        let text = serde_json::to_vec_pretty(&report)
            .map_err(|error| TrainError::damaged(&path, error.to_string()))?;
        files::write_atomically(&path, &text)?;
        Ok(Outcome::Finished(Box::new(report)))
    }
}
