//! The leakage guard: which behaviours must never be stored, and how identities are compared.

use std::collections::BTreeSet;

use falcon_episode::MemoryItem;

/// Behaviours of evaluation tasks, in compared form. It only grows: neither opening the folder
/// again nor going back to a checkpoint lifts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guard(BTreeSet<String>);

/// An item that the guard does not let in: its task and its behaviour.
pub(crate) type Leak = (String, String);

impl Guard {
    pub(crate) fn new(behaviours: impl IntoIterator<Item = String>) -> Self {
        Self(behaviours.into_iter().collect())
    }

    pub(crate) fn behaviours(&self) -> impl ExactSizeIterator<Item = &String> {
        self.0.iter()
    }

    /// Adds behaviours; whether any was new.
    pub(crate) fn extend(&mut self, behaviours: &[String]) -> bool {
        let before = self.0.len();
        self.0.extend(
            behaviours
                .iter()
                .map(|text| behaviour(text))
                .filter(|text| !text.is_empty()),
        );
        self.0.len() > before
    }

    /// Which of the items are guarded.
    pub(crate) fn leaks<'a>(&self, items: impl IntoIterator<Item = &'a MemoryItem>) -> Vec<Leak> {
        let guarded = |item: &&MemoryItem| self.0.contains(&behaviour(&item.behaviour));
        let leak = |item: &MemoryItem| (item.task_id.clone(), item.behaviour.clone());
        items.into_iter().filter(guarded).map(leak).collect()
    }
}

/// A behaviour hash as it is compared: without the algorithm's name, case, spaces or separators, so
/// that `SHA256:AB-CD` and `abcd` are one.
pub(crate) fn behaviour(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let digits = ["sha256", "sha512", "sha1", "md5", "blake3", "blake2b"]
        .iter()
        .find_map(|name| {
            text.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix([':', '-', '=']))
        })
        .or_else(|| text.strip_prefix("0x"))
        .unwrap_or(&text);
    digits
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// A task's id as it is compared: without case or surrounding space.
pub(crate) fn task(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_behaviour_in_many_spellings() {
        for text in [
            "abcd12",
            "ABCD12",
            " abcd12\n",
            "sha256:abcd12",
            "SHA256:ABCD12",
            "0xabcd12",
            "ab-cd-12",
        ] {
            assert_eq!(behaviour(text), "abcd12", "{text:?}");
        }
        assert_ne!(behaviour("abcd12"), behaviour("abcd13"));
        assert_eq!(behaviour("sha256:"), "");
    }
}
