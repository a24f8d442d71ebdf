//! What code and constant expressions name.

use wasm_encoder::{
    Instruction,
    reencode::{self, Reencode, utils},
};
use wasmparser::{ConstExpr, FunctionBody, Operator};

use super::{FlattenError, kind::Kind, space::Space};

/// What a piece of code names, by the numbers of its group.
#[derive(Default)]
pub(super) struct Facts {
    /// Functions that it calls or takes the address of.
    pub(super) funcs: Vec<u32>,
    /// Of those, the ones whose address it takes.
    pub(super) addresses: Vec<u32>,
    /// Globals that it reads.
    pub(super) reads: Vec<u32>,
    /// Globals that it may write.
    pub(super) writes: Vec<u32>,
    /// Tables that it may change.
    pub(super) changes: Vec<u32>,
    /// Where all it does is to call a fixed place of a table with its own arguments.
    pub(super) stub: Option<Stub>,
}

/// A function that calls a place of a table with its own arguments and does nothing else: how
/// shared libraries call what is linked after them.
#[derive(Clone, Copy)]
pub(super) struct Stub {
    pub(super) table: u32,
    pub(super) place: u32,
    /// Index of the type that is called, in the stub's own module.
    pub(super) ty: u32,
}

impl Facts {
    pub(super) fn of_body(
        space: &Space<'_, '_>,
        member: usize,
        body: &FunctionBody<'_>,
    ) -> Result<Self, FlattenError> {
        let mut scan = Scan::new(space, member);
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            scan.instruction(reader.read()?)?;
        }
        scan.facts.stub = stub(space, member, body)?;
        Ok(scan.done())
    }

    pub(super) fn of_expression(
        space: &Space<'_, '_>,
        member: usize,
        expression: &ConstExpr<'_>,
    ) -> Result<Self, FlattenError> {
        let mut scan = Scan::new(space, member);
        scan.const_expr(expression.clone())?;
        Ok(scan.done())
    }
}

struct Scan<'s, 'o, 'a> {
    space: &'s Space<'o, 'a>,
    member: usize,
    facts: Facts,
}

impl<'s, 'o, 'a> Scan<'s, 'o, 'a> {
    fn new(space: &'s Space<'o, 'a>, member: usize) -> Self {
        Self {
            space,
            member,
            facts: Facts::default(),
        }
    }

    fn id(&self, kind: Kind, index: u32) -> Result<u32, reencode::Error<FlattenError>> {
        let id = self.space.id(self.member, kind, index);
        id.map_err(reencode::Error::UserError)
    }

    fn done(mut self) -> Facts {
        let facts = &mut self.facts;
        for list in [
            &mut facts.funcs,
            &mut facts.addresses,
            &mut facts.reads,
            &mut facts.writes,
            &mut facts.changes,
        ] {
            list.sort_unstable();
            list.dedup();
        }
        self.facts
    }
}

/// Instructions are converted for what the conversion asks; what is not known to read only is
/// taken to write.
impl Reencode for Scan<'_, '_, '_> {
    type Error = FlattenError;

    fn function_index(&mut self, func: u32) -> Result<u32, reencode::Error<FlattenError>> {
        let id = self.id(Kind::Func, func)?;
        self.facts.funcs.push(id);
        Ok(func)
    }

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error<FlattenError>> {
        let id = self.id(Kind::Global, global)?;
        self.facts.writes.push(id);
        Ok(global)
    }

    fn table_index(&mut self, table: u32) -> Result<u32, reencode::Error<FlattenError>> {
        let id = self.id(Kind::Table, table)?;
        self.facts.changes.push(id);
        Ok(table)
    }

    fn instruction<'i>(
        &mut self,
        operator: Operator<'i>,
    ) -> Result<Instruction<'i>, reencode::Error<FlattenError>> {
        match operator {
            Operator::GlobalGet { global_index } => {
                let id = self.id(Kind::Global, global_index)?;
                self.facts.reads.push(id);
            }
            Operator::RefFunc { function_index } => {
                let id = self.id(Kind::Func, function_index)?;
                self.facts.funcs.push(id);
                self.facts.addresses.push(id);
            }
            Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::TableGet { .. }
            | Operator::TableSize { .. } => {}
            other => return utils::instruction(self, other),
        }
        Ok(Instruction::Nop)
    }
}

/// The stub that a function is, if it is one.
fn stub(
    space: &Space<'_, '_>,
    member: usize,
    body: &FunctionBody<'_>,
) -> Result<Option<Stub>, FlattenError> {
    let mut reader = body.get_operators_reader()?;
    let mut arguments = 0;
    let place = loop {
        match reader.read()? {
            Operator::LocalGet { local_index } if local_index == arguments => arguments += 1,
            Operator::I32Const { value } => break value.cast_unsigned(),
            _ => return Ok(None),
        }
    };
    let Operator::CallIndirect {
        type_index,
        table_index,
    } = reader.read()?
    else {
        return Ok(None);
    };
    let called = &space.members[member].module.types[type_index as usize];
    let ends = matches!(reader.read()?, Operator::End) && reader.eof();
    let whole = ends && called.params().len() == arguments as usize;
    Ok(whole.then_some(Stub {
        table: space.id(member, Kind::Table, table_index)?,
        place,
        ty: type_index,
    }))
}
