//! Components as linkers of shared libraries make them, small: a module with the memory and table, stubs for what
//! is linked later, libraries that import from it and each other, a shim for functions of
//! the host that need the memory, and what fills its table.
//!
//! Also used by the host's tests, which run them.

use wasm_encoder::{
    BlockType, CanonicalOption, CodeSection, ComponentBuilder, ComponentExportKind,
    ComponentTypeRef, ComponentValType, ConstExpr, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, MemArg, MemorySection, MemoryType, ModuleArg, NameMap, NameSection,
    PrimitiveValType, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};

/// What a library does besides offering `step`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Library {
    /// Active data, by place.
    pub(crate) data: Vec<(i32, Vec<u8>)>,
    /// Whether its start function tells the host and changes the common memory.
    pub(crate) starts: bool,
    /// Whether its memory is its own, and not the common one.
    pub(crate) own_memory: bool,
    /// Whether its module has a second instance that nothing uses.
    pub(crate) twice: bool,
}

/// A program: what it is made of.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) libraries: Vec<Library>,
    /// How many of the libraries are instantiated before the shim's table is filled.
    pub(crate) shim_filled_after: usize,
}

impl Program {
    /// So many libraries that do nothing at their start.
    pub(crate) fn plain(libraries: usize) -> Self {
        let library = |index| Library {
            data: vec![(0, format!("library {index}").into_bytes())],
            ..Library::default()
        };
        Self {
            libraries: (0..libraries).map(library).collect(),
            shim_filled_after: libraries,
        }
    }

    /// The component. It imports `note: func(x: u32)` and `see: func(x: list<u8>)`, and exports
    /// `run: func(x: s32) -> s32`.
    pub(crate) fn component(&self) -> Vec<u8> {
        self.builder().finish()
    }

    pub(crate) fn builder(&self) -> ComponentBuilder {
        let count = self.libraries.len();
        let mut it = ComponentBuilder::default();
        let u32 = ComponentValType::Primitive(PrimitiveValType::U32);
        let (bytes, ty) = it.type_defined(None);
        ty.list(ComponentValType::Primitive(PrimitiveValType::U8));
        let (takes_number, mut ty) = it.type_function(None);
        ty.params([("x", u32)]).result(None);
        let (takes_bytes, mut ty) = it.type_function(None);
        ty.params([("x", ComponentValType::Type(bytes))])
            .result(None);
        let note = it.import("note", ComponentTypeRef::Func(takes_number));
        let see = it.import("see", ComponentTypeRef::Func(takes_bytes));
        let shim = it.core_module(None, &shim());
        let fill = it.core_module(None, &fill());
        let common = it.core_module(None, &common(count));
        let init = it.core_module(None, &init(count));
        let modules: Vec<u32> = (0..count)
            .map(|index| it.core_module(None, &self.libraries[index].module(index)))
            .collect();

        let none: [(&str, ModuleArg); 0] = [];
        let shim = it.core_instantiate(Some("shim"), shim, none);
        let common = it.core_instantiate(Some("common"), common, none);
        let memory = it.core_alias_export(None, common, "memory", ExportKind::Memory);
        let note = it.lower_func(None, note, []);
        let late_see = it.core_alias_export(None, shim, "0", ExportKind::Func);
        let host = [
            ("note", ExportKind::Func, note),
            ("see", ExportKind::Func, late_see),
        ];
        let host = it.core_instantiate_exports(None, host);
        let mut libraries = Vec::new();
        for index in 0..=count {
            if index == self.shim_filled_after.min(count) {
                let see = it.lower_func(None, see, [CanonicalOption::Memory(memory)]);
                let table = it.core_alias_export(None, shim, "table", ExportKind::Table);
                let filling = [
                    ("0", ExportKind::Func, see),
                    ("table", ExportKind::Table, table),
                ];
                let filling = it.core_instantiate_exports(None, filling);
                it.core_instantiate(None, fill, [("", ModuleArg::Instance(filling))]);
            }
            if index == count {
                break;
            }
            let own: Vec<(String, &str, ExportKind)> = vec![
                ("stack".into(), "stack", ExportKind::Global),
                (
                    format!("memory_base_{index}"),
                    "memory_base",
                    ExportKind::Global,
                ),
                (
                    format!("table_base_{index}"),
                    "table_base",
                    ExportKind::Global,
                ),
                (format!("got_{index}"), "got", ExportKind::Global),
                ("memory".into(), "memory", ExportKind::Memory),
                ("table".into(), "table", ExportKind::Table),
                (
                    format!("step_{}", (index + 1) % count),
                    "next",
                    ExportKind::Func,
                ),
            ];
            let own: Vec<(&str, ExportKind, u32)> = own
                .into_iter()
                .map(|(from, to, kind)| (to, kind, it.core_alias_export(None, common, &from, kind)))
                .collect();
            let env = it.core_instantiate_exports(None, own);
            let before = libraries.last().copied().unwrap_or(common);
            let args = [
                ("host", ModuleArg::Instance(host)),
                ("env", ModuleArg::Instance(env)),
                ("before", ModuleArg::Instance(before)),
            ];
            let instance = it.core_instantiate(None, modules[index], args);
            if self.libraries[index].twice {
                it.core_instantiate(None, modules[index], args);
            }
            libraries.push(instance);
        }
        let names: Vec<String> = (0..count).map(|index| format!("library_{index}")).collect();
        let args = names
            .iter()
            .zip(&libraries)
            .map(|(name, instance)| (name.as_str(), ModuleArg::Instance(*instance)))
            .chain([("common", ModuleArg::Instance(common))]);
        let args: Vec<_> = args.collect();
        it.core_instantiate(Some("init"), init, args);

        let s32 = ComponentValType::Primitive(PrimitiveValType::S32);
        let (ty, mut func) = it.type_function(None);
        func.params([("x", s32)]).result(Some(s32));
        let last = libraries.last().copied().unwrap_or(common);
        let step = it.core_alias_export(None, last, "step", ExportKind::Func);
        let run = it.lift_func(None, step, ty, []);
        it.export("run", ComponentExportKind::Func, run, None);
        it.append_names();
        it
    }
}

const MEMORY: MemoryType = MemoryType {
    minimum: 1,
    maximum: None,
    memory64: false,
    shared: false,
    page_size_log2: None,
};

fn table(minimum: usize, maximum: Option<u64>) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: minimum as u64,
        maximum,
        shared: false,
    }
}

const fn global(mutable: bool) -> GlobalType {
    GlobalType {
        val_type: ValType::I32,
        mutable,
        shared: false,
    }
}

const AT: MemArg = MemArg {
    offset: 0,
    align: 2,
    memory_index: 0,
};

/// `step`'s type is the first in all modules.
fn types() -> TypeSection {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([ValType::I32], []);
    types.ty().function([ValType::I32, ValType::I32], []);
    types.ty().function([], []);
    types
}

/// Calls what its table will hold.
fn shim() -> wasm_encoder::Module {
    let mut module = wasm_encoder::Module::new();
    let (mut funcs, mut tables) = (FunctionSection::new(), TableSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    funcs.function(2);
    tables.table(table(1, Some(1)));
    exports.export("0", ExportKind::Func, 0);
    exports.export("table", ExportKind::Table, 0);
    let mut call = Function::new([]);
    call.instructions()
        .local_get(0)
        .local_get(1)
        .i32_const(0)
        .call_indirect(0, 2)
        .end();
    code.function(&call);
    module.section(&types()).section(&funcs).section(&tables);
    module.section(&exports).section(&code);
    module
}

/// Fills the shim's table.
fn fill() -> wasm_encoder::Module {
    let mut module = wasm_encoder::Module::new();
    let (mut imports, mut elements) = (ImportSection::new(), ElementSection::new());
    imports.import("", "0", EntityType::Function(2));
    imports.import("", "table", table(1, Some(1)));
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions([0][..].into()),
    );
    module.section(&types()).section(&imports);
    module.section(&elements);
    module
}

/// The place in the table of a library's function.
fn place(index: usize) -> i32 {
    1 + 2 * index as i32
}

/// The common memory and table, what libraries are told, and stubs.
fn common(libraries: usize) -> wasm_encoder::Module {
    let mut module = wasm_encoder::Module::new();
    let (mut funcs, mut tables) = (FunctionSection::new(), TableSection::new());
    let (mut memories, mut globals) = (MemorySection::new(), GlobalSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    let mut data = DataSection::new();
    tables.table(table(2 * libraries + 2, None));
    memories.memory(MEMORY);
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("table", ExportKind::Table, 0);
    globals.global(global(true), &ConstExpr::i32_const(60_000));
    exports.export("stack", ExportKind::Global, 0);
    for index in 0..libraries {
        let mut add = |name: &str, mutable, value| {
            let at = globals.len();
            globals.global(global(mutable), &ConstExpr::i32_const(value));
            exports.export(&format!("{name}_{index}"), ExportKind::Global, at);
        };
        add("memory_base", false, 256 * (index as i32 + 1));
        add("table_base", false, place(index));
        add("got", true, place(index));
        funcs.function(0);
        exports.export(&format!("step_{index}"), ExportKind::Func, index as u32);
        let mut stub = Function::new([]);
        stub.instructions()
            .local_get(0)
            .i32_const(place(index) + 1)
            .call_indirect(0, 0)
            .end();
        code.function(&stub);
    }
    // What is before the first library.
    funcs.function(0);
    exports.export("step", ExportKind::Func, libraries as u32);
    let mut first = Function::new([]);
    first.instructions().i32_const(7).end();
    code.function(&first);
    data.active(0, &ConstExpr::i32_const(0), *b"\x05\0\0\0 and the rest");
    module.section(&types()).section(&funcs).section(&tables);
    module
        .section(&memories)
        .section(&globals)
        .section(&exports);
    module.section(&code).section(&data);
    module
}

/// Puts the libraries' functions where the stubs call them.
fn init(libraries: usize) -> wasm_encoder::Module {
    let mut module = wasm_encoder::Module::new();
    let (mut imports, mut elements) = (ImportSection::new(), ElementSection::new());
    imports.import("common", "table", table(1, None));
    for index in 0..libraries {
        imports.import(&format!("library_{index}"), "step", EntityType::Function(0));
        elements.active(
            None,
            &ConstExpr::i32_const(place(index) + 1),
            Elements::Functions([index as u32][..].into()),
        );
    }
    module.section(&types()).section(&imports);
    module.section(&elements);
    module
}

impl Library {
    fn module(&self, index: usize) -> wasm_encoder::Module {
        let mut module = wasm_encoder::Module::new();
        let mut imports = ImportSection::new();
        imports.import("host", "note", EntityType::Function(1));
        imports.import("host", "see", EntityType::Function(2));
        imports.import("env", "next", EntityType::Function(0));
        imports.import("before", "step", EntityType::Function(0));
        imports.import("env", "memory_base", global(false));
        imports.import("env", "table_base", global(false));
        imports.import("env", "got", global(true));
        imports.import("env", "stack", global(true));
        imports.import("env", "table", table(1, None));
        let mut memories = MemorySection::new();
        if self.own_memory {
            memories.memory(MEMORY);
        } else {
            imports.import("env", "memory", MEMORY);
        }
        let (mut funcs, mut exports) = (FunctionSection::new(), ExportSection::new());
        let (mut elements, mut code) = (ElementSection::new(), CodeSection::new());
        let mut data = DataSection::new();
        funcs.function(0).function(3).function(0);
        exports.export("step", ExportKind::Func, 4);
        exports.export("unused", ExportKind::Func, 6);
        elements.active(
            None,
            &ConstExpr::global_get(1),
            Elements::Functions([4][..].into()),
        );
        code.function(&step(index)).function(&start(index));
        let mut unused = Function::new([]);
        unused.instructions().local_get(0).call(3).end();
        code.function(&unused);
        for (place, bytes) in &self.data {
            let place = ConstExpr::global_get(0)
                .with_i32_const(*place)
                .with_i32_add();
            data.active(0, &place, bytes.iter().copied());
        }
        let mut map = NameMap::new();
        map.append(4, &format!("step of {index}"));
        map.append(6, "unused");
        let mut names = NameSection::new();
        names.functions(&map);
        module.section(&types()).section(&imports).section(&funcs);
        if self.own_memory {
            module.section(&memories);
        }
        module.section(&exports);
        if self.starts {
            module.section(&StartSection { function_index: 5 });
        }
        module.section(&elements).section(&code).section(&data);
        module.section(&names);
        module
    }
}

/// Changes memory, shows it to the host, and calls on in one of four ways.
fn step(index: usize) -> Function {
    let mut function = Function::new([(1, ValType::I32)]);
    let (x, result) = (0, 1);
    let (got, stack) = (2, 3);
    let mut it = function.instructions();
    it.global_get(stack).i32_const(16).i32_sub();
    it.global_set(stack);
    it.local_get(x).i32_const(99).i32_eq();
    it.if_(BlockType::Empty).unreachable().end();
    // Its own word is 31 times what it was, and the argument and number.
    it.global_get(0).global_get(0).i32_load(AT);
    it.i32_const(31).i32_mul();
    it.local_get(x).i32_add();
    it.i32_const(index as i32).i32_add().i32_store(AT);
    it.global_get(0).i32_const(4).call(1);
    it.local_get(x).i32_const(0).i32_gt_s();
    it.if_(BlockType::Empty);
    {
        it.local_get(x).i32_const(3).i32_rem_s().i32_eqz();
        it.if_(BlockType::Result(ValType::I32));
        it.local_get(x).i32_const(1).i32_sub().call(2);
        it.else_();
        it.local_get(x).i32_const(3).i32_rem_s();
        it.i32_const(1).i32_eq();
        it.if_(BlockType::Result(ValType::I32));
        it.local_get(x).i32_const(1).i32_sub().call(3);
        it.else_();
        it.local_get(x).i32_const(1).i32_sub();
        it.global_get(got).call_indirect(0, 0);
        it.end().end().local_set(result).end();
    }
    it.global_get(stack).i32_const(16).i32_add();
    it.global_set(stack);
    it.local_get(result);
    it.global_get(0).i32_load(AT).i32_xor();
    it.global_get(stack).i32_add();
    it.i32_const(0).i32_load(AT).i32_add().end();
    function
}

/// Tells the host what the common memory has, and changes it.
fn start(index: usize) -> Function {
    let mut function = Function::new([]);
    let mut it = function.instructions();
    it.i32_const(0).i32_load(AT);
    it.i32_const(1000 * index as i32).i32_add().call(0);
    it.i32_const(0);
    it.i32_const(0).i32_load(AT);
    it.i32_const(33).i32_mul();
    it.i32_const(index as i32 + 1).i32_add();
    it.global_get(0).i32_load(AT).i32_add();
    it.i32_store(AT).end();
    function
}
