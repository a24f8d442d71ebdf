//! The grader: a batch of submissions in, their episodes out, in order.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroUsize,
    path::PathBuf,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use falcon_episode::{
    Cancel, Cancelled, Digest, Episode, Grader, Infrastructure, Spent, Submission, TestOutcome,
    Verdict,
};
use falcon_host::{
    Plugin,
    language::{LanguageError, LanguagePack, Limits},
};
use falcon_package::Kind;
use rayon::prelude::*;

use crate::{
    cache::{self, Cache},
    execute::execute_until,
    execution::Execution,
    panel::Panel,
    threads::{Threads, ThreadsError},
    workers::{InForce, WorkerCommand, WorkerError, Workers},
};

/// A language pack and what it is called.
pub struct Language {
    /// The name that submissions use: `python`.
    pub name: String,
    /// The plugin's name: `falcon/python`.
    pub plugin: String,
    /// The plugin's digest.
    pub digest: Digest,
    /// The plugin's file.
    pub file: PathBuf,
    /// The pack.
    pub pack: LanguagePack,
}

/// Why a plugin is no language.
#[derive(Debug, thiserror::Error)]
pub enum LanguageLoadError {
    /// It is a plugin of another kind.
    #[error(transparent)]
    Kind(#[from] falcon_host::UseError),
    /// It does not link or does not answer.
    #[error("{plugin}: {error}")]
    Pack {
        /// The plugin.
        plugin: falcon_host::PluginId,
        /// Why.
        #[source]
        error: LanguageError,
    },
}

impl Language {
    /// The language that a loaded plugin is.
    ///
    /// # Errors
    /// Where it is a plugin of another kind, or does not answer.
    pub fn of(plugin: &Plugin) -> Result<Self, LanguageLoadError> {
        plugin.expect(Kind::Language)?;
        let id = plugin.id();
        let failed = |error| LanguageLoadError::Pack {
            plugin: id.clone(),
            error,
        };
        let pack = LanguagePack::of(plugin).map_err(failed)?;
        let name = pack.describe().map_err(failed)?.language;
        Ok(Self {
            name,
            plugin: id.name.to_string(),
            digest: id.digest,
            file: plugin.info().path.clone(),
            pack,
        })
    }
}

/// How to grade.
#[derive(Clone, Debug)]
pub struct Options {
    /// Programs graded at once; the machine's cores by default.
    pub jobs: NonZeroUsize,
    /// What one program may use.
    pub limits: Limits,
    /// Executions remembered, so that a program that comes again is not run again; 0 for none.
    pub remembered: usize,
    /// The program that runs them in processes of their own, as many as are graded at once; in this
    /// process without.
    pub workers: Option<WorkerCommand>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: Threads::cores(),
            limits: Limits::default(),
            remembered: 4096,
            workers: None,
        }
    }
}

/// Why there is no pipeline.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// No threads could be made.
    #[error(transparent)]
    Threads(#[from] ThreadsError),
    /// No worker processes could be made.
    #[error(transparent)]
    Workers(#[from] WorkerError),
}

/// Programs to rewards.
pub struct Pipeline {
    languages: Vec<Language>,
    panel: RwLock<Arc<Panel>>,
    limits: Limits,
    cache: Cache,
    threads: Threads,
    workers: Option<Workers>,
    executions: AtomicU64,
    /// Nanoseconds of all threads: running programs, judging.
    running: AtomicU64,
    judging: AtomicU64,
}

impl Pipeline {
    /// A pipeline of these parts.
    ///
    /// # Errors
    /// Where threads or worker processes cannot be made.
    pub fn new(
        languages: Vec<Language>,
        panel: Panel,
        options: &Options,
    ) -> Result<Self, PipelineError> {
        let threads = Threads::new(options.jobs)?;
        let packs = languages.iter().map(|one| (one.file.clone(), one.digest));
        let workers = options
            .workers
            .clone()
            .map(|command| Workers::start(command, packs.collect(), options.jobs.get()))
            .transpose()?;
        Ok(Self {
            languages,
            panel: RwLock::new(Arc::new(panel)),
            limits: options.limits.clone(),
            cache: Cache::new(options.remembered),
            threads,
            workers,
            executions: AtomicU64::new(0),
            running: AtomicU64::new(0),
            judging: AtomicU64::new(0),
        })
    }

    /// Judges by other judges from the next batch on.
    pub fn replace_panel(&self, panel: Panel) {
        *self.panel.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(panel);
    }

    /// The judges in force.
    #[must_use]
    pub fn panel(&self) -> Arc<Panel> {
        Arc::clone(&self.panel.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What each program may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What holds the worker processes; none where programs run in this process.
    ///
    /// # Errors
    /// Where no worker can be made ready.
    pub fn in_force(&self) -> Result<Option<InForce>, WorkerError> {
        self.workers.as_ref().map(Workers::in_force).transpose()
    }

    /// The execution of a submission: remembered, or done now. An infrastructure fault is tried twice.
    fn execution(
        &self,
        submission: &Submission,
        key: Option<Digest>,
        cancel: &Cancel,
    ) -> Arc<Execution> {
        let Some(at) = self
            .languages
            .iter()
            .position(|one| one.name == submission.language)
        else {
            return Arc::new(fault(&format!(
                "there is no language pack for {:?}",
                submission.language
            )));
        };
        if let Some(done) = key.and_then(|key| self.cache.get(&key)) {
            return done;
        }
        let mut last = fault("");
        for _ in 0..2 {
            if cancel.is_cancelled() {
                return Arc::new(fault("cancelled"));
            }
            last = match &self.workers {
                Some(workers) => workers
                    .execute(
                        (at, &self.languages[at].pack),
                        submission,
                        &self.limits,
                        cancel,
                    )
                    .unwrap_or_else(|error| fault(&error.to_string())),
                None => execute_until(&self.languages[at].pack, submission, &self.limits, cancel)
                    .unwrap_or_else(|error| fault(&error.to_string())),
            };
            self.executions.fetch_add(last.instances, Ordering::Relaxed);
            if last.verdict != Verdict::Infrastructure {
                let done = Arc::new(last);
                if let Some(key) = key {
                    self.cache.put(key, Arc::clone(&done));
                }
                return done;
            }
        }
        Arc::new(last)
    }

    /// The cheapest cost that is known for each submission: what its task says, or what the task's reference takes
    /// where that is less. References of programs that did not pass are not run.
    ///
    /// Where a reference met a fault, a fault that says so: its cost is not known today and may be tomorrow.
    fn cheapest(
        &self,
        batch: &[Submission],
        passed: impl Fn(usize) -> bool,
        cancel: &Cancel,
    ) -> Vec<Result<Option<u64>, Arc<Execution>>> {
        let of: Vec<_> = (0..batch.len())
            .map(|at| {
                let reference = passed(at).then(|| reference(&batch[at])).flatten()?;
                Some((self.key(&reference)?, reference))
            })
            .collect();
        let references: HashMap<Digest, &Submission> = of
            .iter()
            .flatten()
            .map(|(key, reference)| (*key, reference))
            .collect();
        let references: Vec<(Digest, &Submission)> = references.into_iter().collect();
        let done: HashMap<Digest, Arc<Execution>> = references
            .into_par_iter()
            .with_max_len(1)
            .map(|(key, reference)| {
                let since = Instant::now();
                let execution = self.execution(reference, Some(key), cancel);
                add(&self.running, since);
                (key, execution)
            })
            .collect();
        batch
            .iter()
            .zip(of)
            .map(|(submission, of)| {
                let told = submission.cheapest_fuel;
                let Some(done) = of.and_then(|(key, _)| done.get(&key)) else {
                    return Ok(told);
                };
                match done.verdict {
                    Verdict::Passed => Ok(Some(told.map_or(done.fuel, |told| told.min(done.fuel)))),
                    Verdict::Infrastructure => Err(Arc::new(without_cost(done))),
                    _ => Ok(told),
                }
            })
            .collect()
    }

    fn key(&self, submission: &Submission) -> Option<Digest> {
        let language = self
            .languages
            .iter()
            .find(|one| one.name == submission.language)?;
        Some(cache::key(&language.digest, submission, &self.limits))
    }

    /// The episode of an execution, scored by a panel.
    fn episode(
        &self,
        submission: &Submission,
        (execution, seconds): (&Execution, f64),
        cheapest_fuel: Option<u64>,
        panel: &Panel,
    ) -> Episode {
        let mut episode = Episode {
            task_id: submission.task_id.clone(),
            split: submission.split.clone(),
            language: submission.language.clone(),
            prompt: submission.prompt.clone(),
            attempt: submission.attempt,
            diagnostics: execution.diagnostics.clone(),
            tests: execution.tests.clone(),
            fuel: execution.fuel,
            cheapest_fuel,
            seconds,
            plugins: self.plugins_with(panel),
            ..Episode::new(submission.program.clone(), execution.verdict)
        };
        let since = Instant::now();
        panel.judge(&mut episode, submission.reference.as_deref());
        add(&self.judging, since);
        episode
    }

    fn plugins_with(&self, panel: &Panel) -> BTreeMap<String, Digest> {
        let languages = self.languages.iter();
        let languages = languages.map(|one| (one.plugin.clone(), one.digest));
        languages.chain(panel.plugins()).collect()
    }
}

impl Grader for Pipeline {
    fn grade(&self, batch: &[Submission]) -> Result<Vec<Episode>, Infrastructure> {
        self.grade_until(batch, &Cancel::never())
    }

    fn grade_until(
        &self,
        batch: &[Submission],
        cancel: &Cancel,
    ) -> Result<Vec<Episode>, Infrastructure> {
        // One batch is judged by one panel, whatever is put in its place meanwhile.
        let panel = self.panel();
        // Equal submissions run once, whoever of them comes first.
        let keys: Vec<_> = batch
            .iter()
            .map(|submission| self.key(submission))
            .collect();
        let mut first: HashMap<Digest, usize> = HashMap::new();
        let of: Vec<usize> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| key.map_or(at, |key| *first.entry(key).or_insert(at)))
            .collect();
        let unique: Vec<usize> = (0..batch.len()).filter(|at| of[*at] == *at).collect();
        self.threads.install(|| {
            let done: HashMap<usize, (Arc<Execution>, f64)> = unique
                .par_iter()
                .with_max_len(1)
                .map(|at| {
                    let since = Instant::now();
                    let execution = self.execution(&batch[*at], keys[*at], cancel);
                    add(&self.running, since);
                    (*at, (execution, since.elapsed().as_secs_f64()))
                })
                .collect();
            let cut = |(execution, _): &(Arc<Execution>, f64)| {
                execution.verdict == Verdict::Infrastructure && cancel.is_cancelled()
            };
            if done.values().any(cut) {
                return Err(Infrastructure::new(Cancelled));
            }
            let passed = |at: usize| done[&of[at]].0.verdict == Verdict::Passed;
            let cheapest = if panel.asks_references() {
                self.cheapest(batch, passed, cancel)
            } else {
                batch.iter().map(|one| Ok(one.cheapest_fuel)).collect()
            };
            let judged = (0..batch.len()).into_par_iter();
            judged
                .map(|at| {
                    // A judge may take its time: one that asks a model does.
                    if cancel.is_cancelled() {
                        return Err(Infrastructure::new(Cancelled));
                    }
                    let (execution, seconds) = &done[&of[at]];
                    let (execution, cheapest) = match &cheapest[at] {
                        Ok(cheapest) => (execution, *cheapest),
                        Err(fault) => (fault, None),
                    };
                    Ok(self.episode(&batch[at], (execution, *seconds), cheapest, &panel))
                })
                .collect()
        })
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        self.plugins_with(&self.panel())
    }

    fn executions(&self) -> u64 {
        self.executions.load(Ordering::Relaxed)
    }

    fn spent(&self) -> Spent {
        let seconds =
            |of: &AtomicU64| Duration::from_nanos(of.load(Ordering::Relaxed)).as_secs_f64();
        Spent {
            running: seconds(&self.running),
            judging: seconds(&self.judging),
        }
    }
}

/// A task's reference, to be run as its answer; none where the task has none.
fn reference(submission: &Submission) -> Option<Submission> {
    Some(Submission {
        program: submission.reference.clone()?,
        ..submission.clone()
    })
}

/// What becomes of a program that passed where its task's reference met a fault: nothing that the reference said or
/// used is the program's.
fn without_cost(reference: &Execution) -> Execution {
    let mut tests = reference.tests.iter();
    let met = tests.find(|test| test.verdict == Verdict::Infrastructure);
    fault(&format!(
        "the program passed, and the task's reference, by which the cost is judged, met a fault: {}",
        met.map_or("it says nothing of it", |test| test.message.as_str())
    ))
}

/// Adds the time since then, in nanoseconds.
fn add(to: &AtomicU64, since: Instant) {
    let took = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
    to.fetch_add(took, Ordering::Relaxed);
}

fn fault(message: &str) -> Execution {
    Execution {
        verdict: Verdict::Infrastructure,
        tests: vec![TestOutcome {
            name: "sandbox".to_owned(),
            verdict: Verdict::Infrastructure,
            message: message.to_owned(),
            at: None,
            got: None,
        }],
        diagnostics: Vec::new(),
        fuel: 0,
        instances: 0,
    }
}
