use falcon_episode::Value;

/// Longest input: nothing but [`Primitive::Repeat`](super::Primitive::Repeat) makes data longer.
pub(crate) const MAX_INPUT: usize = 8;
/// Longest text: an input repeated by each of three operations.
const MAX_TEXT: usize = MAX_INPUT << 3;

/// Data of the family without allocation: generation runs tens of thousands of programs a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Datum {
    /// A list of integers.
    Ints(Ints),
    /// A string of letters.
    Text(Text),
    /// One integer.
    Int(i64),
}

/// What a program takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A list of integers.
    Ints,
    /// A string.
    Text,
}

/// Up to [`MAX_INPUT`] integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ints {
    length: u8,
    items: [i64; MAX_INPUT],
}

/// Up to [`MAX_TEXT`] ASCII letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    length: u8,
    letters: [u8; MAX_TEXT],
}

macro_rules! inline_buffer {
    ($name:ident, $items:ident, $item:ty) => {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the array is shorter than 256"
        )]
        impl $name {
            pub(crate) const EMPTY: Self = Self {
                length: 0,
                $items: [0; _],
            };

            pub(crate) fn as_slice(&self) -> &[$item] {
                &self.$items[..usize::from(self.length)]
            }

            pub(crate) fn as_mut_slice(&mut self) -> &mut [$item] {
                &mut self.$items[..usize::from(self.length)]
            }

            /// Items past the capacity are dropped; no caller has more.
            pub(crate) fn push(&mut self, item: $item) {
                if let Some(place) = self.$items.get_mut(usize::from(self.length)) {
                    *place = item;
                    self.length += 1;
                }
            }

            pub(crate) fn retain(&mut self, mut keep: impl FnMut($item) -> bool) {
                let mut kept = 0;
                for i in 0..usize::from(self.length) {
                    if keep(self.$items[i]) {
                        self.$items[kept] = self.$items[i];
                        kept += 1;
                    }
                }
                self.length = kept as u8;
            }

            pub(crate) fn truncate(&mut self, n: usize) {
                self.length = self.length.min(n as u8);
            }

            pub(crate) fn skip(&mut self, n: usize) {
                let n = n.min(usize::from(self.length));
                self.$items.copy_within(n.., 0);
                self.length -= n as u8;
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_slice() == other.as_slice()
            }
        }

        impl Eq for $name {}

        impl FromIterator<$item> for $name {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                let mut all = Self::EMPTY;
                items.into_iter().for_each(|item| all.push(item));
                all
            }
        }
    };
}

inline_buffer!(Ints, items, i64);
inline_buffer!(Text, letters, u8);

impl Datum {
    pub(crate) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Ints(_) => Some(Kind::Ints),
            Self::Text(_) => Some(Kind::Text),
            Self::Int(_) => None,
        }
    }

    /// How many items; an integer has none.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Ints(items) => items.as_slice().len(),
            Self::Text(text) => text.as_slice().len(),
            Self::Int(_) => 0,
        }
    }

    /// The integers in it.
    pub(crate) fn integers(&self) -> &[i64] {
        match self {
            Self::Ints(items) => items.as_slice(),
            Self::Text(_) => &[],
            Self::Int(n) => std::slice::from_ref(n),
        }
    }

    /// Bytes that are equal exactly where the data are.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let (tag, length) = match self {
            Self::Ints(items) => (b'l', items.length),
            Self::Text(text) => (b's', text.length),
            Self::Int(_) => (b'i', 0),
        };
        out.extend_from_slice(&[tag, length]);
        match self {
            Self::Text(text) => out.extend_from_slice(text.as_slice()),
            _ => self
                .integers()
                .iter()
                .for_each(|n| out.extend_from_slice(&n.to_le_bytes())),
        }
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Ints(items) => {
                Value::List(items.as_slice().iter().map(|&n| Value::Int(n)).collect())
            }
            Self::Text(text) => Value::Str(text.as_slice().to_vec()),
            Self::Int(n) => Value::Int(*n),
        }
    }
}
