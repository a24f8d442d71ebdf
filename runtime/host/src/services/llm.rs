//! Questions to the language model that the operator configured. This crate opens no connection: the model
//! is whatever implements [`LanguageModel`].

use std::time::Instant;

use falcon_package::{ByteSize, PluginName};

use super::{Guest, wit::llm as wit};

/// Most bytes of the texts of one question.
const MAX_QUESTION: usize = 256 << 10;
/// Most messages of one question.
const MAX_MESSAGES: usize = 32;
/// Most bytes of an answer that a plugin is given.
const MAX_ANSWER: usize = 64 << 10;
/// Most tokens that may be asked for.
const MAX_TOKENS: u32 = 16_384;
/// Most questions of one call.
const MAX_CALLS: u64 = 16;

/// Answers questions of plugins, from any thread.
///
/// The time an answer takes does not count against a plugin's own, so an implementation ends each question
/// by itself, with an error where nothing else comes.
pub trait LanguageModel: Send + Sync {
    /// Answers one question of this plugin.
    ///
    /// # Errors
    /// Where there is no answer, with the cause and a message for people that holds no secret.
    fn ask(&self, plugin: &PluginName, question: &LlmQuestion) -> Result<LlmAnswer, LlmError>;
}

/// One question: a conversation that the model goes on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmQuestion {
    /// In order; the last is what is answered.
    pub messages: Vec<LlmMessage>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// Whether the answer should be one JSON object.
    pub json: bool,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmMessage {
    /// Whose.
    pub role: LlmRole,
    /// What it says.
    pub text: String,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlmRole {
    /// Who sets the rules.
    System,
    /// Who asks.
    User,
    /// The model.
    Assistant,
}

/// What the model said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmAnswer {
    /// Its words.
    pub text: String,
    /// Whether they ended by themselves, and not at a limit.
    pub whole: bool,
    /// Tokens of the question and the answer.
    pub tokens: u64,
    /// Whether it came from a cache.
    pub cached: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LlmCause {
    /// The question is larger than it may be.
    TooLarge,
    /// The call asked too often.
    TooMany,
    /// A limit of the operator's is reached.
    Budget,
    /// The endpoint cannot be reached, or failed, also after retries.
    Unavailable,
    /// The endpoint does not take the question, or its answer makes no sense.
    Refused,
}

/// No answer, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LlmError {
    /// Stable.
    pub cause: LlmCause,
    /// For people: where, what, and what to do.
    pub message: String,
}

impl LlmError {
    /// An error of this cause.
    pub fn new(cause: LlmCause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }
}

impl wit::Host for Guest {
    fn ask(
        &mut self,
        question: wit::Question,
    ) -> wasmtime::Result<Result<wit::Answer, wit::Problem>> {
        Ok(self.question(question.into()).map_err(Into::into))
    }
}

impl Guest {
    fn question(&mut self, question: LlmQuestion) -> Result<wit::Answer, LlmError> {
        let Some(model) = self.plugin.grants.llm.clone() else {
            return Err(LlmError::new(LlmCause::Refused, "not granted"));
        };
        let counted = self.uses.llm.get_or_insert_default();
        counted.calls += 1;
        if counted.calls > MAX_CALLS {
            let text = format!("more than {MAX_CALLS} questions in one call");
            return Err(LlmError::new(LlmCause::TooMany, text));
        }
        check(&question)?;
        let asked = Instant::now();
        let answer = model.ask(&self.plugin.name, &question);
        self.waited += asked.elapsed();
        let mut answer = answer?;
        counted.tokens = counted.tokens.saturating_add(answer.tokens);
        counted.cached += u64::from(answer.cached);
        let kept = answer.text.floor_char_boundary(MAX_ANSWER);
        let whole = answer.whole && kept == answer.text.len();
        answer.text.truncate(kept);
        Ok(wit::Answer {
            text: answer.text,
            whole,
            tokens: answer.tokens,
        })
    }
}

fn check(question: &LlmQuestion) -> Result<(), LlmError> {
    let too_large = |text| Err(LlmError::new(LlmCause::TooLarge, text));
    let (count, tokens) = (question.messages.len(), question.max_tokens);
    let bytes: usize = question.messages.iter().map(|one| one.text.len()).sum();
    if count == 0 || count > MAX_MESSAGES {
        return too_large(format!(
            "a question of {count} messages; it has 1 to {MAX_MESSAGES}"
        ));
    }
    if bytes > MAX_QUESTION {
        return too_large(format!(
            "a question of {bytes} bytes; {} is the most",
            ByteSize(MAX_QUESTION as u64)
        ));
    }
    if tokens == 0 || tokens > MAX_TOKENS {
        return too_large(format!(
            "an answer of {tokens} tokens is asked for; it has 1 to {MAX_TOKENS}"
        ));
    }
    Ok(())
}

impl From<wit::Question> for LlmQuestion {
    fn from(question: wit::Question) -> Self {
        let role = |role| match role {
            wit::Role::System => LlmRole::System,
            wit::Role::User => LlmRole::User,
            wit::Role::Assistant => LlmRole::Assistant,
        };
        let messages = question.messages.into_iter();
        Self {
            messages: messages
                .map(|one| LlmMessage {
                    role: role(one.role),
                    text: one.text,
                })
                .collect(),
            max_tokens: question.max_tokens,
            json: question.json,
        }
    }
}

impl From<LlmError> for wit::Problem {
    fn from(error: LlmError) -> Self {
        Self {
            cause: match error.cause {
                LlmCause::TooLarge => wit::Cause::TooLarge,
                LlmCause::TooMany => wit::Cause::TooMany,
                LlmCause::Budget => wit::Cause::Budget,
                LlmCause::Unavailable => wit::Cause::Unavailable,
                LlmCause::Refused => wit::Cause::Refused,
            },
            message: super::cut(error.message),
        }
    }
}
