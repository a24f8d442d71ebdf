//! Which part of a program its error is blamed on: the fine-grained feedback of RLTF (Liu et al. 2023,
//! arXiv:2307.04349), which tells errors with a line from those of the whole program and those of neither.
//! RLTF reads the class off a message; here it is the language pack's typed diagnostic.

mod blame;
mod errors;
#[cfg(test)]
mod tests;

use falcon_sdk::judge::{Episode, Error, Judge, Judgement};
use python_source::own_text;

pub use blame::Config;

use crate::{blame::Blame, errors::Problem};

/// The judge.
pub struct ErrorFeedback;

impl Judge for ErrorFeedback {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        let problems = errors::of(episode);
        if problems.is_empty() {
            return Ok(Judgement::of(1.0).note("nothing went wrong"));
        }
        let own = own_text(&episode.prompt, &episode.program);
        let mut judgement = Judgement::of(0.0);
        let (mut lines, mut whole) = (0_u32, 0_u32);
        for problem in &problems {
            let blame = blame::of(problem, &episode.program, own, config);
            let note = said(problem, &blame);
            judgement = judgement.note(note.clone());
            judgement = match blame {
                Blame::Ignore => judgement,
                Blame::Line(span) => {
                    lines += 1;
                    judgement.credit(span.start, span.end, config.line_credit, note)
                }
                // Once, whatever the number of reasons.
                Blame::Whole(_) if whole > 0 => judgement,
                Blame::Whole(span) => {
                    whole += 1;
                    judgement.credit(span.start, span.end, config.whole_credit, note)
                }
            };
        }
        if lines + whole == 0 {
            judgement.score = None;
        }
        Ok(judgement
            .part("line", f64::from(u32::from(lines > 0)), "")
            .part("whole", f64::from(whole), ""))
    }
}

falcon_sdk::export_judge!(ErrorFeedback);

#[global_allocator]
static ALLOCATOR: falcon_sdk::Allocator = falcon_sdk::Allocator::new();

fn said(problem: &Problem, blame: &Blame) -> String {
    let class = &problem.class;
    let place = match (problem.line, problem.of_test) {
        (_, true) => " in the test".to_owned(),
        (Some(line), _) => format!(" in line {line}"),
        (None, _) => String::new(),
    };
    let blamed = match blame {
        Blame::Line(_) => "line",
        Blame::Whole(_) => "whole",
        Blame::Ignore => "ignore",
    };
    format!("{blamed}: {class}{place}")
}
