use falcon_episode::Digest;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator for one purpose at one place of a run.
///
/// Every draw of a run comes from a generator made here, so a checkpoint needs to keep
/// no generator state: seed, purpose and index say it all.
pub(crate) fn stream(seed: u64, purpose: &str, index: u64) -> ChaCha8Rng {
    let digest = Digest::of_parts([
        &seed.to_le_bytes()[..],
        purpose.as_bytes(),
        &index.to_le_bytes()[..],
    ]);
    ChaCha8Rng::from_seed(*digest.bytes())
}
