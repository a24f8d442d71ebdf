use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Cancel, Digest, Encoder, Episode, Submission, memory::Attempt};

/// A fault of ours: the batch could not be done. Never a reward.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Infrastructure(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl Infrastructure {
    /// Wraps an error, or a text.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// Whether nothing failed: the request was taken back.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is::<Cancelled>()
    }
}

/// The request was taken back before it was done.
#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// What a grader spent since it was made, in seconds added up over its threads.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// On running programs.
    pub running: f64,
    /// On judging what they did.
    pub judging: f64,
}

/// Program → outcomes → reward.
pub trait Grader: Send + Sync {
    /// Grades a batch. One episode a submission, in order. Deterministic but for `seconds`.
    ///
    /// # Errors
    /// Only where nothing could be graded at all; a fault that befell one submission is that episode's verdict.
    fn grade(&self, batch: &[Submission]) -> Result<Vec<Episode>, Infrastructure>;

    /// The same, until the request is taken back; then what runs is ended, where it runs in processes of
    /// its own.
    ///
    /// # Errors
    /// As [`grade`](Self::grade), and [`Cancelled`] inside where it was taken back.
    fn grade_until(
        &self,
        batch: &[Submission],
        cancel: &Cancel,
    ) -> Result<Vec<Episode>, Infrastructure> {
        let done = self.grade(batch)?;
        if cancel.is_cancelled() {
            return Err(Infrastructure::new(Cancelled));
        }
        Ok(done)
    }

    /// Told of each step of a training run, counted from 1, before anything of it is graded: judges change between steps or
    /// not at all.
    ///
    /// # Errors
    /// Where the judges that this step had before it was killed are gone.
    fn begin_step(&self, _step: u64) -> Result<(), Infrastructure> {
        Ok(())
    }

    /// Digest of every plugin that takes part, by name.
    fn plugins(&self) -> BTreeMap<String, Digest>;

    /// Sandbox instances run since the start.
    fn executions(&self) -> u64;

    /// What it spent; nothing where it does not measure that.
    fn spent(&self) -> Spent;
}

/// A task that is kept for evaluation, by all that could tell it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Its id.
    pub task_id: String,
    /// Hash of what it asks, as items have it.
    pub behaviour: String,
    /// Language pack name of the programs.
    pub language: String,
    /// Programs that solve it, as items have them.
    pub programs: Vec<String>,
}

/// An item on its way into long-term memory, judged by execution: a solved task, or with a score below 1 a warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryItem {
    /// The task's id.
    pub task_id: String,
    /// Hash of what the task asks, on probe inputs (hex); the leakage guard compares it.
    pub behaviour: String,
    /// Tasks of one project share words; empty for none.
    #[serde(default)]
    pub project: String,
    /// Task family.
    #[serde(default)]
    pub family: String,
    /// Language pack name.
    pub language: String,
    /// The specification's words.
    pub prompt: String,
    /// The program, as the policy writes it.
    pub program: String,
    /// What executing a failed attempt before it said, as [`Episode::feedback`] writes it; empty
    /// where none failed first.
    #[serde(default)]
    pub feedback: String,
    /// Test pass ratio in 0..=1, found by execution.
    pub score: f64,
    /// Reward, judges' scores and their parts, as [`Episode::scores_by_name`] names them.
    #[serde(default)]
    pub scores: BTreeMap<String, f64>,
}

/// A question to long-term memory.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryQuery {
    /// The task's id: an item of the same task is never shown for itself.
    pub task_id: String,
    /// The task's behaviour hash: an item of the same behaviour is never shown to an evaluation task.
    pub behaviour: String,
    /// Restricts to items of this project; empty for none.
    pub project: String,
    /// Task family.
    pub family: String,
    /// Language pack name.
    pub language: String,
    /// The specification's words.
    pub prompt: String,
    /// How many exemplars at most.
    pub limit: usize,
    /// True for an evaluation task.
    pub evaluation: bool,
}

/// A prompt that is to be written: the question to long-term memory, and the task's attempts so far.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryAsk {
    /// The question; its `limit` is how many items the prompt has room for.
    pub query: MemoryQuery,
    /// Short-term memory of the task, oldest first.
    pub attempts: Vec<Attempt>,
    /// How many attempts the prompt has room for.
    pub limit: u32,
    /// What items and attempts may take together, in tokens of the model that reads them.
    pub budget: u32,
}

/// What a prompt shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryContext {
    /// Items, in order.
    pub exemplars: Vec<Exemplar>,
    /// Positions of the attempts, in order.
    pub attempts: Vec<usize>,
}

/// A remembered item as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// The item's id, for [`LongTermMemory::feedback`].
    pub id: String,
    /// The task's id.
    pub task_id: String,
    /// Its project.
    pub project: String,
    /// The specification's words.
    pub prompt: String,
    /// The program.
    pub program: String,
    /// The policy's ranking score.
    pub score: f64,
}

/// What is in memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryStatistics {
    /// Items held.
    pub items: u64,
    /// Queries answered since the folder was made.
    pub retrievals: u64,
    /// Items offered and refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Version of the LanceDB table. Checkpoints have numbers of their own.
    pub version: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Encoder of the embeddings.
    pub encoder_version: String,
}

/// Long-term memory: a store of verified items under a memory policy.
///
/// Content depends on the sequence of calls alone, so a run that is resumed from
/// [`restore`](Self::restore) gives the identical result.
pub trait LongTermMemory: Send + Sync {
    /// Tasks of which nothing must ever be stored: the evaluation tasks. Called once before training.
    ///
    /// # Errors
    /// Where the store already holds something of one of them.
    fn guard(&self, held_out: &[HeldOut]) -> Result<(), Infrastructure>;

    /// Offers items; the policy admits, replaces or refuses each. Returns how many entered.
    /// What was taken in survives the process when this returns, though not a power cut in the next seconds.
    ///
    /// # Errors
    /// Where the store cannot be written, or an item is of a guarded task or behaviour. A program that solves a guarded
    /// task is refused and counted: a model may write it for another task.
    fn admit(&self, items: &[MemoryItem]) -> Result<usize, Infrastructure>;

    /// Answers many queries at once, best first.
    ///
    /// # Errors
    /// Where the store cannot be read or the policy fails.
    fn retrieve(&self, queries: &[MemoryQuery]) -> Result<Vec<Vec<Exemplar>>, Infrastructure>;

    /// What many prompts show, of both memories. `tokens` says what showing an item's words and program takes; none where
    /// the model cannot read them.
    ///
    /// # Errors
    /// Where the store cannot be read or the policy fails.
    fn compose(
        &self,
        asks: &[MemoryAsk],
        tokens: &dyn Fn(&str, &str) -> Option<u32>,
    ) -> Result<Vec<MemoryContext>, Infrastructure>;

    /// For each exemplar that was shown: its id, the mean reward of the group that saw it, and the mean
    /// reward of like groups that saw none. Updates utilities.
    ///
    /// # Errors
    /// Where the store cannot be written or the policy fails.
    fn feedback(&self, used: &[(String, f64, f64)]) -> Result<(), Infrastructure>;

    /// What is in memory.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn statistics(&self) -> Result<MemoryStatistics, Infrastructure>;

    /// Names the present content, so that a checkpoint can go back to it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn checkpoint(&self) -> Result<u64, Infrastructure>;

    /// Goes back to a content that [`checkpoint`](Self::checkpoint) named; later writes are dropped.
    ///
    /// # Errors
    /// Where that content is gone.
    fn restore(&self, version: u64) -> Result<(), Infrastructure>;

    /// Says that nothing will go back to a checkpoint older than this one any more, so their disk space
    /// may be reused.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn release_before(&self, _version: u64) -> Result<(), Infrastructure> {
        Ok(())
    }

    /// Begins to make the vectors of all items by another encoder, on a thread of its own. Until
    /// [`adopt_encoder`](Self::adopt_encoder) questions are answered as before. What was prepared and not adopted is dropped. A
    /// memory that compares no vectors has nothing to do.
    ///
    /// # Errors
    /// Where the thread cannot be started.
    fn prepare_encoder(&self, _encoder: Arc<dyn Encoder>) -> Result<(), Infrastructure> {
        Ok(())
    }

    /// From now on compares by the encoder that was prepared last, in place of the one before; waits until its vectors are
    /// made. So when a question is first answered by it depends on the sequence of calls, not on how fast anything is. The
    /// encoder is no part of a checkpoint: who goes back to one gives the encoder again. Returns what people are to be told of it,
    /// where there is something: vectors that are in force, but could not be kept for the next time the memory is opened.
    ///
    /// # Errors
    /// Where the memory cannot compare by it.
    fn adopt_encoder(&self) -> Result<Option<String>, Infrastructure> {
        Ok(None)
    }

    /// Digest of the memory policy plugin, by name.
    fn plugins(&self) -> BTreeMap<String, Digest>;
}
