//! Judges' credit on parts of a program, brought to its tokens.

use falcon_episode::Credit;
use falcon_tasks::Program;

/// What each token of a program gets beside the advantage of the whole: for every credit that touches it
/// `value · L / n`, with L the tokens of the program and n those that the credit touches. So a
/// credit of −1 on one line weighs as much as one on the whole program (RLTF's fine-grained feedback, arXiv
/// 2307.04349, section 3.3). All zero where there is none.
pub(super) fn per_token(program: &Program, credits: &[Credit]) -> Vec<f64> {
    let mut given = vec![0.0; program.spans.len()];
    for credit in credits {
        let touched: Vec<usize> = program
            .spans
            .iter()
            .enumerate()
            .filter(|(_, span)| span.start.max(credit.start) < span.end.min(credit.end))
            .map(|(at, _)| at)
            .collect();
        let share = program.spans.len() as f64 / touched.len().max(1) as f64;
        for at in touched {
            given[at] += credit.value * share;
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_goes_to_the_tokens_it_touches() {
        // `ab cd` and a line break, which has no text.
        let program = Program {
            text: "ab cd\n".to_owned(),
            spans: vec![0..2, 3..5, 5..5, 6..8],
            lines: vec![1, 1, 1, 2],
        };
        let credit = |start, end, value| Credit {
            start,
            end,
            value,
            note: String::new(),
        };
        for (credits, wanted) in [
            (vec![], [0.0, 0.0, 0.0, 0.0]),
            (vec![credit(0, 2, -1.0)], [-4.0, 0.0, 0.0, 0.0]),
            (vec![credit(1, 4, -1.0)], [-2.0, -2.0, 0.0, 0.0]),
            (vec![credit(0, 8, 0.3)], [0.4, 0.4, 0.0, 0.4]),
            (vec![credit(2, 3, 1.0)], [0.0, 0.0, 0.0, 0.0]),
            (
                vec![credit(0, 2, -1.0), credit(0, 5, 1.0)],
                [-2.0, 2.0, 0.0, 0.0],
            ),
        ] {
            let given = per_token(&program, &credits);
            let near = given.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(near, "{credits:?}: {given:?}");
        }
    }
}
