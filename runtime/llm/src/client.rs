//! The model that an operator grants: cache, budget, retries.

use std::{fmt, path::Path, thread, time::Duration};

use falcon_host::{LanguageModel, LlmAnswer, LlmCause, LlmError, LlmQuestion};
use falcon_http::{Lost, Received, StatusCode};
use falcon_package::PluginName;

use crate::{
    budget::{Budget, Tokens},
    cache::{Cache, Kept},
    settings::Settings,
    transport::{Transport, retry_after},
    wire,
};

/// Longest wait between two attempts, whatever the endpoint asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What left this machine so far, and what it cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Requests, retries too.
    pub requests: u64,
    /// Tokens of questions and answers; of requests without an account of it, the most that it can have been.
    pub tokens: u64,
    /// In the currency of the prices.
    pub money: f64,
}

/// One model at one endpoint, for any number of threads.
pub struct Client {
    settings: Settings,
    url: String,
    cache: Option<Cache>,
    budget: Budget,
    transport: Transport,
}

/// How one attempt ended that may be followed by another.
struct Again {
    error: LlmError,
    wait: Option<Duration>,
}

/// How one attempt ended without an answer.
enum Failed {
    /// Another attempt may do better.
    ForNow(Again),
    /// None will.
    ForGood(LlmError),
}

impl Client {
    /// A client of the endpoint. No connection is made before the first question.
    ///
    /// # Errors
    /// Where this machine cannot make one; the text is for people.
    pub fn new(settings: Settings) -> Result<Self, String> {
        if let Some(folder) = &settings.cache {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make the cache {}: {error}", folder.display()))?;
        }
        Ok(Self {
            url: settings.url(),
            cache: settings.cache.clone().map(Cache::new),
            budget: Budget::new(settings.limits, settings.prices),
            transport: Transport::new(&settings)?,
            settings,
        })
    }

    /// What it took so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.budget.spent()
    }

    fn over_the_network(&self, body: &[u8], most: Tokens) -> Result<Kept, LlmError> {
        let mut wait = Duration::from_millis(self.settings.backoff_ms);
        let mut attempt = 0;
        loop {
            let again = match self.attempt(body, most) {
                Ok(kept) => return Ok(kept),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::ForNow(again)) => again,
            };
            if attempt == self.settings.retries {
                let LlmError { cause, message } = again.error;
                let attempts = attempt + 1;
                let text = format!("{message} (after {attempts} attempts)");
                return Err(LlmError::new(cause, text));
            }
            attempt += 1;
            thread::sleep(again.wait.unwrap_or(wait).min(LONGEST_WAIT));
            wait = wait.saturating_mul(2);
        }
    }

    fn attempt(&self, body: &[u8], most: Tokens) -> Result<Kept, Failed> {
        self.budget.reserve(most).map_err(|problem| {
            let text = format!(
                "the operator's limit is reached: {problem}; raise [limits] in the --llm file to go on"
            );
            Failed::ForGood(LlmError::new(LlmCause::Budget, text))
        })?;
        let mut received = self.transport.send(body.to_vec()).map_err(|lost| {
            // What may have been worked on stays counted as the most that it can have cost.
            if matches!(lost, Lost::Unconnected(_)) {
                self.budget.settle(most, Tokens::NONE);
            }
            self.lost(lost)
        })?;
        // Some endpoints repeat what they were sent, and what they say reaches messages and records.
        if let Some(key) = &self.settings.key {
            received.body = key.hidden_in(&received.body);
        }
        if !received.status.is_success() {
            // Behind a gateway that gave up the model may have done the work; who refuses has done none.
            if !received.status.is_server_error() {
                self.budget.settle(most, Tokens::NONE);
            }
            return Err(self.refused(&received));
        }
        let reply = wire::reply(&received.body).map_err(|problem| {
            Failed::ForNow(Again {
                error: self.error(
                    LlmCause::Refused,
                    &problem,
                    "is it a chat completions endpoint?",
                ),
                wait: None,
            })
        })?;
        let real = reply.tokens.unwrap_or(most);
        self.budget.settle(most, real);
        Ok(Kept {
            text: reply.text,
            whole: reply.whole,
            tokens: real.question.saturating_add(real.answer),
        })
    }

    fn lost(&self, lost: Lost) -> Failed {
        let (words, remedy) = match lost {
            Lost::Unconnected(words) => (words, "is the server up, and `endpoint` right?"),
            Lost::Broken(words) => (words, "raise `timeout-seconds` where the model is slow"),
            Lost::TooLarge => {
                let error = "the reply is larger than 4 MiB";
                let remedy = "is it a chat completions endpoint?";
                return Failed::ForGood(self.error(LlmCause::Refused, error, remedy));
            }
        };
        Failed::ForNow(Again {
            error: self.error(LlmCause::Unavailable, &words, remedy),
            wait: None,
        })
    }

    fn refused(&self, received: &Received) -> Failed {
        let status = received.status;
        let remedy = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "check the key in the variable that `key-env` names"
            }
            StatusCode::NOT_FOUND => {
                "check `endpoint`, which ends before /chat/completions, and `model`"
            }
            StatusCode::TOO_MANY_REQUESTS => "ask less at once, or raise `retries`",
            status if status.is_server_error() => "look at the server's log",
            status if status.is_redirection() => "name the place it leads to as `endpoint`",
            _ => "the endpoint does not take this request; `json-mode = false` helps some",
        };
        let words = format!("status {status}: {}", wire::quoted(&received.body));
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Failed::ForNow(Again {
                error: self.error(LlmCause::Unavailable, &words, remedy),
                wait: retry_after(received),
            });
        }
        Failed::ForGood(self.error(LlmCause::Refused, &words, remedy))
    }

    /// An error that names the endpoint and says what to do.
    fn error(&self, cause: LlmCause, words: &str, remedy: &str) -> LlmError {
        LlmError::new(cause, format!("{}: {words}; {remedy}", self.url))
    }

    /// Keeps an answer where there is a cache. One that cannot be kept is an answer all the same.
    fn keep(&self, place: Option<&Path>, kept: &Kept) {
        if let (Some(cache), Some(place)) = (&self.cache, place) {
            let _ = cache.put(place, kept);
        }
    }
}

impl LanguageModel for Client {
    fn ask(&self, _: &PluginName, question: &LlmQuestion) -> Result<LlmAnswer, LlmError> {
        let body = wire::request(&self.settings, question);
        let place = self.cache.as_ref().map(|it| it.place(&self.url, &body));
        let answer = |kept: Kept, cached| LlmAnswer {
            text: kept.text,
            whole: kept.whole,
            tokens: kept.tokens,
            cached,
        };
        if let Some(kept) = place.as_deref().and_then(Cache::get) {
            return Ok(answer(kept, true));
        }
        // No tokenizer makes more tokens than there are bytes.
        let most = Tokens {
            question: body.len() as u64,
            answer: question.max_tokens.into(),
        };
        let kept = self.over_the_network(&body, most)?;
        self.keep(place.as_deref(), &kept);
        Ok(answer(kept, false))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({} at {})", self.settings.model, self.url)
    }
}
