//! Components as linkers of shared libraries make them, small: a module with the memory and table, stubs for what
//! is linked later, libraries that import from it and each other, a shim for functions of
//! the host that need the memory, and what fills its table.
//!
//! Also used by the host's tests, which run them.

mod fixed;
mod library;

use wasm_encoder::{
    CanonicalOption, ComponentBuilder, ComponentExportKind, ComponentTypeRef, ComponentValType,
    ExportKind, GlobalType, MemArg, MemoryType, ModuleArg, PrimitiveValType, RefType, TableType,
    TypeSection, ValType,
};

pub(crate) use library::{Changes, Library};

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
        let shim = it.core_module(None, &fixed::shim());
        let fill = it.core_module(None, &fixed::fill());
        let common = it.core_module(None, &fixed::common(count));
        let init = it.core_module(None, &fixed::init(count));
        let modules: Vec<u32> = (0..count)
            .map(|index| it.core_module(None, &self.libraries[index].module(index, count)))
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
            let Some(module) = modules.get(index) else {
                break;
            };
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
            let instance = it.core_instantiate(None, *module, args);
            if self.libraries[index].twice {
                it.core_instantiate(None, *module, args);
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

/// The types of the modules' functions. Each module has them in an order of its own, so that an index means
/// another type in another module.
#[derive(Clone, Copy)]
enum Ty {
    Step,
    Number,
    Bytes,
    Nothing,
}

impl Ty {
    const ALL: [Self; 4] = [Self::Step, Self::Number, Self::Bytes, Self::Nothing];

    /// Its index in a module that has the types rotated by so much.
    const fn at(self, rotated: usize) -> u32 {
        ((self as usize + rotated) % Self::ALL.len()) as u32
    }
}

fn types(rotated: usize) -> TypeSection {
    let mut types = TypeSection::new();
    let mut order = Ty::ALL;
    order.rotate_right(rotated % Ty::ALL.len());
    for ty in order {
        match ty {
            Ty::Step => types.ty().function([ValType::I32], [ValType::I32]),
            Ty::Number => types.ty().function([ValType::I32], []),
            Ty::Bytes => types.ty().function([ValType::I32, ValType::I32], []),
            Ty::Nothing => types.ty().function([], []),
        }
    }
    types
}

/// The place in the table of a library's function. The stub of its `step` is after it.
fn place(index: usize) -> i32 {
    1 + 2 * index as i32
}
