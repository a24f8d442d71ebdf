//! How simple a Python program is, as a number in 0..=1: the weighted mean of its parts.
//!
//! | part | of what | 1 | 0 |
//! |---|---|---|---|
//! | `cyclomatic` | complexity of the worst function | up to 5 | from 20 |
//! | `cognitive` | complexity of the worst function | up to 5 | from 25 |
//! | `halstead` | volume of the program, in bits | up to 100 | from 1000 |
//! | `maintainability` | index, 0 to 100 | from 80 | up to 20 |
//! | `nesting` | levels of control flow | up to 2 | from 6 |
//! | `fuel` | cheapest known fuel / fuel used | 1 | — |
//!
//! Between its two bounds a part is linear. `fuel` is there only for programs that passed and tasks whose
//! cheapest cost is known.

mod cognitive;
mod cyclomatic;
mod halstead;
mod maintainability;
mod measure;
mod nesting;
mod parts;
mod raw;

use falcon_sdk::judge::{Episode, Error, Judge, Judgement, Verdict};
use python_source::{Source, own_text};

pub use parts::Config;

use crate::measure::Measures;

/// The judge.
pub struct Complexity;

/// The only language whose programs it reads.
const LANGUAGE: &str = "python";

impl Judge for Complexity {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        if episode.language != LANGUAGE {
            return Ok(Judgement::abstain().note(format!(
                "it reads {LANGUAGE}, and this program is in {}",
                episode.language
            )));
        }
        if episode.verdict == Verdict::CompileError {
            return Ok(Judgement::abstain().note("the program does not compile"));
        }
        let source = match Source::read(&episode.program) {
            Ok(source) => source,
            Err(why) => {
                return Ok(Judgement::abstain().note(format!("the program was not read: {why}")));
            }
        };
        let measures = Measures::of(&source);
        let own = own_text(&episode.prompt, &episode.program);
        let judgement = parts::judgement(&measures, parts::cost(episode), config);
        Ok(parts::with_credits(judgement, &measures, own, config))
    }
}

falcon_sdk::export_judge!(Complexity);
