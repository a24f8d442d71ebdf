//! The modules that every program has, apart from its libraries.

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, ImportSection, MemorySection, Module,
    TableSection,
};

use super::{MEMORY, Ty, global, place, table, types};

/// Calls what its table will hold.
pub(super) fn shim() -> Module {
    let mut module = Module::new();
    let (mut funcs, mut tables) = (FunctionSection::new(), TableSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    funcs.function(Ty::Bytes.at(1));
    tables.table(table(1, Some(1)));
    exports.export("0", ExportKind::Func, 0);
    exports.export("table", ExportKind::Table, 0);
    let mut call = Function::new([]);
    call.instructions()
        .local_get(0)
        .local_get(1)
        .i32_const(0)
        .call_indirect(0, Ty::Bytes.at(1))
        .end();
    code.function(&call);
    module.section(&types(1)).section(&funcs).section(&tables);
    module.section(&exports).section(&code);
    module
}

/// Fills the shim's table.
pub(super) fn fill() -> Module {
    let mut module = Module::new();
    let (mut imports, mut elements) = (ImportSection::new(), ElementSection::new());
    imports.import("", "0", EntityType::Function(Ty::Bytes.at(2)));
    imports.import("", "table", table(1, Some(1)));
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions([0][..].into()),
    );
    module.section(&types(2)).section(&imports);
    module.section(&elements);
    module
}

/// The common memory and table, what libraries are told, and stubs.
pub(super) fn common(libraries: usize) -> Module {
    let mut module = Module::new();
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
        funcs.function(Ty::Step.at(3));
        exports.export(&format!("step_{index}"), ExportKind::Func, index as u32);
        let mut stub = Function::new([]);
        stub.instructions()
            .local_get(0)
            .i32_const(place(index) + 1)
            .call_indirect(0, Ty::Step.at(3))
            .end();
        code.function(&stub);
    }
    // What is before the first library.
    funcs.function(Ty::Step.at(3));
    exports.export("step", ExportKind::Func, libraries as u32);
    let mut first = Function::new([]);
    first.instructions().i32_const(7).end();
    code.function(&first);
    data.active(0, &ConstExpr::i32_const(0), *b"\x05\0\0\0 and the rest");
    module.section(&types(3)).section(&funcs).section(&tables);
    module
        .section(&memories)
        .section(&globals)
        .section(&exports);
    module.section(&code).section(&data);
    module
}

/// Puts the libraries' functions where the stubs call them.
pub(super) fn init(libraries: usize) -> Module {
    let mut module = Module::new();
    let (mut imports, mut elements) = (ImportSection::new(), ElementSection::new());
    imports.import("common", "table", table(1, None));
    for index in 0..libraries {
        let step = EntityType::Function(Ty::Step.at(1));
        imports.import(&format!("library_{index}"), "step", step);
        elements.active(
            None,
            &ConstExpr::i32_const(place(index) + 1),
            Elements::Functions([index as u32][..].into()),
        );
    }
    module.section(&types(1)).section(&imports);
    module.section(&elements);
    module
}
