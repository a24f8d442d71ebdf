//! A core module, read.

use std::collections::{BTreeMap, HashMap};

use wasmparser::{
    CompositeInnerType, Data, Element, FuncType, FunctionBody, Global, Import, KnownCustom,
    MemoryType, Name, Parser, Payload, RecGroup, RefType, Table, TagType, TypeRef, ValType,
};

use super::{FlattenError, kind::Kind, kind::Kinds};

/// A core module. Indices are those of the module itself: in each kind's space the imports come first.
pub(super) struct Module<'a> {
    /// For people: `core module 3`.
    pub(super) place: String,
    /// The module as it is.
    pub(super) bytes: &'a [u8],
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<Import<'a>>,
    /// For each kind, which of the imports are of it.
    pub(super) imported: Kinds<Vec<usize>>,
    /// Types of the functions that it defines.
    pub(super) funcs: Vec<u32>,
    pub(super) tables: Vec<Table<'a>>,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: Vec<Global<'a>>,
    pub(super) tags: Vec<TagType>,
    /// In order.
    exports: Vec<(&'a str, Kind, u32)>,
    by_name: HashMap<&'a str, usize>,
    pub(super) start: Option<u32>,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) data: Vec<Data<'a>>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// Names of functions, for people.
    pub(super) names: BTreeMap<u32, &'a str>,
}

/// What an index of a module means.
pub(super) enum Definition {
    /// One of its imports.
    Import(usize),
    /// What it defines, counted from its first definition of the kind.
    Own(usize),
}

impl<'a> Module<'a> {
    /// Reads a valid module.
    ///
    /// # Arguments
    /// - `bytes`, `at`: the module, and where in the component it begins.
    pub(super) fn read(place: String, bytes: &'a [u8], at: usize) -> Result<Self, FlattenError> {
        let mut module = Self {
            place,
            bytes,
            types: Vec::new(),
            imports: Vec::new(),
            imported: Kinds::default(),
            funcs: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
            exports: Vec::new(),
            by_name: HashMap::new(),
            start: None,
            elements: Vec::new(),
            data: Vec::new(),
            bodies: Vec::new(),
            names: BTreeMap::new(),
        };
        for payload in Parser::new(at as u64).parse_all(bytes) {
            module.section(payload?)?;
        }
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<(), FlattenError> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    let ty = self.func_type(&group?)?;
                    self.types.push(ty);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.import(import?)?;
                }
            }
            Payload::FunctionSection(section) => self.funcs = all(section)?,
            Payload::TableSection(section) => self.tables = all(section)?,
            Payload::MemorySection(section) => self.memories = all(section)?,
            Payload::GlobalSection(section) => self.globals = all(section)?,
            Payload::TagSection(section) => self.tags = all(section)?,
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.by_name.insert(export.name, self.exports.len());
                    self.exports
                        .push((export.name, export.kind.into(), export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.elements = all(section)?,
            Payload::DataSection(section) => self.data = all(section)?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.names = function_names(names);
                }
            }
            Payload::Version { .. }
            | Payload::DataCountSection { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::End(_) => {}
            other => {
                let what = format!("the section {other:?}");
                return Err(FlattenError::unsupported(&self.place, what));
            }
        }
        Ok(())
    }

    /// The type of a group of one plain function type: others have identities that depend on what is
    /// beside them, and so on the module.
    fn func_type(&self, group: &RecGroup) -> Result<FuncType, FlattenError> {
        let unsupported = |what: &str| Err(FlattenError::unsupported(&self.place, what));
        let mut types = group.types();
        let (Some(ty), None) = (types.next(), types.next()) else {
            return unsupported("types that are recursive together");
        };
        let composite = &ty.composite_type;
        let plain = ty.is_final
            && ty.supertype_idx.is_none()
            && !composite.shared
            && composite.descriptor_idx.is_none()
            && composite.describes_idx.is_none();
        match &composite.inner {
            CompositeInnerType::Func(func) if plain => {
                let mut used = func.params().iter().chain(func.results());
                if used.any(is_concrete) {
                    return unsupported("a function type with references to other types");
                }
                Ok(func.clone())
            }
            _ => unsupported("a type that is not a plain function type"),
        }
    }

    fn import(&mut self, import: Import<'a>) -> Result<(), FlattenError> {
        let concrete = match import.ty {
            TypeRef::FuncExact(_) => true,
            TypeRef::Table(table) => is_concrete(&ValType::Ref(table.element_type)),
            TypeRef::Global(global) => is_concrete(&global.content_type),
            TypeRef::Func(_) | TypeRef::Memory(_) | TypeRef::Tag(_) => false,
        };
        if concrete {
            let what = format!("the import {:?} of an exact type", import.name);
            return Err(FlattenError::unsupported(&self.place, what));
        }
        self.imported[import.ty.into()].push(self.imports.len());
        self.imports.push(import);
        Ok(())
    }

    /// What an index means.
    pub(super) fn definition(&self, kind: Kind, index: u32) -> Definition {
        let imported = &self.imported[kind];
        match imported.get(index as usize) {
            Some(import) => Definition::Import(*import),
            None => Definition::Own(index as usize - imported.len()),
        }
    }

    /// Index of the first thing of this kind that it defines.
    pub(super) fn first_own(&self, kind: Kind) -> u32 {
        // A module has far fewer imports than an index has values.
        u32::try_from(self.imported[kind].len()).unwrap_or(u32::MAX)
    }

    /// How many things of this kind it defines.
    pub(super) fn own(&self, kind: Kind) -> usize {
        match kind {
            Kind::Func => self.funcs.len(),
            Kind::Table => self.tables.len(),
            Kind::Memory => self.memories.len(),
            Kind::Global => self.globals.len(),
            Kind::Tag => self.tags.len(),
        }
    }

    /// The kind and index of an export.
    pub(super) fn export(&self, name: &str) -> Option<(Kind, u32)> {
        let (_, kind, index) = self.exports[*self.by_name.get(name)?];
        Some((kind, index))
    }

    /// A name that this is exported under.
    pub(super) fn name_of(&self, kind: Kind, index: u32) -> Option<&'a str> {
        let found = self
            .exports
            .iter()
            .find(|export| (export.1, export.2) == (kind, index));
        found.map(|(name, _, _)| *name)
    }

    /// The type of a function.
    pub(super) fn type_of(&self, func: u32) -> Option<&FuncType> {
        let ty = match self.definition(Kind::Func, func) {
            Definition::Own(own) => *self.funcs.get(own)?,
            Definition::Import(import) => match self.imports[import].ty {
                TypeRef::Func(ty) => ty,
                _ => return None,
            },
        };
        self.types.get(ty as usize)
    }
}

fn all<'a, T: wasmparser::FromReader<'a>>(
    section: wasmparser::SectionLimited<'a, T>,
) -> Result<Vec<T>, FlattenError> {
    Ok(section.into_iter().collect::<Result<_, _>>()?)
}

/// Whether the type names another type by its index.
fn is_concrete(ty: &ValType) -> bool {
    let concrete = |ty: &RefType| ty.is_concrete_type_ref();
    matches!(ty, ValType::Ref(ty) if concrete(ty))
}

/// What is broken here is left out, as engines do: names are for people.
fn function_names(names: wasmparser::NameSectionReader<'_>) -> BTreeMap<u32, &str> {
    let mut found = BTreeMap::new();
    for names in names.into_iter().map_while(Result::ok) {
        if let Name::Function(map) = names {
            for naming in map.into_iter().map_while(Result::ok) {
                found.insert(naming.index, naming.name);
            }
        }
    }
    found
}
