//! Code and constant expressions of a module, with the indices of the merged one.

use std::collections::HashMap;

use wasm_encoder::{
    ConstExpr, HeapType, Ieee32, Ieee64, Instruction,
    reencode::{self, Reencode, utils},
};
use wasmparser::{FuncType, Operator};

use super::{
    FlattenError,
    kind::{Kind, Kinds},
    live::Live,
    space::{Space, count},
    value::Value,
};

type Result<T> = std::result::Result<T, reencode::Error<FlattenError>>;

/// The function types of the merged module, each once, in the order they were asked for.
#[derive(Default)]
pub(super) struct Types {
    pub(super) list: Vec<FuncType>,
    by_type: HashMap<FuncType, u32>,
}

impl Types {
    pub(super) fn index(&mut self, ty: &FuncType) -> std::result::Result<u32, FlattenError> {
        if let Some(index) = self.by_type.get(ty) {
            return Ok(*index);
        }
        let index = count(self.list.len())?;
        self.by_type.insert(ty.clone(), index);
        self.list.push(ty.clone());
        Ok(index)
    }
}

/// Rewrites what belongs to one member of a group.
pub(super) struct Rewrite<'s, 'o, 'a> {
    pub(super) space: &'s Space<'o, 'a>,
    pub(super) live: &'s Live,
    /// The merged module's index of each number of the group.
    pub(super) indices: &'s Kinds<HashMap<u32, u32>>,
    pub(super) types: &'s mut Types,
    pub(super) member: usize,
    /// Whether what is rewritten is a constant expression.
    pub(super) constant: bool,
}

impl Rewrite<'_, '_, '_> {
    /// A constant expression, as one instruction where its value is known.
    pub(super) fn expression(
        &mut self,
        expression: &wasmparser::ConstExpr<'_>,
    ) -> std::result::Result<ConstExpr, FlattenError> {
        let (space, values) = (self.space, &self.live.values);
        if let Some(value) = values.evaluate(space, self.member, expression)? {
            if let Some(offset) = value.offset() {
                return Ok(offset);
            }
            return Ok(ConstExpr::extended([self.value(value)?]));
        }
        self.constant = true;
        let rewritten = self.const_expr(expression.clone());
        self.constant = false;
        Ok(rewritten?)
    }

    /// The instruction that makes a value.
    pub(super) fn value(
        &self,
        value: Value,
    ) -> std::result::Result<Instruction<'static>, FlattenError> {
        Ok(match value {
            Value::I32(value) => Instruction::I32Const(value),
            Value::I64(value) => Instruction::I64Const(value),
            Value::F32(bits) => Instruction::F32Const(Ieee32::new(bits)),
            Value::F64(bits) => Instruction::F64Const(Ieee64::new(bits)),
            Value::V128(value) => Instruction::V128Const(value),
            Value::Null(ty) => Instruction::RefNull(HeapType::Abstract {
                shared: false,
                ty: ty.into(),
            }),
            Value::Func(func) => Instruction::RefFunc(self.func(func)?),
            Value::Global(global) => Instruction::GlobalGet(self.placed(Kind::Global, global)?),
        })
    }

    /// The merged module's index of a function, by its number.
    pub(super) fn func(&self, func: u32) -> std::result::Result<u32, FlattenError> {
        self.placed(Kind::Func, self.live.target(func))
    }

    pub(super) fn placed(&self, kind: Kind, id: u32) -> std::result::Result<u32, FlattenError> {
        self.indices[kind].get(&id).copied().ok_or_else(|| {
            let place = &self.space.members[self.member].module.place;
            FlattenError::Fault(format!("{place} uses {kind:?} {id}, which was left out"))
        })
    }

    fn index(&self, kind: Kind, index: u32) -> Result<u32> {
        let id = self.space.id(self.member, kind, index);
        let placed = id.and_then(|id| self.placed(kind, id));
        placed.map_err(reencode::Error::UserError)
    }

    /// What reads a global.
    fn read(&self, global: u32) -> std::result::Result<Instruction<'static>, FlattenError> {
        let id = self.space.id(self.member, Kind::Global, global)?;
        if let Some(value) = self.live.constant(id) {
            return self.value(value);
        }
        // A constant expression may read imports only, in all versions of WebAssembly.
        if self.constant && self.space.global(id).is_some() {
            let place = &self.space.members[self.member].module.place;
            let what =
                format!("a constant that depends on global {global}, whose value is not known");
            return Err(FlattenError::unsupported(place, what));
        }
        Ok(Instruction::GlobalGet(self.placed(Kind::Global, id)?))
    }
}

impl Reencode for Rewrite<'_, '_, '_> {
    type Error = FlattenError;

    fn type_index(&mut self, ty: u32) -> Result<u32> {
        let module = self.space.members[self.member].module;
        let found = module.types.get(ty as usize).ok_or_else(|| {
            FlattenError::unsupported(&module.place, format!("type {ty}, which is out of bounds"))
        });
        found
            .and_then(|ty| self.types.index(ty))
            .map_err(reencode::Error::UserError)
    }

    fn function_index(&mut self, func: u32) -> Result<u32> {
        let id = self.space.id(self.member, Kind::Func, func);
        let placed = id.and_then(|id| self.func(id));
        placed.map_err(reencode::Error::UserError)
    }

    fn table_index(&mut self, index: u32) -> Result<u32> {
        self.index(Kind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32> {
        self.index(Kind::Memory, index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32> {
        self.index(Kind::Global, index)
    }

    fn tag_index(&mut self, index: u32) -> Result<u32> {
        self.index(Kind::Tag, index)
    }

    fn data_index(&mut self, index: u32) -> Result<u32> {
        Ok(self.space.members[self.member].first_data + index)
    }

    fn element_index(&mut self, index: u32) -> Result<u32> {
        Ok(self.space.members[self.member].first_element + index)
    }

    fn instruction<'i>(&mut self, operator: Operator<'i>) -> Result<Instruction<'i>> {
        match operator {
            Operator::GlobalGet { global_index } => {
                self.read(global_index).map_err(reencode::Error::UserError)
            }
            operator => utils::instruction(self, operator),
        }
    }
}
