use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use falcon_episode::Digest;
use falcon_tasks::TokenId;
use serde::{Deserialize, Serialize};

use crate::{
    Config, Phase, TrainError, files,
    model::{Policy, Tensors, read_tensors, tensors_of, write_tensors},
    optimiser::Optimiser,
    parts::Parts,
    report::{CurvePoint, EvalRow, Example, WarmStartPoint},
    rl::Best,
};

/// Where a run stands, in the order of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// The supervised warm start.
    #[default]
    WarmStart,
    /// A start for the context parameters of the inner loop, where there is one.
    Context,
    /// Measuring the warm start.
    Before,
    /// Reinforcement learning.
    Rl,
    /// Measuring what it made.
    After,
    /// The control: the warm start simply continued.
    Continued,
    /// Measuring the control.
    AfterContinued,
    /// Nothing is left but the report.
    Done,
}

impl Stage {
    /// The stage's name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WarmStart => "warm start",
            Self::Context => "context start",
            Self::Before => "evaluation before",
            Self::Rl => "rl",
            Self::After => "evaluation after",
            Self::Continued => "continued",
            Self::AfterContinued => "evaluation continued",
            Self::Done => "done",
        }
    }
}

/// All of a run but its tensors. Generators are not in it: they follow from seed, purpose and step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) phase: Phase,
    pub(crate) stage: Stage,
    /// Steps of the stage that are done.
    pub(crate) step: usize,
    /// The step of the warm start after which its rate began to fall.
    pub(crate) decay_from: Option<usize>,
    /// Warm starts before this one that did not come to read their memories.
    #[serde(default)]
    pub(crate) abandoned: usize,
    /// Loss and answer tokens since the last look.
    pub(crate) loss: (f64, u64),
    pub(crate) warm_start: Vec<WarmStartPoint>,
    pub(crate) curve: Vec<CurvePoint>,
    pub(crate) replay: Vec<Replayed>,
    pub(crate) retries: Vec<Retry>,
    /// Mean reward of alias programs written without an exemplar.
    pub(crate) plain_alias_reward: Option<f64>,
    /// What reinforcement learning took: a token that is learnt from counts 1, one that goes forward only a third. The
    /// control gets as much.
    pub(crate) rl_compute: u64,
    /// What of it the start of the inner loop's context took, before the first step of reinforcement learning.
    #[serde(default)]
    pub(crate) context_compute: u64,
    /// The best look at validation in reinforcement learning, where it looks.
    #[serde(default)]
    pub(crate) best: Option<Best>,
    /// What each part of reinforcement learning took.
    #[serde(default)]
    pub(crate) parts: Parts,
    pub(crate) eval: Vec<EvalRow>,
    pub(crate) examples: Vec<Example>,
    pub(crate) hit_at_1: f64,
    pub(crate) retrievals: u64,
    pub(crate) tokens: u64,
    pub(crate) executions: u64,
    /// Wall time by stage.
    pub(crate) seconds: BTreeMap<Stage, f64>,
    /// Bytes of `episodes.jsonl` that belong to this state.
    pub(crate) episode_bytes: u64,
    /// Content of the memory that training uses.
    pub(crate) train_memory: u64,
    /// Content of the memory that evaluation uses.
    pub(crate) evaluation_memory: u64,
    /// Whether the evaluation memory holds the projects' earlier tasks.
    pub(crate) evaluation_filled: bool,
    /// Whether the training memory holds the projects' earlier tasks.
    pub(crate) train_filled: bool,
    /// Digests of the policies that were measured.
    pub(crate) policies: BTreeMap<String, Digest>,
    /// Digests of the files of tasks that the run began with, by path.
    #[serde(default)]
    pub(crate) task_files: BTreeMap<String, Digest>,
}

/// An own verified program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replayed {
    pub(crate) task: usize,
    pub(crate) prompt: Vec<TokenId>,
    pub(crate) program: Vec<TokenId>,
    /// Share of its group's programs that passed.
    #[serde(default)]
    pub(crate) success: f64,
    /// Log-probability of each token as it was sampled, where replay takes ratios. As doubles, which survive a checkpoint's
    /// text as the 32-bit floats that they came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) log_probs: Vec<f64>,
}

/// A failed first attempt that waits for its second.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Retry {
    pub(crate) task: usize,
    /// The prompt with the feedback.
    pub(crate) prompt: Vec<TokenId>,
    /// What executing the attempt said, as text: for long-term memory.
    pub(crate) feedback: String,
}

/// A checkpoint: state and tensors, in one file so that they cannot come apart.
pub(crate) struct Checkpoint {
    pub(crate) config: Config,
    pub(crate) state: State,
    pub(crate) policy: Policy,
    pub(crate) optimiser: Optimiser,
    /// Weights at the end of the warm start, from which the control goes on.
    pub(crate) warm: Option<Vec<f32>>,
    /// Weights of the best look at validation, where reinforcement learning looks.
    pub(crate) best: Option<Vec<f32>>,
    /// Weights that the next step's batch was sampled with, where it was drawn ahead: from them it is drawn again.
    pub(crate) ahead: Option<Vec<f32>>,
    /// Weights of the policy whose states training's memory compares, where it compares a policy's.
    pub(crate) encoder: Option<Vec<f32>>,
}

/// Bumped when the file's content changes.
const FORMAT: &str = "3";

/// The checkpoint's file in a run's folder.
pub(crate) fn checkpoint_file(out: &Path) -> PathBuf {
    out.join("checkpoint").join("state.safetensors")
}

impl Checkpoint {
    pub(crate) fn write(&self, out: &Path) -> Result<(), TrainError> {
        let path = checkpoint_file(out);
        let mut tensors = Tensors::new();
        let policy = &self.policy;
        tensors_of(policy, &policy.values, "policy.", &mut tensors);
        let (first, second) = self.optimiser.moments();
        tensors_of(policy, first, "first.", &mut tensors);
        tensors_of(policy, second, "second.", &mut tensors);
        if let Some(warm) = &self.warm {
            tensors_of(policy, warm, "warm.", &mut tensors);
        }
        if let Some(best) = &self.best {
            tensors_of(policy, best, "best.", &mut tensors);
        }
        if let Some(ahead) = &self.ahead {
            tensors_of(policy, ahead, "ahead.", &mut tensors);
        }
        if let Some(encoder) = &self.encoder {
            tensors_of(policy, encoder, "encoder.", &mut tensors);
        }
        let state = serde_json::to_string(&self.state)
            .map_err(|error| TrainError::damaged(&path, error.to_string()))?;
        let texts = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("config".to_owned(), self.config.to_toml()),
            (
                "optimiser_steps".to_owned(),
                self.optimiser.steps().to_string(),
            ),
            (
                "vocabulary".to_owned(),
                self.config.model.tokenizer.digest().to_string(),
            ),
            ("state".to_owned(), state),
        ]);
        files::make_folder(&out.join("checkpoint"))?;
        write_tensors(&path, &tensors, texts)
    }

    pub(crate) fn read(out: &Path) -> Result<Self, TrainError> {
        let path = checkpoint_file(out);
        let (mut tensors, texts) = read_tensors(&path)?;
        let fault = |what: String| TrainError::damaged(&path, what);
        let text = |key: &str| {
            texts
                .get(key)
                .ok_or_else(|| fault(format!("it lacks its {key}")))
        };
        if text("format")? != FORMAT {
            return Err(fault(
                "another version of falcon wrote it; resume with that one".into(),
            ));
        }
        let config = Config::parse(text("config")?, &path)?;
        let tokenizer = config.model.tokenizer;
        if *text("vocabulary")? != tokenizer.digest().to_string() {
            return Err(fault("it was made with another vocabulary".into()));
        }
        let state = serde_json::from_str(text("state")?)
            .map_err(|error| fault(format!("its state cannot be read: {error}")))?;
        let steps = text("optimiser_steps")?
            .parse()
            .map_err(|_| fault("bad step count".into()))?;
        let mut part = |prefix: &str| {
            let names: Vec<String> = tensors
                .keys()
                .filter(|name| name.starts_with(prefix))
                .cloned()
                .collect();
            let given: HashMap<_, _> = names
                .into_iter()
                .filter_map(|name| {
                    let short = name[prefix.len()..].to_owned();
                    tensors.remove(&name).map(|values| (short, values))
                })
                .collect();
            if given.is_empty() {
                return Ok(None);
            }
            Policy::from_tensors(&config.model, tokenizer.vocabulary(), given).map(Some)
        };
        let mut needed = |prefix: &str| {
            part(prefix)
                .map_err(fault)?
                .ok_or_else(|| fault(format!("it lacks its {prefix}*")))
        };
        let policy = needed("policy.")?;
        let first = needed("first.")?.values;
        let second = needed("second.")?.values;
        let warm = part("warm.").map_err(fault)?.map(|policy| policy.values);
        let best = part("best.").map_err(fault)?.map(|policy| policy.values);
        let ahead = part("ahead.").map_err(fault)?.map(|policy| policy.values);
        let encoder = part("encoder.").map_err(fault)?;
        let encoder = encoder.map(|policy| policy.values);
        let optimiser = Optimiser::restore(&policy, first, second, steps)
            .map_err(|error| fault(error.to_string()))?;
        Ok(Self {
            config,
            state,
            policy,
            optimiser,
            warm,
            best,
            ahead,
            encoder,
        })
    }

    /// The policy that reinforcement learning started from.
    pub(crate) fn start_policy(&self) -> Option<Policy> {
        let values = self.warm.clone()?;
        Some(self.policy.with_values(values))
    }
}
