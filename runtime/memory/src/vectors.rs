//! The vectors of a learned encoder, in a file beside the table.
//!
//! It spares making them again when the folder is opened, and holds nothing that cannot be made again from the items and the
//! encoder: where it is missing, damaged or of another encoder, they are.
//!
//! ```text
//! falcon-memory-vectors 2\n
//! a frame: the encoder's version, and how many items follow
//! frames of up to 1024 items: of each its id and its vector without the zeros at the end
//! ```
//!
//! So the version is known without the vectors, and neither they nor the file are in memory a second time while it is written.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read as _, Write as _},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::Result,
    folder::Folder,
    frame,
    retrieval::{
        encoder::DIMENSIONS,
        matrix::{ONE, Vector},
        snapshot::ById,
    },
};

const VECTORS: &str = "vectors.bin";
const MAGIC: &[u8] = b"falcon-memory-vectors 2\n";
/// Items in a frame.
const TOGETHER: usize = 1024;
/// Bytes in which a version is looked for: more than any has.
const HEAD: u64 = 1 << 16;

/// What the vectors are of.
#[derive(Serialize, Deserialize)]
struct Head {
    version: String,
    items: u64,
}

/// The vectors that the folder has of an encoder; none where it has none that can be used.
pub(crate) fn read(folder: &Folder, version: &str) -> ById {
    if self::version(folder).as_deref() != Some(version) {
        return ById::new();
    }
    let bytes = fs::read(folder.path().join(VECTORS)).unwrap_or_default();
    stored(&bytes, version).unwrap_or_default()
}

/// The encoder whose vectors the folder has; none where it has none.
pub(crate) fn version(folder: &Folder) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(folder.path().join(VECTORS)).ok()?;
    file.take(HEAD).read_to_end(&mut bytes).ok()?;
    head(&bytes).map(|(head, _)| head.version)
}

/// Puts the vectors of an encoder, each with its item's id, into the folder, in place of those of the one before. Where that
/// fails, the folder is left as it was.
pub(crate) fn write<'a>(
    folder: &Folder,
    version: &str,
    vectors: impl Iterator<Item = (&'a str, &'a Vector)>,
) -> Result<()> {
    let mut vectors: Vec<(&str, &Vector)> = vectors.collect();
    vectors.sort_unstable();
    let path = folder.path().join(VECTORS);
    let part = path.with_extension("bin.part");
    let head = Head {
        version: version.to_owned(),
        items: vectors.len() as u64,
    };
    let written = || -> io::Result<()> {
        let mut file = BufWriter::new(File::create(&part)?);
        file.write_all(MAGIC)?;
        file.write_all(&frame::frame(&head)?)?;
        for some in vectors.chunks(TOGETHER) {
            let some: Vec<(&str, &[i16])> =
                some.iter().map(|(id, it)| (*id, trimmed(it))).collect();
            file.write_all(&frame::frame(&some)?)?;
        }
        file.flush()?;
        fs::rename(&part, &path)
    };
    written().map_err(|error| {
        // It may not be there, or what refuses the one refuses the other.
        let _ = fs::remove_file(&part);
        folder.failed(format!("writing {VECTORS}"), error)
    })
}

/// None where the bytes are not what was written, or of another encoder.
fn stored(bytes: &[u8], version: &str) -> Option<ById> {
    let (head, mut rest) = head(bytes)?;
    let mut vectors = ById::new();
    while !rest.is_empty() {
        let (some, after) = frame::value::<Vec<(String, Vec<i16>)>>(rest)?;
        for (id, numbers) in some {
            vectors.insert(id, whole(&numbers)?);
        }
        rest = after;
    }
    let is_whole = vectors.len() as u64 == head.items;
    (is_whole && head.version == version).then_some(vectors)
}

/// What the vectors are of, and what follows.
fn head(bytes: &[u8]) -> Option<(Head, &[u8])> {
    frame::value(bytes.strip_prefix(MAGIC)?)
}

/// Without the zeros at the end.
fn trimmed(vector: &Vector) -> &[i16] {
    let used = vector.iter().rposition(|number| *number != 0);
    &vector[..used.map_or(0, |last| last + 1)]
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
    use crate::{
        frame::FRAME,
        retrieval::{learned::NOTHING, matrix::round},
    };

    fn written(folder: &Folder, version: &str, vectors: &ById) {
        let of = vectors.iter().map(|(id, vector)| (id.as_str(), vector));
        write(folder, version, of).unwrap();
    }

    #[test]
    fn vectors_come_back_and_damage_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::for_writing(folder.path()).unwrap();
        assert_eq!(read(&folder, "one"), ById::new());
        assert_eq!(version(&folder), None);
        let mut vectors = ById::new();
        vectors.insert("first".to_owned(), round(&[0.6, 0.0, -0.8, 0.0]));
        vectors.insert("second".to_owned(), round(&[1.0 / 16.0; DIMENSIONS]));
        vectors.insert("unreadable".to_owned(), NOTHING);
        written(&folder, "one", &vectors);
        assert_eq!(read(&folder, "one"), vectors);
        assert_eq!(read(&folder, "two"), ById::new());
        assert_eq!(version(&folder).as_deref(), Some("one"));

        let path = folder.path().join(VECTORS);
        let bytes = fs::read(&path).unwrap();
        // The version needs no more than what stands before the vectors.
        let head = MAGIC.len() + FRAME + "one".len() + 2;
        for at in 0..bytes.len() {
            let known = (at >= head).then_some("one");
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(read(&folder, "one"), ById::new(), "byte {at}");
            assert_eq!(version(&folder).as_deref(), known, "byte {at}");
            fs::write(&path, &bytes[..at]).unwrap();
            assert_eq!(read(&folder, "one"), ById::new(), "{at} bytes");
            assert_eq!(version(&folder).as_deref(), known, "{at} bytes");
        }
        written(&folder, "two", &vectors);
        assert_eq!(read(&folder, "one"), ById::new());
        assert_eq!(read(&folder, "two"), vectors);
    }

    #[test]
    fn more_items_than_a_frame_has_come_back_and_the_loss_of_a_frame_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::for_writing(folder.path()).unwrap();
        let vector = round(&[0.6, 0.8]);
        let numbers = 0..2 * TOGETHER + 1;
        let vectors: ById = numbers
            .map(|number| (format!("item {number}"), vector))
            .collect();
        written(&folder, "one", &vectors);
        assert_eq!(read(&folder, "one"), vectors);

        let path = folder.path().join(VECTORS);
        let bytes = fs::read(&path).unwrap();
        // The last frame has one item: the last of them in the order of their ids.
        let last = vectors.keys().max().unwrap().clone();
        let last = frame::frame(&[(last, trimmed(&vector))].as_slice()).unwrap();
        assert!(bytes.ends_with(&last));
        fs::write(&path, &bytes[..bytes.len() - last.len()]).unwrap();
        assert_eq!(version(&folder).as_deref(), Some("one"));
        assert_eq!(read(&folder, "one"), ById::new());
    }

    #[test]
    fn a_vector_that_is_none_is_not_taken() {
        assert!(whole(&[16384; 2]).is_some());
        assert!(whole(&[16384; 3]).is_none());
        assert!(whole(&[i16::MIN; DIMENSIONS]).is_none());
        assert!(whole(&[0; DIMENSIONS + 1]).is_none());
    }
}
