use std::{collections::BTreeMap, sync::Arc};

use falcon_episode::{
    Digest, Encoder, Exemplar, HeldOut, Infrastructure, LongTermMemory, MemoryAsk, MemoryContext,
    MemoryItem, MemoryQuery, MemoryStatistics,
};

use super::Store;

type Result<T> = std::result::Result<T, Infrastructure>;

impl LongTermMemory for Store {
    fn guard(&self, held_out: &[HeldOut]) -> Result<()> {
        self.hold_out(held_out).map_err(Infrastructure::new)
    }

    fn admit(&self, items: &[MemoryItem]) -> Result<usize> {
        self.admit_items(items).map_err(Infrastructure::new)
    }

    fn retrieve(&self, queries: &[MemoryQuery]) -> Result<Vec<Vec<Exemplar>>> {
        self.answer(queries).map_err(Infrastructure::new)
    }

    fn compose(
        &self,
        asks: &[MemoryAsk],
        tokens: &dyn Fn(&str, &str) -> Option<u32>,
    ) -> Result<Vec<MemoryContext>> {
        self.compose_prompts(asks, tokens)
            .map_err(Infrastructure::new)
    }

    fn feedback(&self, used: &[(String, f64, f64)]) -> Result<()> {
        self.learn(used).map_err(Infrastructure::new)
    }

    fn statistics(&self) -> Result<MemoryStatistics> {
        let all = Self::statistics(self).map_err(Infrastructure::new)?;
        Ok(MemoryStatistics {
            items: all.items,
            retrievals: all.retrievals,
            refused: all.refused,
            version: all.table_version,
            bytes: all.bytes,
            encoder_version: all.encoder_version,
        })
    }

    fn checkpoint(&self) -> Result<u64> {
        self.set_checkpoint().map_err(Infrastructure::new)
    }

    fn restore(&self, version: u64) -> Result<()> {
        self.go_back(version).map_err(Infrastructure::new)
    }

    fn release_before(&self, version: u64) -> Result<()> {
        self.release_checkpoints_before(version)
            .map_err(Infrastructure::new)
    }

    fn prepare_encoder(&self, encoder: Arc<dyn Encoder>) -> Result<()> {
        self.prepare(encoder).map_err(Infrastructure::new)
    }

    fn adopt_encoder(&self) -> Result<Option<String>> {
        Ok(self.adopt())
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        self.policy.plugins()
    }
}
