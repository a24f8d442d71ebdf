//! Values that are known before anything runs.

use wasm_encoder::ConstExpr;
use wasmparser::Operator;

use super::{
    FlattenError,
    kind::Kind,
    space::{Space, count},
};

/// A value that one instruction makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    I32(i32),
    I64(i64),
    /// By its bits, as all floats here.
    F32(u32),
    F64(u64),
    V128(i128),
    /// No reference of this type.
    Null(wasmparser::AbstractHeapType),
    /// The address of a function, by its number in the group.
    Func(u32),
    /// An immutable global from outside the group, by its number.
    Global(u32),
}

impl Value {
    /// Whether code may have it in place of the global: the address of a function must be declared first.
    pub(super) fn fits_code(self) -> bool {
        !matches!(self, Self::Func(_))
    }

    /// As an expression, where it is an offset.
    pub(super) fn offset(self) -> Option<ConstExpr> {
        match self {
            Self::I32(value) => Some(ConstExpr::i32_const(value)),
            Self::I64(value) => Some(ConstExpr::i64_const(value)),
            _ => None,
        }
    }

    /// As a place in a table or memory.
    pub(super) fn place(self) -> Option<u64> {
        match self {
            Self::I32(value) => Some(u64::from(value.cast_unsigned())),
            Self::I64(value) => Some(value.cast_unsigned()),
            _ => None,
        }
    }
}

/// The initial values of globals, by number, where they are known.
pub(super) struct Values(Vec<Option<Value>>);

impl Values {
    pub(super) fn of(space: &Space<'_, '_>) -> Result<Self, FlattenError> {
        let mut values = Self(Vec::new());
        for (number, outside) in space.outside[Kind::Global].iter().enumerate() {
            let module = space.members[outside.member].module;
            let fixed = matches!(
                module.imports[outside.import].ty,
                wasmparser::TypeRef::Global(global) if !global.mutable
            );
            let number = count(number)?;
            values.0.push(fixed.then_some(Value::Global(number)));
        }
        // A global's value depends on globals before it only.
        for id in values.0.len()..space.len(Kind::Global) {
            let value = match space.global(count(id)?) {
                Some((member, global)) => values.evaluate(space, member, &global.init_expr)?,
                None => None,
            };
            values.0.push(value);
        }
        Ok(values)
    }

    /// The initial value of a global.
    pub(super) fn initial(&self, global: u32) -> Option<Value> {
        self.0.get(global as usize).copied().flatten()
    }

    /// The value of a constant expression. The globals it reads are immutable.
    pub(super) fn evaluate(
        &self,
        space: &Space<'_, '_>,
        member: usize,
        expression: &wasmparser::ConstExpr<'_>,
    ) -> Result<Option<Value>, FlattenError> {
        let mut stack = Vec::new();
        let mut reader = expression.get_operators_reader();
        loop {
            let value = match reader.read()? {
                Operator::I32Const { value } => Value::I32(value),
                Operator::I64Const { value } => Value::I64(value),
                Operator::F32Const { value } => Value::F32(value.bits()),
                Operator::F64Const { value } => Value::F64(value.bits()),
                Operator::V128Const { value } => Value::V128(value.i128()),
                Operator::RefNull {
                    hty: wasmparser::HeapType::Abstract { shared: false, ty },
                } => Value::Null(ty),
                Operator::RefFunc { function_index } => {
                    Value::Func(space.id(member, Kind::Func, function_index)?)
                }
                Operator::GlobalGet { global_index } => {
                    let id = space.id(member, Kind::Global, global_index)?;
                    match self.initial(id) {
                        Some(value) => value,
                        None => return Ok(None),
                    }
                }
                Operator::End => {
                    let value = stack.pop();
                    return Ok(value.filter(|_| stack.is_empty() && reader.eof()));
                }
                operator => {
                    let (right, left) = (stack.pop(), stack.pop());
                    match arithmetic(&operator, left, right) {
                        Some(value) => value,
                        None => return Ok(None),
                    }
                }
            };
            stack.push(value);
        }
    }
}

/// What constant expressions can do to two numbers.
fn arithmetic(operator: &Operator<'_>, left: Option<Value>, right: Option<Value>) -> Option<Value> {
    Some(match (operator, left?, right?) {
        (Operator::I32Add, Value::I32(a), Value::I32(b)) => Value::I32(a.wrapping_add(b)),
        (Operator::I32Sub, Value::I32(a), Value::I32(b)) => Value::I32(a.wrapping_sub(b)),
        (Operator::I32Mul, Value::I32(a), Value::I32(b)) => Value::I32(a.wrapping_mul(b)),
        (Operator::I64Add, Value::I64(a), Value::I64(b)) => Value::I64(a.wrapping_add(b)),
        (Operator::I64Sub, Value::I64(a), Value::I64(b)) => Value::I64(a.wrapping_sub(b)),
        (Operator::I64Mul, Value::I64(a), Value::I64(b)) => Value::I64(a.wrapping_mul(b)),
        _ => return None,
    })
}
