//! What of a group can be reached, and what is then known of the rest.

use std::collections::{BTreeSet, HashMap};

use wasmparser::{ElementItems, ElementKind, RefType, TableInit};

use super::{
    FlattenError,
    facts::{Facts, Stub},
    kind::{Kind, Kinds},
    space::{Space, count},
    value::{Value, Values},
};

/// What is known of a group when only some of it can be reached from outside. All by numbers of
/// the group.
pub(super) struct Live {
    /// Functions that can be called.
    pub(super) funcs: BTreeSet<u32>,
    /// Functions that are called in place of stubs.
    instead: HashMap<u32, u32>,
    /// Functions whose address code takes.
    pub(super) addresses: BTreeSet<u32>,
    /// Globals that must be there.
    pub(super) globals: BTreeSet<u32>,
    /// Globals that are constants.
    constants: HashMap<u32, Value>,
    /// Tables that nothing changes after instantiation.
    pub(super) fixed: BTreeSet<u32>,
    /// Initial values of globals.
    pub(super) values: Values,
}

impl Live {
    /// Finds what can be reached from what is exported.
    pub(super) fn find(
        space: &Space<'_, '_>,
        exported: &Kinds<BTreeSet<u32>>,
    ) -> Result<Self, FlattenError> {
        let code = Code::read(space)?;
        let values = Values::of(space)?;
        let roots: BTreeSet<u32> = exported[Kind::Func].union(&code.roots).copied().collect();
        let first = code.reach(space, &roots, &HashMap::new());
        let fixed = code.fixed(space, &first, exported)?;
        let instead = code.instead(space, &values, &fixed)?;
        let funcs = code.reach(space, &roots, &instead);
        let bodies = || funcs.iter().filter_map(|func| code.body(space, *func));
        let written: BTreeSet<u32> = bodies().flat_map(|facts| facts.writes.clone()).collect();
        let read: BTreeSet<u32> = bodies().flat_map(|facts| facts.reads.clone()).collect();
        let addresses = bodies().flat_map(|facts| facts.addresses.clone());
        let addresses = addresses.map(|func| *instead.get(&func).unwrap_or(&func));
        let mut live = Self {
            addresses: addresses.collect(),
            funcs,
            instead,
            globals: BTreeSet::new(),
            constants: HashMap::new(),
            fixed,
            values,
        };
        for global in 0..count(space.len(Kind::Global))? {
            let Some((_, defined)) = space.global(global) else {
                live.globals.insert(global);
                continue;
            };
            let used = exported[Kind::Global].contains(&global) || written.contains(&global);
            let constant = live.values.initial(global).filter(|it| it.fits_code());
            // What others may write is not known, though its first value is.
            match constant.filter(|_| !used || !defined.ty.mutable) {
                Some(value) => {
                    live.constants.insert(global, value);
                    if used {
                        live.globals.insert(global);
                    }
                }
                None if used || read.contains(&global) || code.read.contains(&global) => {
                    live.globals.insert(global);
                }
                None => {}
            }
        }
        Ok(live)
    }

    /// The function that this one is, where it is called.
    pub(super) fn target(&self, func: u32) -> u32 {
        *self.instead.get(&func).unwrap_or(&func)
    }

    /// The value that a global always has.
    pub(super) fn constant(&self, global: u32) -> Option<Value> {
        self.constants.get(&global).copied()
    }
}

/// The functions of an element segment, where it has nothing else.
pub(super) fn functions(
    space: &Space<'_, '_>,
    values: &Values,
    member: usize,
    items: &ElementItems<'_>,
) -> Result<Option<Vec<u32>>, FlattenError> {
    match items {
        ElementItems::Functions(list) => {
            let ids = list.clone().into_iter();
            let ids = ids.map(|func| space.id(member, Kind::Func, func?));
            Ok(Some(ids.collect::<Result<_, _>>()?))
        }
        ElementItems::Expressions(ty, list) => {
            // A list of functions has this type, which may not fit where another is asked for.
            if *ty != RefType::FUNC && *ty != RefType::FUNCREF {
                return Ok(None);
            }
            let mut ids = Vec::new();
            for expression in list.clone() {
                match values.evaluate(space, member, &expression?)? {
                    Some(Value::Func(func)) => ids.push(func),
                    _ => return Ok(None),
                }
            }
            Ok(Some(ids))
        }
    }
}

/// What the code of a group names.
struct Code {
    /// For each function that the group defines.
    bodies: Vec<Facts>,
    /// Functions that can be called without being exported.
    roots: BTreeSet<u32>,
    /// Globals that constant expressions read.
    read: BTreeSet<u32>,
}

impl Code {
    fn read(space: &Space<'_, '_>) -> Result<Self, FlattenError> {
        let mut code = Self {
            bodies: Vec::new(),
            roots: BTreeSet::new(),
            read: BTreeSet::new(),
        };
        let first = count(space.outside[Kind::Func].len())?;
        for func in first..count(space.len(Kind::Func))? {
            let facts = match space.body(func) {
                Some((member, body)) => Facts::of_body(space, member, body)?,
                None => Facts::default(),
            };
            code.bodies.push(facts);
        }
        for (index, member) in space.members.iter().enumerate() {
            let module = member.module;
            if let Some(start) = module.start {
                code.roots.insert(space.id(index, Kind::Func, start)?);
            }
            for global in &module.globals {
                code.expression(space, index, &global.init_expr)?;
            }
            for table in &module.tables {
                if let TableInit::Expr(expression) = &table.init {
                    code.expression(space, index, expression)?;
                }
            }
            for data in &module.data {
                if let wasmparser::DataKind::Active { offset_expr, .. } = &data.kind {
                    code.expression(space, index, offset_expr)?;
                }
            }
            for element in &module.elements {
                code.element(space, index, element)?;
            }
        }
        Ok(code)
    }

    fn element(
        &mut self,
        space: &Space<'_, '_>,
        member: usize,
        element: &wasmparser::Element<'_>,
    ) -> Result<(), FlattenError> {
        if let ElementKind::Active { offset_expr, .. } = &element.kind {
            self.expression(space, member, offset_expr)?;
        }
        match &element.items {
            // These are only said to be known.
            ElementItems::Functions(_) if matches!(element.kind, ElementKind::Declared) => {}
            ElementItems::Functions(list) => {
                for func in list.clone() {
                    self.roots.insert(space.id(member, Kind::Func, func?)?);
                }
            }
            ElementItems::Expressions(_, list) => {
                for expression in list.clone() {
                    self.expression(space, member, &expression?)?;
                }
            }
        }
        Ok(())
    }

    fn expression(
        &mut self,
        space: &Space<'_, '_>,
        member: usize,
        expression: &wasmparser::ConstExpr<'_>,
    ) -> Result<(), FlattenError> {
        let facts = Facts::of_expression(space, member, expression)?;
        self.roots.extend(facts.funcs);
        self.read.extend(facts.reads);
        Ok(())
    }

    fn body(&self, space: &Space<'_, '_>, func: u32) -> Option<&Facts> {
        let own = (func as usize).checked_sub(space.outside[Kind::Func].len())?;
        self.bodies.get(own)
    }

    /// All functions that can be called when these can.
    fn reach(
        &self,
        space: &Space<'_, '_>,
        roots: &BTreeSet<u32>,
        instead: &HashMap<u32, u32>,
    ) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<u32> = roots.iter().copied().collect();
        while let Some(func) = waiting.pop() {
            let func = *instead.get(&func).unwrap_or(&func);
            if found.insert(func) {
                let facts = self.body(space, func);
                waiting.extend(facts.iter().flat_map(|facts| &facts.funcs));
            }
        }
        found
    }

    /// The tables of the group that neither these functions nor anything outside can change.
    fn fixed(
        &self,
        space: &Space<'_, '_>,
        funcs: &BTreeSet<u32>,
        exported: &Kinds<BTreeSet<u32>>,
    ) -> Result<BTreeSet<u32>, FlattenError> {
        let outside = count(space.outside[Kind::Table].len())?;
        let mut fixed: BTreeSet<u32> = (outside..count(space.len(Kind::Table))?).collect();
        fixed.retain(|table| !exported[Kind::Table].contains(table));
        for facts in funcs.iter().filter_map(|func| self.body(space, *func)) {
            for table in &facts.changes {
                fixed.remove(table);
            }
        }
        Ok(fixed)
    }

    /// The function behind each stub, where its place in its table is known.
    fn instead(
        &self,
        space: &Space<'_, '_>,
        values: &Values,
        fixed: &BTreeSet<u32>,
    ) -> Result<HashMap<u32, u32>, FlattenError> {
        let mut contents = HashMap::new();
        for table in fixed {
            if let Some(places) = places(space, values, *table)? {
                contents.insert(*table, places);
            }
        }
        let first = count(space.outside[Kind::Func].len())?;
        let mut instead = HashMap::new();
        for (own, facts) in self.bodies.iter().enumerate() {
            let func = first + count(own)?;
            if let Some(stub) = &facts.stub
                && let Some(target) = contents
                    .get(&stub.table)
                    .and_then(|places| places.get(&stub.place))
                && called(space, func, stub, *target)
            {
                instead.insert(func, *target);
            }
        }
        Ok(ends(&instead))
    }
}

/// What is at each place of a table that only its active segments write, if all of that is known.
fn places(
    space: &Space<'_, '_>,
    values: &Values,
    table: u32,
) -> Result<Option<HashMap<u32, u32>>, FlattenError> {
    let Some((member, own)) = space.own(Kind::Table, table) else {
        return Ok(None);
    };
    let defined = &space.members[member].module.tables[own];
    if !matches!(defined.init, TableInit::RefNull) {
        return Ok(None);
    }
    let mut places = HashMap::new();
    for (member, of) in space.members.iter().enumerate() {
        for element in &of.module.elements {
            let ElementKind::Active {
                table_index,
                offset_expr,
            } = &element.kind
            else {
                continue;
            };
            if space.id(member, Kind::Table, table_index.unwrap_or(0))? != table {
                continue;
            }
            let offset = values.evaluate(space, member, offset_expr)?;
            let (Some(offset), Some(funcs)) = (
                offset.and_then(Value::place),
                functions(space, values, member, &element.items)?,
            ) else {
                return Ok(None);
            };
            for (place, func) in (offset..).zip(funcs) {
                // One that is out of bounds ends instantiation, and so no stub is called.
                if let Ok(place) = u32::try_from(place) {
                    places.insert(place, func);
                }
            }
        }
    }
    Ok(Some(places))
}

/// Whether a stub's call of this function passes the check of its type, and the two can stand for each other.
fn called(space: &Space<'_, '_>, func: u32, stub: &Stub, target: u32) -> bool {
    let Some((member, _)) = space.own(Kind::Func, func) else {
        return false;
    };
    let ty = space.members[member].module.types.get(stub.ty as usize);
    ty.is_some() && ty == space.type_of(func) && ty == space.type_of(target)
}

/// Follows stubs of stubs to their ends. Those that lead back to themselves are left out.
fn ends(instead: &HashMap<u32, u32>) -> HashMap<u32, u32> {
    let end = |func: u32| {
        let mut at = func;
        for _ in 0..=instead.len() {
            match instead.get(&at) {
                Some(next) => at = *next,
                None => return Some(at),
            }
        }
        None
    };
    let ends = instead.keys().filter_map(|func| Some((*func, end(*func)?)));
    ends.collect()
}
