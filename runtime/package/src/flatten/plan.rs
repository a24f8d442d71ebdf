//! Which instances become one.
//!
//! Instances are merged where the result can stand for all of them at one place in the order in which
//! the component makes its parts. What comes between two of them and needs the first (a host function
//! lowered with the memory of one, which the other imports) would need the result before it exists; so
//! each instance has a *level*, the number of such parts on its longest way back, and only
//! instances of one level are merged. What cannot be merged counts as such a part as well.
//!
//! What a module's instantiation does, and not only what it imports, has an order too. Its active
//! segments write to tables and memories, and its start function may read and write all it
//! reaches. Merged, all segments are applied first, then the start functions are called; so an instance
//! with segments is never merged with one that started before it, and no two effects that can meet
//! change their order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wasmparser::{DataKind, ElementKind};

use super::{
    FlattenError, canon,
    kind::Kind,
    module::{Definition, Module},
    outline::{Entity, Linked, Outline, Piece},
};

/// Which instances become one, and what each must wait for.
pub(super) struct Plan {
    /// Each is merged if it has several instances. In order of their last instance.
    pub(super) units: Vec<Unit>,
    /// The unit of each core instance that is a module's.
    pub(super) unit_of: HashMap<u32, usize>,
    /// What each instance imports.
    pub(super) imports: HashMap<u32, Vec<Entity>>,
    /// What each core function that the component makes needs.
    pub(super) needs: HashMap<u32, Vec<Entity>>,
}

/// Instances that become one.
pub(super) struct Unit {
    /// In order.
    pub(super) members: Vec<u32>,
    /// Other units whose effects come first.
    pub(super) after: Vec<usize>,
}

impl Plan {
    pub(super) fn make(outline: &Outline<'_>) -> Result<Self, FlattenError> {
        let mut graph = Graph::read(outline)?;
        let groups = loop {
            let groups = graph.groups();
            let staying = graph.staying(&groups);
            if staying.is_empty() {
                break groups;
            }
            // Fewer each time, so this ends.
            graph.mergeable.retain(|it| !staying.contains(it));
        };
        Ok(graph.plan(groups))
    }

    /// The unit that is made when this instance was.
    pub(super) fn ends_with(&self, instance: u32) -> Option<usize> {
        let unit = *self.unit_of.get(&instance)?;
        (self.units[unit].members.last() == Some(&instance)).then_some(unit)
    }
}

/// What depends on what.
struct Graph {
    /// Instances of modules and functions of the component, in order.
    parts: Vec<Part>,
    /// Instances whose module has no other.
    mergeable: BTreeSet<u32>,
    imports: HashMap<u32, Vec<Entity>>,
    needs: HashMap<u32, Vec<Entity>>,
    /// Instances whose effects come before an instance's.
    orders: HashMap<u32, Vec<Order>>,
    /// The memories that each instance can reach, and the tables, as entities.
    stores: HashMap<u32, BTreeSet<Entity>>,
}

#[derive(Clone, Copy)]
enum Part {
    Instance(u32),
    Canon(u32),
}

struct Order {
    before: u32,
    /// Whether the two may not be merged.
    apart: bool,
}

impl Graph {
    fn read(outline: &Outline<'_>) -> Result<Self, FlattenError> {
        let mut graph = Self {
            parts: Vec::new(),
            mergeable: BTreeSet::new(),
            imports: HashMap::new(),
            needs: HashMap::new(),
            orders: HashMap::new(),
            stores: HashMap::new(),
        };
        let mut uses: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut effects: Vec<Effects> = Vec::new();
        for piece in &outline.pieces {
            match piece {
                Piece::Canon(function, Some(index)) => {
                    let named = canon::named(function)?.into_iter();
                    let needs = named.map(|(kind, index)| outline.item(kind, index));
                    graph.needs.insert(*index, needs.collect::<Result<_, _>>()?);
                    graph.parts.push(Part::Canon(*index));
                }
                Piece::Instance(index) => {
                    let Linked::Module { module, .. } = &outline.instances[*index as usize] else {
                        continue;
                    };
                    uses.entry(*module).or_default().push(*index);
                    let module = &outline.modules[*module];
                    let imports = outline.imports(*index)?;
                    let of_this = Effects::of(*index, module, &imports);
                    graph.orders.insert(*index, of_this.orders(&effects));
                    effects.push(of_this);
                    graph
                        .stores
                        .insert(*index, stores(*index, module, &imports));
                    graph.imports.insert(*index, imports);
                    graph.parts.push(Part::Instance(*index));
                }
                _ => {}
            }
        }
        let once = uses.into_values().filter(|instances| instances.len() == 1);
        graph.mergeable = once.flatten().collect();
        Ok(graph)
    }

    /// Sets of instances that can be merged, each in order, by their first instance.
    fn groups(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut levels: HashMap<u32, usize> = HashMap::new();
        let mut made: HashMap<u32, usize> = HashMap::new();
        let mut group_of: BTreeMap<u32, u32> = BTreeMap::new();
        for part in &self.parts {
            let (needs, this) = match *part {
                Part::Canon(index) => (&self.needs[&index], None),
                Part::Instance(index) => (&self.imports[&index], Some(index)),
            };
            let merges = this.is_some_and(|this| self.mergeable.contains(&this));
            // Instances, and whether this must be apart from them.
            let orders = this.map_or(&[][..], |this| &self.orders[&this]);
            let from = needs.iter().filter_map(|need| match need {
                Entity::Own { instance, .. } => Some((*instance, !merges)),
                Entity::Made(_) => None,
            });
            let before = orders.iter().map(|it| (it.before, !merges || it.apart));
            let linked: Vec<(u32, bool)> = from.chain(before).collect();
            let of_instances = linked.iter().map(|(instance, apart)| {
                levels[instance] + usize::from(*apart && self.mergeable.contains(instance))
            });
            let of_made = needs.iter().filter_map(|need| match need {
                Entity::Made(index) => Some(made[index]),
                Entity::Own { .. } => None,
            });
            let level = of_instances.chain(of_made).max().unwrap_or(0);
            match *part {
                Part::Canon(index) => {
                    made.insert(index, level);
                }
                Part::Instance(this) => {
                    levels.insert(this, level);
                    if merges {
                        group_of.insert(this, this);
                        let same = linked.iter().filter(|(other, _)| {
                            self.mergeable.contains(other) && levels[other] == level
                        });
                        for (other, _) in same {
                            join(&mut group_of, *other, this);
                        }
                    }
                }
            }
        }
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (instance, group) in group_of {
            groups.entry(group).or_default().push(instance);
        }
        groups
    }

    /// Instances that must be left out, so that no group has two memories, or defines two tables:
    /// an engine that pools its memory allows a module one of each. Those stay that reach another
    /// than most reach.
    fn staying(&self, groups: &BTreeMap<u32, Vec<u32>>) -> BTreeSet<u32> {
        let mut staying = BTreeSet::new();
        for members in groups.values().filter(|members| members.len() > 1) {
            for kind in [Kind::Memory, Kind::Table] {
                let mut reached: BTreeMap<Entity, Vec<u32>> = BTreeMap::new();
                for member in members {
                    for store in self.stores[member].iter().filter(|it| is(it, kind)) {
                        let inside = matches!(store, Entity::Own { instance, .. } if members.contains(instance));
                        if kind == Kind::Memory || inside {
                            reached.entry(*store).or_default().push(*member);
                        }
                    }
                }
                // The first of the largest.
                let most = reached.values().map(Vec::len).max().unwrap_or(0);
                let kept = reached.iter().find(|(_, users)| users.len() == most);
                let kept = kept.map(|(store, _)| *store);
                let others = reached.iter().filter(|(store, _)| Some(**store) != kept);
                staying.extend(others.flat_map(|(_, users)| users));
            }
        }
        staying
    }

    fn plan(self, groups: BTreeMap<u32, Vec<u32>>) -> Plan {
        let alone = self.parts.iter().filter_map(|part| match part {
            Part::Instance(index) if !self.mergeable.contains(index) => Some(vec![*index]),
            _ => None,
        });
        let mut sets: Vec<Vec<u32>> = groups.into_values().chain(alone).collect();
        sets.sort_by_key(|members| members.last().copied());
        let numbered = sets.iter().enumerate();
        let unit_of: HashMap<u32, usize> = numbered
            .flat_map(|(unit, members)| members.iter().map(move |member| (*member, unit)))
            .collect();
        let units = sets.into_iter().enumerate();
        let units = units.map(|(unit, members)| {
            let orders = members.iter().flat_map(|member| &self.orders[member]);
            let after: BTreeSet<usize> = orders
                .map(|order| unit_of[&order.before])
                .filter(|before| *before != unit)
                .collect();
            Unit {
                after: after.into_iter().collect(),
                members,
            }
        });
        Plan {
            units: units.collect(),
            unit_of,
            imports: self.imports,
            needs: self.needs,
        }
    }
}

/// What instantiation does to others.
struct Effects {
    instance: u32,
    starts: bool,
    /// The tables and memories that its active segments write to.
    writes: BTreeSet<Entity>,
}

impl Effects {
    fn of(instance: u32, module: &Module<'_>, imports: &[Entity]) -> Self {
        let mut writes = BTreeSet::new();
        let mut write = |kind, index| {
            writes.insert(entity(instance, module, imports, kind, index));
        };
        for element in &module.elements {
            if let ElementKind::Active { table_index, .. } = &element.kind {
                write(Kind::Table, table_index.unwrap_or(0));
            }
        }
        for data in &module.data {
            if let DataKind::Active { memory_index, .. } = data.kind {
                write(Kind::Memory, memory_index);
            }
        }
        Self {
            instance,
            starts: module.start.is_some(),
            writes,
        }
    }

    /// Which of those before must stay before.
    fn orders(&self, before: &[Self]) -> Vec<Order> {
        let orders = before.iter().filter_map(|it| {
            let apart = it.starts && !self.writes.is_empty();
            let ordered = apart
                || (self.starts && (it.starts || !it.writes.is_empty()))
                || !it.writes.is_disjoint(&self.writes);
            ordered.then_some(Order {
                before: it.instance,
                apart,
            })
        });
        orders.collect()
    }
}

/// What an index of an instance's module is.
fn entity(
    instance: u32,
    module: &Module<'_>,
    imports: &[Entity],
    kind: Kind,
    index: u32,
) -> Entity {
    match module.definition(kind, index) {
        Definition::Import(import) => imports[import],
        Definition::Own(_) => Entity::Own {
            instance,
            kind,
            index,
        },
    }
}

/// The memories and tables that a module defines or imports.
fn stores(instance: u32, module: &Module<'_>, imports: &[Entity]) -> BTreeSet<Entity> {
    let mut stores = BTreeSet::new();
    for kind in [Kind::Memory, Kind::Table] {
        let first = module.first_own(kind);
        let count = u32::try_from(module.own(kind)).unwrap_or(u32::MAX);
        for index in 0..first.saturating_add(count) {
            stores.insert(entity(instance, module, imports, kind, index));
        }
    }
    stores
}

fn is(entity: &Entity, wanted: Kind) -> bool {
    matches!(entity, Entity::Own { kind, .. } if *kind == wanted)
}

/// Makes one group of the groups of two instances, named by the first of its instances.
fn join(group_of: &mut BTreeMap<u32, u32>, one: u32, other: u32) {
    let (one, other) = (group_of[&one], group_of[&other]);
    let (first, last) = (one.min(other), one.max(other));
    for group in group_of.values_mut().filter(|group| **group == last) {
        *group = first;
    }
}
