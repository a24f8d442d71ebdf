//! Parts of a file, one after another, each of which can be told from one that was cut off or damaged.
//!
//! ```text
//! length: u32, first 8 bytes of the payload's SHA-256, payload (postcard)
//! ```

use std::io;

use falcon_episode::Digest;
use serde::{Serialize, de::DeserializeOwned};

/// Bytes of the check.
const CHECK: usize = 8;
/// Bytes before a payload.
pub(crate) const FRAME: usize = 4 + CHECK;

/// A value as a file has it.
pub(crate) fn frame(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let payload = postcard::to_allocvec(value).map_err(io::Error::other)?;
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
    let digest = Digest::of(&payload);
    Ok([
        &length.to_le_bytes(),
        &digest.bytes()[..CHECK],
        &payload[..],
    ]
    .concat())
}

/// The first frame's payload and check, and what follows; none where it is not all there.
pub(crate) fn next(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (check, rest) = rest.split_at_checked(CHECK)?;
    let (payload, after) = rest.split_at_checked(length)?;
    Some((payload, check, after))
}

/// Whether the payload is what was written.
pub(crate) fn holds(payload: &[u8], check: &[u8]) -> bool {
    Digest::of(payload).bytes()[..CHECK] == *check
}

/// The first frame's value, and what follows; none where it is not what was written.
pub(crate) fn value<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, &[u8])> {
    let (payload, check, after) = next(bytes)?;
    if !holds(payload, check) {
        return None;
    }
    Some((postcard::from_bytes(payload).ok()?, after))
}
