//! What an arm starts from. That model has learnt all of its tasks but those that it was to be measured on, so an arm that
//! goes on from it is measured on the same.

use super::{ArmEntry, Read, Reader};
use crate::{Arm, From, Recipe, Setting, WARM_START, plan::OF_FILES};

impl Reader<'_> {
    /// # Errors
    /// Where there is no such model, or the arm is measured on other tasks of files than it.
    pub(super) fn source(
        &self,
        entry: &ArmEntry,
        recipe: &Recipe,
        warm_start: &Setting,
        before: &[Arm],
    ) -> Read<From> {
        let name = entry.name.get_ref();
        let (from, source) = match &entry.from {
            None => (From::WarmStart, warm_start),
            Some(from) => match from.get_ref().as_str() {
                WARM_START => (From::WarmStart, warm_start),
                "own" => return Ok(From::Own),
                arm => {
                    let source = self.run_before(name, from, before)?;
                    (From::Arm(arm.to_owned()), source)
                }
            },
        };
        if recipe.test_sets.get(OF_FILES) == source.test_sets.get(OF_FILES) {
            return Ok(from);
        }
        Err(self.at(
            entry.from.as_ref().unwrap_or(&entry.name),
            name,
            "it is measured on other tasks than the model that it starts from, which may have learnt them: give both the same tasks to be measured ([tasks.file], memory.budget and [model] decide which they are), or from = \"own\"",
        ))
    }
}
