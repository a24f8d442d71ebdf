use std::{fmt, sync::OnceLock};

use rand::Rng as _;
use sha2::{Digest as _, Sha256};

use super::{
    chain::Chain,
    datum::{Datum, Kind},
    seed::generator,
    vocabulary::LETTERS,
};

/// Hash of what a function returns on the probes of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Behaviour(u128);

impl Behaviour {
    /// The behaviour of any chain.
    pub(crate) fn of(chain: &Chain) -> Self {
        Self::of_outputs(chain.kind, &outputs(chain))
    }

    /// The behaviour of a chain that is worth a task: at least six different outputs on the
    /// probes, and no operation (nor several) could be left out without changing any of them.
    pub(crate) fn of_worthy(chain: &Chain) -> Option<Self> {
        let outputs = outputs(chain);
        let differs = |shorter: Chain| {
            probes(chain.kind)
                .iter()
                .zip(&outputs)
                .any(|(probe, out)| shorter.call(probe) != *out)
        };
        let worthy = different(&outputs) >= LEAST_DIFFERENT && chain.shortened().all(differs);
        worthy.then(|| Self::of_outputs(chain.kind, &outputs))
    }

    fn of_outputs(kind: Kind, outputs: &[Option<Datum>]) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        bytes.push(kind as u8);
        for output in outputs {
            match output {
                Some(output) => output.write(&mut bytes),
                None => bytes.push(b'!'),
            }
        }
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        Self(u128::from_be_bytes(half))
    }

    /// A number in 0..100 for splitting.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the remainder is below 100"
    )]
    pub(crate) fn bucket(self) -> u8 {
        (self.0 % 100) as u8
    }

    /// A fair coin that is independent of [`bucket`](Self::bucket).
    pub(crate) fn coin(self) -> bool {
        self.0 >> 127 == 1
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

fn outputs(chain: &Chain) -> Vec<Option<Datum>> {
    probes(chain.kind)
        .iter()
        .map(|probe| chain.call(probe))
        .collect()
}

/// How many different outputs there are, counted up to [`LEAST_DIFFERENT`].
fn different(outputs: &[Option<Datum>]) -> usize {
    let mut found: Vec<&Option<Datum>> = Vec::with_capacity(LEAST_DIFFERENT);
    for output in outputs {
        if found.len() < LEAST_DIFFERENT && !found.contains(&output) {
            found.push(output);
        }
    }
    found.len()
}

const LEAST_DIFFERENT: usize = 6;
/// Changing the probes changes every behaviour, and with it every split.
const PROBE_SEED: u64 = 1;
const INT_PROBES: u64 = 32;
const TEXT_PROBES: u64 = 24;

/// The inputs that tell behaviours apart.
pub(crate) fn probes(kind: Kind) -> &'static [Datum] {
    static PROBES: OnceLock<[Vec<Datum>; 2]> = OnceLock::new();
    let made = PROBES.get_or_init(|| {
        [
            (0..INT_PROBES).map(|i| probe(Kind::Ints, i)).collect(),
            (0..TEXT_PROBES).map(|i| probe(Kind::Text, i)).collect(),
        ]
    });
    &made[kind as usize]
}

/// Lengths 0 to 7 in turn, longest first, so that differences show early.
#[allow(clippy::cast_possible_truncation, reason = "below 8")]
fn probe(kind: Kind, index: u64) -> Datum {
    let mut rng = generator(
        PROBE_SEED,
        if kind == Kind::Ints { "ints" } else { "text" },
        index,
    );
    let length = 7 - (index % 8) as usize;
    match kind {
        Kind::Ints => Datum::Ints((0..length).map(|_| rng.random_range(-7..=9)).collect()),
        Kind::Text => Datum::Text(
            (0..length)
                .map(|_| LETTERS[rng.random_range(0..LETTERS.len())])
                .collect(),
        ),
    }
}
