//! A component whose core modules were merged does what it did before.

#[path = "../../../package/tests/it/flatten/adapted.rs"]
mod adapted;
#[path = "../../../package/tests/it/flatten/linked/mod.rs"]
mod linked;
#[path = "../../../package/tests/it/flatten/written.rs"]
mod written;

use falcon_host::{Engine, stack};
use falcon_package::{FlattenError, core_modules, flatten};
use linked::{Changes, Library, Program};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};
use wasmtime::{
    Store, Trap,
    component::{Component, Linker, ResourceTable},
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2::pipe::MemoryOutputPipe};
use written::{EARLY_DESTRUCTOR, MERGED, NESTED_BETWEEN};

use crate::common::built;

/// What a component did, as seen from outside.
#[derive(Debug, PartialEq)]
enum Event {
    Noted(u32),
    Saw(Vec<u8>),
    Returned(i32),
    Echoed(Vec<u8>),
    Trapped(Option<Trap>),
}

/// Instantiates a component and calls it.
fn called(
    linker: &Linker<Vec<Event>>,
    component: &Component,
    store: &mut Store<Vec<Event>>,
) -> wasmtime::Result<()> {
    let instance = linker.instantiate(&mut *store, component)?;
    let run = instance.get_typed_func::<(i32,), (i32,)>(&mut *store, "run")?;
    // Some know no such function.
    let echo = instance.get_func(&mut *store, "echo");
    let echo = echo
        .map(|echo| echo.typed::<(&[u8],), (Vec<u8>,)>(&*store))
        .transpose()?;
    for x in [0, 1, 2, 5, -1, 13, 30, -2, 5, 99] {
        let (returned,) = run.call(&mut *store, (x,))?;
        store.data_mut().push(Event::Returned(returned));
        if let Some(echo) = &echo {
            let (echoed,) = echo.call(&mut *store, (b"an echo",))?;
            store.data_mut().push(Event::Echoed(echoed));
        }
    }
    Ok(())
}

/// All that a component does.
fn events(component: &[u8]) -> Vec<Event> {
    let engine = Engine::get().unwrap();
    let engine = engine.wasmtime();
    let component = Component::from_binary(engine, component).unwrap();
    let mut linker = Linker::<Vec<Event>>::new(engine);
    let mut root = linker.root();
    root.func_wrap("note", |mut store, (x,): (u32,)| {
        store.data_mut().push(Event::Noted(x));
        Ok(())
    })
    .unwrap();
    root.func_wrap("see", |mut store, (x,): (Vec<u8>,)| {
        store.data_mut().push(Event::Saw(x));
        Ok(())
    })
    .unwrap();
    let run = || {
        let mut store = Store::new(engine, Vec::new());
        store.set_fuel(1 << 30).unwrap();
        store.set_epoch_deadline(1 << 30);
        if let Err(error) = called(&linker, &component, &mut store) {
            let trap = error.downcast_ref::<Trap>().copied();
            store.data_mut().push(Event::Trapped(trap));
        }
        store.into_data()
    };
    std::thread::scope(|scope| {
        // As much as the engine may use of it.
        let thread = std::thread::Builder::new().stack_size(stack::THREAD);
        thread.spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

#[test]
fn a_flat_component_does_the_same() {
    let component = Program::plain(3).component();
    let expected = events(&component);
    assert!(expected.len() > 30, "{expected:?}");
    assert_eq!(
        expected.last(),
        Some(&Event::Trapped(Some(Trap::UnreachableCodeReached)))
    );
    assert_eq!(events(&flatten(&component).unwrap()), expected);
}

/// Libraries that start, write over each other's data and have memories of their own, in any order.
#[test]
fn any_flat_component_does_the_same() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut below = |bound: u32| random.next_u32() % bound;
    for case in 0..200 {
        let libraries = (0..1 + below(5)).map(|_| Library {
            data: (0..below(4))
                .map(|_| {
                    let place = below(520) as i32 - 260;
                    let bytes = (0..below(12)).map(|_| below(256) as u8).collect();
                    (place, bytes)
                })
                .collect(),
            starts: below(3) == 0,
            own_memory: below(6) == 0,
            twice: below(6) == 0,
            passive: (0..below(12)).map(|_| below(256) as u8).collect(),
            // Of most programs some library changes nothing, and of some none does.
            changes: match below(9) {
                0 => Changes::Copies,
                1 => Changes::Sets,
                2 => Changes::Grows,
                _ => Changes::Nothing,
            },
        });
        let mut libraries: Vec<_> = libraries.collect();
        // The engine has four memories for a component: the common one, and this one, maybe twice.
        libraries
            .iter_mut()
            .filter(|library| library.own_memory)
            .skip(1)
            .for_each(|library| library.own_memory = false);
        let program = Program {
            shim_filled_after: below(libraries.len() as u32 + 1) as usize,
            libraries,
        };
        let component = program.component();
        let flat = flatten(&component).unwrap_or_else(|error| panic!("{program:?}: {error}"));
        assert_eq!(events(&flat), events(&component), "{case}: {program:?}");
    }
}

/// What linkers make rarely.
#[test]
fn what_was_written_by_hand_does_the_same() {
    for written in &MERGED {
        let component = written.component();
        let expected = events(&component);
        let returned = expected.iter();
        let returned = returned.filter(|event| matches!(event, Event::Returned(_)));
        assert_eq!(returned.count(), 10, "{}: {expected:?}", written.name);
        let flat = flatten(&component).unwrap();
        assert_eq!(core_modules(&flat).unwrap(), written.modules.1);
        assert_eq!(events(&flat), expected, "{}", written.name);
    }
}

/// What cannot be merged without a change that is seen is good, and refused.
#[test]
fn an_order_that_cannot_be_kept_is_refused() {
    let noted = |component: &[u8]| {
        let events = events(component).into_iter();
        let noted = events.filter_map(|event| match event {
            Event::Noted(x) => Some(x),
            _ => None,
        });
        noted.collect::<Vec<_>>()
    };
    let table: [(_, &[u32]); 2] = [
        (NESTED_BETWEEN, &[1, 2]),
        (EARLY_DESTRUCTOR, &[41, 500, 42, 501]),
    ];
    for (written, expected) in table {
        let component = written.component();
        let found = noted(&component);
        assert!(found.starts_with(expected), "{}: {found:?}", written.name);
        let error = flatten(&component).unwrap_err();
        let unsupported = matches!(error, FlattenError::Unsupported { .. });
        assert!(unsupported, "{}: {error}", written.name);
    }
}

/// A store of a component that may write to standard output.
struct System {
    context: WasiCtx,
    table: ResourceTable,
}

impl WasiView for System {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.context,
            table: &mut self.table,
        }
    }
}

/// What `component` of [`adapted`] writes and returns.
fn written_by(component: &[u8]) -> (String, Vec<u32>) {
    let engine = Engine::get().unwrap();
    let engine = engine.wasmtime();
    let component = Component::from_binary(engine, component).unwrap();
    let mut linker = Linker::<System>::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
    let out = MemoryOutputPipe::new(1 << 10);
    let system = System {
        context: WasiCtx::builder().stdout(out.clone()).build(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(engine, system);
    store.set_fuel(1 << 30).unwrap();
    store.set_epoch_deadline(1 << 30);
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let judge = instance.get_export_index(&mut store, None, "falcon:judge/judge@0.1.0");
    let judge = instance.get_export_index(&mut store, judge.as_ref(), "judge");
    let judge = instance
        .get_typed_func::<(u32,), (u32,)>(&mut store, judge.unwrap())
        .unwrap();
    let returned = [3, 7].map(|x| judge.call(&mut store, (x,)).unwrap().0);
    let text = String::from_utf8(out.contents().to_vec()).unwrap();
    (text, returned.to_vec())
}

/// What C makes of a module that asks the system.
#[test]
fn a_component_with_the_adapter_does_the_same() {
    let component = adapted::component();
    let expected = ("written 3\nwritten 7\n".to_owned(), vec![10, 10]);
    assert_eq!(written_by(&component), expected);
    assert_eq!(written_by(&flatten(&component).unwrap()), expected);
}

/// What `falcon plugin build` makes of Python is flat: beside the merged module there are only those that
/// must be there before it or after it.
#[test]
fn the_python_pack_is_flat() {
    let file = built(falcon_testing::first_party("falcon/python"));
    let pack = std::fs::read(file).unwrap();
    assert_eq!(core_modules(&pack).unwrap(), 3);
    assert_eq!(flatten(&pack).unwrap().len(), pack.len());
}
