//! One numbering for all that the instances of a group define and import.

use std::collections::HashMap;

use wasmparser::{FuncType, FunctionBody, Global};

use super::{
    FlattenError,
    kind::{Kind, Kinds},
    module::{Definition, Module},
    outline::{Entity, Outline},
    plan::Plan,
};

/// A group's modules with one number for each thing of a kind: first what comes from outside the group,
/// then what the modules define, in the order of their instances.
pub(super) struct Space<'o, 'a> {
    pub(super) members: Vec<Member<'o, 'a>>,
    /// What comes from outside.
    pub(super) outside: Kinds<Vec<Outside>>,
    /// What is defined: the member and the index in its module.
    pub(super) own: Kinds<Vec<(usize, u32)>>,
}

/// A module of the group.
pub(super) struct Member<'o, 'a> {
    pub(super) instance: u32,
    pub(super) module: &'o Module<'a>,
    /// The number of each of the module's indices.
    ids: Kinds<Vec<u32>>,
    /// The merged module's index of its first segment.
    pub(super) first_element: u32,
    pub(super) first_data: u32,
}

/// What is imported from outside the group, and the first import of it.
pub(super) struct Outside {
    pub(super) entity: Entity,
    pub(super) member: usize,
    pub(super) import: usize,
}

impl<'o, 'a> Space<'o, 'a> {
    pub(super) fn of(
        outline: &'o Outline<'a>,
        plan: &Plan,
        instances: &[u32],
    ) -> Result<Self, FlattenError> {
        let mut space = Self {
            members: Vec::new(),
            outside: Kinds::default(),
            own: Kinds::default(),
        };
        let (mut elements, mut data) = (0, 0);
        for instance in instances {
            let module = outline.module(*instance).ok_or_else(|| {
                FlattenError::Fault(format!("instance {instance} of a group is no module's"))
            })?;
            space.members.push(Member {
                instance: *instance,
                module,
                ids: Kinds::default(),
                first_element: elements,
                first_data: data,
            });
            elements += count(module.elements.len())?;
            data += count(module.data.len())?;
        }
        let from = space.find_outside(plan, instances)?;
        space.number(plan, &from)?;
        Ok(space)
    }

    /// Lists what comes from outside, and returns the number of each.
    fn find_outside(
        &mut self,
        plan: &Plan,
        instances: &[u32],
    ) -> Result<HashMap<Entity, u32>, FlattenError> {
        let mut numbers = HashMap::new();
        for (index, member) in self.members.iter().enumerate() {
            for (import, entity) in plan.imports[&member.instance].iter().enumerate() {
                let inside =
                    matches!(entity, Entity::Own { instance, .. } if instances.contains(instance));
                if inside || numbers.contains_key(entity) {
                    continue;
                }
                let list = &mut self.outside[member.module.imports[import].ty.into()];
                numbers.insert(*entity, count(list.len())?);
                list.push(Outside {
                    entity: *entity,
                    member: index,
                    import,
                });
            }
        }
        Ok(numbers)
    }

    fn number(&mut self, plan: &Plan, outside: &HashMap<Entity, u32>) -> Result<(), FlattenError> {
        for kind in Kind::ALL {
            // Numbers of what each member defines.
            let mut numbers = outside.clone();
            for (index, member) in self.members.iter().enumerate() {
                let first = member.module.first_own(kind);
                for own in 0..count(member.module.own(kind))? {
                    let entity = Entity::Own {
                        instance: member.instance,
                        kind,
                        index: first + own,
                    };
                    let number = self.outside[kind].len() + self.own[kind].len();
                    numbers.insert(entity, count(number)?);
                    self.own[kind].push((index, first + own));
                }
            }
            for member in &mut self.members {
                let module = member.module;
                let imports = &plan.imports[&member.instance];
                let imported = module.imported[kind].iter().map(|import| imports[*import]);
                let own = (0..count(module.own(kind))?).map(|own| Entity::Own {
                    instance: member.instance,
                    kind,
                    index: module.first_own(kind) + own,
                });
                let ids = imported.chain(own).map(|entity| numbers[&entity]);
                member.ids[kind] = ids.collect();
            }
        }
        Ok(())
    }

    /// The number of a module's index.
    pub(super) fn id(&self, member: usize, kind: Kind, index: u32) -> Result<u32, FlattenError> {
        let ids = &self.members[member].ids[kind];
        ids.get(index as usize).copied().ok_or_else(|| {
            let what = format!("{kind:?} {index} is out of bounds");
            FlattenError::unsupported(&self.members[member].module.place, what)
        })
    }

    /// The number of what an instance of the group defines.
    pub(super) fn id_of(&self, entity: Entity) -> Option<(Kind, u32)> {
        let (instance, kind, index) = entity.own()?;
        let mut members = self.members.iter();
        let member = members.find(|member| member.instance == instance)?;
        Some((kind, *member.ids[kind].get(index as usize)?))
    }

    /// How many things of a kind there are.
    pub(super) fn len(&self, kind: Kind) -> usize {
        self.outside[kind].len() + self.own[kind].len()
    }

    /// Where a thing is defined, if it is in the group: the member, and its index among those the member defines.
    pub(super) fn own(&self, kind: Kind, id: u32) -> Option<(usize, usize)> {
        let own = (id as usize).checked_sub(self.outside[kind].len())?;
        let (member, index) = *self.own[kind].get(own)?;
        match self.members[member].module.definition(kind, index) {
            Definition::Own(own) => Some((member, own)),
            Definition::Import(_) => None,
        }
    }

    /// The body of a function that the group defines.
    pub(super) fn body(&self, id: u32) -> Option<(usize, &'o FunctionBody<'a>)> {
        let (member, own) = self.own(Kind::Func, id)?;
        let module = self.members[member].module;
        Some((member, module.bodies.get(own)?))
    }

    /// A global that the group defines.
    pub(super) fn global(&self, id: u32) -> Option<(usize, &'o Global<'a>)> {
        let (member, own) = self.own(Kind::Global, id)?;
        let module = self.members[member].module;
        Some((member, module.globals.get(own)?))
    }

    /// The type of a function.
    pub(super) fn type_of(&self, id: u32) -> Option<&'o FuncType> {
        let outside = &self.outside[Kind::Func];
        let (member, index) = match outside.get(id as usize) {
            Some(outside) => {
                let module = self.members[outside.member].module;
                let imported = &module.imported[Kind::Func];
                let index = imported.iter().position(|it| *it == outside.import)?;
                (outside.member, u32::try_from(index).ok()?)
            }
            None => *self.own[Kind::Func].get(id as usize - outside.len())?,
        };
        self.members[member].module.type_of(index)
    }
}

/// A number of things in a file of bounded size.
pub(super) fn count(number: usize) -> Result<u32, FlattenError> {
    u32::try_from(number)
        .map_err(|_| FlattenError::unsupported("the component", "more things than an index counts"))
}
