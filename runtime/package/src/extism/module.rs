//! What has to be known of a module before it is joined with another.

use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef};

/// A module, and how much of everything it has.
pub(super) struct Facts<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) types: Vec<FuncType>,
    /// The functions that it imports.
    pub(super) imports: Vec<Import<'a>>,
    /// The kind of something else that it imports.
    pub(super) foreign: Option<&'static str>,
    /// The types of its own functions.
    pub(super) functions: Vec<u32>,
    /// The functions that it exports.
    pub(super) exports: Vec<(&'a str, u32)>,
    pub(super) tables: u32,
    pub(super) memories: u32,
    pub(super) globals: u32,
    pub(super) tags: u32,
    pub(super) elements: u32,
    pub(super) data: u32,
    pub(super) start: Option<u32>,
}

/// A function that is imported.
pub(super) struct Import<'a> {
    pub(super) module: &'a str,
    pub(super) name: &'a str,
    pub(super) ty: u32,
}

impl<'a> Facts<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> wasmparser::Result<Self> {
        let mut facts = Self {
            bytes,
            types: Vec::new(),
            imports: Vec::new(),
            foreign: None,
            functions: Vec::new(),
            exports: Vec::new(),
            tables: 0,
            memories: 0,
            globals: 0,
            tags: 0,
            elements: 0,
            data: 0,
            start: None,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            facts.note(payload?)?;
        }
        Ok(facts)
    }

    fn note(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(ty) => self.imports.push(Import {
                            module: import.module,
                            name: import.name,
                            ty,
                        }),
                        TypeRef::Memory(_) => self.foreign = Some("a memory"),
                        TypeRef::Table(_) => self.foreign = Some("a table"),
                        TypeRef::Global(_) => self.foreign = Some("a global"),
                        _ => self.foreign = Some("something else than a function"),
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.push((export.name, export.index));
                    }
                }
            }
            Payload::TableSection(section) => self.tables = section.count(),
            Payload::MemorySection(section) => self.memories = section.count(),
            Payload::GlobalSection(section) => self.globals = section.count(),
            Payload::TagSection(section) => self.tags = section.count(),
            Payload::ElementSection(section) => self.elements = section.count(),
            Payload::DataSection(section) => self.data = section.count(),
            Payload::StartSection { func, .. } => self.start = Some(func),
            _ => {}
        }
        Ok(())
    }

    /// The function that is exported by this name.
    pub(super) fn exported(&self, name: &str) -> Option<u32> {
        let found = self.exports.iter().find(|(export, _)| *export == name);
        found.map(|(_, function)| *function)
    }

    /// The type of a function.
    pub(super) fn type_of(&self, function: u32) -> Option<&FuncType> {
        let at = function as usize;
        let ty = match self.imports.get(at) {
            Some(import) => import.ty,
            None => *self.functions.get(at - self.imports.len())?,
        };
        self.types.get(ty as usize)
    }
}
