//! Programs that have the host work for them end by their fuel, long before the clock.

use std::time::{Duration, Instant};

use falcon_episode::Verdict;
use falcon_grading::Language;
use falcon_host::language::{Limits, Within};

use crate::support::{self, plugin, small};

/// The most that a unit of fuel may take: the clock ends a program after twenty minutes, and it has 100 G units.
const A_UNIT: Duration = Duration::from_nanos(12);

fn ends_by_its_fuel(language: &Language, program: &str, files: &falcon_episode::Files) {
    let limits = Limits {
        fuel: 300_000_000,
        ..small()
    };
    let within = Within {
        files,
        ..Within::from(&limits)
    };
    let run = |within: Within<'_>| {
        language
            .pack
            .run_program(program, &[], b"some input\n", within)
    };
    let since = Instant::now();
    let done = run(within).unwrap();
    let took = since.elapsed();
    assert_eq!(
        done.verdict,
        Verdict::OutOfFuel,
        "{program}: {}",
        done.message
    );
    assert_eq!(done.fuel, limits.fuel);
    let most = A_UNIT * 300_000_000;
    assert!(took < most, "{program}: {took:?}");
    assert_eq!(run(within).unwrap().stdout, done.stdout, "{program}");
}

#[test]
fn python() {
    let files = falcon_episode::Files::new([
        ("large".to_owned(), vec![b'x'; 4 << 20]),
        ("small".to_owned(), Vec::new()),
    ])
    .unwrap();
    for program in [
        "import time\nwhile 1: time.time()",
        "import time\nwhile 1: time.sleep(1e-9)",
        "import os\nwhile 1: os.write(1, b'')",
        "import os\nwhile 1: os.urandom(1 << 20)",
        "import os\nwhile 1: os.stat('small')",
        "import os\nwhile 1: os.path.exists('x' * 4000)",
        "import os\nwhile 1: os.listdir('.')",
        "while 1: open('small').close()",
        "while 1: open('large', 'rb', 0).read()",
        "file = open('own', 'wb')\nwhile 1:\n    file.truncate(1 << 25)\n    file.truncate(0)",
        "import os\nopen('one', 'w').close()\nwhile 1:\n    os.rename('one', 'two')\n    os.rename('two', 'one')",
    ] {
        ends_by_its_fuel(&support::python(), program, &files);
    }
}

#[test]
fn lua_and_javascript() {
    let none = falcon_episode::Files::default();
    for (file, program) in [
        ("falcon-lua.wasm", "while true do os.time() end"),
        ("falcon-lua.wasm", "while true do os.clock() end"),
        (
            "falcon-lua.wasm",
            "while true do io.write('') io.flush() end",
        ),
        ("falcon-javascript.wasm", "for (;;) Date.now();"),
        ("falcon-javascript.wasm", "for (;;) process.hrtime();"),
    ] {
        ends_by_its_fuel(&Language::of(&plugin(file)).unwrap(), program, &none);
    }
}

/// Fuel that the host's calls cost is the same in every run, and is less than what was left.
#[test]
fn a_program_pays_for_what_it_has_done() {
    let limits = small();
    let fuel = |times: u32| {
        let program = format!("import time\nfor n in range({times}): time.time()\n");
        let run = || {
            let python = support::python();
            python
                .pack
                .run_program(&program, &[], b"", &limits)
                .unwrap()
        };
        let done = run();
        assert_eq!(done.verdict, Verdict::Passed, "{}", done.message);
        assert_eq!(run().fuel, done.fuel);
        done.fuel
    };
    let each = (fuel(2000) - fuel(1000)) / 1000;
    assert!(each > 2000, "a look at the clock costs {each} units");
}
