//! The packs of compiled languages: their conformance files, their attack corpus, and MultiPL-E.

use std::path::PathBuf;

use falcon_episode::{Call, Harness, Stdio, Tests, Value, Verdict};
use falcon_grading::{Execution, execute};
use falcon_host::language::{LanguagePack, Limits};

use crate::support::{data, plugin, root, submission};

fn pack(language: &str) -> LanguagePack {
    LanguagePack::of(&plugin(&format!("falcon-{language}.wasm"))).unwrap()
}

/// Limits that let a hostile program end soon.
fn small() -> Limits {
    Limits {
        fuel: 5_000_000_000,
        memory: 128 << 20,
        ..Limits::default()
    }
}

fn value(from: &toml::Value) -> Value {
    match from {
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Integer(number) => Value::Int(*number),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::String(text) => Value::Str(text.as_bytes().to_vec()),
        toml::Value::Array(items) => Value::List(items.iter().map(value).collect()),
        toml::Value::Table(table) if table.contains_key("none") => Value::None,
        toml::Value::Table(table) => {
            let pair = |(key, item): (&String, &toml::Value)| {
                (Value::Str(key.as_bytes().to_vec()), value(item))
            };
            Value::Dict(table.iter().map(pair).collect())
        }
        toml::Value::Datetime(_) => panic!("no value of a test"),
    }
}

fn graded(pack: &LanguagePack, program: &str, tests: Tests, limits: &Limits) -> Execution {
    execute(pack, &submission(program, tests), limits).unwrap()
}

/// What a case came to that should have come to something else.
fn wrong(pack: &LanguagePack, case: &toml::Value) -> Option<String> {
    let text = |key: &str| {
        case.get(key)
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
    };
    let words = |key: &str| -> Vec<String> {
        let items = case
            .get(key)
            .and_then(toml::Value::as_array)
            .cloned()
            .unwrap_or_default();
        items
            .iter()
            .map(|item| item.as_str().unwrap().to_owned())
            .collect()
    };
    let mut limits = Limits::default();
    if let Some(fuel) = case.get("fuel").and_then(toml::Value::as_integer) {
        limits.fuel = u64::try_from(fuel).unwrap();
    }
    let size = |key: &str| {
        text(key)
            .parse::<falcon_package::ByteSize>()
            .ok()
            .map(|size| size.0 as usize)
    };
    limits.memory = size("memory").unwrap_or(limits.memory);
    limits.output = size("output").unwrap_or(limits.output);
    let program = text("program");
    let (verdict, said, at) = match text("kind") {
        "check" => {
            let found = pack.check(program, &limits).unwrap().unwrap();
            let error = found
                .iter()
                .find(|one| one.severity == falcon_episode::Severity::Error);
            let verdict = if error.is_some() {
                Verdict::CompileError
            } else {
                Verdict::Passed
            };
            (
                verdict,
                error.map(|one| one.message.clone()).unwrap_or_default(),
                error.cloned(),
            )
        }
        "run" => {
            let run = pack
                .run_program(program, &words("args"), text("stdin").as_bytes(), &limits)
                .unwrap();
            if let Some(wanted) = case.get("stdout").and_then(toml::Value::as_str)
                && run.stdout != wanted.as_bytes()
            {
                return Some(format!(
                    "stdout {:?} {} {}",
                    String::from_utf8_lossy(&run.stdout),
                    run.verdict,
                    run.message
                ));
            }
            (run.verdict, run.message, run.error)
        }
        kind => {
            let tests = if kind == "calls" {
                let calls = case["calls"].as_array().unwrap().iter().map(|call| Call {
                    arguments: call["arguments"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(value)
                        .collect(),
                    expected: value(&call["expected"]),
                });
                Tests::Calls {
                    function: text("function").to_owned(),
                    calls: calls.collect(),
                }
            } else {
                Tests::Harness(Harness {
                    tests: text("tests").to_owned(),
                    shared: text("shared").to_owned(),
                    reference: text("reference").to_owned(),
                    remote: words("remote"),
                    entry: text("entry").to_owned(),
                })
            };
            let run = graded(pack, program, tests, &limits);
            let first = run
                .tests
                .iter()
                .find(|test| test.verdict != Verdict::Passed);
            let at = run
                .diagnostics
                .first()
                .cloned()
                .or_else(|| first.and_then(|test| test.at.clone()));
            (
                run.verdict,
                first.map(|test| test.message.clone()).unwrap_or_default(),
                at,
            )
        }
    };
    let found = format!("{verdict} because {said:?} at {at:?}");
    let place = |key: &str| {
        case.get("at")
            .and_then(|at| at.get(key))
            .and_then(toml::Value::as_integer)
    };
    let class = case
        .get("at")
        .and_then(|at| at.get("class"))
        .and_then(toml::Value::as_str);
    let fits = verdict.name() == text("verdict")
        && said.contains(text("because"))
        && class.is_none_or(|class| at.as_ref().is_some_and(|at| at.class == class))
        && place("line")
            .is_none_or(|line| at.as_ref().is_some_and(|at| i64::from(at.line) == line))
        && place("column")
            .is_none_or(|column| at.as_ref().is_some_and(|at| i64::from(at.column) == column));
    (!fits).then_some(found)
}

fn conforms(language: &str) {
    let path = root().join(format!("plugins/languages/{language}/conformance.toml"));
    let cases: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let pack = pack(language);
    let mut failed = Vec::new();
    for case in cases["case"].as_array().unwrap() {
        failed.extend(wrong(&pack, case).map(|found| format!("{}: {found}", case["name"])));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn cpp_conforms() {
    conforms("cpp");
}

#[test]
fn c_conforms() {
    conforms("c");
}

/// One file of the corpus, its header in `//` comments.
fn header<'a>(source: &'a str, key: &str) -> Option<&'a str> {
    source
        .lines()
        .take_while(|line| line.starts_with("//"))
        .find_map(|line| line.strip_prefix(&format!("// {key}:")))
        .map(str::trim)
}

fn forms(source: &str) -> Vec<(&'static str, Tests)> {
    let call = |a, b| Call {
        arguments: vec![Value::Int(a), Value::Int(b)],
        expected: Value::Int(a + b),
    };
    let run = |input: &str, expected: &str| Stdio {
        input: input.into(),
        expected: expected.into(),
    };
    let all = [
        ("calls", Tests::Calls { function: "add".to_owned(), calls: vec![call(2, 3), call(-1, 1), call(700, 1)] }),
        (
            "harness",
            Tests::Harness(Harness {
                tests: "#include <cassert>\nint main() {\n    assert(add(2, 3) == 5);\n    for (int n = 0; n < 3; ++n) assert(add(n, n) == 2 * n);\n}\n".to_owned(),
                reference: "int add(int a, int b);".to_owned(),
                remote: vec!["add".to_owned()],
                ..Harness::default()
            }),
        ),
        ("stdio", Tests::Stdio(vec![run("2 3\n", "5\n"), run("1 1\n2 2\n", "2\n4\n")])),
    ];
    let wanted = header(source, "under");
    all.into_iter()
        .filter(|(form, _)| wanted.map_or(*form != "stdio", |wanted| wanted == *form))
        .collect()
}

fn corpus(folder: &str) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "cpp"));
    paths.sort();
    let named = |path: PathBuf| {
        (
            path.file_stem().unwrap().to_string_lossy().into_owned(),
            std::fs::read_to_string(&path).unwrap(),
        )
    };
    paths.into_iter().map(named).collect()
}

#[test]
fn every_attack_in_cpp_is_refused_and_why() {
    let pack = pack("cpp");
    let attacks = corpus("tests/hostile/cpp");
    assert!(attacks.len() >= 20, "the corpus is not where it should be");
    let mut failed = Vec::new();
    for (name, source) in &attacks {
        let because = header(source, "because").unwrap_or_default();
        assert!(!because.is_empty(), "{name} says no reason");
        for (form, tests) in forms(source) {
            let run = graded(&pack, source, tests, &small());
            let said = run
                .tests
                .iter()
                .find(|test| test.verdict != Verdict::Passed)
                .map_or("", |test| &test.message);
            if run.verdict.name() != header(source, "verdict").unwrap_or_default()
                || !said.contains(because)
            {
                failed.push(format!("{name} ({form}): {} because {said:?}", run.verdict));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn honest_twins_in_cpp_pass() {
    let pack = pack("cpp");
    let twins = corpus("tests/hostile/cpp/twins");
    assert!(twins.len() >= 6, "the twins are not where they should be");
    for (name, source) in &twins {
        for (form, tests) in forms(source) {
            let run = graded(&pack, source, tests, &small());
            assert_eq!(
                run.verdict,
                Verdict::Passed,
                "{name} ({form}): {:?}",
                run.tests
            );
        }
    }
}

#[test]
fn the_same_program_uses_the_same_fuel() {
    let pack = pack("cpp");
    let source = "int add(int a, int b) { return a + b; }\n";
    let mut seen = Vec::new();
    for (_, tests) in forms(source).into_iter().chain(forms(source)) {
        seen.push(graded(&pack, source, tests, &small()).fuel);
    }
    assert_eq!(seen[..2], seen[2..]);
}

/// The solutions that come with MultiPL-E's C++ tasks, with what each came to.
#[test]
#[allow(
    clippy::print_stderr,
    reason = "a skipped test says so, and the count is a figure"
)]
fn multipl_e_solutions_are_graded() {
    let Some(path) = data("multipl-e/humaneval-cpp.jsonl") else {
        eprintln!(
            "skipped: multipl-e/humaneval-cpp.jsonl is not on this machine (set FALCON_DATA)"
        );
        return;
    };
    let pack = pack("cpp");
    let text = std::fs::read_to_string(path).unwrap();
    let (mut passed, mut all) = (0, 0);
    for line in text.lines() {
        let task: serde_json::Value = serde_json::from_str(line).unwrap();
        let of = |key: &str| task[key].as_str().unwrap().to_owned();
        let solution = of("gpt_solution");
        let program = solution.split("```").nth(1).unwrap_or(&solution);
        let program = program
            .strip_prefix("cpp")
            .or(program.strip_prefix("c++"))
            .unwrap_or(program);
        let candidate = of("tests")
            .split("candidate = ")
            .nth(1)
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        // Some solutions leave out what the prompt includes: the task gives it to both sides.
        let prompt = of("prompt");
        let includes = prompt.lines().filter(|line| line.starts_with("#include"));
        let harness = Harness {
            tests: of("tests"),
            shared: includes.collect::<Vec<_>>().join("\n"),
            reference: prompt.clone(),
            remote: vec![candidate],
            ..Harness::default()
        };
        let since = std::time::Instant::now();
        let run = graded(&pack, program, Tests::Harness(harness), &Limits::default());
        passed += u32::from(run.verdict == Verdict::Passed);
        let why = run
            .tests
            .iter()
            .find(|test| test.verdict != Verdict::Passed)
            .map_or("", |test| &test.message);
        let line = format!(
            "{}\t{}\t{:.2}\t{why}",
            of("name"),
            run.verdict,
            since.elapsed().as_secs_f64()
        );
        eprintln!("{line}");
        all += 1;
    }
    eprintln!("{passed} of {all} passed");
    assert!(passed >= 117, "{passed} of {all}");
}
