use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

/// The generator of one purpose and index under a seed. Purposes never share one.
pub(crate) fn generator(seed: u64, purpose: &str, index: u64) -> ChaCha8Rng {
    let hash = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(index.to_le_bytes())
        .chain_update(purpose.as_bytes());
    ChaCha8Rng::from_seed(hash.finalize().into())
}
