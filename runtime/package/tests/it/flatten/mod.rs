//! Merging the core modules of a component. That the result does what the component did is tested by the host's
//! tests, which run both.

mod adapted;
mod linked;
mod shape;
mod written;

use falcon_package::{FlattenError, SECTION, core_modules, flatten, surface};
use linked::{Changes, Library, Program};
use shape::{Shape, shapes};
use wasm_encoder::{
    Alias, ComponentBuilder, ComponentOuterAliasKind, ComponentTypeRef, ConstExpr, CustomSection,
    ModuleType,
};
use written::{EARLY_DESTRUCTOR, MERGED, NESTED_BETWEEN};

#[test]
fn libraries_become_one_module() {
    let component = Program::plain(3).component();
    assert_eq!(shapes(&component).len(), 7);
    let flat = flatten(&component).unwrap();
    let [_, _, merged] = &shapes(&flat)[..] else {
        panic!(
            "not a shim, what fills it, and one more: {:?}",
            shapes(&flat)
        );
    };
    let expected = Shape {
        // Nothing starts, so nothing calls the host's `note`.
        imports: vec!["host#see".into()],
        exports: vec!["memory".into(), "step".into()],
        // `step` of each and the one before the first; no stub, and nothing that is not called.
        funcs: 4,
        // The stack pointer: all others are constants.
        globals: vec![true],
        tables: vec![(8, Some(8))],
        memories: 1,
        elements: [1, 3, 5, 2, 4, 6].map(|place| (Some(place), 1)).to_vec(),
        data: [0, 256, 512, 768].map(Some).to_vec(),
        starts: false,
        names: ["host#see", "step of 0", "step of 1", "step of 2"]
            .map(String::from)
            .to_vec(),
        // One in each `step`, whose place is not known.
        indirect_calls: 3,
    };
    assert_eq!(*merged, expected);
}

#[test]
fn the_rest_of_the_component_is_kept() {
    let mut component = Program::plain(2).component();
    let manifest = CustomSection {
        name: SECTION.into(),
        data: b"name = \"a/b\""[..].into(),
    };
    wasm_encoder::ComponentSection::append_to_component(&manifest, &mut component);
    let flat = flatten(&component).unwrap();
    assert_eq!(surface(&flat).unwrap(), surface(&component).unwrap());
    assert!(flat.ends_with(b"name = \"a/b\""));
    assert_eq!(
        flat,
        flatten(&component).unwrap(),
        "the same bytes make the same"
    );
    assert_eq!(flat, flatten(&flat).unwrap(), "nothing is left to merge");
}

/// What instantiation does keeps its order, so some cannot be merged.
#[test]
fn what_stays_apart() {
    let program = |libraries: usize, change: fn(&mut Program)| {
        let mut program = Program::plain(libraries);
        change(&mut program);
        program
    };
    // The number of core modules before and after.
    let table: [(&str, Program, usize, usize); 7] = [
        ("nothing", program(2, |_| {}), 6, 3),
        // The common memory, and what is used by most.
        (
            "a library with a memory of its own",
            program(3, |it| it.libraries[1].own_memory = true),
            7,
            5,
        ),
        (
            "a library with two instances",
            program(3, |it| it.libraries[1].twice = true),
            7,
            5,
        ),
        (
            "the last starts, after what it needs was filled",
            program(2, |it| {
                it.libraries[1].starts = true;
                it.shim_filled_after = 1;
            }),
            6,
            4,
        ),
        (
            "the last starts, and the shim is filled after it",
            program(2, |it| it.libraries[1].starts = true),
            6,
            4,
        ),
        (
            "the first starts before the second writes",
            program(2, |it| it.libraries[0].starts = true),
            6,
            4,
        ),
        (
            "all start",
            program(2, |it| {
                it.libraries.iter_mut().for_each(|it| it.starts = true);
            }),
            6,
            5,
        ),
    ];
    for (case, program, before, after) in table {
        let component = program.component();
        assert_eq!(shapes(&component).len(), before, "{case}");
        let flat = flatten(&component).unwrap_or_else(|error| panic!("{case}: {error}"));
        let found = shapes(&flat);
        assert_eq!(found.len(), after, "{case}: {found:#?}");
    }
}

/// A shim filled with its own stub needs nothing of the libraries. It and what fills it reach another table than these,
/// so the three are not one; those two are.
#[test]
fn what_stays_apart_is_merged_with_what_stays_with_it() {
    let mut component = Program::plain(2).component();
    // How the module that fills the shim is instantiated: with one argument, the instance of the host's functions.
    let fills = [0, 1, 1, 0, 0x12, 7];
    let places = component.windows(fills.len()).enumerate();
    let places: Vec<usize> = places
        .filter_map(|(at, found)| (found == fills).then_some(at))
        .collect();
    let [at] = places[..] else {
        panic!("one module fills the shim: {places:?}");
    };
    // The shim itself.
    component[at + 5] = 0;
    let flat = flatten(&component).unwrap();
    assert_eq!(shapes(&flat).len(), 2, "{:#?}", shapes(&flat));
    assert_eq!(flatten(&flat).unwrap(), flat);
    assert_eq!(surface(&flat).unwrap(), surface(&component).unwrap());
}

#[test]
fn what_was_written_by_hand_is_merged() {
    for written in &MERGED {
        let component = written.component();
        let flat = flatten(&component).unwrap_or_else(|error| panic!("{}: {error}", written.name));
        let found = (
            core_modules(&component).unwrap(),
            core_modules(&flat).unwrap(),
        );
        assert_eq!(found, written.modules, "{}", written.name);
    }
}

/// It may grow, and its stubs call what is in it by then.
#[test]
fn a_table_that_code_changes_is_not_fixed() {
    for (changes, fixed) in [
        (Changes::Nothing, true),
        (Changes::Copies, false),
        (Changes::Sets, false),
        (Changes::Grows, false),
    ] {
        let mut program = Program::plain(2);
        program.libraries[1].changes = changes;
        let found = shapes(&flatten(&program.component()).unwrap());
        let merged = found.last().unwrap();
        assert_eq!(merged.tables, [(6, fixed.then_some(6))], "{changes:?}");
        // One in each `step`, and in each stub that is left.
        let calls = if fixed { 2 } else { 4 };
        assert_eq!(merged.indirect_calls, calls, "{changes:?}");
    }
}

/// What C makes is a module, the adapter for what it asks the system, a shim, and what fills the shim's table
/// once there is a memory, which stays.
#[test]
fn a_component_with_the_adapter_is_merged() {
    let component = adapted::component();
    assert_eq!(core_modules(&component).unwrap(), 4);
    let flat = flatten(&component).unwrap();
    assert_eq!(core_modules(&flat).unwrap(), 2, "{:#?}", shapes(&flat));
    assert_eq!(surface(&flat).unwrap(), surface(&component).unwrap());
}

#[test]
fn one_start_function_calls_all() {
    // Libraries without segments can start one after the other.
    let component = two_starts();
    let flat = flatten(&component).unwrap();
    let [merged] = &shapes(&flat)[..] else {
        panic!("not one module: {:?}", shapes(&flat));
    };
    assert!(merged.starts && merged.funcs == 3, "{merged:?}");
}

/// Two modules, the second of which imports the first's global; each has a start function.
fn two_starts() -> Vec<u8> {
    use wasm_encoder::{
        CodeSection, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
        GlobalType, ImportSection, Module, ModuleArg, StartSection, TypeSection, ValType,
    };
    let number = GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    };
    let module = |first: bool| {
        let mut module = Module::new();
        let (mut types, mut funcs) = (TypeSection::new(), FunctionSection::new());
        let mut code = CodeSection::new();
        types.ty().function([], []);
        funcs.function(0);
        let mut start = Function::new([]);
        let value = if first { 1 } else { 2 };
        start.instructions().i32_const(value).global_set(0).end();
        code.function(&start);
        module.section(&types);
        if first {
            let (mut globals, mut exports) = (GlobalSection::new(), ExportSection::new());
            globals.global(number, &ConstExpr::i32_const(0));
            exports.export("number", ExportKind::Global, 0);
            module.section(&funcs).section(&globals).section(&exports);
        } else {
            let mut imports = ImportSection::new();
            imports.import("first", "number", number);
            module.section(&imports).section(&funcs);
        }
        module.section(&StartSection { function_index: 0 });
        module.section(&code);
        module
    };
    let mut it = ComponentBuilder::default();
    let (first, second) = (
        it.core_module(None, &module(true)),
        it.core_module(None, &module(false)),
    );
    let none: [(&str, ModuleArg); 0] = [];
    let first = it.core_instantiate(None, first, none);
    it.core_instantiate(None, second, [("first", ModuleArg::Instance(first))]);
    it.finish()
}

#[test]
fn refusals() {
    let with = |change: fn(&mut ComponentBuilder)| {
        let mut builder = Program::plain(2).builder();
        change(&mut builder);
        builder.finish()
    };
    let good = Program::plain(2).component();
    let cut = good[..good.len() / 2].to_vec();
    let mut broken = good.clone();
    let at = broken.len() / 3;
    broken[at..at + 8].fill(0xff);
    let table: [(&str, Vec<u8>, &str); 10] = [
        ("nothing", Vec::new(), "not begin with a component's header"),
        (
            "a core module",
            b"\0asm\x01\0\0\0".to_vec(),
            "not begin with a component's header",
        ),
        ("cut short", cut, "the component is not valid: "),
        ("broken", broken, "the component is not valid: "),
        (
            "a module from outside",
            with(|it| {
                let (index, ty) = it.core_type(None);
                ty.module(&ModuleType::new());
                it.import("m", ComponentTypeRef::Module(index));
            }),
            "the component has a core module that is imported, exported or passed on, which flattening does not know",
        ),
        (
            "a module that is exported",
            with(|it| {
                it.export("m", wasm_encoder::ComponentExportKind::Module, 0, None);
            }),
            "a core module that is imported, exported or passed on",
        ),
        (
            "a module used by a component inside",
            with(|it| {
                let mut inside = ComponentBuilder::default();
                inside.alias(
                    None,
                    Alias::Outer {
                        kind: ComponentOuterAliasKind::CoreModule,
                        count: 1,
                        index: 0,
                    },
                );
                it.component(None, inside);
            }),
            "a component inside the component has an alias of a core module",
        ),
        (
            "types that are no functions",
            with(|it| {
                let mut module = wasm_encoder::Module::new();
                let mut types = wasm_encoder::TypeSection::new();
                types.ty().struct_([]);
                module.section(&types);
                it.core_module(None, &module);
            }),
            "core module 6 has a type that is not a plain function type",
        ),
        (
            "a component inside that starts between two modules",
            NESTED_BETWEEN.component(),
            "the component has a component inside that is made between core modules which belong together",
        ),
        (
            "a destructor that is needed before what is merged with it",
            EARLY_DESTRUCTOR.component(),
            "the component has a function or type that is made before modules which belong together are all there",
        ),
    ];
    for (case, bytes, expected) in table {
        let error = flatten(&bytes).unwrap_err();
        assert!(!matches!(error, FlattenError::Fault(_)), "{case}: {error}");
        let error = error.to_string();
        assert!(error.contains(expected), "{case}: {error}");
    }
}

#[test]
fn hostile_files() {
    let mut program = Program::plain(2);
    program.libraries[1] = Library {
        starts: true,
        passive: b"passive".to_vec(),
        changes: Changes::Copies,
        ..Library::default()
    };
    let good = program.component();
    for length in 0..good.len() {
        // A cut between two sections may be a whole component.
        let _ = flatten(&good[..length]);
    }
    for at in 0..good.len() {
        for bits in [1, 0x10, 0x80, 0xff] {
            let mut changed = good.clone();
            changed[at] ^= bits;
            if let Err(error) = flatten(&changed) {
                let fault = matches!(error, FlattenError::Fault(_));
                assert!(!fault, "byte {at} changed by {bits}: {error}");
            }
        }
    }
}
