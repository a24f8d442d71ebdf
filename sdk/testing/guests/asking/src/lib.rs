//! A judge that asks the language model what its settings say; for the host's tests.

use falcon_sdk::{
    judge::{Episode, Error, Judge, Judgement},
    llm,
    serde::Deserialize,
};

/// The judge.
pub struct Asking;

/// How much it asks.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    times: u64,
    bytes: usize,
    tokens: u32,
    r#loop: bool,
}

impl Judge for Asking {
    type Config = Config;

    fn judge(_: &Episode, config: &Config) -> Result<Judgement, Error> {
        let mut judgement = Judgement::of(config.times as f64);
        for _ in 0..config.times {
            judgement = judgement.note(ask(config));
        }
        while std::hint::black_box(config.r#loop) {}
        Ok(judgement)
    }
}

falcon_sdk::export_judge!(Asking);

/// What the model says, or why it does not.
fn ask(config: &Config) -> String {
    let question = llm::Question {
        messages: vec![
            llm::Message::system("be brief"),
            llm::Message::user("?".repeat(config.bytes)),
        ],
        max_tokens: config.tokens,
        json: false,
    };
    match llm::ask(&question) {
        Ok(answer) => format!("{} {} {}", answer.text.len(), answer.whole, answer.tokens),
        Err(problem) => format!("{:?}: {}", problem.cause, problem.message),
    }
}
