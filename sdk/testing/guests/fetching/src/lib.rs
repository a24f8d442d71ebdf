//! A judge that sends the requests that its settings say; for the host's tests.

use falcon_sdk::{
    http::{self, Header, Method, Request},
    judge::{Episode, Error, Judge, Judgement},
    serde::Deserialize,
};

/// The judge.
pub struct Fetching;

/// What it sends.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    url: String,
    method: String,
    header: String,
    bytes: usize,
    times: u64,
    fails: String,
}

impl Judge for Fetching {
    type Config = Config;

    fn judge(_: &Episode, config: &Config) -> Result<Judgement, Error> {
        let mut judgement = Judgement::of(config.times as f64);
        for _ in 0..config.times {
            judgement = judgement.note(fetched(config));
        }
        match &*config.fails {
            "reports" => Err(Error::new("asked", "it was asked to fail")),
            "panics" => panic!("it was asked to panic"),
            _ => Ok(judgement),
        }
    }
}

falcon_sdk::export_judge!(Fetching);

/// What comes back, or why nothing does.
fn fetched(config: &Config) -> String {
    let header = config.header.split_once(':');
    let request = Request {
        method: match &*config.method {
            "post" => Method::Post,
            _ => Method::Get,
        },
        url: config.url.clone(),
        headers: header
            .map(|(name, value)| Header {
                name: name.to_owned(),
                value: value.trim().to_owned(),
            })
            .into_iter()
            .collect(),
        body: vec![b'x'; config.bytes],
    };
    match http::send(&request) {
        Ok(response) => format!(
            "{} {} {}",
            response.status,
            response.body.len(),
            response.header("x-told").unwrap_or("-")
        ),
        Err(problem) => format!("{:?}: {}", problem.cause, problem.message),
    }
}
