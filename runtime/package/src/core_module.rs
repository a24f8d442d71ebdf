//! What a core module wants and offers, read before anything of it is compiled.
//!
//! The modules are made by a compiler from a stranger's program, which may name imports, exports and sections of
//! its own: nothing here is believed, and sizes are bounded because compiling costs time.

use std::fmt;

use wasmparser::{
    BinaryReaderError, CompositeInnerType, ExternalKind, FunctionBody, Operator, Parser, Payload,
    TypeRef, ValType,
};

/// The type of an imported function, for instance `(i32, i64) -> i32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The parameters, each `i` for i32, `I` for i64, `f` for f32, `F` for f64.
    pub parameters: &'static str,
    /// The results.
    pub results: &'static str,
}

/// One function that modules may import.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// The module that it is imported from.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub signature: Signature,
}

/// The largest module that is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Bytes of the whole module.
    pub bytes: usize,
    /// Functions of its own.
    pub functions: u32,
    /// Bytes of all code.
    pub code: usize,
    /// Bytes of one function's code.
    pub function: usize,
    /// Memories.
    pub memories: u32,
    /// Tables.
    pub tables: u32,
    /// Elements of its tables, all together.
    pub table_elements: u64,
    /// All else that an instance has a place for: imports, globals, tags, and segments of data and elements.
    pub parts: u32,
}

/// Most clauses of one `try_table`. The engine looks at each on its way up the stack, for nothing but what the instruction
/// costs. Compilers of C++ make three.
const CATCHES: u64 = 8;

/// Why a module is not compiled.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// It is no module.
    #[error("it is no WebAssembly module: {0}")]
    Malformed(String),
    /// It imports what is not there.
    #[error("it imports {0}, which programs may not")]
    Import(String),
    /// It imports a function by another type than it has.
    #[error("it imports {name} as a function of the type {found}")]
    ImportType {
        /// The function.
        name: String,
        /// The type that it is imported by.
        found: String,
    },
    /// It is too large.
    #[error("it has {found} {what}, and at most {limit} are compiled")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How much.
        found: u64,
        /// How much may be.
        limit: u64,
    },
    /// It lacks something.
    #[error("it exports no {0}")]
    Missing(&'static str),
}

impl From<BinaryReaderError> for ModuleError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Checks a module's imports by name and type, its exports by name, and its sizes.
///
/// # Errors
/// Where it wants what is not offered, lacks an export, or is too large.
pub fn check(
    bytes: &[u8],
    offered: &[&[Offered]],
    exports: &[&'static str],
    sizes: &Sizes,
) -> Result<(), ModuleError> {
    within("bytes", bytes.len() as u64, sizes.bytes as u64)?;
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(bytes) {
        module.read(payload?, offered, sizes)?;
    }
    let missing = exports
        .iter()
        .find(|wanted| !module.exports.iter().any(|name| name == *wanted));
    missing.map_or(Ok(()), |name| Err(ModuleError::Missing(name)))
}

/// What was read so far.
#[derive(Default)]
struct Module {
    /// The types, `None` for what is no function's.
    types: Vec<Option<Shape>>,
    exports: Vec<String>,
    parts: u64,
    code: u64,
}

#[derive(Clone, PartialEq, Eq)]
struct Shape {
    parameters: String,
    results: String,
}

impl Module {
    fn read(
        &mut self,
        payload: Payload<'_>,
        offered: &[&[Offered]],
        sizes: &Sizes,
    ) -> Result<(), ModuleError> {
        self.parts += match &payload {
            Payload::ImportSection(section) => u64::from(section.count()),
            Payload::GlobalSection(section) => u64::from(section.count()),
            Payload::TagSection(section) => u64::from(section.count()),
            Payload::DataSection(section) => u64::from(section.count()),
            Payload::ElementSection(section) => u64::from(section.count()),
            _ => 0,
        };
        within(
            "imports, globals, tags and segments",
            self.parts,
            u64::from(sizes.parts),
        )?;
        match payload {
            Payload::Version { encoding, .. } if encoding != wasmparser::Encoding::Module => {
                return Err(ModuleError::Malformed("a component".to_owned()));
            }
            Payload::TypeSection(section) => {
                for group in section {
                    for kind in group?.into_types() {
                        self.types.push(shape(&kind.composite_type.inner));
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    self.import(import.module, import.name, &import.ty, offered)?;
                }
            }
            Payload::FunctionSection(section) => {
                let limit = u64::from(sizes.functions);
                within("functions", u64::from(section.count()), limit)?;
            }
            Payload::MemorySection(section) => {
                let limit = u64::from(sizes.memories);
                within("memories", u64::from(section.count()), limit)?;
            }
            Payload::TableSection(section) => {
                let limit = u64::from(sizes.tables);
                within("tables", u64::from(section.count()), limit)?;
                let mut elements = 0_u64;
                for table in section {
                    elements = elements.saturating_add(table?.ty.initial);
                }
                within("table elements", elements, sizes.table_elements)?;
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if matches!(export.kind, ExternalKind::Func | ExternalKind::Memory) {
                        self.exports.push(export.name.to_owned());
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let length = body.range().len() as u64;
                within(
                    "bytes of code in one function",
                    length,
                    sizes.function as u64,
                )?;
                self.code += length;
                within("bytes of code", self.code, sizes.code as u64)?;
                catches(&body)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn import(
        &self,
        module: &str,
        name: &str,
        kind: &TypeRef,
        offered: &[&[Offered]],
    ) -> Result<(), ModuleError> {
        let shown = format!("{}.{}", shortened(module), shortened(name));
        let offer = offered
            .iter()
            .flat_map(|some| some.iter())
            .find(|offer| offer.module == module && offer.name == name);
        let (Some(offer), TypeRef::Func(index)) = (offer, kind) else {
            return Err(ModuleError::Import(shown));
        };
        let found = self.types.get(*index as usize).cloned().flatten();
        let wanted = Shape {
            parameters: offer.signature.parameters.to_owned(),
            results: offer.signature.results.to_owned(),
        };
        match found {
            Some(found) if found == wanted => Ok(()),
            found => Err(ModuleError::ImportType {
                name: shown,
                found: found.map_or_else(|| "no function".to_owned(), |shape| shape.to_string()),
            }),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) -> ({})", self.parameters, self.results)
    }
}

fn shape(kind: &CompositeInnerType) -> Option<Shape> {
    let CompositeInnerType::Func(function) = kind else {
        return None;
    };
    let letters = |types: &[ValType]| {
        types
            .iter()
            .map(|kind| match kind {
                ValType::I32 => 'i',
                ValType::I64 => 'I',
                ValType::F32 => 'f',
                ValType::F64 => 'F',
                _ => '?',
            })
            .collect()
    };
    Some(Shape {
        parameters: letters(function.params()),
        results: letters(function.results()),
    })
}

fn catches(body: &FunctionBody<'_>) -> Result<(), ModuleError> {
    for operator in body.get_operators_reader()? {
        if let Operator::TryTable { try_table } = operator? {
            let clauses = try_table.catches.len() as u64;
            within("clauses of one try_table", clauses, CATCHES)?;
        }
    }
    Ok(())
}

fn within(what: &'static str, found: u64, limit: u64) -> Result<(), ModuleError> {
    if found > limit {
        return Err(ModuleError::TooLarge { what, found, limit });
    }
    Ok(())
}

fn shortened(name: &str) -> String {
    name.chars().take(60).collect()
}
