use super::Snapshot;
use crate::retrieval::renumbered;

/// Rows below which leavers are not worth the work.
const FEW: usize = 256;
/// One leaver to so many rows is: a search reads that many more, and no more.
const LEAVERS: usize = 8;

impl Snapshot {
    /// Closes the gaps that leavers left, once they are many, and forgets words and names that only they
    /// had: else both would grow with every write. Nothing is encoded again, and no answer changes: rows
    /// keep their order.
    pub(super) fn compact(&mut self) {
        let rows = self.records.len();
        if rows <= FEW || (rows - self.live) * LEAVERS < rows {
            return;
        }
        let held: Vec<bool> = self.records.iter().map(Option::is_some).collect();
        let number = renumbered(&held);
        let stays = |row: usize| number[row].is_some();
        self.vectors = kept(std::mem::take(&mut self.vectors), stays);
        self.identities = kept(std::mem::take(&mut self.identities), stays);
        self.names.keep_those_of(&mut self.identities);
        if let Some(learned) = &mut self.learned {
            learned.keep(stays);
        }
        self.records.retain(Option::is_some);
        self.text.renumber(&number);
        self.laws.renumber(&number);
        let moved = |row: &mut u32| {
            if let Some(new) = number[*row as usize] {
                *row = new;
            }
        };
        self.by_id.values_mut().for_each(moved);
        let lists = self
            .by_words
            .values_mut()
            .chain(self.by_project.values_mut());
        lists.for_each(|rows| rows.iter_mut().for_each(moved));
        if let Some(lists) = &mut self.lists {
            lists.renumber(&number);
        }
    }
}

fn kept<T>(all: Vec<T>, stays: impl Fn(usize) -> bool) -> Vec<T> {
    let all = all.into_iter().enumerate();
    all.filter(|(row, _)| stays(*row))
        .map(|(_, one)| one)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use falcon_episode::{Encoder, MemoryItem};

    use super::*;
    use crate::{
        record::Record,
        retrieval::{
            keys::Keys,
            sight::Question,
            snapshot::{ById, Retriever},
        },
    };

    /// How often each digit occurs in a text.
    struct Digits;

    impl Encoder for Digits {
        fn version(&self) -> String {
            "digits".to_owned()
        }

        fn encode(&self, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
            let encode = |text: &&str| {
                let mut counts = vec![0.0; 10];
                for digit in text.chars().filter_map(|letter| letter.to_digit(10)) {
                    counts[digit as usize] += 1.0;
                }
                Some(counts)
            };
            texts.iter().map(encode).collect()
        }
    }

    /// An item whose task, behaviour, family and words no other has, but for a few words.
    fn record(number: u64) -> Record {
        let item = MemoryItem {
            task_id: format!("task-{number}"),
            behaviour: format!("{number:08x}"),
            project: String::new(),
            family: format!("family-{number}"),
            language: "python".to_owned(),
            prompt: format!(
                "sort by{} then keep w{number} <in> [ {number} 1 ] <out> 1",
                number % 7
            ),
            program: format!("return {number}"),
            feedback: String::new(),
            score: 1.0,
            scores: std::collections::BTreeMap::new(),
        };
        Record::new(item, number)
    }

    #[test]
    fn what_left_is_forgotten_and_answers_are_those_of_what_is_left() {
        const HELD: u64 = 600;
        const WRITES: u64 = 6000;
        let mut snapshot = Snapshot::default();
        snapshot.learn(Arc::new(Digits), &ById::new());
        for number in 0..WRITES {
            let record = record(number);
            let keys = Keys::of(&record.item.prompt);
            snapshot.insert(record, keys);
            if let Some(old) = number.checked_sub(HELD) {
                snapshot.remove(&self::record(old).id);
            }
        }
        let mut fresh = Snapshot::new((WRITES - HELD..WRITES).map(record).collect());
        fresh.learn(Arc::new(Digits), &ById::new());
        assert_eq!(snapshot.len(), fresh.len());
        // Leavers are an eighth of the rows at most, and so are names and words of their own.
        let most = |of_fresh: usize| of_fresh + of_fresh / 4;
        for (found, of_fresh) in [
            (snapshot.names.len(), fresh.names.len()),
            (snapshot.text.words(), fresh.text.words()),
            (snapshot.laws.words(), fresh.laws.words()),
            (snapshot.records.len(), fresh.records.len()),
        ] {
            assert!(found <= most(of_fresh), "{found} of {of_fresh}");
        }
        let question = |number: u64| Question {
            prompt: record(number).item.prompt,
            language: "python".to_owned(),
            not_task: Some(format!("task-{number}")),
            ..Question::default()
        };
        let questions: Vec<Question> = (WRITES - HELD..WRITES).step_by(50).map(question).collect();
        for by in [
            Retriever::Text,
            Retriever::Vector,
            Retriever::Examples,
            Retriever::Learned,
            Retriever::Fusion,
        ] {
            let of = |snapshot: &Snapshot| snapshot.rank(&questions, by, 20);
            assert_eq!(of(&snapshot), of(&fresh), "{by:?}");
            let finds = |found: &Vec<(String, f64)>| !found.is_empty();
            assert!(of(&fresh).iter().all(finds), "{by:?}");
        }
    }
}
