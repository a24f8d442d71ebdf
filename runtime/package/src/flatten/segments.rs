//! The element and data segments of a merged module: those of its members, one after the other.

use wasm_encoder::{
    DataSection, ElementMode, ElementSection, ElementSegment, Elements, reencode::Reencode as _,
};
use wasmparser::{DataKind, ElementItems, ElementKind};

use super::{FlattenError, live, merge::Merger};

impl Merger<'_, '_, '_> {
    pub(super) fn elements(&mut self) -> Result<ElementSection, FlattenError> {
        let mut section = ElementSection::new();
        for index in 0..self.space.members.len() {
            for element in &self.space.members[index].module.elements {
                let funcs = live::functions(self.space, &self.live.values, index, &element.items)?;
                let mut rewrite = self.rewrite(index);
                let items = match (&element.kind, funcs, &element.items) {
                    // What code takes the address of is declared below.
                    (ElementKind::Declared, Some(_), _) => Elements::Functions([][..].into()),
                    (_, Some(funcs), _) => {
                        let funcs = funcs.into_iter().map(|func| rewrite.func(func));
                        Elements::Functions(funcs.collect::<Result<_, _>>()?)
                    }
                    (_, None, ElementItems::Expressions(ty, list)) => {
                        let ty = rewrite.ref_type(*ty)?;
                        let list = list.clone().into_iter();
                        let list = list.map(|expression| rewrite.expression(&expression?));
                        Elements::Expressions(ty, list.collect::<Result<_, _>>()?)
                    }
                    (_, None, ElementItems::Functions(_)) => {
                        let what = "a list of functions that is not one".to_owned();
                        return Err(FlattenError::Fault(what));
                    }
                };
                match &element.kind {
                    ElementKind::Passive => section.passive(items),
                    ElementKind::Declared => section.declared(items),
                    ElementKind::Active {
                        table_index,
                        offset_expr,
                    } => {
                        let table = rewrite.table_index(table_index.unwrap_or(0))?;
                        // The short form, where the segment's type allows it.
                        let first = table == 0 && matches!(items, Elements::Functions(_));
                        section.segment(ElementSegment {
                            mode: ElementMode::Active {
                                table: (!first).then_some(table),
                                offset: &rewrite.expression(offset_expr)?,
                            },
                            elements: items,
                        })
                    }
                };
            }
        }
        if !self.live.addresses.is_empty() {
            let addresses = self.live.addresses.iter();
            let rewrite = self.rewrite(0);
            let addresses = addresses.map(|func| rewrite.func(*func));
            section.declared(Elements::Functions(addresses.collect::<Result<_, _>>()?));
        }
        Ok(section)
    }

    pub(super) fn data(&mut self) -> Result<DataSection, FlattenError> {
        let mut section = DataSection::new();
        for index in 0..self.space.members.len() {
            for data in &self.space.members[index].module.data {
                let bytes = data.data.iter().copied();
                match &data.kind {
                    DataKind::Passive => section.passive(bytes),
                    DataKind::Active {
                        memory_index,
                        offset_expr,
                    } => {
                        let mut rewrite = self.rewrite(index);
                        let memory = rewrite.memory_index(*memory_index)?;
                        section.active(memory, &rewrite.expression(offset_expr)?, bytes)
                    }
                };
            }
        }
        Ok(section)
    }
}
