//! Judges: an episode in, a score out, in a fresh instance each time.

mod linked;
mod types;
mod v0_1;
mod v0_2;

use std::sync::Arc;

use falcon_episode::{Credit, Digest, Episode, Finding, JudgeScore, Uses};
use semver::Version;
use wasmtime::component::InstancePre;

use crate::{
    CallError, Failure, Plugin, PluginId, Usage,
    plugin::{Call, Failed},
    services::Guest,
    usage::Taken,
};

/// What a judge is given.
#[derive(Clone, Copy, Debug)]
pub struct JudgeInput<'a> {
    /// The attempt.
    pub episode: &'a Episode,
    /// A known good program, where the task has one.
    pub reference: Option<&'a str>,
}

/// A judge with its settings, ready to be called from any thread.
#[derive(Clone)]
pub struct Judge {
    plugin: Plugin,
    track: Arc<dyn Track>,
    config: String,
}

/// What every track converts to.
pub(crate) struct Judgement {
    score: Option<f64>,
    parts: Vec<(String, f64)>,
    credits: Vec<Credit>,
    findings: Vec<Finding>,
    notes: Vec<String>,
    uses: Uses,
}

/// One version of the judges' interface.
pub(crate) trait Track: Send + Sync {
    fn judge(&self, call: Call<'_>, input: JudgeInput<'_>) -> Result<Judgement, Failed>;

    /// One result an input, in one instance where the plugin can.
    fn judge_all(
        &self,
        call: Call<'_>,
        inputs: &[JudgeInput<'_>],
    ) -> Result<Vec<Result<Judgement, Failed>>, Failed>;
}

/// The track of a component that exports this version of the interface.
pub(crate) fn link(pre: &InstancePre<Guest>, track: &Version) -> wasmtime::Result<Arc<dyn Track>> {
    Ok(match track.minor {
        1 => Arc::new(v0_1::Linked::new(pre)?),
        _ => Arc::new(v0_2::Linked::new(pre)?),
    })
}

/// Most parts, credits, findings or notes of one judgement, each.
const MAX_ENTRIES: usize = 10_000;

impl Judge {
    pub(crate) fn new(plugin: Plugin, track: Arc<dyn Track>, config: String) -> Self {
        Self {
            plugin,
            track,
            config,
        }
    }

    /// The plugin's identity.
    #[must_use]
    pub fn id(&self) -> &PluginId {
        self.plugin.id()
    }

    /// Its settings, as a JSON object with every default filled in.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.config
    }

    /// Judges one episode.
    ///
    /// # Errors
    /// Where the plugin fails, or its answer cannot be.
    pub fn judge(&self, input: JudgeInput<'_>) -> Result<JudgeScore, CallError> {
        self.track
            .judge(self.plugin.call(&self.config), input)
            .and_then(|judgement| self.score(judgement, input.episode))
            .map_err(|failed| self.plugin.failed(failed))
    }

    /// Judges one episode, and says what the call took.
    pub fn measure(&self, input: JudgeInput<'_>) -> (Result<JudgeScore, CallError>, Usage) {
        let taken = Taken::default();
        let call = Call {
            taken: Some(&taken),
            ..self.plugin.call(&self.config)
        };
        let judged = self.track.judge(call, input);
        let scored = judged
            .and_then(|judgement| self.score(judgement, input.episode))
            .map_err(|failed| self.plugin.failed(failed));
        (scored, taken.get())
    }

    /// Judges many episodes, in one instance where the plugin can take many. One result an episode, in order.
    /// The limits are those of one call, whatever the number.
    ///
    /// # Errors
    /// Where the plugin fails as a whole.
    pub fn judge_all(
        &self,
        inputs: &[JudgeInput<'_>],
    ) -> Result<Vec<Result<JudgeScore, CallError>>, CallError> {
        let judged = self
            .track
            .judge_all(self.plugin.call(&self.config), inputs)
            .map_err(|failed| self.plugin.failed(failed))?;
        if judged.len() != inputs.len() {
            let text = format!("{} judgements for {} episodes", judged.len(), inputs.len());
            return Err(self.plugin.failed(Failure::Nonsense(text)));
        }
        let scored = judged.into_iter().zip(inputs).map(|(judgement, input)| {
            judgement
                .and_then(|judgement| self.score(judgement, input.episode))
                .map_err(|failed| self.plugin.failed(failed))
        });
        Ok(scored.collect())
    }

    fn score(&self, judgement: Judgement, episode: &Episode) -> Result<JudgeScore, Failed> {
        if let Err(failure) = judgement.check(episode) {
            return Err(Failed::new(failure, judgement.uses));
        }
        Ok(JudgeScore {
            score: judgement.score,
            parts: judgement.parts.into_iter().collect(),
            credits: judgement.credits,
            findings: judgement.findings,
            notes: judgement.notes,
            uses: judgement.uses,
            ..JudgeScore::none(self.id().name.as_str(), self.digest())
        })
    }

    fn digest(&self) -> Digest {
        self.id().digest
    }
}

/// What a call came to, with the services that it used.
fn with_uses(judged: Result<Judgement, Failure>, uses: Uses) -> Result<Judgement, Failed> {
    match judged {
        Ok(judgement) => Ok(Judgement { uses, ..judgement }),
        Err(failure) => Err(Failed::new(failure, uses)),
    }
}

/// The services that one call used for many judgements stand with the first of them, so that sums over
/// records are right.
fn with_first(
    judged: Vec<Result<Judgement, Failure>>,
    uses: Uses,
) -> Vec<Result<Judgement, Failed>> {
    let uses = std::iter::once(uses).chain(std::iter::repeat_with(Uses::default));
    let with = judged.into_iter().zip(uses);
    with.map(|(one, uses)| with_uses(one, uses)).collect()
}

impl Judgement {
    /// A judge is believed only where its numbers are numbers and its spans are in the program.
    fn check(&self, episode: &Episode) -> Result<(), Failure> {
        let nonsense = |text: String| Err(Failure::Nonsense(text));
        let values = self
            .score
            .iter()
            .chain(self.parts.iter().map(|(_, value)| value));
        if let Some(value) = values
            .chain(self.credits.iter().map(|credit| &credit.value))
            .find(|v| !v.is_finite())
        {
            return nonsense(format!("a score or credit of {value}"));
        }
        let length = episode.program.len();
        let credits = self.credits.iter().map(|it| ("credit", it.start, it.end));
        let findings = self.findings.iter().map(|it| ("finding", it.start, it.end));
        let outside = |(_, start, end): &(_, u32, u32)| start > end || *end as usize > length;
        if let Some((what, start, end)) = credits.chain(findings).find(outside) {
            return nonsense(format!(
                "{what} for bytes {start}..{end} of a program of {length}"
            ));
        }
        let (parts, credits) = (self.parts.len(), self.credits.len());
        let (findings, notes) = (self.findings.len(), self.notes.len());
        if parts.max(credits).max(findings).max(notes) > MAX_ENTRIES {
            return nonsense(format!(
                "more than {MAX_ENTRIES} parts, credits, findings or notes"
            ));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Judge({}, {})", self.id(), self.config)
    }
}
