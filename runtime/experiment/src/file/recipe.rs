//! An arm's recipe: the base under two overlays, and the line of what does not fit.

use toml::Table;

use super::{Read, Reader};
use crate::{
    Recipe, Recipes,
    overlay::{self, PathStep},
};

/// An arm's own changes.
pub(super) struct Overlay<'a> {
    pub(super) index: usize,
    pub(super) name: &'a str,
    pub(super) table: &'a Table,
}

impl Reader<'_> {
    /// The base under both overlays. Where it will not do, the field without which it would is named.
    pub(super) fn recipe(
        &self,
        base: &Table,
        all: &Table,
        of_arm: Option<&Overlay<'_>>,
    ) -> Read<Recipe> {
        let none = Table::new();
        let own = of_arm.map_or(&none, |overlay| overlay.table);
        let build = |all: &Table, own: &Table| {
            let text = overlay::merge(&overlay::merge(base, all), own).to_string();
            self.recipes.check(&text)
        };
        let what = match build(all, own) {
            Ok(recipe) => return Ok(recipe),
            Err(what) => what,
        };
        let name = of_arm.map_or("", |overlay| overlay.name);
        let of_own = overlay::fields(own)
            .into_iter()
            .find(|path| build(all, &overlay::without(own, path)).is_ok());
        let of_all = || {
            overlay::fields(all)
                .into_iter()
                .find(|path| build(&overlay::without(all, path), own).is_ok())
        };
        let mut steps = Vec::new();
        let found = match (of_own, of_arm) {
            (Some(path), Some(overlay)) => {
                steps.extend([PathStep::Key("arms"), PathStep::At(overlay.index)]);
                Some(path)
            }
            _ => match of_all() {
                None if let Some(overlay) = of_arm
                    && !own.is_empty() =>
                {
                    steps.extend([PathStep::Key("arms"), PathStep::At(overlay.index)]);
                    Some(Vec::new())
                }
                found => found,
            },
        };
        let path = found.unwrap_or_default();
        steps.push(PathStep::Key("overlay"));
        steps.extend(path.iter().map(|key| PathStep::Key(key)));
        Err(self.error(overlay::line_of(self.text, &steps), name, &what))
    }
}

/// The recipe that stops after so much compute.
pub(crate) fn with_compute(
    config: &str,
    units: u64,
    recipes: &dyn Recipes,
) -> Result<Recipe, String> {
    let base: Table = config
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let units = toml::Value::Integer(i64::try_from(units).unwrap_or(i64::MAX));
    let rl = Table::from_iter([("compute".to_owned(), units)]);
    let over = Table::from_iter([("rl".to_owned(), toml::Value::Table(rl))]);
    recipes.check(&overlay::merge(&base, &over).to_string())
}
