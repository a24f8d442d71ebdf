use std::{collections::HashMap, sync::OnceLock};

use falcon_episode::Digest;

use super::token::{SPECIALS, TokenId};

/// The closed set of tokens. Its digest belongs into every checkpoint.
#[derive(Debug)]
pub struct Vocabulary {
    spellings: Vec<String>,
    ids: HashMap<String, TokenId>,
    digest: Digest,
}

/// A word that is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} (word {position} of the text) is not in the vocabulary of the PyMini family")]
pub struct VocabularyError {
    /// The word.
    pub word: String,
    /// 1-based.
    pub position: usize,
}

/// What a token is, as far as writing Python is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Stands in Python as it is spelled.
    Python,
    /// An integer.
    Integer,
    /// A letter, inside quotes or as a name.
    Letter,
    /// Not Python: special tokens, error names, words of specifications.
    Other,
}

/// Smallest integer with a token of its own.
pub(crate) const LOWEST: i64 = -20;
/// Largest integer with a token of its own.
pub(crate) const HIGHEST: i64 = 60;
/// Letters of the strings in tests.
pub(crate) const LETTERS: &[u8; 16] = b"abcdeistABCDEIST";

const ERRORS: [&str; 12] = [
    "TypeError",
    "ValueError",
    "IndexError",
    "KeyError",
    "NameError",
    "AttributeError",
    "ZeroDivisionError",
    "SyntaxError",
    "RecursionError",
    "MemoryError",
    "Timeout",
    "OtherError",
];
const WORDS: &[&str] = &[
    "keep",
    "only",
    "even",
    "odd",
    "positive",
    "negative",
    "values",
    "evens",
    "odds",
    "above",
    "below",
    "over",
    "under",
    "double",
    "twice",
    "each",
    "every",
    "value",
    "square",
    "squares",
    "negate",
    "flip",
    "signs",
    "add",
    "raise",
    "by",
    "subtract",
    "lower",
    "absolute",
    "without",
    "ascending",
    "order",
    "up",
    "smallest",
    "first",
    "descending",
    "down",
    "largest",
    "backwards",
    "mirror",
    "turned",
    "take",
    "leading",
    "skip",
    "drop",
    "unique",
    "distinct",
    "repeats",
    "total",
    "amount",
    "biggest",
    "tiniest",
    "count",
    "size",
    "how",
    "many",
    "last",
    "final",
    "uppercase",
    "capitals",
    "vowels",
    "remove",
    "repeated",
    "doubled",
    "sort",
    "letters",
    "alphabetical",
    "then",
    "after",
    "beyond",
    "beneath",
    "with",
    "fallback",
];
const SYLLABLES: ([&str; 6], [&str; 8]) = (
    ["ba", "do", "ki", "lu", "me", "zo"],
    ["rin", "tam", "vek", "pol", "sud", "gax", "nim", "fob"],
);
const PYTHON: &[&str] = &[
    "return",
    "x",
    "v",
    "r",
    "for",
    "in",
    "if",
    "else",
    "not",
    "and",
    "or",
    "lambda",
    "list",
    "map",
    "filter",
    "sorted",
    "sum",
    "max",
    "min",
    "len",
    "abs",
    "dict",
    "reverse",
    "default",
    "True",
    "False",
    "None",
    ".append",
    ".sort",
    ".reverse",
    ".join",
    ".upper",
    ".fromkeys",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "+",
    "-",
    "*",
    "**",
    "%",
    "==",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "+=",
    "''",
    "'",
    "'aeiAEI'",
];

const FIRST_ERROR: usize = SPECIALS.len();
const FIRST_INTEGER: usize = FIRST_ERROR + ERRORS.len();
const FIRST_LETTER: usize = FIRST_INTEGER + (HIGHEST - LOWEST + 1) as usize;
const FIRST_WORD: usize = FIRST_LETTER + LETTERS.len();
const FIRST_ALIAS: usize = FIRST_WORD + WORDS.len();
const FIRST_PYTHON: usize = FIRST_ALIAS + ALIASES;

/// Nonsense words for private aliases.
pub(crate) const ALIASES: usize = 48;

/// The family's vocabulary.
///
/// # Panics
/// Never: the table is fixed, and a test reads all of it.
#[must_use]
pub fn vocabulary() -> &'static Vocabulary {
    static TABLE: OnceLock<Vocabulary> = OnceLock::new();
    TABLE.get_or_init(Vocabulary::new)
}

impl Vocabulary {
    fn new() -> Self {
        let (heads, tails) = SYLLABLES;
        let aliases = heads
            .iter()
            .flat_map(|head| tails.iter().map(move |t| format!("{head}{t}")));
        let spellings: Vec<String> = (SPECIALS.iter().chain(&ERRORS).map(ToString::to_string))
            .chain((LOWEST..=HIGHEST).map(|n| n.to_string()))
            .chain(LETTERS.iter().map(|&letter| char::from(letter).to_string()))
            .chain(WORDS.iter().map(ToString::to_string))
            .chain(aliases)
            .chain(PYTHON.iter().map(ToString::to_string))
            .collect();
        let ids = (0u16..)
            .zip(&spellings)
            .map(|(id, word)| (word.clone(), TokenId(id)))
            .collect();
        let digest = Digest::of_parts(spellings.iter().map(String::as_bytes));
        Self {
            spellings,
            ids,
            digest,
        }
    }

    /// How many tokens there are; ids run from 0.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.spellings.len()
    }

    /// Digest of all spellings in order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// How a token is written in stored text; `<unknown>` for an id outside the vocabulary.
    #[must_use]
    pub fn spelling(&self, id: TokenId) -> &str {
        self.spellings
            .get(id.index())
            .map_or("<unknown>", String::as_str)
    }

    /// The token that is written so.
    #[must_use]
    pub fn id(&self, spelling: &str) -> Option<TokenId> {
        self.ids.get(spelling).copied()
    }

    /// Spellings joined by single spaces: the form in which specifications and programs are stored.
    #[must_use]
    pub fn decode(&self, tokens: &[TokenId]) -> String {
        let words: Vec<&str> = tokens.iter().map(|&token| self.spelling(token)).collect();
        words.join(" ")
    }

    /// The exact inverse of [`decode`](Self::decode).
    ///
    /// # Errors
    /// Where a word is no token.
    pub fn encode(&self, text: &str) -> Result<Vec<TokenId>, VocabularyError> {
        let token = |(i, word): (usize, &str)| {
            let unknown = || VocabularyError {
                word: word.to_owned(),
                position: i + 1,
            };
            self.id(word).ok_or_else(unknown)
        };
        text.split_whitespace().enumerate().map(token).collect()
    }

    /// The token of an integer, [`TokenId::BIG`] outside the range.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range"
    )]
    pub fn integer(&self, n: i64) -> TokenId {
        if (LOWEST..=HIGHEST).contains(&n) {
            TokenId((FIRST_INTEGER as i64 + n - LOWEST) as u16)
        } else {
            TokenId::BIG
        }
    }

    /// The token of an error class; what has none is `OtherError`.
    #[must_use]
    pub fn error(&self, class: &str) -> TokenId {
        let place = ERRORS.iter().position(|&known| known == class);
        position(FIRST_ERROR + place.unwrap_or(ERRORS.len() - 1))
    }

    /// The integer that a token writes.
    pub(crate) fn as_integer(&self, id: TokenId) -> Option<i64> {
        (FIRST_INTEGER..FIRST_LETTER)
            .contains(&id.index())
            .then(|| id.index() as i64 - FIRST_INTEGER as i64 + LOWEST)
    }

    /// The letter that a token writes.
    pub(crate) fn as_letter(&self, id: TokenId) -> Option<u8> {
        id.index()
            .checked_sub(FIRST_LETTER)
            .and_then(|i| LETTERS.get(i))
            .copied()
    }

    /// The token of a letter.
    pub(crate) fn letter(&self, letter: u8) -> TokenId {
        let place = LETTERS.iter().position(|&known| known == letter);
        place.map_or(TokenId::ODD, |i| position(FIRST_LETTER + i))
    }

    /// The `i`th nonsense word, `i` below [`ALIASES`].
    pub(crate) fn alias(&self, i: usize) -> TokenId {
        position(FIRST_ALIAS + i % ALIASES)
    }

    pub(crate) fn role(&self, id: TokenId) -> Role {
        match id.index() {
            FIRST_INTEGER..FIRST_LETTER => Role::Integer,
            FIRST_LETTER..FIRST_WORD => Role::Letter,
            i if (FIRST_PYTHON..self.len()).contains(&i) => Role::Python,
            _ => Role::Other,
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "far fewer than 65536 tokens"
)]
fn position(index: usize) -> TokenId {
    TokenId(index as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_unique_and_finds_its_own_id() {
        let table = vocabulary();
        for i in 0..table.len() {
            assert_eq!(table.id(table.spelling(position(i))), Some(position(i)));
        }
        assert_eq!(table.spelling(TokenId::ODD), "<odd>");
        assert_eq!(table.spelling(table.alias(0)), "barin");
        assert_eq!(table.role(position(FIRST_PYTHON)), Role::Python);
        assert_eq!(table.as_integer(table.integer(-7)), Some(-7));
    }
}
