//! Each limit has its own verdict, and programs are let have what they are allowed.

use std::time::{Duration, Instant};

use falcon_episode::{Call, Tests, Value, Verdict};
use falcon_host::language::Limits;

use crate::{
    corpus::{add_calls, asserts},
    support::{grade, pipeline, python, small},
};

#[test]
fn output_is_kept_up_to_its_limit() {
    let python = python();
    let limits = Limits {
        output: 1000,
        ..small()
    };
    for (count, verdict) in [
        (999, Verdict::Passed),
        (1000, Verdict::Passed),
        (1001, Verdict::OutputLimit),
    ] {
        let program = format!("import sys\nsys.stdout.write('x' * {count})\n");
        let run = python
            .pack
            .run_program(&program, &[], b"", &limits)
            .unwrap();
        assert_eq!(run.verdict, verdict, "{count}: {}", run.message);
        assert_eq!(run.stdout.len(), count.min(1000));
    }
    let program = "import sys\nsys.stdout.buffer.write(bytes(range(256)))\n";
    let run = python.pack.run_program(program, &[], b"", &limits).unwrap();
    assert_eq!(run.stdout, (0..=255).collect::<Vec<u8>>());
}

#[test]
fn whole_programs_end_as_they_say() {
    let python = python();
    let limits = Limits {
        fuel: 2_000_000_000,
        ..small()
    };
    for (program, verdict, code, stdout) in [
        ("print(input()[::-1])", Verdict::Passed, Some(0), "cba\n"),
        (
            "import sys\nprint(sys.argv[1:])",
            Verdict::Passed,
            Some(0),
            "['x', 'y']\n",
        ),
        (
            "import sys\nprint(1)\nsys.exit(3)",
            Verdict::RuntimeError,
            Some(3),
            "1\n",
        ),
        ("raise SystemExit", Verdict::Passed, Some(0), ""),
        (
            "import os\nprint(1, flush=True)\nos._exit(0)",
            Verdict::Passed,
            Some(0),
            "1\n",
        ),
        // WASI 0.2 tells failure from success and nothing more.
        ("import os\nos._exit(2)", Verdict::RuntimeError, Some(1), ""),
        ("1/0", Verdict::RuntimeError, Some(1), ""),
        ("def", Verdict::CompileError, Some(1), ""),
        ("while 1: pass", Verdict::OutOfFuel, None, ""),
        // What the host does costs fuel, so that such a loop ends by it and not by the clock.
        (
            "import time\nwhile 1: time.sleep(1e-9)",
            Verdict::OutOfFuel,
            None,
            "",
        ),
        (
            "import os\nwhile 1: os.write(1, b'')",
            Verdict::OutOfFuel,
            None,
            "",
        ),
        ("x = 'x' * 10**9", Verdict::OutOfMemory, Some(1), ""),
        (
            "import atexit\natexit.register(print, 'bye')\nprint('hi')",
            Verdict::Passed,
            Some(0),
            "hi\nbye\n",
        ),
        ("print(__name__)", Verdict::Passed, Some(0), "__main__\n"),
        (
            "import time\ntime.sleep(1e6)\nprint(1)",
            Verdict::Passed,
            Some(0),
            "1\n",
        ),
        ("print('\\ud800')", Verdict::RuntimeError, Some(1), ""),
    ] {
        let args = ["x".to_owned(), "y".to_owned()];
        let run = python
            .pack
            .run_program(program, &args, b"abc\n", &limits)
            .unwrap();
        let text = String::from_utf8_lossy(&run.stdout);
        assert_eq!(
            (run.verdict, run.exit_code, &*text),
            (verdict, code, stdout),
            "{program}: {}",
            run.message
        );
    }
}

#[test]
fn errors_name_their_line() {
    let python = python();
    let run = python
        .pack
        .run_program(
            "x = 1\n\ndef f():\n    return 1 / 0\nf()\n",
            &[],
            b"",
            &small(),
        )
        .unwrap();
    let error = run.error.unwrap();
    assert_eq!((error.class.as_str(), error.line), ("ZeroDivisionError", 4));
    let found = python
        .pack
        .check("x = 1\nif x\n", &small())
        .unwrap()
        .unwrap();
    assert_eq!(
        (found[0].class.as_str(), found[0].line, found[0].column),
        ("SyntaxError", 2, 5)
    );
    let found = python.pack.check("x = '\\d'\n", &small()).unwrap().unwrap();
    assert_eq!(
        (found[0].class.as_str(), found[0].severity),
        ("SyntaxWarning", falcon_episode::Severity::Warning)
    );
}

#[test]
fn calls_before_the_end_of_the_program_keep_their_outcomes() {
    let pipeline = pipeline(small());
    let program = "def add(a, b):\n    while a == 700: pass\n    return a + b\n";
    let episode = grade(&pipeline, program, add_calls());
    let verdicts: Vec<_> = episode.tests.iter().map(|test| test.verdict).collect();
    assert_eq!(
        verdicts,
        [Verdict::Passed, Verdict::Passed, Verdict::OutOfFuel]
    );
    assert_eq!(episode.verdict, Verdict::OutOfFuel);
}

#[test]
fn large_programs_are_programs() {
    let pipeline = pipeline(Limits {
        memory: 512 << 20,
        ..Limits::default()
    });
    let mut program = "# a long comment\n".repeat(600_000);
    program.push_str("def add(a, b):\n    return a + b\n");
    assert!(program.len() > 10_000_000);
    let episode = grade(&pipeline, &program, add_calls());
    assert!(episode.passed(), "{:?}", episode.first_failure());
}

/// As calls and as a test program, the last of which does not hold: each is a test of its own, and none is left out.
#[test]
fn ten_thousand_tests_are_ten_thousand_outcomes() {
    const COUNT: i64 = 10_000;
    let since = Instant::now();
    let pipeline = pipeline(Limits::default());
    let program = "def add(a, b):\n    return a + b\n";
    let sum = |n: i64| if n == COUNT - 1 { -1 } else { n + 1 };
    let call = |n| Call {
        arguments: vec![Value::Int(n), Value::Int(1)],
        expected: Value::Int(sum(n)),
    };
    let calls = Tests::Calls {
        function: "add".to_owned(),
        calls: (0..COUNT).map(call).collect(),
    };
    let text: String = (0..COUNT)
        .map(|n| format!("assert add({n}, 1) == {}\n", sum(n)))
        .collect();
    for (form, tests) in [("calls", calls), ("harness", asserts(&text, program))] {
        let episode = grade(&pipeline, program, tests);
        let failed = episode.tests.iter().enumerate();
        let failed = failed.filter(|(_, test)| test.verdict != Verdict::Passed);
        let failed: Vec<usize> = failed.map(|(at, _)| at).collect();
        assert_eq!(failed, [9_999], "{form}");
        assert_eq!(episode.tests.len(), 10_000, "{form}");
        assert_eq!(episode.verdict, Verdict::Failed, "{form}");
    }
    // A second or two; what grows with the square of the count takes far longer.
    let took = since.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
}
