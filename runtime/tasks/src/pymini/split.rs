use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use rand::seq::SliceRandom as _;

use super::{
    Primitive,
    behaviour::Behaviour,
    chain::Chain,
    datum::Kind,
    phrases::every_primitive,
    primitive::{Op, Outcome},
    seed::generator,
};

/// Which side of the splits a chain stands on. The module's head states the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// May be trained on, with its program shown or not: some single operation behaves so.
    Open,
    /// May be trained on with its program shown.
    Gold,
    /// May be trained on without its program.
    Pool,
    /// Held out, composed of trained pairs.
    Iid,
    /// Held out, with a pair that training never has.
    Composition,
    /// Has a held-out pair but not a held-out behaviour: neither trained on nor tested.
    Unused,
}

/// The rules of the splits: they never depend on a run's seed.
#[derive(Debug)]
pub(crate) struct Rules {
    held_pairs: HashSet<(Primitive, Primitive)>,
    single: HashSet<Behaviour>,
}

/// Percent of behaviours, and of ordered pairs, that are held out.
const HELD_BEHAVIOURS: u8 = 10;
const HELD_PAIRS: usize = 15;
/// Changing it changes the held-out pairs.
const WORLD: u64 = 1;

impl Rules {
    /// The one set of rules.
    pub(crate) fn shared() -> Arc<Self> {
        static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
        RULES.get_or_init(|| Arc::new(Self::new())).clone()
    }

    fn new() -> Self {
        let mut pairs = possible_pairs();
        pairs.shuffle(&mut generator(WORLD, "pairs", 0));
        pairs.truncate(pairs.len() * HELD_PAIRS / 100);
        let single = [Kind::Ints, Kind::Text].into_iter().flat_map(|kind| {
            every_primitive()
                .into_iter()
                .filter(move |primitive| primitive.takes(kind))
                .flat_map(Op::all)
                .map(move |op| Behaviour::of(&Chain::new(kind, &[op])))
        });
        Self {
            held_pairs: pairs.into_iter().collect(),
            single: single.collect(),
        }
    }

    /// Where a chain with this behaviour stands.
    pub(crate) fn standing(&self, chain: &Chain, behaviour: Behaviour) -> Standing {
        let held = self.holds_out(behaviour);
        match (self.has_held_pair(chain), held) {
            (true, true) => Standing::Composition,
            (true, false) => Standing::Unused,
            (false, true) => Standing::Iid,
            (false, false) if self.single.contains(&behaviour) => Standing::Open,
            (false, false) if behaviour.coin() => Standing::Gold,
            (false, false) => Standing::Pool,
        }
    }

    /// Whether no training task may behave so.
    pub(crate) fn holds_out(&self, behaviour: Behaviour) -> bool {
        behaviour.bucket() < HELD_BEHAVIOURS && !self.single.contains(&behaviour)
    }

    /// Whether neighbouring operations of the chain are a held-out pair.
    pub(crate) fn has_held_pair(&self, chain: &Chain) -> bool {
        let base = |op: &Op| op.primitive.base();
        chain
            .ops()
            .windows(2)
            .any(|pair| self.held_pairs.contains(&(base(&pair[0]), base(&pair[1]))))
    }
}

/// Ordered pairs of named primitives that can follow each other on some kind of input.
fn possible_pairs() -> Vec<(Primitive, Primitive)> {
    let follows = |a: Primitive, b: Primitive| {
        a.gives() == Outcome::Same
            && [Kind::Ints, Kind::Text]
                .into_iter()
                .any(|kind| a.takes(kind) && b.takes(kind))
    };
    let named = Primitive::NAMED;
    let pairs = named
        .iter()
        .flat_map(|&a| named.iter().map(move |&b| (a, b)));
    pairs.filter(|&(a, b)| follows(a, b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_composed_behaviours_is_held_out_and_sides_are_even() {
        let rules = Rules::shared();
        assert_eq!(
            rules.held_pairs.len(),
            possible_pairs().len() * HELD_PAIRS / 100
        );
        let named = Primitive::NAMED.into_iter().filter(|p| p.takes(Kind::Ints));
        let ops: Vec<Op> = named.flat_map(Op::all).collect();
        let (mut all, mut count) = (HashSet::new(), [0usize; 3]);
        for &first in ops
            .iter()
            .filter(|op| op.primitive.gives() == Outcome::Same)
        {
            for &second in &ops {
                let chain = Chain::new(Kind::Ints, &[first, second]);
                let Some(behaviour) = Behaviour::of_worthy(&chain) else {
                    continue;
                };
                if !rules.has_held_pair(&chain) && all.insert(behaviour) {
                    match rules.standing(&chain, behaviour) {
                        Standing::Gold => count[0] += 1,
                        Standing::Pool => count[1] += 1,
                        Standing::Iid => count[2] += 1,
                        Standing::Open => {}
                        other => panic!("{other:?} without a held-out pair"),
                    }
                }
            }
        }
        let share = |n: usize| n as f64 / count.iter().sum::<usize>() as f64;
        assert!(count.iter().sum::<usize>() > 800, "{count:?}");
        assert!((share(count[2]) - 0.1).abs() < 0.03, "{count:?}");
        assert!((share(count[0]) - share(count[1])).abs() < 0.1, "{count:?}");
    }
}
