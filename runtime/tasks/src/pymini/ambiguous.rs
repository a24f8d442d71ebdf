//! Specifications that leave a choice open, settled only by a failing test.
//!
//! An eight-way task (`largest with fallback`) can be guessed one time in eight, and one failing
//! test shows the answer: it measures short-term memory. A binary one (`keep beyond 3`) is the
//! negative control: "that was wrong" is all there is to know.

use rand::{
    Rng,
    seq::{IndexedRandom as _, SliceRandom as _},
};

use super::{
    Primitive as P,
    behaviour::{Behaviour, probes},
    chain::Chain,
    datum::{Datum, Kind},
    inputs::{
        Case, Cases, FEEDBACK_TESTS, Inputs, SCORING_TESTS, TEST_LENGTHS, example_lengths, sharp,
    },
    phrases::join,
    plain::{Want, draw_op, number, phrase},
    primitive::Op,
    split::{Rules, Standing},
    task::{Draft, TaskFamily},
};

const EXAMPLES: usize = 3;

/// One draw of a task with two readings: is the threshold included?
pub(crate) fn binary(rules: &Rules, want: Want, depth: usize, rng: &mut impl Rng) -> Option<Draft> {
    let pair = *[(P::Above, P::AtLeast), (P::Below, P::AtMost)].choose(rng)?;
    let threshold = number(pair.0, rng);
    let place = rng.random_range(0..depth);
    let op = |i: usize| {
        if i == place {
            Some(threshold)
        } else {
            draw_op(Kind::Ints, i + 1 == depth, rng)
        }
    };
    let ops: Vec<Op> = (0..depth).map(op).collect::<Option<_>>()?;
    let exclusive = Chain::new(Kind::Ints, &ops);
    let inclusive = exclusive.with(place, Op::new(pair.1, threshold.n));
    let readings = [exclusive, inclusive];
    let truth = rng.random_range(0..2);
    // The phrase of the inclusive reading is the open one.
    draft(
        rules,
        want,
        TaskFamily::Binary,
        &readings,
        truth,
        &inclusive,
        rng,
    )
}

/// One draw of a task with eight readings: what is returned where nothing is left? Its depth is
/// 2 or 3: something must be able to leave nothing.
pub(crate) fn eight_way(
    rules: &Rules,
    want: Want,
    depth: usize,
    rng: &mut impl Rng,
) -> Option<Draft> {
    const EMPTYING: [P; 7] = [
        P::Even,
        P::Odd,
        P::Positive,
        P::Negative,
        P::Above,
        P::Below,
        P::Drop,
    ];
    let mut ops = vec![number(*EMPTYING.choose(rng)?, rng)];
    if depth > 2 {
        let other = draw_op(Kind::Ints, false, rng)?;
        ops.insert(rng.random_range(0..=1), other);
    }
    let end = *[P::LargestOr, P::SmallestOr, P::LastOr].choose(rng)?;
    let readings: Vec<Chain> = Op::all(end)
        .map(|op| Chain::new(Kind::Ints, &[ops.as_slice(), &[op]].concat()))
        .collect();
    // Where at most one item is left, "smallest or 0" is a sum: a plain task's behaviour.
    let end = ops.len();
    let sum = readings[0].with(end, Op::new(P::Sum, 0));
    let zero = readings.iter().find(|reading| reading.ops()[end].n == 0)?;
    if probes(Kind::Ints)
        .iter()
        .all(|probe| sum.call(probe) == zero.call(probe))
    {
        return None;
    }
    let truth = rng.random_range(0..readings.len());
    draft(
        rules,
        want,
        TaskFamily::EightWay,
        &readings,
        truth,
        &readings[0],
        rng,
    )
}

fn draft(
    rules: &Rules,
    want: Want,
    family: TaskFamily,
    readings: &[Chain],
    truth: usize,
    said: &Chain,
    rng: &mut impl Rng,
) -> Option<Draft> {
    let chain = readings[truth];
    if !want.takes_chain(rules, &chain) {
        return None;
    }
    let behaviour = Behaviour::of_worthy(&chain)?;
    if !stands(rules, want, readings, &chain, behaviour) {
        return None;
    }
    let others: Vec<Chain> = readings
        .iter()
        .filter(|&other| *other != chain)
        .copied()
        .collect();
    let cases = cases(&chain, &others, family, rng)?;
    let phrases: Vec<_> = said.ops().iter().map(|op| phrase(*op, rng)).collect();
    let spec = join(&phrases, rng);
    let draft = Draft {
        family,
        chain,
        behaviour,
        spec,
        cases,
        alias: None,
        readings: others,
    };
    draft.fits().then_some(draft)
}

/// A test holds out its true reading. Training holds out no reading, and its readings are on one
/// side; those of eight-way tasks differ from every other family's, so the first decides for all.
fn stands(
    rules: &Rules,
    want: Want,
    readings: &[Chain],
    chain: &Chain,
    behaviour: Behaviour,
) -> bool {
    if matches!(want, Want::Iid | Want::Composition) {
        return want.takes(rules.standing(chain, behaviour));
    }
    let behaviours: Vec<_> = readings.iter().map(|r| (r, Behaviour::of(r))).collect();
    let decisive = if readings.len() == 2 { 2 } else { 1 };
    behaviours.iter().all(|(_, b)| !rules.holds_out(*b))
        && behaviours
            .iter()
            .take(decisive)
            .all(|(r, b)| match rules.standing(r, *b) {
                // Readings on the side that is not wanted.
                Standing::Gold => want != Want::Pool && want != Want::Validation,
                Standing::Pool => want != Want::Gold,
                Standing::Open => true,
                Standing::Iid | Standing::Composition | Standing::Unused => false,
            })
}

/// Examples on which all readings agree; hidden tests of which some tell the true reading from
/// every other.
fn cases(chain: &Chain, others: &[Chain], family: TaskFamily, rng: &mut impl Rng) -> Option<Cases> {
    let (feedback, scoring) = (rng.random_range(2..=3), rng.random_range(3..=4));
    let agree = |input: &Datum, output: &Datum| {
        others
            .iter()
            .all(|other| other.call(input) == Some(*output))
    };
    let separate = |input: &Datum, output: &Datum| {
        others
            .iter()
            .all(|other| other.call(input) != Some(*output))
    };
    let mut inputs = Inputs::new(chain, rng);
    let mut some = |n: usize, lengths, accept: &dyn Fn(&Datum, &Datum) -> bool| {
        (0..n)
            .map(|_| inputs.case(lengths, accept))
            .collect::<Option<Vec<Case>>>()
    };
    // Short lists are the ones that filters empty.
    let separating = if family == TaskFamily::EightWay {
        (0, 3)
    } else {
        TEST_LENGTHS
    };
    let examples = some(EXAMPLES, example_lengths(chain), &agree)?;
    let mut tests = |n: usize, telling: usize| -> Option<Vec<Case>> {
        let mut cases = some(telling, separating, &separate)?;
        cases.extend(some(n - telling, TEST_LENGTHS, &agree)?);
        Some(cases)
    };
    let mut cases = Cases {
        examples,
        feedback: tests(FEEDBACK_TESTS, feedback)?,
        scoring: tests(SCORING_TESTS, scoring)?,
    };
    cases.feedback.shuffle(rng);
    cases.scoring.shuffle(rng);
    sharp(chain, &cases).then_some(cases)
}
