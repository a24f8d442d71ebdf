use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
    ser::SerializeMap as _,
};

/// Files that a task gives: each run of a program finds them as they are here, by their paths below the folder in
/// which it starts. Clones share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(Arc<BTreeMap<String, Arc<Vec<u8>>>>);

/// Why files are not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    /// A path that names no file below the folder of the program.
    #[error(
        "{path:?} is no path of a file: names with / between them, none of them empty, \".\" or \"..\", of at \
         most {} bytes each and {} in all",
        MAX_NAME,
        MAX_PATH
    )]
    Path {
        /// What was given.
        path: String,
    },
    /// A file where another path has a folder.
    #[error("{path:?} is both a file and a folder")]
    Both {
        /// The path.
        path: String,
    },
    /// More than a task may give.
    #[error("more than {} files or {} bytes in all", Files::MOST, Files::MAX_BYTES)]
    TooMuch,
}

/// Longest name of a file or folder, in bytes.
const MAX_NAME: usize = 255;
/// Longest path, in bytes.
const MAX_PATH: usize = 1024;

impl Files {
    /// Most files of one task.
    pub const MOST: usize = 1000;
    /// Most bytes of all files of one task.
    pub const MAX_BYTES: usize = 64 << 20;

    /// Files by their paths, such as `data/words.txt`.
    ///
    /// # Errors
    /// A path that is none, and more files or bytes than a task may give.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, FilesError> {
        let mut all = BTreeMap::new();
        let mut bytes = 0_usize;
        for (path, content) in files {
            if !is_path(&path) {
                return Err(FilesError::Path { path });
            }
            bytes = bytes.saturating_add(content.len());
            all.insert(path, Arc::new(content));
            if all.len() > Self::MOST || bytes > Self::MAX_BYTES {
                return Err(FilesError::TooMuch);
            }
        }
        for path in all.keys() {
            let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
            if let Some(both) = above.find(|folder| all.contains_key(*folder)) {
                return Err(FilesError::Both {
                    path: both.to_owned(),
                });
            }
        }
        Ok(Self(Arc::new(all)))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each path and content, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Vec<u8>>)> {
        self.0
            .iter()
            .map(|(path, content)| (path.as_str(), content))
    }
}

fn is_path(path: &str) -> bool {
    let is_name = |name: &str| {
        !matches!(name, "" | "." | "..") && name.len() <= MAX_NAME && !name.contains('\0')
    };
    path.len() <= MAX_PATH && path.split('/').all(is_name)
}

/// As a map from paths to byte strings in one piece.
impl Serialize for Files {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (path, content) in self.iter() {
            map.serialize_entry(path, &Whole(content))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Files;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("files by their paths")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Files, A::Error> {
                let mut all = Vec::new();
                while let Some((path, Owned(content))) = map.next_entry::<String, Owned>()? {
                    all.push((path, content));
                    if all.len() > Files::MOST {
                        break;
                    }
                }
                Files::new(all).map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_map(Map)
    }
}

/// Bytes in one piece, where a list of numbers would be written one by one.
struct Whole<'a>(&'a [u8]);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

struct Owned(Vec<u8>);

impl<'de> Deserialize<'de> for Owned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Piece;

        impl Visitor<'_> for Piece {
            type Value = Owned;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Owned, E> {
                Ok(Owned(bytes.to_vec()))
            }

            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Owned, E> {
                Ok(Owned(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Result<Files, FilesError> {
        Files::new(paths.iter().map(|path| ((*path).to_owned(), vec![0xff])))
    }

    #[test]
    fn paths_stay_below_the_folder_of_the_program() {
        for path in [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\0",
        ] {
            let wanted = FilesError::Path {
                path: path.to_owned(),
            };
            assert_eq!(of(&[path]), Err(wanted));
        }
        let long = "x".repeat(MAX_NAME + 1);
        assert!(of(&[long.as_str()]).is_err());
        let both = FilesError::Both {
            path: "a/b".to_owned(),
        };
        assert_eq!(of(&["a/b", "a/b/c"]), Err(both));
        assert!(of(&["a.txt", "a/b", "a/c", "ä/…", " "]).is_ok());
    }

    #[test]
    fn more_than_a_task_may_give() {
        let many = (0..=Files::MOST).map(|number| (number.to_string(), Vec::new()));
        assert_eq!(Files::new(many), Err(FilesError::TooMuch));
        let large = ["a", "b"].map(|path| (path.to_owned(), vec![0; Files::MAX_BYTES / 2 + 1]));
        assert_eq!(Files::new(large), Err(FilesError::TooMuch));
    }
}
