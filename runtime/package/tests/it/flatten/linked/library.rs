//! A shared library.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, HeapType, ImportSection,
    InstructionSink, MemorySection, Module, NameMap, NameSection, StartSection, ValType,
};

use super::{AT, MEMORY, Ty, global, place, table, types};

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
    /// Passive data, which it copies to its own word when it is asked to change things.
    pub(crate) passive: Vec<u8>,
    /// What it does to the common table when it is asked to change things.
    pub(crate) changes: Changes,
}

/// What code does to the table that libraries are called through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Changes {
    #[default]
    Nothing,
    /// Copies a passive segment to the place that is called for the library's own function.
    Copies,
    /// Sets the place that the stub of the next library's `step` calls, and calls the stub.
    Sets,
    /// Grows it, and returns its size.
    Grows,
}

/// An argument at which `step` of each library changes things, the last library first.
const CHANGE: i32 = -1;
/// The same for what it has in passive segments: after this there is nothing to copy.
const DROP: i32 = -2;
/// An argument at which `step` copies what it can, and ends with a trap.
const END: i32 = 99;

/// Indices in a library's module.
mod func {
    pub(super) const NOTE: u32 = 0;
    pub(super) const SEE: u32 = 1;
    pub(super) const NEXT: u32 = 2;
    pub(super) const BEFORE: u32 = 3;
    pub(super) const STEP: u32 = 4;
    pub(super) const START: u32 = 5;
    pub(super) const UNUSED: u32 = 6;
    pub(super) const OTHER: u32 = 7;
}

mod number {
    pub(super) const MEMORY_BASE: u32 = 0;
    pub(super) const TABLE_BASE: u32 = 1;
    pub(super) const GOT: u32 = 2;
    pub(super) const STACK: u32 = 3;
}

impl Library {
    /// The module of a library, by its number and how many there are.
    pub(super) fn module(&self, index: usize, of: usize) -> Module {
        let mut module = Module::new();
        let (mut imports, mut memories) = (ImportSection::new(), MemorySection::new());
        self.imports(index, &mut imports);
        if self.own_memory {
            memories.memory(MEMORY);
        } else {
            imports.import("env", "memory", MEMORY);
        }
        let (mut funcs, mut exports) = (FunctionSection::new(), ExportSection::new());
        let mut code = CodeSection::new();
        for ty in [Ty::Step, Ty::Nothing, Ty::Step, Ty::Step] {
            funcs.function(ty.at(index));
        }
        exports.export("step", ExportKind::Func, func::STEP);
        exports.export("unused", ExportKind::Func, func::UNUSED);
        code.function(&self.step(index, of)).function(&start(index));
        let mut unused = Function::new([]);
        unused.instructions().local_get(0).call(func::BEFORE).end();
        let mut other = Function::new([]);
        let name = 1000 * (index as i32 + 1);
        other
            .instructions()
            .local_get(0)
            .i32_const(name)
            .i32_add()
            .end();
        code.function(&unused).function(&other);
        let data = self.data();
        let mut map = NameMap::new();
        map.append(func::STEP, &format!("step of {index}"));
        map.append(func::UNUSED, "unused");
        let mut names = NameSection::new();
        names.functions(&map);
        module
            .section(&types(index))
            .section(&imports)
            .section(&funcs);
        if self.own_memory {
            module.section(&memories);
        }
        module.section(&exports);
        if self.starts {
            module.section(&StartSection {
                function_index: func::START,
            });
        }
        module.section(&self.elements());
        if !self.passive.is_empty() {
            module.section(&DataCountSection { count: data.len() });
        }
        module.section(&code).section(&data).section(&names);
        module
    }

    /// In the order of the indices above.
    fn imports(&self, index: usize, imports: &mut ImportSection) {
        let function = |ty: Ty| EntityType::Function(ty.at(index));
        imports.import("host", "note", function(Ty::Number));
        imports.import("host", "see", function(Ty::Bytes));
        imports.import("env", "next", function(Ty::Step));
        imports.import("before", "step", function(Ty::Step));
        imports.import("env", "memory_base", global(false));
        imports.import("env", "table_base", global(false));
        imports.import("env", "got", global(true));
        imports.import("env", "stack", global(true));
        imports.import("env", "table", table(1, None));
    }

    fn elements(&self) -> ElementSection {
        let mut elements = ElementSection::new();
        match self.changes {
            Changes::Copies => {
                let both = [func::BEFORE, func::OTHER];
                elements.passive(Elements::Functions(both[..].into()));
            }
            Changes::Sets => {
                elements.declared(Elements::Functions([func::OTHER][..].into()));
            }
            Changes::Nothing | Changes::Grows => {}
        }
        elements.active(
            None,
            &ConstExpr::global_get(number::TABLE_BASE),
            Elements::Functions([func::STEP][..].into()),
        );
        elements
    }

    fn data(&self) -> DataSection {
        let mut data = DataSection::new();
        if !self.passive.is_empty() {
            data.passive(self.passive.iter().copied());
        }
        for (place, bytes) in &self.data {
            let place = ConstExpr::global_get(number::MEMORY_BASE)
                .with_i32_const(*place)
                .with_i32_add();
            data.active(0, &place, bytes.iter().copied());
        }
        data
    }

    /// Changes memory, shows it to the host, and calls on in one of four ways.
    fn step(&self, index: usize, of: usize) -> Function {
        let mut function = Function::new([(1, ValType::I32)]);
        let (x, result) = (0, 1);
        let mut it = function.instructions();
        it.global_get(number::STACK).i32_const(16).i32_sub();
        it.global_set(number::STACK);
        it.local_get(x).i32_const(END).i32_eq();
        // A block type that is a function type by its index.
        it.if_(BlockType::FunctionType(Ty::Nothing.at(index)));
        self.copy(&mut it);
        it.unreachable().end();
        it.local_get(x).i32_const(0).i32_lt_s();
        it.if_(BlockType::Empty);
        self.change((index + 1) % of, (x, result), &mut it);
        it.end();
        // Its own word is 31 times what it was, and the argument and number.
        it.global_get(number::MEMORY_BASE);
        it.global_get(number::MEMORY_BASE).i32_load(AT);
        it.i32_const(31).i32_mul();
        it.local_get(x).i32_add();
        it.i32_const(index as i32).i32_add().i32_store(AT);
        it.global_get(number::MEMORY_BASE)
            .i32_const(4)
            .call(func::SEE);
        it.local_get(x).i32_const(0).i32_gt_s();
        it.if_(BlockType::Empty);
        {
            it.local_get(x).i32_const(3).i32_rem_s().i32_eqz();
            it.if_(BlockType::Result(ValType::I32));
            it.local_get(x).i32_const(1).i32_sub().call(func::NEXT);
            it.else_();
            it.local_get(x).i32_const(3).i32_rem_s();
            it.i32_const(1).i32_eq();
            it.if_(BlockType::Result(ValType::I32));
            it.local_get(x).i32_const(1).i32_sub().call(func::BEFORE);
            it.else_();
            it.local_get(x).i32_const(1).i32_sub();
            it.global_get(number::GOT);
            it.call_indirect(0, Ty::Step.at(index));
            it.end().end().local_set(result).end();
        }
        it.global_get(number::STACK).i32_const(16).i32_add();
        it.global_set(number::STACK);
        it.local_get(result);
        it.global_get(number::MEMORY_BASE).i32_load(AT).i32_xor();
        it.global_get(number::STACK).i32_add();
        it.i32_const(0).i32_load(AT).i32_add().end();
        function
    }

    /// What `step` does at a negative argument, and then the `step` of the library before.
    fn change(&self, next: usize, (x, result): (u32, u32), it: &mut InstructionSink<'_>) {
        it.local_get(x).i32_const(CHANGE).i32_eq();
        it.if_(BlockType::Empty);
        self.copy(it);
        match self.changes {
            Changes::Nothing | Changes::Copies => {}
            Changes::Sets => {
                it.i32_const(place(next) + 1);
                it.ref_func(func::OTHER).table_set(0);
                it.local_get(x).call(func::NEXT).local_set(result);
            }
            Changes::Grows => {
                it.ref_null(HeapType::FUNC).i32_const(2).table_grow(0);
                it.local_set(result);
            }
        }
        it.end();
        it.local_get(x).i32_const(DROP).i32_eq();
        it.if_(BlockType::Empty);
        if !self.passive.is_empty() {
            it.data_drop(0);
        }
        if self.changes == Changes::Copies {
            it.elem_drop(0);
        }
        it.end();
        it.local_get(x).call(func::BEFORE);
        it.local_get(result).i32_const(7).i32_mul();
        it.i32_add().local_set(result);
    }

    /// Copies what there is in passive segments.
    fn copy(&self, it: &mut InstructionSink<'_>) {
        if !self.passive.is_empty() {
            it.global_get(number::MEMORY_BASE).i32_const(0);
            it.i32_const(self.passive.len() as i32);
            it.memory_init(0, 0);
        }
        if self.changes == Changes::Copies {
            it.global_get(number::TABLE_BASE);
            it.i32_const(1).i32_const(1).table_init(0, 0);
        }
    }
}

/// Tells the host what the common memory has, and changes it.
fn start(index: usize) -> Function {
    let mut function = Function::new([]);
    let mut it = function.instructions();
    it.i32_const(0).i32_load(AT);
    it.i32_const(1000 * index as i32).i32_add().call(func::NOTE);
    it.i32_const(0);
    it.i32_const(0).i32_load(AT);
    it.i32_const(33).i32_mul();
    it.i32_const(index as i32 + 1).i32_add();
    it.global_get(number::MEMORY_BASE).i32_load(AT).i32_add();
    it.i32_store(AT).end();
    function
}
