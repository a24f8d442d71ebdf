//! What core modules have, for comparison.

use wasmparser::{
    ElementItems, ElementKind, KnownCustom, Name, Operator, Parser, Payload, TypeRef,
};

/// What a core module has.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Shape {
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
    pub(super) funcs: u32,
    /// Whether each is mutable.
    pub(super) globals: Vec<bool>,
    /// Minimum and maximum.
    pub(super) tables: Vec<(u64, Option<u64>)>,
    pub(super) memories: usize,
    /// Place, where it is a constant, and number of functions.
    pub(super) elements: Vec<(Option<i32>, u32)>,
    pub(super) data: Vec<Option<i32>>,
    pub(super) starts: bool,
    pub(super) names: Vec<String>,
    pub(super) indirect_calls: usize,
}

/// The core modules of a component, in order.
pub(super) fn shapes(component: &[u8]) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.unwrap();
        if let Payload::ModuleSection { .. } = payload {
            shapes.push(Shape::default());
        }
        if let Some(shape) = shapes.last_mut() {
            shape.add(payload);
        }
    }
    shapes
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Option<i32> {
    let operators = expression.get_operators_reader().into_iter();
    let operators: Vec<_> = operators.map(Result::unwrap).collect();
    match operators[..] {
        [Operator::I32Const { value }, Operator::End] => Some(value),
        _ => None,
    }
}

impl Shape {
    fn add(&mut self, payload: Payload<'_>) {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports().map(Result::unwrap) {
                    let kind = match import.ty {
                        TypeRef::Func(_) => "",
                        _ => " (no function)",
                    };
                    self.imports.push(format!("{}{kind}", import.name));
                }
            }
            Payload::ExportSection(section) => {
                let names = section.into_iter().map(|it| it.unwrap().name.to_owned());
                self.exports.extend(names);
            }
            Payload::FunctionSection(section) => self.funcs = section.count(),
            Payload::GlobalSection(section) => {
                let mutable = section.into_iter().map(|it| it.unwrap().ty.mutable);
                self.globals.extend(mutable);
            }
            Payload::TableSection(section) => {
                let types = section.into_iter().map(|it| it.unwrap().ty);
                self.tables.extend(types.map(|ty| (ty.initial, ty.maximum)));
            }
            Payload::MemorySection(section) => self.memories = section.count() as usize,
            Payload::StartSection { .. } => self.starts = true,
            Payload::ElementSection(section) => {
                for element in section.into_iter().map(Result::unwrap) {
                    let count = match &element.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    let place = match &element.kind {
                        ElementKind::Active { offset_expr, .. } => constant(offset_expr),
                        _ => None,
                    };
                    self.elements.push((place, count));
                }
            }
            Payload::DataSection(section) => {
                for data in section.into_iter().map(Result::unwrap) {
                    self.data.push(match data.kind {
                        wasmparser::DataKind::Active { offset_expr, .. } => constant(&offset_expr),
                        wasmparser::DataKind::Passive => None,
                    });
                }
            }
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader().unwrap().into_iter();
                let indirect =
                    operators.filter(|it| matches!(it, Ok(Operator::CallIndirect { .. })));
                self.indirect_calls += indirect.count();
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    for name in names.into_iter().map(Result::unwrap) {
                        if let Name::Function(map) = name {
                            let names = map.into_iter().map(|it| it.unwrap().name.to_owned());
                            self.names.extend(names);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
