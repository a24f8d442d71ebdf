use falcon_episode::{Digest, Exemplar};
use falcon_tasks::{TokenId, bytes};
use serde::{Deserialize, Serialize};

/// How texts become tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tokenizer {
    /// PyMini's words: a closed vocabulary, which says a PyMini program in a few tens of tokens.
    #[default]
    Pymini,
    /// A token for each byte, and the special tokens: says every text, at the length of its UTF-8.
    Bytes,
}

impl Tokenizer {
    /// Tokens there are.
    #[must_use]
    pub fn vocabulary(self) -> usize {
        match self {
            Self::Pymini => falcon_tasks::vocabulary().len(),
            Self::Bytes => bytes::LEN,
        }
    }

    /// Digest of all tokens in order.
    #[must_use]
    pub fn digest(self) -> Digest {
        match self {
            Self::Pymini => falcon_tasks::vocabulary().digest(),
            Self::Bytes => bytes::digest(),
        }
    }

    /// How each token is named in files, in order.
    pub(crate) fn spellings(self) -> Vec<String> {
        let ids = (0..self.vocabulary()).map(|id| TokenId(id as u16));
        match self {
            Self::Pymini => ids
                .map(|id| falcon_tasks::vocabulary().spelling(id).to_owned())
                .collect(),
            Self::Bytes => ids.map(bytes::spelling).collect(),
        }
    }

    /// A text's tokens; none where the vocabulary cannot write it.
    pub(crate) fn encode(self, text: &str) -> Option<Vec<TokenId>> {
        match self {
            Self::Pymini => falcon_tasks::vocabulary().encode(text).ok(),
            Self::Bytes => Some(bytes::encode(text)),
        }
    }

    /// A remembered exemplar's words and program as tokens; none where they are not of this vocabulary.
    pub(crate) fn exemplar(self, exemplar: &Exemplar) -> Option<(Vec<TokenId>, Vec<TokenId>)> {
        Some((
            self.encode(&exemplar.prompt)?,
            self.encode(&exemplar.program)?,
        ))
    }

    /// Tokens that a prompt grows by when it shows an exemplar of these words and this program; none where the vocabulary
    /// cannot write it.
    pub(crate) fn exemplar_cost(self, words: &str, program: &str) -> Option<u32> {
        let (spec, body) = (self.encode(words)?, self.encode(program)?);
        let cost = match self {
            Self::Pymini => falcon_tasks::exemplar_length(&spec, &body),
            // Their two marks.
            Self::Bytes => 2 + spec.len() + body.len(),
        };
        u32::try_from(cost).ok()
    }
}
