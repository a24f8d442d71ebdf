//! The endpoint's key: read from the environment, and shown to nobody.

use std::fmt;

/// A key. It has no `Display`, and its `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For the header alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// A text of the endpoint's, which may repeat what it was sent, without the key.
    pub(crate) fn hidden_in(&self, bytes: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(bytes);
        text.replace(&self.0, "(the key)").into_bytes()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
