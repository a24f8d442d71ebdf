//! Makes one core module of the many that a component links, so that an instance of it costs little.
//!
//! A guest in Python is libc, an interpreter and more as *shared libraries*: core modules that the
//! component links by giving the exports of one to the imports of the next. An engine then makes each of
//! them an instance, fills the common table entry by entry, since no module knows all of it, and
//! reaches memory, globals and each other's functions through imports. All of that is decided
//! when the component is made, so [`flatten`] decides it there:
//!
//! - imports among the merged modules are direct indices, and their memory and table are the
//!   module's own, with segments at constant offsets: engines then take both from an image;
//! - globals that nothing writes are constants in the code;
//! - stubs that call a fixed place of a table that nothing changes are left out, and what they call is called;
//! - what nothing outside can reach is left out: functions, globals, exports, and functions of the host that were
//!   lowered for it.
//!
//! What stays apart: modules with several instances, those with another memory or table, and what must be
//! there before or after the merged instance (see `plan`): host functions that need a memory are called through
//! the table of a shim, which another module fills once there is a memory. That module stays, and the
//! shim too where the merged module has a table of its own. Components inside the component and all that is above
//! core modules stay as they are; of a merged module's custom sections only the names of functions
//! are kept, and the component's own names go with the indices they are for.
//!
//! The result does what the component did, traps of its calls included. Amounts of fuel and stack change, the
//! same way each time; and an instantiation that traps still traps, perhaps with another code, since
//! segments of several modules that are out of bounds may be met in another order. What the pass does
//! not know is an error, and the same bytes make the same component.

mod canon;
mod emit;
mod error;
mod facts;
mod kind;
mod live;
mod merge;
mod module;
mod outline;
mod plan;
mod rewrite;
mod segments;
mod space;
mod value;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{Validator, WasmFeatures};

pub use error::FlattenError;

use merge::Merged;
use outline::{Entity, Outline};
use plan::Plan;
use space::Space;

/// Merges the core modules of a component that are instantiated once and linked to each other.
///
/// # Arguments
/// - `component`: a component, with or without a manifest.
///
/// # Returns
/// A component that does the same; the same bytes where there is nothing to merge.
///
/// # Errors
/// Where the bytes are not a valid component, or use what is not known here.
pub fn flatten(component: &[u8]) -> Result<Vec<u8>, FlattenError> {
    // All that follows relies on it: an index that is read is in range.
    validate(component)?;
    let mut flat = component.to_vec();
    // Two that stayed apart from others, which have another table, may be merged once those are one.
    while let Some(merged) = merge(&flat)? {
        validate(&merged).map_err(|error| FlattenError::Fault(error.to_string()))?;
        flat = merged;
    }
    Ok(flat)
}

/// The component with fewer modules; none where nothing can be merged.
fn merge(component: &[u8]) -> Result<Option<Vec<u8>>, FlattenError> {
    let outline = Outline::read(component)?;
    let plan = Plan::make(&outline)?;
    let mut merged = BTreeMap::new();
    for (index, unit) in plan.units.iter().enumerate() {
        if unit.members.len() > 1 {
            let space = Space::of(&outline, &plan, &unit.members)?;
            let used = used(&outline, &plan, &unit.members)?;
            merged.insert(index, Merged::make(&outline, &space, &used)?);
        }
    }
    if merged.is_empty() {
        return Ok(None);
    }
    emit::emit(&outline, &plan, &merged).map(Some)
}

/// What others use of these instances.
fn used(
    outline: &Outline<'_>,
    plan: &Plan,
    members: &[u32],
) -> Result<BTreeSet<Entity>, FlattenError> {
    let mut used: BTreeSet<Entity> = emit::named(outline)?.into_iter().collect();
    used.extend(plan.needs.values().flatten());
    let others = plan.imports.iter();
    let others = others.filter(|(instance, _)| !members.contains(instance));
    used.extend(others.flat_map(|(_, imports)| imports));
    used.retain(|entity| match entity {
        Entity::Own { instance, .. } => members.contains(instance),
        Entity::Made(_) => false,
    });
    Ok(used)
}

fn validate(component: &[u8]) -> Result<(), FlattenError> {
    if !component.starts_with(b"\0asm\x0d\0\x01\0") {
        return Err(FlattenError::Invalid {
            what: "it does not begin with a component's header".to_owned(),
            at: 0,
        });
    }
    Validator::new_with_features(WasmFeatures::default()).validate_all(component)?;
    Ok(())
}
