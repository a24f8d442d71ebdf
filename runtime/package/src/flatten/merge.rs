//! Makes one core module of a group.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use wasm_encoder::{
    CodeSection, DataCountSection, EntityType, ExportSection, Function, FunctionSection,
    GlobalSection, ImportSection, Instruction, MemorySection, NameMap, NameSection, StartSection,
    TableSection, TagSection, TypeSection,
    reencode::{Reencode as _, utils},
};
use wasmparser::{FuncType, TableInit};

use super::{
    FlattenError,
    kind::{Kind, Kinds},
    live::Live,
    module::Definition,
    outline::{Entity, Outline},
    rewrite::{Rewrite, Types},
    space::{Space, count},
};

/// A group as one module.
pub(super) struct Merged {
    pub(super) module: wasm_encoder::Module,
    /// What it imports, and under which name from [`IMPORTS`].
    pub(super) imports: Vec<(Entity, Kind, String)>,
    /// The names under which it exports what is used elsewhere.
    pub(super) exports: BTreeMap<Entity, String>,
}

/// Name of the instance that a merged module imports everything from.
pub(super) const IMPORTS: &str = "";

/// What stays imported, and the name it is imported by.
type Imported = (Entity, Kind, String);

impl Merged {
    /// Merges a group.
    ///
    /// # Arguments
    /// - `used`: what others use of it.
    pub(super) fn make(
        outline: &Outline<'_>,
        space: &Space<'_, '_>,
        used: &BTreeSet<Entity>,
    ) -> Result<Self, FlattenError> {
        let mut exported: Kinds<BTreeSet<u32>> = Kinds::default();
        for (kind, id) in used.iter().filter_map(|entity| space.id_of(*entity)) {
            exported[kind].insert(id);
        }
        let live = Live::find(space, &exported)?;
        let mut merger = Merger {
            outline,
            space,
            live: &live,
            indices: Kinds::default(),
            counts: Kinds::default(),
            types: Types::default(),
        };
        merger.number()?;
        merger.make(used)
    }
}

/// A merged module in the making.
pub(super) struct Merger<'s, 'o, 'a> {
    outline: &'s Outline<'a>,
    pub(super) space: &'s Space<'o, 'a>,
    pub(super) live: &'s Live,
    /// The index of each number of the group that is kept.
    indices: Kinds<HashMap<u32, u32>>,
    counts: Kinds<u32>,
    types: Types,
}

impl<'o, 'a> Merger<'_, 'o, 'a> {
    /// Gives an index to all that is kept; numbers and indices have the same order.
    fn number(&mut self) -> Result<(), FlattenError> {
        for kind in Kind::ALL {
            for id in 0..count(self.space.len(kind))? {
                let kept = match kind {
                    Kind::Func => self.live.funcs.contains(&id),
                    Kind::Global => self.live.globals.contains(&id),
                    Kind::Table | Kind::Memory | Kind::Tag => true,
                };
                if kept {
                    self.indices[kind].insert(id, self.counts[kind]);
                    self.counts[kind] += 1;
                }
            }
        }
        Ok(())
    }

    fn make(mut self, used: &BTreeSet<Entity>) -> Result<Merged, FlattenError> {
        // Whatever names a type comes before the section of types is written.
        let (import_section, imports) = self.imports()?;
        let mut funcs = self.funcs()?;
        let mut code = self.code()?;
        let start = self.start(&mut funcs, &mut code)?;
        let (tables, memories) = (self.tables()?, self.memories()?);
        let (tags, globals) = (self.tags()?, self.globals()?);
        let (export_section, exports) = self.exports(used)?;
        let (elements, data) = (self.elements()?, self.data()?);
        let names = self.names(&imports)?;
        let types = self.types()?;
        let mut module = wasm_encoder::Module::new();
        module
            .section(&types)
            .section(&import_section)
            .section(&funcs);
        if !tables.is_empty() {
            module.section(&tables);
        }
        if !memories.is_empty() {
            module.section(&memories);
        }
        if !tags.is_empty() {
            module.section(&tags);
        }
        module.section(&globals).section(&export_section);
        if let Some(function_index) = start {
            module.section(&StartSection { function_index });
        }
        module.section(&elements);
        module
            .section(&DataCountSection { count: data.len() })
            .section(&code)
            .section(&data)
            .section(&names);
        Ok(Merged {
            module,
            imports,
            exports,
        })
    }

    pub(super) fn rewrite(&mut self, member: usize) -> Rewrite<'_, 'o, 'a> {
        Rewrite {
            space: self.space,
            live: self.live,
            indices: &self.indices,
            types: &mut self.types,
            member,
            constant: false,
        }
    }

    /// What of a kind is kept, with what defines it: the member, and its index among the member's own.
    fn kept(&self, kind: Kind) -> Vec<(u32, usize, usize)> {
        // A space is no longer than an index counts.
        let ids = 0..u32::try_from(self.space.len(kind)).unwrap_or(u32::MAX);
        let kept = ids.filter(|id| self.indices[kind].contains_key(id));
        kept.filter_map(|id| {
            let (member, own) = self.space.own(kind, id)?;
            Some((id, member, own))
        })
        .collect()
    }

    fn types(&mut self) -> Result<TypeSection, FlattenError> {
        let mut section = TypeSection::new();
        // A type names no other, so this adds none.
        for ty in self.types.list.clone() {
            let ty = utils::func_type(&mut self.rewrite(0), ty)?;
            section.ty().func_type(&ty);
        }
        Ok(section)
    }

    fn imports(&mut self) -> Result<(ImportSection, Vec<Imported>), FlattenError> {
        let mut section = ImportSection::new();
        let mut list = Vec::new();
        let mut taken = HashSet::new();
        for kind in Kind::ALL {
            for (id, outside) in (0..).zip(&self.space.outside[kind]) {
                if !self.indices[kind].contains_key(&id) {
                    continue;
                }
                let module = self.space.members[outside.member].module;
                let import = &module.imports[outside.import];
                let ty = match self.defined(outside.entity) {
                    Some(ty) => ty,
                    None => self.rewrite(outside.member).entity_type(import.ty)?,
                };
                let name = free(&mut taken, format!("{}#{}", import.module, import.name));
                section.import(IMPORTS, &name, ty);
                list.push((outside.entity, kind, name));
            }
        }
        Ok((section, list))
    }

    /// The size that a table or memory from outside has, which is at least what each importer asks for.
    fn defined(&self, entity: Entity) -> Option<EntityType> {
        let (instance, kind, index) = entity.own()?;
        let module = self.outline.module(instance)?;
        let Definition::Own(own) = module.definition(kind, index) else {
            return None;
        };
        match kind {
            Kind::Memory => {
                let memory = *module.memories.get(own)?;
                Some(EntityType::Memory(memory.into()))
            }
            Kind::Table => {
                let table = module.tables.get(own)?.ty;
                Some(EntityType::Table(table.try_into().ok()?))
            }
            Kind::Func | Kind::Global | Kind::Tag => None,
        }
    }

    fn funcs(&mut self) -> Result<FunctionSection, FlattenError> {
        let mut section = FunctionSection::new();
        for (_, member, own) in self.kept(Kind::Func) {
            let module = self.space.members[member].module;
            section.function(self.rewrite(member).type_index(module.funcs[own])?);
        }
        Ok(section)
    }

    fn code(&mut self) -> Result<CodeSection, FlattenError> {
        let mut section = CodeSection::new();
        for (id, ..) in self.kept(Kind::Func) {
            if let Some((member, body)) = self.space.body(id) {
                let mut rewrite = self.rewrite(member);
                rewrite.parse_function_body(&mut section, body.clone())?;
            }
        }
        Ok(section)
    }

    /// The start function; where there are several, one that calls them in order.
    fn start(
        &mut self,
        funcs: &mut FunctionSection,
        code: &mut CodeSection,
    ) -> Result<Option<u32>, FlattenError> {
        let mut starts = Vec::new();
        for member in 0..self.space.members.len() {
            if let Some(start) = self.space.members[member].module.start {
                starts.push(self.rewrite(member).function_index(start)?);
            }
        }
        if starts.len() < 2 {
            return Ok(starts.pop());
        }
        funcs.function(self.types.index(&FuncType::new([], []))?);
        let mut all = Function::new([]);
        for start in starts {
            all.instruction(&Instruction::Call(start));
        }
        all.instruction(&Instruction::End);
        code.function(&all);
        Ok(Some(self.counts[Kind::Func]))
    }

    fn tables(&mut self) -> Result<TableSection, FlattenError> {
        let mut section = TableSection::new();
        for (id, member, own) in self.kept(Kind::Table) {
            let table = &self.space.members[member].module.tables[own];
            let fixed = self.live.fixed.contains(&id);
            let mut rewrite = self.rewrite(member);
            let mut ty = rewrite.table_type(table.ty)?;
            if fixed {
                // Its size is known to the compiler then.
                ty.maximum = Some(ty.minimum);
            }
            match &table.init {
                TableInit::RefNull => section.table(ty),
                TableInit::Expr(init) => section.table_with_init(ty, &rewrite.expression(init)?),
            };
        }
        Ok(section)
    }

    fn memories(&self) -> Result<MemorySection, FlattenError> {
        let mut section = MemorySection::new();
        for (_, member, own) in self.kept(Kind::Memory) {
            section.memory(self.space.members[member].module.memories[own].into());
        }
        Ok(section)
    }

    fn tags(&mut self) -> Result<TagSection, FlattenError> {
        let mut section = TagSection::new();
        for (_, member, own) in self.kept(Kind::Tag) {
            let tag = self.space.members[member].module.tags[own];
            section.tag(self.rewrite(member).tag_type(tag)?);
        }
        Ok(section)
    }

    fn globals(&mut self) -> Result<GlobalSection, FlattenError> {
        let mut section = GlobalSection::new();
        for (_, member, own) in self.kept(Kind::Global) {
            let global = &self.space.members[member].module.globals[own];
            let mut rewrite = self.rewrite(member);
            let ty = rewrite.global_type(global.ty)?;
            section.global(ty, &rewrite.expression(&global.init_expr)?);
        }
        Ok(section)
    }

    fn exports(
        &mut self,
        used: &BTreeSet<Entity>,
    ) -> Result<(ExportSection, BTreeMap<Entity, String>), FlattenError> {
        let mut section = ExportSection::new();
        let mut names = BTreeMap::new();
        let mut taken = HashSet::new();
        for entity in used {
            let Entity::Own {
                instance, index, ..
            } = *entity
            else {
                continue;
            };
            let Some((kind, id)) = self.space.id_of(*entity) else {
                continue;
            };
            let module = self.outline.module(instance);
            let name = module.and_then(|module| module.name_of(kind, index));
            let name = free(&mut taken, name.unwrap_or_default().to_owned());
            let rewrite = self.rewrite(0);
            let index = match kind {
                Kind::Func => rewrite.func(id)?,
                kind => rewrite.placed(kind, id)?,
            };
            section.export(&name, kind.into(), index);
            names.insert(*entity, name);
        }
        Ok((section, names))
    }

    /// Names of functions, for profiles.
    fn names(&self, imports: &[(Entity, Kind, String)]) -> Result<NameSection, FlattenError> {
        let mut map = NameMap::new();
        let imported = imports.iter().filter(|(_, kind, _)| *kind == Kind::Func);
        for (index, (_, _, name)) in (0..).zip(imported) {
            map.append(index, name);
        }
        for (id, member, own) in self.kept(Kind::Func) {
            let module = self.space.members[member].module;
            let of = module.first_own(Kind::Func) + count(own)?;
            if let Some(name) = module.names.get(&of) {
                map.append(self.indices[Kind::Func][&id], name);
            }
        }
        let mut section = NameSection::new();
        section.functions(&map);
        Ok(section)
    }
}

/// This name, or with a number after it where it is taken.
fn free(taken: &mut HashSet<String>, name: String) -> String {
    let mut numbered = name.clone();
    let mut number = 1;
    while !taken.insert(numbered.clone()) {
        number += 1;
        numbered = format!("{name}#{number}");
    }
    numbered
}
