//! A component whose core modules were merged does what it did before.

#[path = "../../../package/tests/it/flatten/linked.rs"]
mod linked;

use falcon_host::{Engine, stack};
use falcon_package::flatten;
use linked::{Library, Program};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};
use wasmtime::{
    Store, Trap,
    component::{Component, Linker},
};

use crate::common::built;

/// What a component did, as seen from outside.
#[derive(Debug, PartialEq)]
enum Event {
    Noted(u32),
    Saw(Vec<u8>),
    Returned(i32),
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
    for x in [0, 1, 2, 5, 13, 30, 99] {
        let (returned,) = run.call(&mut *store, (x,))?;
        store.data_mut().push(Event::Returned(returned));
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
        // As much as instances may use.
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
        // One at most, since a component's memories are limited.
        let alone = below(10);
        let libraries = (0..1 + below(5)).map(|index| Library {
            data: (0..below(4))
                .map(|_| {
                    let place = below(520) as i32 - 260;
                    let bytes = (0..below(12)).map(|_| below(256) as u8).collect();
                    (place, bytes)
                })
                .collect(),
            starts: below(3) == 0,
            own_memory: index == alone,
            twice: below(6) == 0,
        });
        let libraries: Vec<_> = libraries.collect();
        let program = Program {
            shim_filled_after: below(libraries.len() as u32 + 1) as usize,
            libraries,
        };
        let component = program.component();
        let flat = flatten(&component).unwrap_or_else(|error| panic!("{program:?}: {error}"));
        assert_eq!(events(&flat), events(&component), "{case}: {program:?}");
    }
}

/// What `falcon plugin build` makes of Python is flat.
#[test]
fn the_python_pack_is_flat() {
    let file = built(falcon_testing::first_party("falcon/python"));
    let pack = std::fs::read(file).unwrap();
    assert_eq!(flatten(&pack).unwrap().len(), pack.len());
}
