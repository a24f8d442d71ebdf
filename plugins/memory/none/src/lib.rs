//! The control without memory: keeps nothing and shows nothing.

use falcon_sdk::{
    memory::{Candidate, Context, Decision, Error, Item, MemoryPolicy, Prompt, Query, Ranked},
    serde::Deserialize,
};

/// The policy.
pub struct Nothing;

/// It has no settings.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {}

impl MemoryPolicy for Nothing {
    type Config = Config;

    fn admit(_: &Item, _: &[Candidate], _: &Config) -> Result<Decision, Error> {
        Ok(Decision::refuse("this policy keeps nothing"))
    }

    fn rank(_: &Query, _: &[Candidate], _: &Config) -> Result<Vec<Ranked>, Error> {
        Ok(Vec::new())
    }

    fn compose(_: &Prompt, _: &Config) -> Result<Context, Error> {
        Ok(Context {
            items: Vec::new(),
            attempts: Vec::new(),
        })
    }
}

falcon_sdk::export_memory_policy!(Nothing);
