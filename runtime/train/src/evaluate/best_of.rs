use falcon_tasks::Which;

use super::bench::{Bench, Final, Written};
use crate::{
    TrainError,
    grade::{Attempt, grade_without_fault, passed},
    task::Task,
};

impl Bench<'_> {
    /// Best of n: of a task's n samples the first that passes the feedback tests, else the first, is the answer, at the
    /// price of all of them. Samples are exchangeable, so each of the n orders that begin with another one of them is as
    /// good as the first; all are counted, which changes nothing but the variance. The greedy program stays as it is.
    ///
    /// # Arguments
    /// - `written`: the first attempts on these tasks without an exemplar.
    pub(crate) fn best_of(
        &self,
        tasks: &[Task],
        written: Vec<Written>,
    ) -> Result<Vec<Written>, TrainError> {
        let attempts: Vec<Attempt<'_>> = tasks
            .iter()
            .zip(&written)
            .flat_map(|(task, written)| {
                written.programs[..self.samples].iter().map(|it| Attempt {
                    task,
                    body: it.program.body(),
                    finished: it.program.finished,
                    number: it.number,
                })
            })
            .collect();
        let episodes = grade_without_fault(self.grader, &attempts, Which::Feedback)?;
        let right: Vec<bool> = episodes.iter().map(|it| passed(it.as_ref())).collect();
        let answers = written.into_iter().zip(right.chunks(self.samples));
        Ok(answers
            .map(|(written, right)| answer(written, right))
            .collect())
    }
}

/// The answers of every order of the samples, of which these pass their feedback tests; then the greedy program.
fn answer(written: Written, right: &[bool]) -> Written {
    let n = right.len();
    let (samples, greedy) = written.programs.split_at(n);
    let programs = samples.iter().map(|it| it.program.tokens.len());
    let tokens = written.prompt.len() + programs.sum::<usize>();
    let best = |from: usize| {
        let order = (0..n).map(move |at| (from + at) % n);
        order.clone().find(|at| right[*at]).unwrap_or(from)
    };
    let answers = (0..n).map(|from| Final {
        tokens,
        ..samples[best(from)].clone()
    });
    Written {
        programs: answers.chain(greedy.iter().cloned()).collect(),
        prompt: written.prompt,
    }
}

#[cfg(test)]
mod tests {
    use falcon_tasks::TokenId;

    use super::*;
    use crate::model::Completion;

    #[test]
    fn the_first_that_passes_is_the_answer_and_all_are_paid_for() {
        let program = |token: u16, length: usize| Final {
            program: Completion {
                tokens: vec![TokenId(token); length],
                log_probs: vec![-1.0; length],
                finished: true,
            },
            number: 1,
            tokens: 3 + length,
            shown: String::new(),
        };
        let written = || Written {
            prompt: vec![TokenId::BOS; 3],
            programs: vec![program(1, 2), program(2, 4), program(3, 5), program(9, 1)],
        };
        for (right, wanted) in [
            ([false, true, false], [2, 2, 2, 9]),
            ([true, false, true], [1, 3, 3, 9]),
            ([false, false, false], [1, 2, 3, 9]),
            ([true, true, true], [1, 2, 3, 9]),
        ] {
            let made = answer(written(), &right);
            let found: Vec<u16> = made
                .programs
                .iter()
                .map(|it| it.program.tokens[0].0)
                .collect();
            assert_eq!(found, wanted, "{right:?}");
            let tokens: Vec<usize> = made.programs.iter().map(|it| it.tokens).collect();
            assert_eq!(tokens, [14, 14, 14, 4], "{right:?}");
        }
    }
}
