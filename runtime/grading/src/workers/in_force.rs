//! What a worker has given up, as it tells its parent.

use serde::{Deserialize, Serialize};

/// What holds a worker, by the name of the kernel's means; where one is missing, why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// In force, in the order in which they were taken.
    pub held: Vec<String>,
    /// Missing here, each with the reason.
    pub missing: Vec<(String, String)>,
}

impl InForce {
    /// Notes whether a means was taken.
    pub(super) fn note(&mut self, name: &str, done: Result<(), String>) {
        match done {
            Ok(()) => self.held.push(name.to_owned()),
            Err(why) => self.missing.push((name.to_owned(), why)),
        }
    }
}

impl std::fmt::Display for InForce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.held.is_empty() {
            f.write_str("nothing but WebAssembly")?;
        } else {
            f.write_str(&self.held.join(", "))?;
        }
        for (name, why) in &self.missing {
            write!(f, "; no {name} ({why})")?;
        }
        Ok(())
    }
}
