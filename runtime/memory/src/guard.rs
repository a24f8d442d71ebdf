//! The leakage guard: what must never be stored, and how identities are compared.

use std::{collections::BTreeSet, fmt};

use falcon_episode::{HeldOut, MemoryItem, program_forms};
use serde::{Deserialize, Serialize};

/// What tells evaluation tasks, in compared form. It only grows: neither opening the folder
/// again nor going back to a checkpoint lifts it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Guard {
    behaviours: BTreeSet<String>,
    tasks: BTreeSet<String>,
    /// Hashes of the normal forms of programs that solve them: of tokens, and of syntax trees where there are any. Folders of
    /// earlier versions have those of tokens alone, and no programs to make others of. So both kinds are kept in one set, which
    /// earlier versions read too, and an item is compared by both of its own; an old folder has the trees from the next time
    /// that it is told its evaluation tasks, as every run does when it begins.
    programs: BTreeSet<String>,
}

/// A guard as folders have it: the first version knew behaviours alone.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Stored {
    Behaviours(BTreeSet<String>),
    All {
        behaviours: BTreeSet<String>,
        tasks: BTreeSet<String>,
        programs: BTreeSet<String>,
    },
}

/// By what an item is told to be of an evaluation task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldBy {
    /// Its task has the id of one.
    Task,
    /// Its task asks the same.
    Behaviour,
    /// Its program solves one: it has a normal form of such a program.
    Program,
}

/// An item that the guard does not let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// The item's task.
    pub task_id: String,
    /// Its behaviour.
    pub behaviour: String,
    /// What gave it away.
    pub by: ToldBy,
}

impl Guard {
    pub(crate) fn behaviours(&self) -> usize {
        self.behaviours.len()
    }

    /// Adds tasks; whether anything was new.
    pub(crate) fn extend(&mut self, held_out: &[HeldOut]) -> bool {
        let size = |guard: &Self| guard.behaviours.len() + guard.tasks.len() + guard.programs.len();
        let before = size(self);
        let known = |text: String| (!text.is_empty()).then_some(text);
        for held in held_out {
            self.behaviours.extend(known(behaviour(&held.behaviour)));
            self.tasks.extend(known(task(&held.task_id)));
            let programs = held.programs.iter();
            self.programs
                .extend(programs.flat_map(|program| program_forms(&held.language, program)));
        }
        size(self) > before
    }

    /// Which of the items are guarded, by anything.
    pub(crate) fn leaks<'a>(&self, items: impl IntoIterator<Item = &'a MemoryItem>) -> Vec<Leak> {
        let leak = |item: &MemoryItem| {
            let by = self.identity(item).or_else(|| self.program(item))?;
            Some(Leak {
                task_id: item.task_id.clone(),
                behaviour: item.behaviour.clone(),
                by,
            })
        };
        items.into_iter().filter_map(leak).collect()
    }

    /// Whether the item says itself that it is of a guarded task.
    pub(crate) fn identity(&self, item: &MemoryItem) -> Option<ToldBy> {
        if self.tasks.contains(&task(&item.task_id)) {
            return Some(ToldBy::Task);
        }
        let same = self.behaviours.contains(&behaviour(&item.behaviour));
        same.then_some(ToldBy::Behaviour)
    }

    /// Whether the item's program solves a guarded task.
    pub(crate) fn program(&self, item: &MemoryItem) -> Option<ToldBy> {
        if self.programs.is_empty() {
            return None;
        }
        let forms = program_forms(&item.language, &item.program);
        let same = forms.iter().any(|form| self.programs.contains(form));
        same.then_some(ToldBy::Program)
    }
}

impl From<Stored> for Guard {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Behaviours(behaviours) => Self {
                behaviours,
                ..Self::default()
            },
            Stored::All {
                behaviours,
                tasks,
                programs,
            } => Self {
                behaviours,
                tasks,
                programs,
            },
        }
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            ToldBy::Task => "by its id",
            ToldBy::Behaviour => "by its behaviour",
            ToldBy::Program => "by its program",
        };
        let Self {
            task_id, behaviour, ..
        } = self;
        write!(f, "task {task_id:?} ({by}; behaviour {behaviour:?})")
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
