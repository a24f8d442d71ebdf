//! One instance writes a secret over its memory; no later instance, of any component, finds it.

use std::process::Command;

use falcon_episode::Verdict;
use falcon_host::{
    Allocation, Engine,
    language::{LanguagePack, Limits},
};
use falcon_testing::first_party;
use wasmtime::{Instance, Module, Store};

use crate::common::{ALL, built, contrary_as, file, loader, manifest, plugin, score};

/// The first secret's number. The secret itself is computed where it is written and where it is looked for, since its
/// number lies in memory too.
const NUMBER: u64 = 0x5ec2_e700_c0ff_ee00 & i64::MAX as u64;

#[test]
fn nothing_is_left_in_a_slot() {
    let loader = loader();
    let writer = plugin(&loader);
    let (_folder, path) = file(&contrary_as(&manifest("falcon/another", ">=0.1", ALL)));
    let reader = loader.load(&path).unwrap();
    assert_ne!(writer.id().digest, reader.id().digest);
    for round in 0..8u64 {
        let secret = NUMBER + round;
        std::thread::scope(|scope| {
            // Several slots at once, so that the readers below get used ones.
            for _ in 0..4 {
                scope.spawn(|| assert!(score(&writer, "write-secret", secret) > 3e6));
            }
        });
        for plugin in [&writer, &reader, &writer, &reader, &reader, &writer] {
            assert_eq!(score(plugin, "find-secret", secret), 0.0, "round {round}");
        }
    }
}

/// Fills 60 MiB of Python's memory.
const PYTHON_WRITES: &str = "
import array, sys
secret = ~int(sys.argv[1]) & 2**64 - 1
kept = array.array('Q', [secret]) * (60 << 17)
print(len(kept))
";

/// Fills 75 MiB of a C++ program's memory, or reads all of it.
const CPP: &str = r#"
extern "C" int printf(const char*, ...);
extern "C" unsigned long long strtoull(const char*, char**, int);
int main(int, char** values) {
    unsigned long long secret = ~strtoull(values[1], nullptr, 10);
    bool writes = values[2][0] == 'w';
    __SIZE_TYPE__ before = __builtin_wasm_memory_size(0);
    __builtin_wasm_memory_grow(0, 1200);
    auto* at = (volatile unsigned long long*)(writes ? before << 16 : 8);
    auto* end = (volatile unsigned long long*)(__builtin_wasm_memory_size(0) << 16);
    int count = 0;
    for (; at < end; ++at) {
        if (writes) *at = secret;
        count += *at == secret;
    }
    printf("%d", count);
}
"#;

/// Set in the process that the test starts of itself: the pool of slots must be its own.
const OWN_PROCESS: &str = "FALCON_TEST_CANARY";

/// Python, C++ and a judge one after another in the same slots. A slot that was used goes to another component only where
/// there is none that was not, so all but eight are held: a program may take two for a moment.
#[test]
fn nothing_is_left_for_another_language() {
    let Allocation::Pool(slots) = Engine::get().unwrap().allocation() else {
        skipped();
        return;
    };
    if std::env::var_os(OWN_PROCESS).is_none() {
        let name = "canary::nothing_is_left_for_another_language";
        let mut again = Command::new(std::env::current_exe().unwrap());
        let ended = again.args(["--exact", name]).env(OWN_PROCESS, "1").output();
        let ended = ended.unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(
            ended.status.success() && said.contains("1 passed"),
            "{said}"
        );
        return;
    }
    let loader = loader();
    let pack = |name: &str| {
        let plugin = loader.load(&built(first_party(name))).unwrap();
        LanguagePack::of(&plugin).unwrap()
    };
    let (python, cpp, judge) = (pack("falcon/python"), pack("falcon/cpp"), plugin(&loader));
    let python_writes = |number: u64| {
        let count = said(&python, PYTHON_WRITES, &[number.to_string()]);
        assert_eq!(count, (60 << 17).to_string());
    };
    let cpp_does = |number: u64, what: &str| -> u32 {
        let count = said(&cpp, CPP, &[number.to_string(), what.to_owned()]);
        count.parse().unwrap()
    };
    // Compiled while there is room: that takes two slots at once, and a program that was compiled only its own.
    assert_eq!(cpp_does(NUMBER, "find"), 0);
    let _held = hold(slots.saturating_sub(8));
    let cpp_writes = |number: u64| assert!(cpp_does(number, "write") > 9_000_000);
    let judge_writes = |number: u64| assert!(score(&judge, "write-secret", number) > 3e6);
    let writers: [&(dyn Fn(u64) + Sync); 3] = [&python_writes, &cpp_writes, &judge_writes];
    for (round, writes) in (0..).zip(writers.iter().cycle().take(6)) {
        let number = NUMBER + round;
        at_once(2, || writes(number));
        at_once(4, || assert_eq!(cpp_does(number, "find"), 0, "{round}"));
        at_once(2, || {
            assert_eq!(score(&judge, "find-secret", number), 0.0, "{round}");
        });
    }
}

#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: no pool, so no instance's memory is used twice");
}

/// Takes so many slots for memories, for as long as this is held.
fn hold(slots: u32) -> Vec<Store<()>> {
    let engine = Engine::get().unwrap();
    let engine = engine.wasmtime();
    let module = Module::new(engine, wat::parse_str("(module (memory 1))").unwrap()).unwrap();
    let instance = |_| {
        let mut store = Store::new(engine, ());
        Instance::new(&mut store, &module, &[]).unwrap();
        store
    };
    (0..slots).map(instance).collect()
}

/// What a program writes to standard output.
fn said(pack: &LanguagePack, program: &str, arguments: &[String]) -> String {
    let run = pack.run_program(program, arguments, b"", &Limits::default());
    let run = run.unwrap();
    assert_eq!(run.verdict, Verdict::Passed, "{}", run.message);
    String::from_utf8(run.stdout).unwrap().trim().to_owned()
}

fn at_once(count: usize, what: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(&what);
        }
    });
}
