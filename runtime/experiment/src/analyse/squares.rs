//! Trained with and without, tested with and without.

use std::collections::BTreeSet;

use falcon_statistics::Pair;

use super::{Data, all, in_points};
use crate::{Square, SquareReport};

impl<'a> Data<'a> {
    pub(super) fn square(&self, square: &'a Square) -> SquareReport {
        let arms = [&square.trained_without[..], &square.trained_with[..]];
        let memories = [&square.tested_without[..], &square.tested_with[..]];
        let split = &square.split[..];
        let cells = arms.map(|arm| memories.map(|memory| self.level(arm, split, memory, &all)));
        // Each arm's own gain by task, one against the other.
        let gain =
            |arm: &'a str| self.pairs(split, (arm, memories[1]), (arm, memories[0]), None, &all);
        let (without, with) = (gain(arms[0]), gain(arms[1]));
        let seeds = |pairs: &[Pair]| pairs.iter().map(|pair| pair.seed).collect::<BTreeSet<_>>();
        let both = &seeds(&without) & &seeds(&with);
        let of_both = |pairs: Vec<Pair>| {
            pairs
                .into_iter()
                .filter(|pair| both.contains(&pair.seed))
                .collect::<Vec<_>>()
        };
        let crossed: Vec<Pair> = of_both(with)
            .into_iter()
            .zip(of_both(without))
            .map(|(with, without)| Pair {
                with: with.with - with.without,
                without: without.with - without.without,
                ..with
            })
            .collect();
        let interaction = (!crossed.is_empty()).then(|| {
            let found = self.difference(&crossed, "an interaction");
            in_points(found)
        });
        SquareReport {
            square: square.clone(),
            cells,
            interaction,
        }
    }
}
