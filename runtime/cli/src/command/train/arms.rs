//! Runs of an experiment, made as `falcon train` makes its own.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread::sleep,
    time::Duration,
};

use anyhow::anyhow;
use falcon_episode::Digest;
use falcon_experiment::{Job, Measured, Runner, Setting, Spent};
use falcon_train::{Config, FileConfig, Phase, task_language};

use super::{
    Ended, Session, folder, judges_of, policy_of, result,
    start::{MemoryPolicyAsked, Started},
};
use crate::{command::Context, failure::Failure, live, services::reward_text};

/// Makes the runs of an experiment, one after another in this process.
pub(in crate::command) struct Arms<'a> {
    session: Session<'a>,
    cancel: &'a AtomicBool,
    /// Whether other processes tell of their runs beside it.
    beside: bool,
    /// What a run's record says made it.
    command: String,
}

impl<'a> Arms<'a> {
    pub(in crate::command) fn open(
        context: &'a Context,
        cancel: &'a AtomicBool,
        beside: bool,
    ) -> Result<Self, Failure> {
        Ok(Self {
            session: Session::open(context, cancel, None)?,
            cancel,
            beside,
            command: folder::command_line(),
        })
    }

    /// The record of a job, as `falcon train` would begin it.
    fn started(&self, job: &Job) -> Result<Started, Failure> {
        let (reward, name) = reward_text(job.setting.reward.as_deref())?;
        Ok(Started {
            seed: job.seed,
            seeds: None,
            phase: if job.is_warm_start() {
                Phase::Measured
            } else {
                Phase::All
            },
            warm_start: job.model.as_deref().map(super::model).transpose()?,
            plugins: self.session.plugins.clone(),
            judges: judges_of(self.session.context, &reward, &name)?,
            reward,
            memory_policy: self.policy(&job.setting)?,
            memory_store: None,
            command: self.command.clone(),
            config: job.setting.config.clone(),
        })
    }

    /// The runs of an experiment share one sandbox.
    fn check_language(&self, config: &Config) -> Result<(), Failure> {
        let language = task_language(config).map_err(Failure::training)?;
        let spoken = self.session.sandbox.language();
        match language.filter(|language| language != spoken) {
            None => Ok(()),
            Some(language) => Err(Failure::usage(anyhow!(
                "the tasks are in {language}, and the runs of an experiment are in {spoken}"
            ))
            .hint("falcon train runs tasks in every language that there is a pack for")),
        }
    }

    fn policy(&self, setting: &Setting) -> Result<MemoryPolicyAsked, Failure> {
        let config = configuration(setting)?;
        policy_of(
            self.session.context,
            setting.memory_policy.as_deref(),
            &config,
        )
    }
}

fn configuration(setting: &Setting) -> Result<Config, Failure> {
    let config = Config::parse(&setting.config, Path::new("the arm's configuration"));
    config.map_err(Failure::training)
}

fn changed(file: &Path) -> Failure {
    Failure::usage(anyhow!(
        "{} changed since the experiment was planned",
        file.display()
    ))
    .hint("put it back as it was and run the same command, or begin another experiment with --out DIR")
}

/// What a run's folder says it measured; none where there is something left to do.
pub(in crate::command) fn measured(folder: &Path) -> Result<Option<Measured>, Failure> {
    if !result::is_finished(folder) {
        return Ok(None);
    }
    Ok(Some(Measured::read(&folder.join("report.json"))?))
}

impl Runner for Arms<'_> {
    type Error = Failure;

    fn parts(&mut self, setting: &Setting) -> Result<BTreeMap<String, Digest>, Failure> {
        let (reward, name) = reward_text(setting.reward.as_deref())?;
        let mut parts = judges_of(self.session.context, &reward, &name)?;
        parts.extend(self.policy(setting)?.plugins);
        parts.extend(self.session.plugins.clone());
        parts.insert("reward".to_owned(), Digest::of(reward.as_bytes()));
        let config = configuration(setting)?;
        self.check_language(&config)?;
        for (role, path) in config.tasks.file.iter().flat_map(FileConfig::files) {
            let bytes = fs::read(path)
                .map_err(|error| Failure::file(error, format!("cannot read {}", path.display())))?;
            let digest = Digest::of(&bytes);
            // What a run reads is what it was planned with, whatever became of the file since.
            if setting.task_files.get(role) != Some(&digest) {
                return Err(changed(path));
            }
            parts.insert(format!("{role} file of tasks"), digest);
        }
        Ok(parts)
    }

    fn finished(&self, folder: &Path) -> Result<Option<Measured>, Failure> {
        measured(folder)
    }

    fn run(&mut self, job: &Job, spent: &Spent) -> Result<Option<Measured>, Failure> {
        let started = self.started(job)?;
        started.write(&job.folder)?;
        let place = live::Place {
            title: format!("{} · seed {}", job.arm, job.seed),
            run: spent.done + spent.beside + 1,
            of: spent.of,
            this_seconds: spent.this_seconds,
            later_seconds: spent.later_seconds,
        };
        let view = live::view_of(place, self.session.context.json || self.beside);
        match self.session.run(&job.folder, &started, view)? {
            Ended::Finished(_) => self.finished(&job.folder),
            Ended::Stopped(_) => Ok(None),
        }
    }

    fn failed(&mut self, job: &Job, error: &Failure) -> String {
        live::line(&format!(
            "{}, seed {}: not made, and what needs it is not either; the other runs go on\n{}",
            job.arm,
            job.seed,
            error.text().trim_end()
        ));
        format!("{:#}", error.error)
    }

    fn wait(&mut self) -> bool {
        sleep(Duration::from_millis(200));
        !self.cancel.load(Ordering::Relaxed)
    }
}
