use serde::{Deserialize, Serialize};

/// The number of a token in the [`Vocabulary`](crate::Vocabulary).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct TokenId(pub u16);

/// Spellings of the special tokens, in the order of their ids.
pub(crate) const SPECIALS: [&str; 16] = [
    "<pad>", "<bos>", "<eos>", "<spec>", "<in>", "<out>", "<code>", "<mem>", "<fb>", "<want>",
    "<got>", "<nl>", "<ind>", "<ded>", "<big>", "<odd>",
];

impl TokenId {
    /// Fills rows up to a common length.
    pub const PAD: Self = Self(0);
    /// Begins every prompt.
    pub const BOS: Self = Self(1);
    /// Ends every answer.
    pub const EOS: Self = Self(2);
    /// Before the words of a specification.
    pub const SPEC: Self = Self(3);
    /// Before an example's input.
    pub const IN: Self = Self(4);
    /// Before an example's output.
    pub const OUT: Self = Self(5);
    /// Before a program.
    pub const CODE: Self = Self(6);
    /// Before a remembered task.
    pub const MEM: Self = Self(7);
    /// Before feedback on an earlier attempt.
    pub const FB: Self = Self(8);
    /// Before the value that a failed test wanted.
    pub const WANT: Self = Self(9);
    /// Before the value or error that came instead.
    pub const GOT: Self = Self(10);
    /// End of a line.
    pub const NL: Self = Self(11);
    /// End of a line; the next is one level deeper.
    pub const IND: Self = Self(12);
    /// End of a line; the next is one level less deep.
    pub const DED: Self = Self(13);
    /// An integer outside -20..=60.
    pub const BIG: Self = Self(14);
    /// A value, or the rest of one, that the vocabulary cannot write.
    pub const ODD: Self = Self(15);

    /// The index into an embedding table.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
