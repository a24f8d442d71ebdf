//! Memory policies ready to decide.

use std::sync::Arc;

use falcon_memory::policy::Policy;
use falcon_package::Kind;
use serde_json::Value;

use super::load;
use crate::{command::Context, failure::Failure};

/// The policy of training and evaluation where none is named.
pub(crate) const DEFAULT: &str = "similar-recent";

/// The policy that a person names, a plugin's name or file, with these settings; `null` for its defaults.
pub(crate) fn policy(
    context: &Context,
    asked: &str,
    settings: &Value,
) -> Result<Arc<dyn Policy>, Failure> {
    let plugin = load::plugin(context, asked, Kind::Memory)?;
    let policy = plugin.memory_policy(settings).map_err(Failure::usage)?;
    Ok(Arc::new(policy))
}
