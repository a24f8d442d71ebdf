//! The vectors of a learned encoder, in a file beside the table.
//!
//! It spares making them again when the folder is opened, and holds nothing that cannot be made again from the items and the
//! encoder: where it is missing, damaged or of another encoder, they are.
//!
//! ```text
//! falcon-memory-vectors 1\n
//! SHA-256 of the rest: 32 bytes
//! the encoder's version; of each item its id and its vector without the zeros at the end (postcard)
//! ```

use std::{
    fs::{self, File},
    io::{self, Write},
};

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    error::Result,
    folder::Folder,
    retrieval::{
        encoder::DIMENSIONS,
        matrix::{ONE, Vector},
        snapshot::ById,
    },
};

const VECTORS: &str = "vectors.bin";
const MAGIC: &[u8] = b"falcon-memory-vectors 1\n";

#[derive(Serialize, Deserialize)]
struct Stored {
    version: String,
    vectors: Vec<(String, Vec<i16>)>,
}

/// The vectors that the folder has of an encoder; none where it has none that can be used.
pub(crate) fn read(folder: &Folder, version: &str) -> ById {
    let bytes = fs::read(folder.path().join(VECTORS)).unwrap_or_default();
    stored(&bytes)
        .filter(|stored| stored.version == version)
        .and_then(|stored| {
            let vectors = stored.vectors.into_iter();
            let vectors = vectors.map(|(id, numbers)| Some((id, whole(&numbers)?)));
            vectors.collect()
        })
        .unwrap_or_default()
}

/// The encoder whose vectors the folder has; none where it has none that can be used.
pub(crate) fn version(folder: &Folder) -> Option<String> {
    let bytes = fs::read(folder.path().join(VECTORS)).ok()?;
    stored(&bytes).map(|stored| stored.version)
}

/// Puts the vectors of an encoder into the folder, in place of those of the one before.
pub(crate) fn write(folder: &Folder, version: &str, vectors: &ById) -> Result<()> {
    let trimmed = |vector: &Vector| {
        let used = vector.iter().rposition(|number| *number != 0);
        vector[..used.map_or(0, |last| last + 1)].to_vec()
    };
    let mut vectors: Vec<(String, Vec<i16>)> = vectors
        .iter()
        .map(|(id, vector)| (id.clone(), trimmed(vector)))
        .collect();
    vectors.sort_unstable();
    let stored = Stored {
        version: version.to_owned(),
        vectors,
    };
    let path = folder.path().join(VECTORS);
    let part = path.with_extension("bin.part");
    let written = || -> io::Result<()> {
        let payload = postcard::to_allocvec(&stored).map_err(io::Error::other)?;
        let mut file = File::create(&part)?;
        file.write_all(MAGIC)?;
        file.write_all(Digest::of(&payload).bytes())?;
        file.write_all(&payload)?;
        fs::rename(&part, &path)
    };
    written().map_err(|error| folder.failed("writing the learned vectors", error))
}

/// None where the bytes are not what was written.
fn stored(bytes: &[u8]) -> Option<Stored> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (digest, payload) = rest.split_first_chunk::<32>()?;
    if Digest::of(payload).bytes() != digest {
        return None;
    }
    postcard::from_bytes(payload).ok()
}

/// A vector with its zeros; none where it is longer than vectors are, by numbers or by the length that products rely on.
fn whole(numbers: &[i16]) -> Option<Vector> {
    let square: i64 = numbers.iter().map(|x| i64::from(*x).pow(2)).sum();
    #[allow(clippy::cast_possible_truncation, reason = "a whole number")]
    let one = ONE as i64;
    if numbers.len() > DIMENSIONS || square > 2 * one.pow(2) {
        return None;
    }
    let mut vector = [0; DIMENSIONS];
    vector[..numbers.len()].copy_from_slice(numbers);
    Some(vector)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieval::{learned::NOTHING, matrix::round};

    #[test]
    fn vectors_come_back_and_damage_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::for_writing(folder.path()).unwrap();
        assert_eq!(read(&folder, "one"), ById::new());
        let mut vectors = ById::new();
        vectors.insert("first".to_owned(), round(&[0.6, 0.0, -0.8, 0.0]));
        vectors.insert("second".to_owned(), round(&[1.0 / 16.0; DIMENSIONS]));
        vectors.insert("unreadable".to_owned(), NOTHING);
        write(&folder, "one", &vectors).unwrap();
        assert_eq!(read(&folder, "one"), vectors);
        assert_eq!(read(&folder, "two"), ById::new());
        assert_eq!(version(&folder).as_deref(), Some("one"));

        let path = folder.path().join(VECTORS);
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(read(&folder, "one"), ById::new(), "byte {at}");
            fs::write(&path, &bytes[..at]).unwrap();
            assert_eq!(read(&folder, "one"), ById::new(), "{at} bytes");
            assert_eq!(version(&folder), None);
        }
        write(&folder, "two", &vectors).unwrap();
        assert_eq!(read(&folder, "one"), ById::new());
        assert_eq!(read(&folder, "two"), vectors);
    }

    #[test]
    fn a_vector_that_is_none_is_not_taken() {
        assert!(whole(&[16384; 2]).is_some());
        assert!(whole(&[16384; 3]).is_none());
        assert!(whole(&[i16::MIN; DIMENSIONS]).is_none());
        assert!(whole(&[0; DIMENSIONS + 1]).is_none());
    }
}
