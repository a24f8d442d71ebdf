//! The JavaScript pack under the real host: its attack corpus, refused and why, and what it must keep apart.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use falcon_episode::{Call, Harness, Stdio, Submission, Tests, Value, Verdict};
use falcon_grading::{Execution, Language, execute};
use falcon_host::{
    Loader,
    language::{Limits, arguments},
};

fn root() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test")).join("../..")
}

/// The built pack, loaded; compiled once a machine.
fn javascript() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(|| {
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root().join("target"), PathBuf::from);
        let folder = std::env::var_os("FALCON_PLUGINS")
            .map_or_else(|| target.join("plugins"), PathBuf::from);
        let path = folder.join("falcon-javascript.wasm");
        assert!(
            path.is_file(),
            "{} is missing; `cargo xtask build` makes it",
            path.display()
        );
        Language::of(&Loader::new().unwrap().load(&path).unwrap()).unwrap()
    })
}

/// Limits that let a hostile program end soon.
fn small() -> Limits {
    Limits {
        fuel: 2_000_000_000,
        memory: 128 << 20,
        ..Limits::default()
    }
}

fn grade(program: &str, tests: Tests) -> Execution {
    let submission = Submission {
        task_id: "task".to_owned(),
        language: "javascript".to_owned(),
        prompt: String::new(),
        program: program.to_owned(),
        reference: None,
        attempt: 1,
        tests,
    };
    execute(&javascript().pack, &submission, &small()).unwrap()
}

/// Calls of `add` with what they must give.
fn calls() -> Tests {
    let call = |a, b| Call {
        arguments: vec![Value::Int(a), Value::Int(b)],
        expected: Value::Int(a + b),
    };
    Tests::Calls {
        function: "add".to_owned(),
        calls: vec![call(2, 3), call(-1, 1), call(700, 1)],
    }
}

/// A test program for `add`.
const ADD: &str = "
const assert = require('assert');
function check(candidate) {
  assert.equal(candidate(2, 3), 5);
  assert(Math.abs(candidate(-1, 1) - 0) < 1e-6);
  for (let n = 0; n < 3; n++) assert.ok([2 * n].includes(candidate(n, n)));
}
";

fn harness() -> Tests {
    Tests::Harness(Harness {
        tests: ADD.to_owned(),
        reference: "function add(a, b) { return a + b; }".to_owned(),
        remote: vec!["add".to_owned()],
        entry: "check".to_owned(),
        ..Harness::default()
    })
}

fn stdio() -> Tests {
    let run = |input: &str, expected: &str| Stdio {
        input: input.into(),
        expected: expected.into(),
    };
    Tests::Stdio(vec![run("2 3\n", "5\n"), run("1 1\n2 2\n", "2\n4\n")])
}

/// A line of a program's header.
fn header<'a>(source: &'a str, key: &str) -> Option<&'a str> {
    source
        .lines()
        .take_while(|line| line.starts_with("//"))
        .find_map(|line| line.strip_prefix(&format!("// {key}:")))
        .map(str::trim)
}

/// A file's name, its source, and the forms of tests that it is graded with.
type File = (String, String, Vec<(&'static str, Tests)>);

/// The programs of a folder, with the forms of tests that each is graded with.
fn corpus(folder: &str) -> Vec<File> {
    let mut all: Vec<_> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "js"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let source = std::fs::read_to_string(&path).unwrap();
            let under = header(&source, "under");
            let forms = [
                ("calls", calls()),
                ("harness", harness()),
                ("stdio", stdio()),
            ]
            .into_iter()
            .filter(|(form, _)| under.map_or(*form != "stdio", |under| under == *form))
            .collect();
            (name, source, forms)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn first_failure(done: &Execution) -> &str {
    let failed = done
        .tests
        .iter()
        .find(|test| test.verdict != Verdict::Passed);
    failed.map_or("", |test| test.message.as_str())
}

#[test]
fn every_attack_is_refused_and_why() {
    let attacks = corpus("tests/hostile/javascript");
    assert!(attacks.len() >= 50, "the corpus is not where it should be");
    let mut wrong = Vec::new();
    for (name, source, forms) in attacks {
        let verdict = header(&source, "verdict").unwrap_or_default();
        let because = header(&source, "because").unwrap_or_default();
        if because.is_empty() {
            wrong.push(format!("{name}: the header says no reason"));
        }
        for (form, tests) in forms {
            let done = grade(&source, tests);
            let said = first_failure(&done);
            let refused = done.verdict != Verdict::Passed;
            if !refused || done.verdict.name() != verdict || !said.contains(because) {
                wrong.push(format!(
                    "{name} ({form}): {} because {said:?}",
                    done.verdict
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn honest_twins_pass() {
    let twins = corpus("tests/hostile/javascript/twins");
    assert!(twins.len() >= 10, "the twins are not where they should be");
    for (name, source, forms) in twins {
        for (form, tests) in forms {
            let done = grade(&source, tests);
            let said = first_failure(&done);
            assert_eq!(done.verdict, Verdict::Passed, "{name} ({form}): {said}");
        }
    }
}

#[test]
fn values_come_back_as_they_were_sent() {
    let known = |name: &str, content| Value::Known(name.to_owned(), Box::new(content));
    let text = |text: &str| Value::Str(text.as_bytes().to_vec());
    let values = [
        Value::None,
        known("undefined", Value::None),
        Value::Bool(true),
        Value::Int(9_007_199_254_740_992),
        Value::Float(-0.0),
        Value::Float(0.1),
        Value::Float(f64::NAN),
        known("bigint", Value::Int(-1)),
        known(
            "bigint",
            Value::BigInt(vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0]),
        ),
        text("é 😀 \0"),
        Value::Str(vec![0xed, 0xa0, 0x80]),
        Value::List(vec![Value::List(Vec::new()), Value::None]),
        Value::Dict(vec![
            (text("b"), Value::Int(1)),
            (text("__proto__"), Value::None),
        ]),
        known("bare", Value::Dict(vec![(text("a"), Value::Int(1))])),
        known(
            "Map",
            Value::List(vec![Value::Tuple(vec![Value::Int(1), text("x")])]),
        ),
        known("Set", Value::List(vec![text("x"), Value::Bool(false)])),
        known("Date", Value::Float(5.0)),
        known("RegExp", Value::Tuple(vec![text("a+"), text("gi")])),
        known("Int16Array", Value::Bytes(vec![1, 0, 255, 255])),
        known("ArrayBuffer", Value::Bytes(vec![1, 2, 3])),
        known(
            "Array",
            Value::Tuple(vec![
                Value::List(vec![text("b")]),
                Value::Dict(vec![(text("index"), Value::Int(1))]),
            ]),
        ),
    ];
    let asked: Vec<_> = values
        .iter()
        .map(|value| arguments(std::slice::from_ref(value)))
        .collect();
    let program = "function same(x) { return x; }";
    let (run, _) = javascript()
        .pack
        .calls(program, "same", &asked, &small(), |_, result| result)
        .unwrap();
    let results = run.unwrap().results;
    assert_eq!(results.len(), values.len());
    for (value, result) in values.iter().zip(results) {
        assert_eq!(&result.unwrap(), value);
    }
}

#[test]
fn the_same_program_uses_the_same_fuel() {
    let program = "const seen = [Math.random(), Date.now()];\nfunction add(a, b) { seen.push(Math.random()); return a + b; }";
    for tests in [calls(), harness()] {
        let (first, second) = (grade(program, tests.clone()), grade(program, tests));
        assert_eq!(first.verdict, Verdict::Passed);
        assert_eq!(first.fuel, second.fuel);
    }
}

#[test]
fn what_the_tests_do_wrong_is_no_fault_of_the_program() {
    let honest = "function apply(f, x) { return f(x); }";
    let with = |tests: &str| {
        Tests::Harness(Harness {
            tests: tests.to_owned(),
            remote: vec!["apply".to_owned()],
            ..Harness::default()
        })
    };
    for (tests, because) in [
        (
            "const assert = require('assert');\nassert.equal(apply(, 1);",
            "does not compile",
        ),
        (
            "const assert = require('assert');\nconst k = 2;\nassert.equal(apply((x) => x * k, 1), 2);",
            "depends on k of the test program",
        ),
        (
            "const assert = require('assert');\nclass P {}\nassert.equal(apply(String, new P()), 2);",
            "a value of type P",
        ),
    ] {
        let done = grade(honest, with(tests));
        assert_eq!(done.verdict, Verdict::Infrastructure, "{tests}");
        assert!(
            first_failure(&done).contains(because),
            "{}",
            first_failure(&done)
        );
    }
    // A program cannot make it so: a method that it chose to give is no place for the tests' functions.
    let hostile = "function apply() { return { map: (f) => f, get length() { return 1; } }; }";
    let tests = "const assert = require('assert');\nconst k = 2;\nassert.equal(apply(1).map((x) => x * k).length, 1);";
    assert_eq!(grade(hostile, with(tests)).verdict, Verdict::Failed);
}
