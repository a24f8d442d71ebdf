use falcon_package::core_module::{Offered, Signature, Sizes, check};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module,
    RefType, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, Parser, Payload, TypeRef, Validator};

const OFFERED: &[Offered] = &[
    offer("wasi_snapshot_preview1", "fd_write", "iiii", "i"),
    offer("wasi_snapshot_preview1", "clock_time_get", "iIi", "i"),
    offer("falcon", "output", "ii", ""),
    offer("falcon", "real", "fF", ""),
];
const EXPORTS: [&str; 2] = ["memory", "_start"];
const SIZES: Sizes = Sizes {
    bytes: 64 << 10,
    functions: 50,
    code: 8 << 10,
    function: 1 << 10,
    memories: 1,
    tables: 1,
    table_elements: 1000,
    parts: 50,
};

const fn offer(
    module: &'static str,
    name: &'static str,
    parameters: &'static str,
    results: &'static str,
) -> Offered {
    let signature = Signature {
        parameters,
        results,
    };
    Offered {
        module,
        name,
        signature,
    }
}

/// What is read of a module that was made of a hostile program never panics and is the same each time. A valid one that
/// is accepted imports only what is offered, by the types that it is offered by; and within its own measures it is
/// accepted, and refused where any of them is one less.
pub fn module(bytes: &[u8]) {
    let checked = |sizes: &Sizes| {
        let checked = check(bytes, &[OFFERED], &EXPORTS, sizes);
        checked.map_err(|error| error.to_string())
    };
    let done = checked(&SIZES);
    assert_eq!(checked(&SIZES), done, "not the same each time");
    if done.is_err() || Validator::new().validate_all(bytes).is_err() {
        return;
    }
    let measured = Measured::of(bytes);
    for (module, name, kind) in &measured.imports {
        let offer = OFFERED
            .iter()
            .find(|offer| offer.module == module.as_str() && offer.name == name.as_str());
        let offer = offer.unwrap_or_else(|| panic!("{module}.{name} is not offered"));
        let signature = (offer.signature.parameters, offer.signature.results);
        let kind = kind.as_ref().expect("only functions are offered");
        assert_eq!((kind.0.as_str(), kind.1.as_str()), signature);
    }
    let exact = measured.sizes;
    assert_eq!(checked(&exact), Ok(()), "{exact:?}");
    for less in one_less(&exact) {
        assert!(checked(&less).is_err(), "{less:?} of {exact:?}");
    }
}

/// The measures, each with one less, where there is one.
fn one_less(of: &Sizes) -> Vec<Sizes> {
    let mut all = Vec::new();
    let less = |n: u32| n.checked_sub(1);
    all.extend(of.bytes.checked_sub(1).map(|bytes| Sizes { bytes, ..*of }));
    all.extend(less(of.functions).map(|functions| Sizes { functions, ..*of }));
    all.extend(of.code.checked_sub(1).map(|code| Sizes { code, ..*of }));
    let function = of.function.checked_sub(1);
    all.extend(function.map(|function| Sizes { function, ..*of }));
    all.extend(less(of.memories).map(|memories| Sizes { memories, ..*of }));
    all.extend(less(of.tables).map(|tables| Sizes { tables, ..*of }));
    let elements = of.table_elements.checked_sub(1);
    all.extend(elements.map(|table_elements| Sizes {
        table_elements,
        ..*of
    }));
    all.extend(less(of.parts).map(|parts| Sizes { parts, ..*of }));
    all
}

/// Letters of the parameters and of the results of a function.
type Letters = (String, String);

/// What a valid module is, read once more.
struct Measured {
    sizes: Sizes,
    /// Module, name, and for a function the letters of its parameters and results.
    imports: Vec<(String, String, Option<Letters>)>,
}

impl Measured {
    fn of(bytes: &[u8]) -> Self {
        let mut types = Vec::new();
        let mut imports = Vec::new();
        let mut sizes = Sizes {
            bytes: bytes.len(),
            functions: 0,
            code: 0,
            function: 0,
            memories: 0,
            tables: 0,
            table_elements: 0,
            parts: 0,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.expect("it is valid") {
                Payload::TypeSection(section) => {
                    for group in section {
                        let group = group.expect("it is valid").into_types();
                        types.extend(group.map(|kind| letters(&kind.composite_type.inner)));
                    }
                }
                Payload::ImportSection(section) => {
                    sizes.parts += section.count();
                    for import in section.into_imports() {
                        let import = import.expect("it is valid");
                        let kind = match import.ty {
                            TypeRef::Func(index) => types[index as usize].clone(),
                            _ => None,
                        };
                        imports.push((import.module.to_owned(), import.name.to_owned(), kind));
                    }
                }
                Payload::FunctionSection(section) => sizes.functions += section.count(),
                Payload::MemorySection(section) => sizes.memories += section.count(),
                Payload::TableSection(section) => {
                    sizes.tables += section.count();
                    for table in section {
                        sizes.table_elements += table.expect("it is valid").ty.initial;
                    }
                }
                Payload::GlobalSection(section) => sizes.parts += section.count(),
                Payload::TagSection(section) => sizes.parts += section.count(),
                Payload::DataSection(section) => sizes.parts += section.count(),
                Payload::ElementSection(section) => sizes.parts += section.count(),
                Payload::CodeSectionEntry(body) => {
                    let length = body.range().len();
                    sizes.code += length;
                    sizes.function = sizes.function.max(length);
                }
                _ => {}
            }
        }
        Self { sizes, imports }
    }
}

/// A function's parameters and results as offers write them.
fn letters(kind: &CompositeInnerType) -> Option<(String, String)> {
    let CompositeInnerType::Func(function) = kind else {
        return None;
    };
    let all = |types: &[wasmparser::ValType]| {
        let letter = |kind: &wasmparser::ValType| match kind {
            wasmparser::ValType::I32 => 'i',
            wasmparser::ValType::I64 => 'I',
            wasmparser::ValType::F32 => 'f',
            wasmparser::ValType::F64 => 'F',
            _ => '?',
        };
        types.iter().map(letter).collect()
    };
    Some((all(function.params()), all(function.results())))
}

/// Inputs to begin with, by name: a module with a part of each kind, and one that imports what is not offered.
pub fn module_seeds() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("program.wasm", program("fd_write")),
        ("stranger.wasm", program("path_open")),
    ]
}

fn program(imported: &str) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    imports.import("wasi_snapshot_preview1", imported, EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 4,
        maximum: None,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    let global = GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    };
    globals.global(global, &ConstExpr::i32_const(7));
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("_start", ExportKind::Func, 1);
    let mut code = CodeSection::new();
    let mut body = Function::new([]);
    body.instructions().end();
    code.function(&body);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(0), *b"data");
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&code)
        .section(&data);
    module.finish()
}
