//! Writes the component anew, with merged modules in place of their parts.
//!
//! Component-level things keep their order, and so their indices. Core things are written when all they
//! need is there: in their place, or after the instance they waited for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasm_encoder::{
    Alias, ComponentSectionId, ComponentTypeSection, ExportKind, ModuleArg, ModuleSection,
    RawSection, reencode::ReencodeComponent as _,
};
use wasmparser::CanonicalFunction;

use super::{
    FlattenError,
    canon::{self, Moved},
    kind::{Kind, Kinds},
    merge::{IMPORTS, Merged},
    outline::{Entity, Outline, Piece},
    plan::Plan,
    write::Writer,
};

/// Writes a component.
///
/// # Arguments
/// - `merged`: the merged module of each unit that has one.
pub(super) fn emit(
    outline: &Outline<'_>,
    plan: &Plan,
    merged: &BTreeMap<usize, Merged>,
) -> Result<Vec<u8>, FlattenError> {
    let mut emitter = Emitter {
        outline,
        plan,
        merged,
        needed: needed(outline, plan, merged)?,
        absorbed: absorbed(outline, plan, merged),
        out: Writer::default(),
        counts: Kinds::default(),
        instances: 0,
        modules: 0,
        module_at: HashMap::new(),
        placed: HashMap::new(),
        begun: BTreeSet::new(),
        instance_of: HashMap::new(),
        waiting: Vec::new(),
    };
    for piece in &outline.pieces {
        emitter.piece(piece)?;
    }
    emitter.finish()
}

/// Functions of the component that something needs: what is unused is not made.
fn needed(
    outline: &Outline<'_>,
    plan: &Plan,
    merged: &BTreeMap<usize, Merged>,
) -> Result<BTreeSet<u32>, FlattenError> {
    let mut entities = named(outline)?;
    for (index, unit) in plan.units.iter().enumerate() {
        match merged.get(&index) {
            Some(merged) => entities.extend(merged.imports.iter().map(|(entity, ..)| *entity)),
            None => {
                let imports = unit.members.iter().flat_map(|it| &plan.imports[it]);
                entities.extend(imports);
            }
        }
    }
    let mut needed = BTreeSet::new();
    while let Some(entity) = entities.pop() {
        if let Entity::Made(func) = entity
            && needed.insert(func)
        {
            entities.extend(&plan.needs[&func]);
        }
    }
    Ok(needed)
}

/// The modules of merged instances.
fn absorbed(
    outline: &Outline<'_>,
    plan: &Plan,
    merged: &BTreeMap<usize, Merged>,
) -> BTreeSet<usize> {
    let members = merged.keys().flat_map(|unit| &plan.units[*unit].members);
    members
        .filter_map(|member| outline.module_index(*member))
        .collect()
}

/// What lifted functions and types name of the core.
pub(super) fn named(outline: &Outline<'_>) -> Result<Vec<Entity>, FlattenError> {
    let mut entities = Vec::new();
    for piece in &outline.pieces {
        let named = match piece {
            Piece::Canon(function, None) => canon::named(function)?,
            Piece::Types(types) => canon::named_by_types(types)?,
            _ => continue,
        };
        for (kind, index) in named {
            entities.push(outline.item(kind, index)?);
        }
    }
    Ok(entities)
}

struct Emitter<'s, 'a> {
    outline: &'s Outline<'a>,
    plan: &'s Plan,
    merged: &'s BTreeMap<usize, Merged>,
    needed: BTreeSet<u32>,
    /// Modules that are part of merged ones.
    absorbed: BTreeSet<usize>,
    out: Writer,
    /// How many core things of each kind the new component has.
    counts: Kinds<u32>,
    instances: u32,
    modules: u32,
    /// New indices: of modules by their old ones, of core things, and of units' instances.
    module_at: HashMap<usize, u32>,
    placed: HashMap<Entity, u32>,
    instance_of: HashMap<usize, u32>,
    /// Units of which an instance has been passed.
    begun: BTreeSet<usize>,
    /// What is not yet written since what it needs is not there.
    waiting: Vec<Todo<'s>>,
}

#[derive(Clone, Copy)]
enum Todo<'s> {
    Canon(&'s CanonicalFunction, u32),
    Unit(usize),
}

impl<'s, 'a> Emitter<'s, 'a> {
    fn piece(&mut self, piece: &'s Piece<'a>) -> Result<(), FlattenError> {
        match piece {
            Piece::Section { id, content } => {
                self.out.section(&RawSection {
                    id: *id,
                    data: content,
                });
            }
            Piece::Starting(content) => {
                self.all_begun_are_there()?;
                self.out.section(&RawSection {
                    id: ComponentSectionId::Instance.into(),
                    data: content,
                });
            }
            Piece::Types(types) => {
                let mut moved = self.moved(&canon::named_by_types(types)?)?;
                let mut section = ComponentTypeSection::new();
                moved.parse_component_type_section(&mut section, types.clone())?;
                self.out.section(&section);
            }
            Piece::Module(index) => self.module(*index),
            Piece::Alias(alias) => {
                let alias = Moved(HashMap::new()).component_alias(alias.clone())?;
                self.out.aliases().alias(alias);
            }
            Piece::Canon(function, None) => {
                let mut moved = self.moved(&canon::named(function)?)?;
                moved.parse_component_canonical(self.out.canons(), function.clone())?;
            }
            Piece::Canon(function, Some(index)) => {
                if self.needed.contains(index) {
                    self.todo(Todo::Canon(function, *index))?;
                }
            }
            Piece::Instance(index) => {
                self.begun.extend(self.plan.unit_of.get(index));
                if let Some(unit) = self.plan.ends_with(*index) {
                    self.todo(Todo::Unit(unit))?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, FlattenError> {
        if !self.waiting.is_empty() {
            return Err(FlattenError::Fault(
                "parts that need each other were merged".to_owned(),
            ));
        }
        Ok(self.out.finish())
    }

    /// Refuses what would be done before an instance that it was done after. Start functions of components inside
    /// may call what those of instances call, so their order is seen.
    fn all_begun_are_there(&self) -> Result<(), FlattenError> {
        let mut begun = self.begun.iter();
        if begun.all(|unit| self.instance_of.contains_key(unit)) {
            return Ok(());
        }
        Err(FlattenError::unsupported(
            "the component",
            "a component inside that is made between core modules which belong together",
        ))
    }

    /// Does this now or, where what it needs is not there, as soon as it is.
    fn todo(&mut self, todo: Todo<'s>) -> Result<(), FlattenError> {
        self.waiting.push(todo);
        // What is done may be what others wait for.
        while let Some(next) = self.waiting.iter().position(|todo| self.is_ready(*todo)) {
            match self.waiting.remove(next) {
                Todo::Canon(function, index) => self.canon(function, index)?,
                Todo::Unit(unit) => self.unit(unit)?,
            }
        }
        Ok(())
    }

    fn is_ready(&self, todo: Todo<'_>) -> bool {
        match todo {
            Todo::Canon(_, index) => self.plan.needs[&index].iter().all(|it| self.is_there(it)),
            Todo::Unit(index) => {
                let unit = &self.plan.units[index];
                let after = unit
                    .after
                    .iter()
                    .all(|it| self.instance_of.contains_key(it));
                after
                    && self
                        .unit_imports(index)
                        .iter()
                        .all(|it| self.is_there(&it.0))
            }
        }
    }

    fn is_there(&self, entity: &Entity) -> bool {
        match entity {
            Entity::Made(_) => self.placed.contains_key(entity),
            Entity::Own { instance, .. } => {
                let unit = self.plan.unit_of.get(instance);
                unit.is_some_and(|unit| self.instance_of.contains_key(unit))
            }
        }
    }

    /// What a unit imports: what, its kind, and the two names.
    fn unit_imports(&self, index: usize) -> Vec<(Entity, Kind, &'s str, &'s str)> {
        if let Some(merged) = self.merged.get(&index) {
            let imports = merged.imports.iter();
            return imports
                .map(|(entity, kind, name)| (*entity, *kind, IMPORTS, name.as_str()))
                .collect();
        }
        let mut imports = Vec::new();
        for member in &self.plan.units[index].members {
            if let Some(module) = self.outline.module(*member) {
                let entities = self.plan.imports[member].iter();
                imports.extend(
                    entities
                        .zip(&module.imports)
                        .map(|(entity, it)| (*entity, it.ty.into(), it.module, it.name)),
                );
            }
        }
        imports
    }

    fn module(&mut self, index: usize) {
        if !self.absorbed.contains(&index) {
            self.out.section(&RawSection {
                id: ComponentSectionId::CoreModule.into(),
                data: self.outline.modules[index].bytes,
            });
            self.module_at.insert(index, self.modules);
            self.modules += 1;
        }
    }

    /// A core function that the component makes.
    fn canon(&mut self, function: &CanonicalFunction, index: u32) -> Result<(), FlattenError> {
        let mut moved = self.moved(&canon::named(function)?)?;
        moved.parse_component_canonical(self.out.canons(), function.clone())?;
        self.place(Entity::Made(index), Kind::Func);
        Ok(())
    }

    /// An instance, after the sets it imports from.
    fn unit(&mut self, index: usize) -> Result<(), FlattenError> {
        let mut sets: BTreeMap<&str, BTreeMap<&str, (ExportKind, u32)>> = BTreeMap::new();
        for (entity, kind, module, name) in self.unit_imports(index) {
            let at = self.at(entity)?;
            sets.entry(module)
                .or_default()
                .insert(name, (kind.into(), at));
        }
        let module = match self.merged.get(&index) {
            Some(merged) => {
                self.out.section(&ModuleSection(&merged.module));
                self.modules += 1;
                self.modules - 1
            }
            None => self.copied_module(index)?,
        };
        let mut args = Vec::new();
        for (name, items) in sets {
            let items = items.into_iter().map(|(name, (kind, at))| (name, kind, at));
            let items: Vec<_> = items.collect();
            self.out.instances().export_items(items);
            args.push((name, ModuleArg::Instance(self.instances)));
            self.instances += 1;
        }
        self.out.instances().instantiate(module, args);
        self.instance_of.insert(index, self.instances);
        self.instances += 1;
        Ok(())
    }

    fn copied_module(&self, unit: usize) -> Result<u32, FlattenError> {
        let member = self.plan.units[unit].members.first();
        let module = member.and_then(|member| self.outline.module_index(*member));
        let at = module.and_then(|module| self.module_at.get(&module));
        at.copied()
            .ok_or_else(|| FlattenError::Fault("an instance without its module".to_owned()))
    }

    /// The new indices of what the old ones name.
    fn moved(&mut self, named: &[(Kind, u32)]) -> Result<Moved, FlattenError> {
        let mut moved = HashMap::new();
        for (kind, index) in named {
            let entity = self.outline.item(*kind, *index)?;
            if !self.is_there(&entity) {
                return Err(FlattenError::unsupported(
                    "the component",
                    "a function or type that is made before modules which belong together are all there",
                ));
            }
            moved.insert((*kind, *index), self.at(entity)?);
        }
        Ok(Moved(moved))
    }

    /// The index of a core thing, which gets an alias when it is first named.
    fn at(&mut self, entity: Entity) -> Result<u32, FlattenError> {
        if let Some(at) = self.placed.get(&entity) {
            return Ok(*at);
        }
        let nowhere = || FlattenError::Fault(format!("{entity:?} is nowhere"));
        let (instance, kind, index) = entity.own().ok_or_else(nowhere)?;
        let unit = self.plan.unit_of.get(&instance).ok_or_else(nowhere)?;
        let name = match self.merged.get(unit) {
            Some(merged) => merged.exports.get(&entity).map(String::as_str),
            None => {
                let module = self.outline.module(instance);
                module.and_then(|module| module.name_of(kind, index))
            }
        };
        let instance = *self.instance_of.get(unit).ok_or_else(nowhere)?;
        let name = name.ok_or_else(nowhere)?;
        self.out.aliases().alias(Alias::CoreInstanceExport {
            instance,
            kind: kind.into(),
            name,
        });
        Ok(self.place(entity, kind))
    }

    fn place(&mut self, entity: Entity, kind: Kind) -> u32 {
        let at = self.counts[kind];
        self.counts[kind] += 1;
        self.placed.insert(entity, at);
        at
    }
}
