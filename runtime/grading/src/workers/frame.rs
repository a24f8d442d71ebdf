//! What parent and worker say to each other: frames of a length and a postcard-encoded message.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};

/// Longest frame to a worker, in bytes: a program, its tests, its input, and what its pack needs for it.
pub(super) const MAX_WORK: usize = 256 << 20;

/// Longest frame from a worker, in bytes. A worker that was taken over cannot make its parent allocate
/// without end: read, a frame takes some thirty times as much.
pub(super) const MAX_ANSWER: usize = 32 << 20;

/// Writes one message.
pub(super) fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    // The length is filled in when the rest is there, so that one write does.
    let mut bytes = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len() - 4)
        .ok()
        .filter(|length| *length as usize <= MAX_WORK)
        .ok_or_else(|| io::Error::other("the message is too long for a worker process"))?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    to.write_all(&bytes)?;
    to.flush()
}

/// Reads one message of at most so many bytes; none where the other side is gone.
pub(super) fn receive<T: DeserializeOwned>(
    from: &mut impl Read,
    most: usize,
) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > most {
        return Err(io::Error::other("a message longer than any should be"));
    }
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let (message, rest) = postcard::take_from_bytes(&bytes).map_err(io::Error::other)?;
    if rest.is_empty() {
        Ok(Some(message))
    } else {
        Err(io::Error::other("a message with more in it than it says"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_are_refused() {
        let mut sent = Vec::new();
        send(&mut sent, &"four").unwrap();
        let receive = |bytes: &[u8], most| receive::<String>(&mut &*bytes, most);
        assert_eq!(receive(&sent, 5).unwrap().as_deref(), Some("four"));
        assert_eq!(receive(&[], 5).unwrap(), None);
        let longer = [&6_u32.to_le_bytes()[..], &sent[4..], b"x"].concat();
        for (bytes, most, says) in [
            (&sent[..], 4, "longer than any should be"),
            (&sent[..8], 5, "unexpected end of file"),
            (&longer[..], 6, "more in it than it says"),
            // A worker says how long its answer is before it sends any of it.
            (&[0xff; 4][..], MAX_ANSWER, "longer than any should be"),
        ] {
            let error = receive(bytes, most).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
