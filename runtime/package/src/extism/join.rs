//! Writes two modules as one: first all of the runner, then all of the guest, then stubs.

use std::{borrow::Cow, collections::BTreeSet};

use wasm_encoder::{
    CodeSection, CustomSection, DataCountSection, DataSection, ElementSection, Elements,
    EntityType, ExportSection, Function, FunctionSection, GlobalSection, ImportSection,
    MemorySection, Module, StartSection, TableSection, TagSection, TypeSection,
    reencode::{self, Reencode, utils},
};
use wasmparser::{ExternalKind, Operator, Parser, Payload, TypeRef};

use super::{EXPORTED, GUEST, JUDGE, KERNEL, begin, module::Facts, wasi};

/// The joined module.
pub(super) fn join(runner: &Facts<'_>, guest: &Facts<'_>) -> Result<Vec<u8>, String> {
    let numbers = Numbers::of(runner, guest)?;
    let mut joined = Joined::default();
    let broken =
        |error: reencode::Error| format!("it could not be joined with its runner: {error}");
    let mut first = Side {
        functions: &numbers.runner,
        before: Before::default(),
        keeps_surface: true,
    };
    joined.add(runner, &mut first).map_err(broken)?;
    let mut second = Side {
        functions: &numbers.guest,
        before: Before {
            types: count(runner.types.len()),
            tables: runner.tables,
            memories: runner.memories,
            globals: runner.globals,
            tags: runner.tags,
            elements: runner.elements,
            data: runner.data,
        },
        keeps_surface: false,
    };
    joined.add(guest, &mut second).map_err(broken)?;
    let named = named(guest).map_err(|error| broken(error.into()))?;
    joined.declare(named.iter().map(|it| numbers.guest[*it as usize]).collect());
    for (ty, stub) in &numbers.stubs {
        joined.functions.function(*ty);
        joined.code.function(stub);
    }
    if let Some(start) = guest.start {
        joined.start = Some(numbers.guest[start as usize]);
    }
    Ok(joined.finish(runner.data + guest.data))
}

/// The joined module's index of every function of each module, and the functions that neither has.
struct Numbers {
    runner: Vec<u32>,
    guest: Vec<u32>,
    /// The type and body of each.
    stubs: Vec<(u32, Function)>,
}

impl Numbers {
    fn of(runner: &Facts<'_>, guest: &Facts<'_>) -> Result<Self, String> {
        let kept = runner
            .imports
            .iter()
            .filter(|import| import.module != GUEST);
        let (kept, own) = (count(kept.count()), count(runner.functions.len()));
        let guests = count(guest.functions.len());
        let first_stub = kept + own + guests;
        let mut stubs: Vec<(u32, Function)> = Vec::new();
        let mut stub = |ty: u32, body: Function| {
            stubs.push((ty, body));
            first_stub + count(stubs.len()) - 1
        };
        // Of the guest: its own functions come after the runner's.
        let own_of_guest = |function: u32| kept + own + function - count(guest.imports.len());
        let called = |function: Option<u32>| {
            let function = function.filter(|it| *it as usize >= guest.imports.len());
            function.map(own_of_guest)
        };
        let mut next = 0;
        let mut numbers = Vec::new();
        for import in &runner.imports {
            numbers.push(match (import.module, import.name) {
                (GUEST, JUDGE) => called(guest.exported(JUDGE))
                    .ok_or("it exports an import as its judge; export a function of its own")?,
                (GUEST, _) => match called(begin(guest)) {
                    Some(function) => function,
                    None => stub(import.ty, nothing()),
                },
                _ => {
                    next += 1;
                    next - 1
                }
            });
        }
        numbers.extend((0..own).map(|function| kept + function));
        let types = count(runner.types.len());
        let memory = (guest.memories > 0).then_some(runner.memories);
        let mut of_guest = Vec::new();
        for import in &guest.imports {
            let of_kernel = runner.exported(&format!("{EXPORTED}{}", import.name));
            of_guest.push(match (import.module, of_kernel) {
                (KERNEL, Some(function)) => numbers[function as usize],
                _ => {
                    let ty = &guest.types[import.ty as usize];
                    stub(types + import.ty, wasi::stub(import.name, ty, memory))
                }
            });
        }
        of_guest.extend((0..guests).map(|function| kept + own + function));
        Ok(Self {
            runner: numbers,
            guest: of_guest,
            stubs,
        })
    }
}

/// A function that does nothing.
fn nothing() -> Function {
    let mut function = Function::new([]);
    function.instructions().end();
    function
}

/// How much of everything stands before what is of one module.
#[derive(Default)]
struct Before {
    types: u32,
    tables: u32,
    memories: u32,
    globals: u32,
    tags: u32,
    elements: u32,
    data: u32,
}

/// One of the two modules, written with the joined module's indices.
struct Side<'n> {
    functions: &'n [u32],
    before: Before,
    /// Whether what it imports and exports is what the joined module does.
    keeps_surface: bool,
}

type Rewritten<T> = std::result::Result<T, reencode::Error>;

impl Reencode for Side<'_> {
    type Error = std::convert::Infallible;

    fn type_index(&mut self, ty: u32) -> Rewritten<u32> {
        Ok(self.before.types + ty)
    }

    fn function_index(&mut self, function: u32) -> Rewritten<u32> {
        // Both modules are valid, so there is one.
        Ok(self
            .functions
            .get(function as usize)
            .copied()
            .unwrap_or(u32::MAX))
    }

    fn table_index(&mut self, table: u32) -> Rewritten<u32> {
        Ok(self.before.tables + table)
    }

    fn memory_index(&mut self, memory: u32) -> Rewritten<u32> {
        Ok(self.before.memories + memory)
    }

    fn global_index(&mut self, global: u32) -> Rewritten<u32> {
        Ok(self.before.globals + global)
    }

    fn tag_index(&mut self, tag: u32) -> Rewritten<u32> {
        Ok(self.before.tags + tag)
    }

    fn element_index(&mut self, element: u32) -> Rewritten<u32> {
        Ok(self.before.elements + element)
    }

    fn data_index(&mut self, data: u32) -> Rewritten<u32> {
        Ok(self.before.data + data)
    }
}

/// The sections of the joined module.
#[derive(Default)]
struct Joined {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    tags: TagSection,
    globals: GlobalSection,
    exports: ExportSection,
    start: Option<u32>,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    custom: Vec<(String, Vec<u8>)>,
}

impl Joined {
    fn add(&mut self, facts: &Facts<'_>, side: &mut Side<'_>) -> Rewritten<()> {
        for payload in Parser::new(0).parse_all(facts.bytes) {
            match payload? {
                Payload::TypeSection(it) => utils::parse_type_section(side, &mut self.types, it)?,
                Payload::ImportSection(it) if side.keeps_surface => {
                    for import in it.into_imports() {
                        let import = import?;
                        let TypeRef::Func(_) = import.ty else {
                            continue;
                        };
                        if import.module != GUEST {
                            let ty: EntityType = side.entity_type(import.ty)?;
                            self.imports.import(import.module, import.name, ty);
                        }
                    }
                }
                Payload::FunctionSection(it) => {
                    utils::parse_function_section(side, &mut self.functions, it)?;
                }
                Payload::TableSection(it) => {
                    utils::parse_table_section(side, &mut self.tables, it)?
                }
                Payload::MemorySection(it) => {
                    utils::parse_memory_section(side, &mut self.memories, it)?;
                }
                Payload::TagSection(it) => utils::parse_tag_section(side, &mut self.tags, it)?,
                Payload::GlobalSection(it) => {
                    utils::parse_global_section(side, &mut self.globals, it)?;
                }
                Payload::ExportSection(it) if side.keeps_surface => {
                    for export in it {
                        let export = export?;
                        let of_kernel = export.name.starts_with(EXPORTED);
                        if !(of_kernel && export.kind == ExternalKind::Func) {
                            utils::parse_export(side, &mut self.exports, export)?;
                        }
                    }
                }
                Payload::ElementSection(it) => {
                    utils::parse_element_section(side, &mut self.elements, it)?;
                }
                Payload::DataSection(it) => utils::parse_data_section(side, &mut self.data, it)?,
                Payload::CodeSectionEntry(it) => side.parse_function_body(&mut self.code, it)?,
                Payload::CustomSection(it) if it.name().starts_with("component-type") => {
                    self.custom.push((it.name().to_owned(), it.data().to_vec()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Declares the functions that code makes references to: it may only to those that stand outside of code too.
    fn declare(&mut self, functions: Vec<u32>) {
        if !functions.is_empty() {
            self.elements
                .declared(Elements::Functions(functions.into()));
        }
    }

    fn finish(self, data: u32) -> Vec<u8> {
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&self.tables)
            .section(&self.memories);
        if !self.tags.is_empty() {
            module.section(&self.tags);
        }
        module.section(&self.globals).section(&self.exports);
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        module
            .section(&self.elements)
            .section(&DataCountSection { count: data })
            .section(&self.code)
            .section(&self.data);
        for (name, data) in &self.custom {
            module.section(&CustomSection {
                name: Cow::Borrowed(name),
                data: Cow::Borrowed(data),
            });
        }
        module.finish()
    }
}

/// The functions that a module's code makes references to. What declared them may have been their exports, which the
/// joined module has not.
fn named(facts: &Facts<'_>) -> wasmparser::Result<BTreeSet<u32>> {
    let mut named = BTreeSet::new();
    for payload in Parser::new(0).parse_all(facts.bytes) {
        let Payload::CodeSectionEntry(body) = payload? else {
            continue;
        };
        for operator in body.get_operators_reader()? {
            if let Operator::RefFunc { function_index } = operator? {
                named.insert(function_index);
            }
        }
    }
    Ok(named)
}

/// A number of things in a file of bounded size.
fn count(things: usize) -> u32 {
    u32::try_from(things).unwrap_or(u32::MAX)
}
