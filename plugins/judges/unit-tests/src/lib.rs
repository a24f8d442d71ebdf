//! How far a program passes its tests, as one number: the feedback of RLTF (Liu et al. 2023,
//! arXiv:2307.04349), its coarse part for programs that do not run and its adaptive part for those that do.
//!
//! | the program | score |
//! |---|---|
//! | does not compile | `compile-error` (-1) |
//! | raises, or goes over a limit | `runtime-error` (-0.6) |
//! | runs, and passes the ratio p of its tests | `failed` + `slope` · p (-0.3 + 1.3 p) |
//! | passes all | `passed` (1) |
//! | met a fault of the machinery | none |

use falcon_sdk::{
    judge::{Episode, Error, Judge, Judgement, Verdict},
    serde::Deserialize,
};

/// The judge.
pub struct UnitTests;

/// The score of each outcome.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde", rename_all = "kebab-case")]
pub struct Config {
    compile_error: f64,
    runtime_error: f64,
    failed: f64,
    slope: f64,
    passed: f64,
}

impl Judge for UnitTests {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        let ratio = pass_ratio(episode);
        let score = match episode.verdict {
            Verdict::Infrastructure => {
                return Ok(Judgement::abstain()
                    .note("the machinery failed, so the program was not tested"));
            }
            Verdict::Passed => config.passed,
            Verdict::Failed => config.failed + config.slope * ratio.unwrap_or(0.0),
            Verdict::CompileError => config.compile_error,
            Verdict::RuntimeError
            | Verdict::OutOfFuel
            | Verdict::OutOfMemory
            | Verdict::OutputLimit
            | Verdict::Forbidden => config.runtime_error,
        };
        let judgement = Judgement::of(score);
        Ok(match ratio {
            Some(ratio) => judgement.part("pass-ratio", ratio, tally(episode)),
            None => judgement.note("there were no tests"),
        })
    }
}

falcon_sdk::export_judge!(UnitTests);

#[global_allocator]
static ALLOCATOR: falcon_sdk::Allocator = falcon_sdk::Allocator::new();

/// The ratio of tests passed, in 0..=1; none without tests. A test that the machinery broke does not count.
fn pass_ratio(episode: &Episode) -> Option<f64> {
    let (passed, counted) = count(episode);
    (counted > 0).then(|| passed as f64 / counted as f64)
}

fn tally(episode: &Episode) -> String {
    let (passed, counted) = count(episode);
    format!("{passed} of {counted} tests passed")
}

fn count(episode: &Episode) -> (usize, usize) {
    let counted = episode
        .tests
        .iter()
        .filter(|test| test.verdict != Verdict::Infrastructure);
    let passed = counted
        .clone()
        .filter(|test| test.verdict == Verdict::Passed)
        .count();
    (passed, counted.count())
}
