use std::sync::OnceLock;

use rand::{Rng, seq::IndexedRandom as _};

use super::{
    Primitive as P,
    primitive::Op,
    token::TokenId,
    vocabulary::{Vocabulary, vocabulary},
};

/// A piece of a specification or program, waiting for its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Token(TokenId),
    Number,
}

/// A line of pieces.
pub(crate) type Template = Vec<Piece>;

/// Reads `keep above {n}`. A word that is no token is a mistake in our own tables, which a test reads whole.
pub(crate) fn template(table: &Vocabulary, text: &str) -> Template {
    let piece = |word| match word {
        "{n}" => Piece::Number,
        word => Piece::Token(table.id(word).unwrap_or(TokenId::ODD)),
    };
    text.split_whitespace().map(piece).collect()
}

/// Writes a template with its number.
pub(crate) fn fill(template: &[Piece], n: i8, out: &mut Vec<TokenId>) {
    let number = vocabulary().integer(i64::from(n));
    out.extend(template.iter().map(|piece| match piece {
        Piece::Token(token) => *token,
        Piece::Number => number,
    }));
}

/// How an operation may be said.
fn phrases(primitive: P) -> &'static [&'static str] {
    match primitive {
        P::Even => &["keep even", "only even values", "evens"],
        P::Odd => &["keep odd", "only odd values", "odds"],
        P::Positive => &["keep positive", "only positive values"],
        P::Negative => &["keep negative", "only negative values"],
        P::Above => &["keep above {n}", "only values over {n}"],
        P::Below => &["keep below {n}", "only values under {n}"],
        P::Double => &["double each", "twice every value"],
        P::Square => &["square each", "squares"],
        P::Negate => &["negate each", "flip signs"],
        P::Add => &["add {n}", "raise each by {n}"],
        P::Subtract => &["subtract {n}", "lower each by {n}"],
        P::Absolute => &["absolute values", "without signs"],
        P::Sort => &["ascending", "order up", "smallest first"],
        P::SortDescending => &["descending", "order down", "largest first"],
        P::Unique => &["unique", "distinct values", "without repeats"],
        P::Reverse => &["backwards", "mirror", "turned"],
        P::Take => &["take {n}", "first {n}", "leading {n}"],
        P::Drop => &["skip {n}", "drop {n}", "without first {n}"],
        P::Sum => &["total", "add up"],
        P::Largest => &["largest", "biggest value"],
        P::Smallest => &["smallest", "tiniest value"],
        P::Length => &["count", "how many", "size"],
        P::Last => &["last", "final value"],
        P::Upper => &["uppercase", "capitals"],
        P::NoVowels => &["without vowels", "remove vowels"],
        P::Repeat => &["repeated", "doubled"],
        P::SortLetters => &["sort letters", "alphabetical"],
        // The specification of a reading says nothing of what the readings differ in.
        P::AtLeast => &["keep beyond {n}"],
        P::AtMost => &["keep beneath {n}"],
        P::LargestOr => &["largest with fallback"],
        P::SmallestOr => &["smallest with fallback"],
        P::LastOr => &["last with fallback"],
    }
}

/// Writes a phrase of an operation.
pub(crate) fn say(op: Op, rng: &mut impl Rng, out: &mut Vec<TokenId>) {
    static TEMPLATES: OnceLock<Vec<Vec<Template>>> = OnceLock::new();
    let all = TEMPLATES.get_or_init(|| {
        let compile = |p: &P| {
            phrases(*p)
                .iter()
                .map(|text| template(vocabulary(), text))
                .collect()
        };
        every_primitive().iter().map(compile).collect()
    });
    if let Some(chosen) = all[op.primitive.index()].choose(rng) {
        fill(chosen, op.n, out);
    }
}

/// In declaration order.
pub(crate) fn every_primitive() -> Vec<P> {
    let readings = [
        P::AtLeast,
        P::AtMost,
        P::LargestOr,
        P::SmallestOr,
        P::LastOr,
    ];
    P::NAMED.into_iter().chain(readings).collect()
}

/// Joins phrases in the order of execution: `A then B then C`, or (30 %) `C after B after A`.
pub(crate) fn join(phrases: &[Vec<TokenId>], rng: &mut impl Rng) -> Vec<TokenId> {
    let reversed = rng.random_bool(0.3);
    let joint = vocabulary()
        .id(if reversed { "after" } else { "then" })
        .unwrap_or(TokenId::ODD);
    let mut words = Vec::with_capacity(16);
    let mut append = |phrase: &Vec<TokenId>| {
        if !words.is_empty() {
            words.push(joint);
        }
        words.extend_from_slice(phrase);
    };
    if reversed {
        phrases.iter().rev().for_each(&mut append);
    } else {
        phrases.iter().for_each(&mut append);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_in_the_vocabulary() {
        let all = every_primitive();
        assert_eq!(all.len(), P::COUNT);
        for (i, primitive) in all.into_iter().enumerate() {
            assert_eq!(primitive.index(), i);
            for phrase in phrases(primitive) {
                let pieces = template(vocabulary(), phrase);
                assert!(!pieces.contains(&Piece::Token(TokenId::ODD)), "{phrase}");
                let numbered = pieces.contains(&Piece::Number);
                let fallback = phrase.contains("fallback");
                assert_eq!(
                    numbered,
                    primitive.numbers().is_some() && !fallback,
                    "{phrase}"
                );
            }
        }
    }
}
