use falcon_package::extism::join as joined;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wasmparser::{Parser, Payload, Validator};

/// An Extism module joined with a runner never panics, and comes to the same each time. What comes of it is valid, asks
/// of its host what the runner asks and no more, offers what the runner offers and nothing of its own, and has the
/// memories of both.
pub fn join(bytes: &[u8]) {
    let runner = runner();
    let done = joined(&runner, bytes);
    assert_eq!(joined(&runner, bytes), done, "not the same each time");
    let Ok(module) = done else { return };
    let valid = Validator::new().validate_all(&module);
    assert!(valid.is_ok(), "{:?}", valid.err());
    let surface = Surface::of(&module);
    assert_eq!(surface.imports, ["falcon:host/panic@0.1.0 report"]);
    assert_eq!(surface.exports, ["memory", "run"]);
    assert_eq!(surface.memories, 1 + Surface::of(bytes).memories);
}

/// What a valid module has to do with others.
struct Surface {
    imports: Vec<String>,
    exports: Vec<String>,
    memories: u32,
}

impl Surface {
    fn of(bytes: &[u8]) -> Self {
        let mut surface = Self {
            imports: Vec::new(),
            exports: Vec::new(),
            memories: 0,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.expect("it is valid") {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.expect("it is valid");
                        let name = format!("{} {}", import.module, import.name);
                        surface.imports.push(name);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.expect("it is valid");
                        surface.exports.push(export.name.to_owned());
                    }
                }
                Payload::MemorySection(section) => surface.memories += section.count(),
                _ => {}
            }
        }
        surface
    }
}

/// A runner with one kernel function, that begins the other module and has it judge.
fn runner() -> Vec<u8> {
    let mut parts = Parts::default();
    parts.types.ty().function([], []);
    parts.types.ty().function([], [ValType::I32]);
    parts.types.ty().function([ValType::I64], [ValType::I64]);
    for (module, name, kind) in [
        ("falcon:host/panic@0.1.0", "report", 0),
        ("falcon:extism", "judge", 1),
        ("falcon:extism", "begin", 0),
    ] {
        parts
            .imports
            .import(module, name, EntityType::Function(kind));
    }
    let mut alloc = Function::new([]);
    alloc.instructions().local_get(0).end();
    parts.function(2, &alloc);
    let mut run = Function::new([]);
    run.instructions().call(2).call(1).end();
    parts.function(1, &run);
    parts.exports.export("memory", ExportKind::Memory, 0);
    parts.exports.export("kernel_alloc", ExportKind::Func, 3);
    parts.exports.export("run", ExportKind::Func, 4);
    parts.finish(b"runner")
}

/// Inputs to begin with, by name: a module that asks the kernel and the system, and one that begins itself.
pub fn join_seeds() -> Vec<(&'static str, Vec<u8>)> {
    vec![("asks.wasm", guest(false)), ("begins.wasm", guest(true))]
}

fn guest(begins: bool) -> Vec<u8> {
    let mut parts = Parts::default();
    parts.types.ty().function([], []);
    parts.types.ty().function([], [ValType::I32]);
    parts.types.ty().function([ValType::I64], [ValType::I64]);
    parts.types.ty().function([ValType::I32], []);
    for (module, name, kind) in [
        ("extism:host/env", "alloc", 2),
        ("wasi_snapshot_preview1", "proc_exit", 3),
    ] {
        parts
            .imports
            .import(module, name, EntityType::Function(kind));
    }
    let mut judge = Function::new([]);
    judge
        .instructions()
        .i64_const(4)
        .call(0)
        .drop()
        .i32_const(0)
        .end();
    parts.function(1, &judge);
    parts.exports.export("judge", ExportKind::Func, 2);
    if begins {
        let mut begin = Function::new([]);
        begin.instructions().end();
        parts.function(0, &begin);
        parts.exports.export("_initialize", ExportKind::Func, 3);
    }
    parts.finish(b"guest")
}

/// A module's parts, with one memory.
#[derive(Default)]
struct Parts {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
}

impl Parts {
    fn function(&mut self, kind: u32, body: &Function) {
        self.functions.function(kind);
        self.code.function(body);
    }

    fn finish(self, text: &[u8]) -> Vec<u8> {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), text.iter().copied());
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&memories)
            .section(&self.exports)
            .section(&self.code)
            .section(&data);
        module.finish()
    }
}
