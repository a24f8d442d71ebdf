//! What the component's functions and types name of the core, and the same with other indices.

use std::{collections::HashMap, convert::Infallible};

use wasm_encoder::{
    CanonicalFunctionSection, ComponentTypeSection,
    reencode::{self, Reencode, ReencodeComponent},
};
use wasmparser::{CanonicalFunction, ComponentTypeSectionReader};

use super::{FlattenError, kind::Kind};

/// The core things that a function between the levels names, by the component's indices.
pub(super) fn named(function: &CanonicalFunction) -> Result<Vec<(Kind, u32)>, FlattenError> {
    let mut named = Named::default();
    named
        .parse_component_canonical(&mut CanonicalFunctionSection::new(), function.clone())
        .map_err(plain)?;
    Ok(named.found)
}

/// The core functions that these types name as destructors.
pub(super) fn named_by_types(
    types: &ComponentTypeSectionReader<'_>,
) -> Result<Vec<(Kind, u32)>, FlattenError> {
    let mut named = Named::default();
    named
        .parse_component_type_section(&mut ComponentTypeSection::new(), types.clone())
        .map_err(plain)?;
    Ok(named.found)
}

/// New indices of the component's core things.
pub(super) struct Moved(pub(super) HashMap<(Kind, u32), u32>);

impl Moved {
    fn index(&self, kind: Kind, index: u32) -> Result<u32, reencode::Error<FlattenError>> {
        let moved = self.0.get(&(kind, index)).copied();
        moved.ok_or_else(|| {
            let what = format!("{kind:?} {index} of the component has no place");
            reencode::Error::UserError(FlattenError::Fault(what))
        })
    }
}

impl Reencode for Moved {
    type Error = FlattenError;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error<FlattenError>> {
        self.index(Kind::Func, index)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, reencode::Error<FlattenError>> {
        self.index(Kind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, reencode::Error<FlattenError>> {
        self.index(Kind::Memory, index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, reencode::Error<FlattenError>> {
        self.index(Kind::Global, index)
    }

    fn tag_index(&mut self, index: u32) -> Result<u32, reencode::Error<FlattenError>> {
        self.index(Kind::Tag, index)
    }
}

impl ReencodeComponent for Moved {}

/// Notes what is asked for, and changes nothing.
#[derive(Default)]
struct Named {
    found: Vec<(Kind, u32)>,
}

impl Named {
    fn note(&mut self, kind: Kind, index: u32) -> Result<u32, reencode::Error> {
        self.found.push((kind, index));
        Ok(index)
    }
}

impl Reencode for Named {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        self.note(Kind::Func, index)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        self.note(Kind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        self.note(Kind::Memory, index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        self.note(Kind::Global, index)
    }

    fn tag_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        self.note(Kind::Tag, index)
    }
}

impl ReencodeComponent for Named {}

fn plain(error: reencode::Error) -> FlattenError {
    match error {
        reencode::Error::ParseError(error) => error.into(),
        error => FlattenError::unsupported("the component", error.to_string()),
    }
}
