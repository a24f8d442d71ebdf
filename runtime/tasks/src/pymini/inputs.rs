use rand::{Rng, seq::IndexedRandom as _};

use super::{
    chain::Chain,
    datum::{Datum, Kind},
    primitive::{Op, Primitive},
    vocabulary::{HIGHEST, LETTERS, LOWEST},
};

/// An input with what the true program returns for it.
pub(crate) type Case = (Datum, Datum);

/// Draws test inputs for one task: never the same input twice.
pub(crate) struct Inputs<'a, R> {
    chain: &'a Chain,
    rng: &'a mut R,
    constants: Vec<i64>,
    repeats: bool,
    used: Vec<Datum>,
}

/// Longest output in a test.
const MAX_OUTPUT: usize = 8;
/// Draws for one case before the task is given up.
const PATIENCE: usize = 60;

impl<'a, R: Rng> Inputs<'a, R> {
    pub(crate) fn new(chain: &'a Chain, rng: &'a mut R) -> Self {
        // The value for an empty list is what an ambiguous task must not disclose.
        let told = |op: &&Op| op.primitive.numbers().is_some() && !op.primitive.falls_back();
        let constants = chain
            .ops()
            .iter()
            .filter(told)
            .map(|op| i64::from(op.n))
            .collect();
        let repeats = chain
            .ops()
            .iter()
            .any(|op| op.primitive == Primitive::Unique);
        Self {
            chain,
            rng,
            constants,
            repeats,
            used: Vec::with_capacity(20),
        }
    }

    /// A case whose input has a length in the range and whose output can be written, and that
    /// the caller accepts; nothing where none is found soon.
    pub(crate) fn case(
        &mut self,
        lengths: (usize, usize),
        mut accept: impl FnMut(&Datum, &Datum) -> bool,
    ) -> Option<Case> {
        for _ in 0..PATIENCE {
            let input = self.input(lengths);
            let Some(output) = self.chain.call(&input).filter(writable) else {
                continue;
            };
            if !self.used.contains(&input) && accept(&input, &output) {
                self.used.push(input);
                return Some((input, output));
            }
        }
        None
    }

    fn input(&mut self, (low, high): (usize, usize)) -> Datum {
        let length = self.rng.random_range(low..=high);
        match self.chain.kind {
            Kind::Text => Datum::Text(
                (0..length)
                    .map(|_| LETTERS[self.rng.random_range(0..LETTERS.len())])
                    .collect(),
            ),
            Kind::Ints => {
                let mut items = super::datum::Ints::EMPTY;
                for _ in 0..length {
                    let item = self.integer(items.as_slice());
                    items.push(item);
                }
                Datum::Ints(items)
            }
        }
    }

    /// A third of the integers are the task's own numbers, so that its boundaries are hit.
    fn integer(&mut self, before: &[i64]) -> i64 {
        let again = if self.repeats {
            before.choose(self.rng)
        } else {
            None
        };
        match (self.constants.choose(self.rng), again) {
            (_, Some(&item)) if self.rng.random_bool(0.3) => item,
            (Some(&constant), _) if self.rng.random_bool(0.35) => constant,
            _ => self.rng.random_range(-7..=9),
        }
    }
}

fn writable(output: &Datum) -> bool {
    output.length() <= MAX_OUTPUT
        && output
            .integers()
            .iter()
            .all(|n| (LOWEST..=HIGHEST).contains(n))
}

/// Cases of one task in their three disjoint uses.
pub(crate) struct Cases {
    pub(crate) examples: Vec<Case>,
    pub(crate) feedback: Vec<Case>,
    pub(crate) scoring: Vec<Case>,
}

/// Different outputs that hidden tests have at least.
const LEAST_DIFFERENT: usize = 3;
/// Feedback tests of a task.
pub(crate) const FEEDBACK_TESTS: usize = 6;
/// Scoring tests of a task.
pub(crate) const SCORING_TESTS: usize = 8;
/// Input lengths of hidden tests.
pub(crate) const TEST_LENGTHS: (usize, usize) = (1, 6);

/// Cases for a chain; nothing where they would not be [`sharp`].
pub(crate) fn cases(chain: &Chain, examples: usize, rng: &mut impl Rng) -> Option<Cases> {
    let mut inputs = Inputs::new(chain, rng);
    let mut some = |n: usize, lengths| -> Option<Vec<Case>> {
        (0..n).map(|_| inputs.case(lengths, |_, _| true)).collect()
    };
    let cases = Cases {
        examples: some(examples, example_lengths(chain))?,
        feedback: some(FEEDBACK_TESTS, TEST_LENGTHS)?,
        scoring: some(SCORING_TESTS, TEST_LENGTHS)?,
    };
    let telling = different(&cases.examples) >= examples.min(2);
    (telling && sharp(chain, &cases)).then_some(cases)
}

/// Input lengths of examples: 2 to 4, longer where operations drop items.
pub(crate) fn example_lengths(chain: &Chain) -> (usize, usize) {
    let drops = chain
        .ops()
        .iter()
        .filter(|op| op.primitive == Primitive::Drop);
    let dropped: usize = drops.map(|op| usize::from(op.n.unsigned_abs())).sum();
    let most = (dropped + 2).clamp(4, TEST_LENGTHS.1);
    (most - 2, most)
}

/// How many different outputs there are.
fn different(cases: &[Case]) -> usize {
    let new = |i: &usize| !cases[..*i].iter().any(|(_, output)| *output == cases[*i].1);
    (0..cases.len()).filter(new).count()
}

/// Whether both kinds of hidden tests catch every program that leaves an operation out, and have
/// outputs that no constant gives.
pub(crate) fn sharp(chain: &Chain, cases: &Cases) -> bool {
    let catches = |tests: &[Case], wrong: &Chain| {
        tests
            .iter()
            .any(|(input, output)| wrong.call(input) != Some(*output))
    };
    [&cases.feedback, &cases.scoring].into_iter().all(|tests| {
        different(tests) >= LEAST_DIFFERENT
            && chain.shortened().all(|shorter| catches(tests, &shorter))
    })
}
