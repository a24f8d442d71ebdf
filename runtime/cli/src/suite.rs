//! A benchmark's tasks by id.

use std::{collections::HashMap, path::Path};

use falcon_episode::Submission;
use falcon_tasks::formats::{self, FormatError, Task};
use falcon_train::ForeignTask;

use crate::{cli::Format, failure::Failure, services::Sandbox};

/// The tasks of one file.
pub(crate) struct Suite {
    tasks: Vec<Task>,
    places: HashMap<String, usize>,
}

impl Suite {
    /// Reads a file of tasks.
    ///
    /// # Errors
    /// Where it cannot be read, or a line is not a task.
    pub(crate) fn load(path: &Path, format: Format) -> Result<Self, Failure> {
        let kind = match format {
            Format::Humaneval => formats::Format::HumanEval,
            Format::Mbpp => formats::Format::Mbpp,
            Format::MultiplE => formats::Format::MultiplE,
            Format::Falcon => formats::Format::Falcon,
        };
        let tasks = formats::load(path, kind).map_err(|error| match error {
            FormatError::Read { path, error } => {
                Failure::file(error, format!("cannot read tasks from {}", path.display()))
            }
            error => Failure::usage(error).hint(format!("is the file in the format {kind}?")),
        })?;
        let places = (0..)
            .zip(&tasks)
            .map(|(at, task)| (task.id.clone(), at))
            .collect();
        Ok(Self { tasks, places })
    }

    /// Every task must be in the language that the sandbox runs: one that is not could only be told as a
    /// fault of ours, once for each of its completions.
    ///
    /// # Errors
    /// With the first task that is not.
    pub(crate) fn check_language(&self, file: &Path, sandbox: &Sandbox) -> Result<(), Failure> {
        let spoken = sandbox.language();
        let Some(task) = self.tasks.iter().find(|task| task.language != spoken) else {
            return Ok(());
        };
        Err(Failure::usage(anyhow::anyhow!(
            "{}: the task {} is in {}, and the language pack {} runs {spoken}",
            file.display(),
            task.id,
            task.language,
            sandbox.pack()
        ))
        .hint("falcon plugin list shows the language packs there are"))
    }

    /// The language of the first task, which [`check_language`](Self::check_language) holds the others to.
    pub(crate) fn language(&self) -> &str {
        self.tasks.first().map_or("", |task| &task.language)
    }

    /// Every id, in the file's order.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.tasks.iter().map(|task| task.id.as_str()).collect()
    }

    /// What is graded for a completion of a task; none where there is no such task.
    pub(crate) fn submission(&self, id: &str, completion: &str) -> Option<Submission> {
        Some(self.tasks[*self.places.get(id)?].submission(completion))
    }

    /// The submission of the right completion of each task whose file gives one.
    pub(crate) fn references(&self) -> Vec<Submission> {
        self.tasks
            .iter()
            .filter_map(|task| Some(task.submission(task.canonical.as_deref()?)))
            .collect()
    }

    /// The tasks as a model that was not made for them sees them.
    pub(crate) fn foreign_tasks(&self) -> Vec<ForeignTask<'_>> {
        self.tasks
            .iter()
            .map(|task| ForeignTask {
                id: task.id.clone(),
                prompt: task.prompt.clone(),
                submission: Box::new(|completion| task.submission(completion)),
            })
            .collect()
    }
}
