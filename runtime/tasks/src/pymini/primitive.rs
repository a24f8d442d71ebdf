use super::datum::{Datum, Kind, Text};

/// What a program of the family is composed of. The first 27 are named unambiguously by
/// specifications; the last five are readings that an ambiguous specification leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Primitive {
    /// Keeps even integers.
    Even,
    /// Keeps odd integers.
    Odd,
    /// Keeps integers above 0.
    Positive,
    /// Keeps integers below 0.
    Negative,
    /// Keeps integers above n.
    Above,
    /// Keeps integers below n.
    Below,
    /// Doubles each.
    Double,
    /// Squares each.
    Square,
    /// Changes each sign.
    Negate,
    /// Adds n to each.
    Add,
    /// Subtracts n from each.
    Subtract,
    /// Absolute values.
    Absolute,
    /// Ascending order.
    Sort,
    /// Descending order.
    SortDescending,
    /// First occurrences, in order.
    Unique,
    /// Reverse order of a list or string.
    Reverse,
    /// The first n of a list or string.
    Take,
    /// All but the first n of a list or string.
    Drop,
    /// Sum of a list.
    Sum,
    /// Largest of a list; an error on an empty one.
    Largest,
    /// Smallest of a list; an error on an empty one.
    Smallest,
    /// Length of a list or string.
    Length,
    /// Last of a list; an error on an empty one.
    Last,
    /// Upper case.
    Upper,
    /// Without a, e, i in either case.
    NoVowels,
    /// The string twice.
    Repeat,
    /// Letters in code point order.
    SortLetters,
    /// Reading: keeps integers of n and above.
    AtLeast,
    /// Reading: keeps integers of n and below.
    AtMost,
    /// Reading: largest, n of an empty list.
    LargestOr,
    /// Reading: smallest, n of an empty list.
    SmallestOr,
    /// Reading: last, n of an empty list.
    LastOr,
}

use Primitive as P;

/// What comes out of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The same kind as went in.
    Same,
    /// An integer: no operation can follow.
    Int,
}

impl Primitive {
    /// The 27 that specifications name.
    pub const NAMED: [Self; 27] = [
        P::Even,
        P::Odd,
        P::Positive,
        P::Negative,
        P::Above,
        P::Below,
        P::Double,
        P::Square,
        P::Negate,
        P::Add,
        P::Subtract,
        P::Absolute,
        P::Sort,
        P::SortDescending,
        P::Unique,
        P::Reverse,
        P::Take,
        P::Drop,
        P::Sum,
        P::Largest,
        P::Smallest,
        P::Length,
        P::Last,
        P::Upper,
        P::NoVowels,
        P::Repeat,
        P::SortLetters,
    ];
    /// How many there are, readings included.
    pub(crate) const COUNT: usize = 32;

    pub(crate) fn index(self) -> usize {
        self as usize
    }

    pub(crate) fn takes(self, kind: Kind) -> bool {
        match self {
            P::Reverse | P::Take | P::Drop | P::Length => true,
            P::Upper | P::NoVowels | P::Repeat | P::SortLetters => kind == Kind::Text,
            _ => kind == Kind::Ints,
        }
    }

    pub(crate) fn gives(self) -> Outcome {
        match self {
            P::Sum | P::Largest | P::Smallest | P::Length | P::Last => Outcome::Int,
            _ if self.falls_back() => Outcome::Int,
            _ => Outcome::Same,
        }
    }

    /// Whether its number is the value for an empty list.
    pub(crate) fn falls_back(self) -> bool {
        matches!(self, P::LargestOr | P::SmallestOr | P::LastOr)
    }

    /// The inclusive range of its number, if it has one.
    pub(crate) fn numbers(self) -> Option<(i8, i8)> {
        match self {
            P::Add | P::Subtract | P::Take | P::Drop => Some((1, 5)),
            P::Above | P::Below | P::AtLeast | P::AtMost => Some((-2, 5)),
            P::LargestOr | P::SmallestOr | P::LastOr => Some((-3, 4)),
            _ => None,
        }
    }

    /// The named primitive that a reading is a reading of; others are themselves.
    pub(crate) fn base(self) -> Self {
        match self {
            P::AtLeast => P::Above,
            P::AtMost => P::Below,
            P::LargestOr => P::Largest,
            P::SmallestOr => P::Smallest,
            P::LastOr => P::Last,
            named => named,
        }
    }
}

/// A primitive with its number (0 where it has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Op {
    pub(crate) primitive: Primitive,
    pub(crate) n: i8,
}

impl Op {
    pub(crate) fn new(primitive: Primitive, n: i8) -> Self {
        Self { primitive, n }
    }

    /// Every operation of a primitive, by number.
    pub(crate) fn all(primitive: Primitive) -> impl Iterator<Item = Self> {
        let (low, high) = primitive.numbers().unwrap_or((0, 0));
        (low..=high).map(move |n| Self::new(primitive, n))
    }

    /// Applies it as Python would. False where Python raises an error, and where the kind is wrong.
    pub(crate) fn apply(self, data: &mut Datum) -> bool {
        let count = usize::try_from(self.n).unwrap_or(0);
        match data {
            Datum::Ints(items) => match self.primitive {
                P::Reverse => items.as_mut_slice().reverse(),
                P::Take => items.truncate(count),
                P::Drop => items.skip(count),
                _ => match self.on_ints(items) {
                    Applied::InPlace => {}
                    Applied::Int(n) => *data = Datum::Int(n),
                    Applied::Raises => return false,
                },
            },
            Datum::Text(text) => match self.primitive {
                P::Reverse => text.as_mut_slice().reverse(),
                P::Take => text.truncate(count),
                P::Drop => text.skip(count),
                P::Length => *data = Datum::Int(text.as_slice().len() as i64),
                P::Upper => text.as_mut_slice().make_ascii_uppercase(),
                P::NoVowels => text.retain(|letter| !b"aeiAEI".contains(&letter)),
                P::Repeat => *text = repeated(text),
                P::SortLetters => text.as_mut_slice().sort_unstable(),
                _ => return false,
            },
            Datum::Int(_) => return false,
        }
        true
    }

    fn on_ints(self, items: &mut super::datum::Ints) -> Applied {
        let n = i64::from(self.n);
        match self.primitive {
            P::Even => items.retain(|v| v % 2 == 0),
            P::Odd => items.retain(|v| v % 2 != 0),
            P::Positive => items.retain(|v| v > 0),
            P::Negative => items.retain(|v| v < 0),
            P::Above => items.retain(|v| v > n),
            P::Below => items.retain(|v| v < n),
            P::AtLeast => items.retain(|v| v >= n),
            P::AtMost => items.retain(|v| v <= n),
            P::Double => items.as_mut_slice().iter_mut().for_each(|v| *v *= 2),
            P::Square => items.as_mut_slice().iter_mut().for_each(|v| *v *= *v),
            P::Negate => items.as_mut_slice().iter_mut().for_each(|v| *v = -*v),
            P::Add => items.as_mut_slice().iter_mut().for_each(|v| *v += n),
            P::Subtract => items.as_mut_slice().iter_mut().for_each(|v| *v -= n),
            P::Absolute => items.as_mut_slice().iter_mut().for_each(|v| *v = v.abs()),
            P::Sort => items.as_mut_slice().sort_unstable(),
            P::SortDescending => items.as_mut_slice().sort_unstable_by(|a, b| b.cmp(a)),
            P::Unique => {
                let mut seen = super::datum::Ints::EMPTY;
                items.retain(|v| {
                    let new = !seen.as_slice().contains(&v);
                    seen.push(v);
                    new
                });
            }
            _ => return self.to_int(items.as_slice()),
        }
        Applied::InPlace
    }

    fn to_int(self, items: &[i64]) -> Applied {
        let fallback = Some(i64::from(self.n));
        let result = match self.primitive {
            P::Sum => Some(items.iter().sum()),
            P::Length => Some(items.len() as i64),
            P::Largest => items.iter().max().copied(),
            P::Smallest => items.iter().min().copied(),
            P::Last => items.last().copied(),
            P::LargestOr => items.iter().max().copied().or(fallback),
            P::SmallestOr => items.iter().min().copied().or(fallback),
            P::LastOr => items.last().copied().or(fallback),
            _ => None,
        };
        result.map_or(Applied::Raises, Applied::Int)
    }
}

/// What an operation did to a list.
enum Applied {
    InPlace,
    Int(i64),
    Raises,
}

fn repeated(text: &Text) -> Text {
    text.as_slice()
        .iter()
        .chain(text.as_slice())
        .copied()
        .collect()
}
