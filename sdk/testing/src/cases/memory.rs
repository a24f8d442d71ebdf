//! Cases of a memory policy: one call of it, and what it must answer.

use falcon_host::{
    MemoryPolicy, Plugin,
    memory::{Attempt, Candidate, Decision, Item, Occupancy, Offer, Outcome, Prompt, Query},
};
use serde::Deserialize;
use serde_json::Value;

use super::{Trouble, failed, near, of_failure, tolerance};

/// One case. Which fields it has depends on what is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Case {
    name: String,
    call: Call,
    #[serde(default)]
    config: Value,
    /// Of `admit` and `feedback`.
    #[serde(default)]
    item: CaseItem,
    /// Of `admit` the neighbours; of `rank` and `compose` what was found; of `evict` what may leave.
    #[serde(default)]
    candidates: Vec<CaseItem>,
    /// Of `rank` and `compose`.
    #[serde(default)]
    query: CaseQuery,
    /// Of `compose`.
    #[serde(default)]
    attempts: Vec<CaseAttempt>,
    /// Of `compose`: tokens that may be shown.
    #[serde(default = "budget")]
    budget: u32,
    /// Of `compose`: attempts that may be shown.
    #[serde(default = "room")]
    room: u32,
    /// Of `evict`: items that may be held.
    #[serde(default)]
    capacity: u64,
    /// Of `feedback`.
    #[serde(default)]
    reward: f64,
    #[serde(default)]
    group: f64,
    #[serde(default)]
    expect: Expected,
    #[serde(default = "tolerance")]
    tolerance: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Admit,
    Rank,
    Compose,
    Evict,
    Feedback,
}

/// What must come out. What is not given is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Expected {
    /// Of `admit`: `keep`, `refuse`, or `replace` with the id of the victim behind it.
    decision: Option<String>,
    /// A part of the reason.
    because: Option<String>,
    /// Of `rank`, `compose` and `evict`: the ids, in order.
    ids: Option<Vec<String>>,
    /// Of `compose`: positions of attempts, from 0.
    attempts: Option<Vec<usize>>,
    /// Of `feedback`.
    utility: Option<f64>,
    /// A part of what a failing policy says.
    fails: Option<String>,
}

/// An item, with what the retrievers say of it where it is a candidate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct CaseItem {
    id: String,
    task_id: String,
    project: String,
    family: String,
    language: Option<String>,
    prompt: String,
    program: String,
    score: Option<f64>,
    utility: f64,
    uses: u32,
    sequence: u64,
    similarity: f64,
    cosine: f64,
    text: f64,
    /// What executing the program said.
    feedback: String,
    /// Of `compose`; as many as prompt and program have characters where it is not given.
    tokens: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct CaseQuery {
    task_id: String,
    project: String,
    family: String,
    language: Option<String>,
    prompt: String,
    limit: Option<u32>,
    newest: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct CaseAttempt {
    program: String,
    score: f64,
    number: Option<u32>,
    verdict: Option<String>,
    class: String,
    line: u32,
    test: u32,
    feedback: String,
    /// As many as program and feedback have characters where it is not given.
    tokens: Option<u32>,
}

fn budget() -> u32 {
    10_000
}

fn room() -> u32 {
    8
}

fn characters(texts: [&str; 2]) -> u32 {
    let count: usize = texts.iter().map(|text| text.chars().count()).sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}

const LANGUAGE: &str = "python";

impl super::Case for Case {
    fn name(&self) -> &str {
        &self.name
    }

    fn expects(&self) -> bool {
        let Expected {
            decision,
            because,
            ids,
            attempts,
            utility,
            fails,
        } = &self.expect;
        let texts = [decision, because, fails].into_iter().any(Option::is_some);
        texts || ids.is_some() || attempts.is_some() || utility.is_some()
    }

    fn differences(&self, plugin: &Plugin) -> Result<Vec<String>, Trouble> {
        let policy = plugin.memory_policy(&self.config).map_err(Trouble::Use)?;
        match self.answer(&policy) {
            Ok(answer) => Ok(self.compare(&answer)),
            Err(error) => Ok(of_failure(self.expect.fails.as_deref(), &failed(error)?)),
        }
    }
}

/// What a policy answered, in the words of a case.
#[derive(Default)]
struct Answer {
    decision: Option<String>,
    because: Option<String>,
    ids: Option<Vec<String>>,
    attempts: Option<Vec<usize>>,
    utility: Option<f64>,
}

impl Case {
    fn answer(&self, policy: &MemoryPolicy) -> Result<Answer, falcon_host::CallError> {
        let candidates: Vec<Candidate> = self.candidates.iter().map(CaseItem::candidate).collect();
        let mut answer = Answer::default();
        match self.call {
            Call::Admit => {
                let (decision, reason) = match policy.admit(&self.item.item(), &candidates)? {
                    Decision::Keep { reason } => ("keep".to_owned(), reason),
                    Decision::Refuse { reason } => ("refuse".to_owned(), reason),
                    Decision::Replace { victim, reason } => (format!("replace {victim}"), reason),
                };
                answer.decision = Some(decision);
                answer.because = Some(reason);
            }
            Call::Rank => {
                let ranked = policy.rank(&[(self.query.whole(), candidates)])?;
                let ids = ranked.into_iter().flatten().map(|ranked| ranked.id);
                answer.ids = Some(ids.collect());
            }
            Call::Compose => {
                let prompt = Prompt {
                    query: self.query.whole(),
                    long: self.candidates.iter().map(CaseItem::offer).collect(),
                    short: self.attempts.iter().map(CaseAttempt::whole).collect(),
                    attempts: self.room,
                    budget: self.budget,
                };
                let shown = policy.compose(&[prompt])?.into_iter().next();
                let shown = shown.unwrap_or_default();
                answer.ids = Some(shown.items);
                answer.attempts = Some(shown.attempts);
            }
            Call::Evict => {
                let items: Vec<Item> = self.candidates.iter().map(CaseItem::item).collect();
                let newest = items.iter().map(|item| item.sequence).max().unwrap_or(0);
                let occupancy = Occupancy {
                    items: items.len() as u64,
                    capacity: self.capacity,
                    newest,
                };
                answer.ids = Some(policy.evict(occupancy, &items)?);
            }
            Call::Feedback => {
                answer.utility =
                    Some(policy.feedback(&self.item.item(), self.reward, self.group)?);
            }
        }
        Ok(answer)
    }

    fn compare(&self, got: &Answer) -> Vec<String> {
        let wanted = &self.expect;
        let mut differs = Vec::new();
        if let Some(part) = &wanted.fails {
            differs.push(format!("it should fail with {part:?}, and answers"));
        }
        if wanted.decision.is_some() && wanted.decision != got.decision {
            differs.push(differ("the decision", &wanted.decision, &got.decision));
        }
        if let Some(part) = &wanted.because
            && !got
                .because
                .as_ref()
                .is_some_and(|reason| reason.contains(part))
        {
            differs.push(format!(
                "the reason should say {part:?}, and is {:?}",
                got.because
            ));
        }
        if wanted.ids.is_some() && wanted.ids != got.ids {
            differs.push(differ("the ids", &wanted.ids, &got.ids));
        }
        if wanted.attempts.is_some() && wanted.attempts != got.attempts {
            differs.push(differ("the attempts", &wanted.attempts, &got.attempts));
        }
        if let Some(expected) = wanted.utility
            && !got
                .utility
                .is_some_and(|utility| near(utility, expected, self.tolerance))
        {
            differs.push(differ("the utility", &wanted.utility, &got.utility));
        }
        differs
    }
}

fn differ<T: std::fmt::Debug>(what: &str, wanted: &Option<T>, got: &Option<T>) -> String {
    match (wanted, got) {
        (Some(wanted), Some(got)) => format!("{what} should be {wanted:?}, and is {got:?}"),
        _ => format!("{what} is not what this call answers"),
    }
}

impl CaseItem {
    fn item(&self) -> Item {
        Item {
            id: self.id.clone(),
            task_id: self.task_id.clone(),
            project: self.project.clone(),
            family: self.family.clone(),
            language: self.language.clone().unwrap_or_else(|| LANGUAGE.to_owned()),
            prompt: self.prompt.clone(),
            program: self.program.clone(),
            score: self.score.unwrap_or(1.0),
            utility: self.utility,
            uses: self.uses,
            sequence: self.sequence,
            details: (!self.feedback.is_empty())
                .then(|| ("feedback".to_owned(), self.feedback.clone()))
                .into_iter()
                .collect(),
        }
    }

    fn offer(&self) -> Offer {
        let shown = || characters([&self.prompt, &self.program]);
        Offer {
            candidate: self.candidate(),
            tokens: self.tokens.unwrap_or_else(shown),
        }
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            item: self.item(),
            similarity: self.similarity,
            cosine: self.cosine,
            text: self.text,
        }
    }
}

impl CaseQuery {
    fn whole(&self) -> Query {
        Query {
            task_id: self.task_id.clone(),
            project: self.project.clone(),
            family: self.family.clone(),
            language: self.language.clone().unwrap_or_else(|| LANGUAGE.to_owned()),
            prompt: self.prompt.clone(),
            limit: self.limit.unwrap_or(8),
            newest: self.newest,
            details: Vec::new(),
        }
    }
}

impl CaseAttempt {
    fn whole(&self) -> Attempt {
        let shown = || characters([&self.program, &self.feedback]);
        Attempt {
            program: self.program.clone(),
            score: self.score,
            number: self.number.unwrap_or(1),
            outcome: Outcome {
                verdict: self.verdict.clone().unwrap_or_else(|| "failed".to_owned()),
                class: self.class.clone(),
                line: self.line,
                test: self.test,
                said: self.feedback.clone(),
            },
            tokens: self.tokens.unwrap_or_else(shown),
        }
    }
}
