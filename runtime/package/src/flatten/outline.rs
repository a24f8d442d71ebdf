//! The outermost component, read: what core modules it has, and how it links them.

use std::collections::HashMap;

use wasmparser::{
    BinaryReader, CanonicalFunction, ComponentAlias, ComponentAliasSectionReader,
    ComponentCanonicalSectionReader, ComponentExternalKind, ComponentInstance,
    ComponentInstanceSectionReader, ComponentOuterAliasKind, ComponentType, ComponentTypeRef,
    ComponentTypeSectionReader, CustomSectionReader, Instance, InstanceSectionReader, Parser,
    Payload,
};

use super::{
    FlattenError,
    kind::{Kind, Kinds},
    module::{Definition, Module},
};
use crate::component::{Section, sections};

/// A component, section by section, and the core things it defines.
pub(super) struct Outline<'a> {
    pub(super) modules: Vec<Module<'a>>,
    pub(super) instances: Vec<Linked<'a>>,
    /// For each kind, what the component's own index of it means.
    items: Kinds<Vec<Source<'a>>>,
    /// In order.
    pub(super) pieces: Vec<Piece<'a>>,
}

/// A core instance.
pub(super) enum Linked<'a> {
    /// A module's, with the instance that each name is imported from.
    Module {
        module: usize,
        args: HashMap<&'a str, u32>,
    },
    /// A set of things by name.
    Set(HashMap<&'a str, (Kind, u32)>),
}

/// Where a core thing of the component comes from.
enum Source<'a> {
    Export { instance: u32, name: &'a str },
    Canon,
}

/// A part of the component.
pub(super) enum Piece<'a> {
    /// A section that names nothing of the core.
    Section { id: u8, content: &'a [u8] },
    /// A section of types with destructors, which are core functions.
    Types(ComponentTypeSectionReader<'a>),
    /// A section of component-level instances, of which some are made of components: what those do at their
    /// start is seen by the host.
    Starting(&'a [u8]),
    /// A core module.
    Module(usize),
    /// The alias of a component-level thing.
    Alias(ComponentAlias<'a>),
    /// A function between the two levels, and its index if it is a core function.
    Canon(CanonicalFunction, Option<u32>),
    /// An instance of a module.
    Instance(u32),
}

/// A core thing that is given from one instance to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Entity {
    /// A function that the component makes, by its index there.
    Made(u32),
    /// What an instance's module defines, by its index in the module.
    Own {
        instance: u32,
        kind: Kind,
        index: u32,
    },
}

impl Entity {
    /// The instance whose module defines it, its kind, and its index in the module.
    pub(super) fn own(self) -> Option<(u32, Kind, u32)> {
        match self {
            Self::Own {
                instance,
                kind,
                index,
            } => Some((instance, kind, index)),
            Self::Made(_) => None,
        }
    }
}

impl<'a> Outline<'a> {
    /// Reads a valid component.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, FlattenError> {
        let mut outline = Self {
            modules: Vec::new(),
            instances: Vec::new(),
            items: Kinds::default(),
            pieces: Vec::new(),
        };
        for section in sections(bytes)? {
            outline.section(&section)?;
        }
        Ok(outline)
    }

    fn section(&mut self, section: &Section<'a>) -> Result<(), FlattenError> {
        let reader = BinaryReader::new(section.content, section.at);
        match section.id {
            id::CUSTOM => {
                let custom = CustomSectionReader::new(reader)?;
                // It names things by indices that change, for people only.
                if custom.name() == "component-name" {
                    return Ok(());
                }
            }
            id::CORE_MODULE => {
                let index = self.modules.len();
                let place = format!("core module {index}");
                let module = Module::read(place, section.content, section.at)?;
                self.modules.push(module);
                self.pieces.push(Piece::Module(index));
                return Ok(());
            }
            id::CORE_INSTANCE => {
                for instance in InstanceSectionReader::new(reader)? {
                    self.instance(instance?);
                }
                return Ok(());
            }
            id::ALIAS => {
                for alias in ComponentAliasSectionReader::new(reader)? {
                    self.alias(alias?)?;
                }
                return Ok(());
            }
            id::CANON => {
                for function in ComponentCanonicalSectionReader::new(reader)? {
                    self.canon(function?);
                }
                return Ok(());
            }
            id::TYPE => {
                let types = ComponentTypeSectionReader::new(reader)?;
                if has_destructor(&types)? {
                    self.pieces.push(Piece::Types(types));
                    return Ok(());
                }
            }
            id::COMPONENT => no_outer_modules(section)?,
            id::INSTANCE => {
                no_core_modules(section)?;
                if instantiates(reader)? {
                    self.pieces.push(Piece::Starting(section.content));
                    return Ok(());
                }
            }
            id::IMPORT | id::EXPORT => no_core_modules(section)?,
            _ => {}
        }
        self.pieces.push(Piece::Section {
            id: section.id,
            content: section.content,
        });
        Ok(())
    }

    fn instance(&mut self, instance: Instance<'a>) {
        // Indices fit, since each instance is at least one byte of a file of bounded size.
        let index = u32::try_from(self.instances.len()).unwrap_or(u32::MAX);
        self.instances.push(match instance {
            Instance::Instantiate { module_index, args } => {
                self.pieces.push(Piece::Instance(index));
                Linked::Module {
                    module: module_index as usize,
                    args: args.iter().map(|arg| (arg.name, arg.index)).collect(),
                }
            }
            Instance::FromExports(exports) => {
                let items = exports.iter();
                let items = items.map(|item| (item.name, (item.kind.into(), item.index)));
                Linked::Set(items.collect())
            }
        });
    }

    fn alias(&mut self, alias: ComponentAlias<'a>) -> Result<(), FlattenError> {
        match alias {
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index: instance,
                name,
            } => self.items[kind.into()].push(Source::Export { instance, name }),
            ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Module,
                ..
            }
            | ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::CoreModule,
                ..
            } => {
                return Err(FlattenError::unsupported(
                    "the component",
                    "an alias of a core module",
                ));
            }
            alias => self.pieces.push(Piece::Alias(alias)),
        }
        Ok(())
    }

    fn canon(&mut self, function: CanonicalFunction) {
        let core = match &function {
            CanonicalFunction::Lift { .. } => None,
            _ => {
                let made = &mut self.items[Kind::Func];
                made.push(Source::Canon);
                Some(u32::try_from(made.len() - 1).unwrap_or(u32::MAX))
            }
        };
        self.pieces.push(Piece::Canon(function, core));
    }

    /// What the component's own index means.
    pub(super) fn item(&self, kind: Kind, index: u32) -> Result<Entity, FlattenError> {
        self.find(Place::Item(kind, index))
    }

    /// What the imports of a module's instance are, in order.
    pub(super) fn imports(&self, instance: u32) -> Result<Vec<Entity>, FlattenError> {
        let Linked::Module { module, args } = &self.instances[instance as usize] else {
            return Ok(Vec::new());
        };
        let imports = self.modules[*module].imports.iter();
        imports
            .map(|import| match args.get(import.module) {
                Some(from) => self.find(Place::Export(*from, import.name)),
                None => Err(missing(import.module)),
            })
            .collect()
    }

    /// Follows aliases, sets and imports to where the thing is made. Each step leads to what was
    /// defined before.
    fn find(&self, mut place: Place<'a>) -> Result<Entity, FlattenError> {
        loop {
            place = match place {
                Place::Item(kind, index) => match self.items[kind].get(index as usize) {
                    Some(Source::Canon) => return Ok(Entity::Made(index)),
                    Some(Source::Export { instance, name }) => Place::Export(*instance, name),
                    None => return Err(missing(&format!("{kind:?} {index}"))),
                },
                Place::Export(instance, name) => match &self.instances[instance as usize] {
                    Linked::Set(items) => {
                        let (kind, index) = items.get(name).ok_or_else(|| missing(name))?;
                        Place::Item(*kind, *index)
                    }
                    Linked::Module { module, args } => {
                        let module = &self.modules[*module];
                        let (kind, index) = module.export(name).ok_or_else(|| missing(name))?;
                        match module.definition(kind, index) {
                            Definition::Own(_) => {
                                return Ok(Entity::Own {
                                    instance,
                                    kind,
                                    index,
                                });
                            }
                            Definition::Import(import) => {
                                let import = &module.imports[import];
                                let from = args.get(import.module);
                                let from = from.ok_or_else(|| missing(import.module))?;
                                Place::Export(*from, import.name)
                            }
                        }
                    }
                },
            };
        }
    }

    /// The module of an instance, where it is one's.
    pub(super) fn module(&self, instance: u32) -> Option<&Module<'a>> {
        Some(&self.modules[self.module_index(instance)?])
    }

    /// The index of an instance's module.
    pub(super) fn module_index(&self, instance: u32) -> Option<usize> {
        match &self.instances[instance as usize] {
            Linked::Module { module, .. } => Some(*module),
            Linked::Set(_) => None,
        }
    }
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Item(Kind, u32),
    Export(u32, &'a str),
}

/// What validation has ruled out.
fn missing(what: &str) -> FlattenError {
    FlattenError::Fault(format!("{what} is not where it was found before"))
}

/// Whether a resource type has a destructor.
fn has_destructor(types: &ComponentTypeSectionReader<'_>) -> Result<bool, FlattenError> {
    for ty in types.clone() {
        if let ComponentType::Resource { dtor: Some(_), .. } = ty? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a section of component-level instances makes any of a component.
fn instantiates(reader: BinaryReader<'_>) -> Result<bool, FlattenError> {
    for instance in ComponentInstanceSectionReader::new(reader)? {
        if let ComponentInstance::Instantiate { .. } = instance? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses a component inside that uses the core modules of this one, whose indices change.
fn no_outer_modules(section: &Section<'_>) -> Result<(), FlattenError> {
    for payload in Parser::new(section.at as u64).parse_all(section.content) {
        let Payload::ComponentAliasSection(aliases) = payload? else {
            continue;
        };
        for alias in aliases {
            if let ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::CoreModule,
                ..
            } = alias?
            {
                return Err(FlattenError::unsupported(
                    "a component inside the component",
                    "an alias of a core module",
                ));
            }
        }
    }
    Ok(())
}

/// Refuses core modules that are imported, exported or passed on whole: they are not there to be read, or
/// may be instantiated elsewhere.
fn no_core_modules(section: &Section<'_>) -> Result<(), FlattenError> {
    use ComponentExternalKind::Module;
    use ComponentInstance::{FromExports, Instantiate};
    let reader = BinaryReader::new(section.content, section.at);
    let mut found = false;
    match section.id {
        id::IMPORT => {
            for import in wasmparser::ComponentImportSectionReader::new(reader)? {
                found |= matches!(import?.ty, ComponentTypeRef::Module(_));
            }
        }
        id::EXPORT => {
            for export in wasmparser::ComponentExportSectionReader::new(reader)? {
                found |= export?.kind == Module;
            }
        }
        _ => {
            for instance in ComponentInstanceSectionReader::new(reader)? {
                found |= match instance? {
                    Instantiate { args, .. } => args.iter().any(|arg| arg.kind == Module),
                    FromExports(exports) => exports.iter().any(|export| export.kind == Module),
                };
            }
        }
    }
    if found {
        return Err(FlattenError::unsupported(
            "the component",
            "a core module that is imported, exported or passed on",
        ));
    }
    Ok(())
}

/// Sections of a component.
mod id {
    pub(super) const CUSTOM: u8 = 0;
    pub(super) const CORE_MODULE: u8 = 1;
    pub(super) const CORE_INSTANCE: u8 = 2;
    pub(super) const COMPONENT: u8 = 4;
    pub(super) const INSTANCE: u8 = 5;
    pub(super) const ALIAS: u8 = 6;
    pub(super) const TYPE: u8 = 7;
    pub(super) const CANON: u8 = 8;
    pub(super) const IMPORT: u8 = 10;
    pub(super) const EXPORT: u8 = 11;
}
