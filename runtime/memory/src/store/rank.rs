use falcon_episode::MemoryQuery;

use super::Store;
use crate::retrieval::{keys::Keys, sight::Question, snapshot::Retriever};

impl Store {
    /// For each query the ids and scores of the `limit` best items by one retriever, best first, without
    /// the policy: what `falcon memory eval` measures. As where a prompt asks, what failed a test is not found.
    #[must_use]
    pub fn rank(
        &self,
        queries: &[MemoryQuery],
        by: Retriever,
        limit: usize,
    ) -> Vec<Vec<(String, f64)>> {
        let questions: Vec<Question> = queries.iter().map(Question::for_exemplars).collect();
        self.read().snapshot.rank(&questions, by, limit)
    }

    /// The vector by which a text is searched: its n-grams weighed by their rarity in the store.
    #[must_use]
    pub fn query_vector(&self, text: &str) -> Vec<f32> {
        self.read().snapshot.query_vector(&Keys::of(text))
    }
}
