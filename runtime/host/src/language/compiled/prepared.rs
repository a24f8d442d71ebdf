//! What one process makes for another: results of a pack's tools that many programs need.

use std::sync::Arc;

use falcon_episode::Digest;
use serde::{Deserialize, Serialize};

/// A kept result of one of a pack's tools, such as a precompiled header. It depends on nothing of a program but
/// which of the pack's own files the program names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared {
    pub(super) key: Digest,
    #[serde(with = "bytes")]
    pub(super) output: Arc<Vec<u8>>,
}

impl Prepared {
    /// Digest of all that it depends on.
    #[must_use]
    pub fn key(&self) -> Digest {
        self.key
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.output.len()
    }
}

/// Bytes in one piece, where a list of numbers would be written one by one.
mod bytes {
    use std::{fmt, sync::Arc};

    use serde::{
        Deserializer, Serializer,
        de::{Error, Visitor},
    };

    pub(super) fn serialize<S: Serializer>(
        bytes: &Arc<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Vec<u8>>, D::Error> {
        deserializer.deserialize_byte_buf(Whole).map(Arc::new)
    }

    struct Whole;

    impl Visitor<'_> for Whole {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
    }
}
