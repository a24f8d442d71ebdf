use falcon_episode::{Digest, Exemplar, MemoryItem};
use serde::{Deserialize, Serialize};

use crate::policy::Item;

/// A stored item with what memory itself knows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Digest of task, behaviour, language and program: equal content has an equal id.
    pub id: String,
    /// The item as it was offered.
    pub item: MemoryItem,
    /// How much showing it has helped, 0 at first.
    pub utility: f64,
    /// How often it was shown.
    pub uses: u32,
    /// Number of the write that stored it; larger is newer.
    pub sequence: u64,
}

impl Record {
    pub(crate) fn new(item: MemoryItem, sequence: u64) -> Self {
        Self {
            id: id(&item),
            item,
            utility: 0.0,
            uses: 0,
            sequence,
        }
    }

    pub(crate) fn to_item(&self) -> Item {
        let MemoryItem {
            task_id,
            project,
            family,
            language,
            prompt,
            program,
            ..
        } = self.item.clone();
        let feedback = (!self.item.feedback.is_empty())
            .then(|| ("feedback".to_owned(), self.item.feedback.clone()));
        let scores = self.item.scores.iter();
        let scores = scores.map(|(name, score)| (format!("score:{name}"), score.to_string()));
        Item {
            id: self.id.clone(),
            task_id,
            project,
            family,
            language,
            prompt,
            program,
            score: self.item.score,
            utility: self.utility,
            uses: self.uses,
            sequence: self.sequence,
            details: feedback.into_iter().chain(scores).collect(),
        }
    }

    pub(crate) fn to_exemplar(&self, score: f64) -> Exemplar {
        Exemplar {
            id: self.id.clone(),
            task_id: self.item.task_id.clone(),
            project: self.item.project.clone(),
            prompt: self.item.prompt.clone(),
            program: self.item.program.clone(),
            score,
        }
    }
}

/// The id of an item's content.
pub(crate) fn id(item: &MemoryItem) -> String {
    let parts = [
        &item.task_id,
        &item.behaviour,
        &item.language,
        &item.prompt,
        &item.program,
    ];
    Digest::of_parts(parts.map(|part| part.as_bytes())).hex()[..32].to_owned()
}
