use rand::{Rng, seq::IndexedRandom as _};

use super::{
    Primitive,
    behaviour::Behaviour,
    chain::Chain,
    datum::Kind,
    inputs,
    phrases::{join, say},
    primitive::{Op, Outcome},
    split::{Rules, Standing},
    task::{Draft, TaskFamily},
    token::TokenId,
};

/// Examples in a prompt.
const EXAMPLES: usize = 3;

/// What a generator draws for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Training with the program shown.
    Gold,
    /// Training without.
    Pool,
    /// Like the held-out test, from behaviours of the pool's side.
    Validation,
    /// Whatever may be trained on: content of memory.
    Trained,
    /// Held out, trained pairs.
    Iid,
    /// Held out, with a held-out pair.
    Composition,
}

impl Want {
    /// Whether a chain may be what is wanted, before its behaviour is known.
    pub(crate) fn takes_chain(self, rules: &Rules, chain: &Chain) -> bool {
        rules.has_held_pair(chain) == (self == Self::Composition)
    }

    pub(crate) fn takes(self, standing: Standing) -> bool {
        match self {
            Self::Gold => matches!(standing, Standing::Gold | Standing::Open),
            Self::Pool => matches!(standing, Standing::Pool | Standing::Open),
            Self::Validation => standing == Standing::Pool,
            Self::Trained => {
                matches!(standing, Standing::Gold | Standing::Pool | Standing::Open)
            }
            Self::Iid => standing == Standing::Iid,
            Self::Composition => standing == Standing::Composition,
        }
    }
}

/// One draw of a plain task; nothing where it is not worth a task or not wanted.
pub(crate) fn draft(rules: &Rules, want: Want, depth: usize, rng: &mut impl Rng) -> Option<Draft> {
    let chain = draw_chain(draw_kind(rng), depth, rng)?;
    if !want.takes_chain(rules, &chain) {
        return None;
    }
    let behaviour = Behaviour::of_worthy(&chain)?;
    if !want.takes(rules.standing(&chain, behaviour)) {
        return None;
    }
    let cases = inputs::cases(&chain, EXAMPLES, rng)?;
    let spec = specification(&chain, rng);
    let (family, readings) = (TaskFamily::Plain, Vec::new());
    let draft = Draft {
        family,
        chain,
        behaviour,
        spec,
        cases,
        alias: None,
        readings,
    };
    draft.fits().then_some(draft)
}

/// Weights of depth 1, 2 and 3.
pub(crate) const DEPTHS: [f64; 3] = [0.15, 0.45, 0.40];

/// 80 % lists.
pub(crate) fn draw_kind(rng: &mut impl Rng) -> Kind {
    if rng.random_bool(0.8) {
        Kind::Ints
    } else {
        Kind::Text
    }
}

/// Operations that fit each other: only the last may give an integer.
pub(crate) fn draw_chain(kind: Kind, depth: usize, rng: &mut impl Rng) -> Option<Chain> {
    let op = |place: usize, rng: &mut _| draw_op(kind, place + 1 == depth, rng);
    let ops: Option<Vec<Op>> = (0..depth).map(|place| op(place, rng)).collect();
    Some(Chain::new(kind, &ops?))
}

/// A named operation on this kind of input; `last` if it may give an integer.
pub(crate) fn draw_op(kind: Kind, last: bool, rng: &mut impl Rng) -> Option<Op> {
    let fits = |p: &&Primitive| p.takes(kind) && (last || p.gives() == Outcome::Same);
    let mut fitting = [Primitive::Even; Primitive::COUNT];
    let mut count = 0;
    for &primitive in Primitive::NAMED.iter().filter(fits) {
        fitting[count] = primitive;
        count += 1;
    }
    fitting[..count]
        .choose(rng)
        .map(|&primitive| number(primitive, rng))
}

/// A primitive with a number drawn for it.
pub(crate) fn number(primitive: Primitive, rng: &mut impl Rng) -> Op {
    let n = primitive
        .numbers()
        .map_or(0, |(low, high)| rng.random_range(low..=high));
    Op::new(primitive, n)
}

fn specification(chain: &Chain, rng: &mut impl Rng) -> Vec<TokenId> {
    let phrases: Vec<_> = chain.ops().iter().map(|op| phrase(*op, rng)).collect();
    join(&phrases, rng)
}

/// One way to say an operation.
pub(crate) fn phrase(op: Op, rng: &mut impl Rng) -> Vec<TokenId> {
    let mut words = Vec::with_capacity(4);
    say(op, rng, &mut words);
    words
}
