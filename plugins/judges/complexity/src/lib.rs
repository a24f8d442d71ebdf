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

use falcon_sdk::judge::{Episode, Error, Judge, Judgement};
use python_source::own_text;

pub use parts::Config;

use crate::measure::Measures;

/// The judge.
pub struct Complexity;

impl Judge for Complexity {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        let source = match python_source::read(episode) {
            Ok(source) => source,
            Err(abstained) => return Ok(abstained),
        };
        let measures = Measures::of(&source);
        let own = own_text(&episode.prompt, &episode.program);
        let judgement = parts::judgement(&measures, parts::cost(episode), config);
        Ok(parts::with_credits(judgement, &measures, own, config))
    }
}

falcon_sdk::export_judge!(Complexity);

#[global_allocator]
static ALLOCATOR: falcon_sdk::Allocator = falcon_sdk::Allocator::new();
