use super::{
    datum::{Datum, Kind},
    primitive::Op,
};

/// Deepest composition.
pub(crate) const DEEPEST: usize = 3;

/// One to three operations on one kind of input: the meaning of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) kind: Kind,
    length: u8,
    ops: [Op; DEEPEST],
}

impl Chain {
    /// Operations past the third are dropped; no caller has more.
    pub(crate) fn new(kind: Kind, ops: &[Op]) -> Self {
        const UNUSED: Op = Op {
            primitive: super::Primitive::Even,
            n: 0,
        };
        let mut chain = Self {
            kind,
            length: 0,
            ops: [UNUSED; DEEPEST],
        };
        for (place, &op) in chain.ops.iter_mut().zip(ops) {
            *place = op;
            chain.length += 1;
        }
        chain
    }

    pub(crate) fn ops(&self) -> &[Op] {
        &self.ops[..usize::from(self.length)]
    }

    /// What the program returns; nothing where it raises an error.
    pub(crate) fn call(&self, input: &Datum) -> Option<Datum> {
        let mut data = *input;
        self.ops()
            .iter()
            .all(|op| op.apply(&mut data))
            .then_some(data)
    }

    /// The same with another operation at a place.
    pub(crate) fn with(&self, place: usize, op: Op) -> Self {
        let mut chain = *self;
        if let Some(slot) = chain.ops.get_mut(place) {
            *slot = op;
        }
        chain
    }

    /// Every chain that lacks some of the operations, down to the identity.
    pub(crate) fn shortened(&self) -> impl Iterator<Item = Self> {
        let all = (1u8 << self.length) - 1;
        (0..all).map(move |kept| {
            let mut chain = Self { length: 0, ..*self };
            for (i, &op) in self.ops().iter().enumerate() {
                if kept & (1 << i) != 0 {
                    chain.ops[usize::from(chain.length)] = op;
                    chain.length += 1;
                }
            }
            chain
        })
    }
}
