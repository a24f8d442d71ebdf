//! The Lua pack: each attack refused and why, each honest twin accepted, a public benchmark.

use falcon_episode::{Call, Harness, Stdio, Submission, Tests, Value, Verdict};
use falcon_grading::{Execution, Language, execute};
use falcon_host::language::Limits;

use crate::support::{data, plugin, root, small};

fn graded(lua: &Language, program: &str, tests: Tests, limits: &Limits) -> Execution {
    let submission = Submission {
        task_id: "task".to_owned(),
        language: "lua".to_owned(),
        prompt: String::new(),
        program: program.to_owned(),
        reference: None,
        attempt: 1,
        tests,
    };
    execute(&lua.pack, &submission, limits).unwrap()
}

fn lua() -> Language {
    Language::of(&plugin("falcon-lua.wasm")).unwrap()
}

/// A line of an attack's header.
fn header<'a>(source: &'a str, key: &str) -> Option<&'a str> {
    source
        .lines()
        .take_while(|line| line.starts_with("--"))
        .find_map(|line| line.strip_prefix(&format!("-- {key}:")))
        .map(str::trim)
}

const CHECK: &str = "function check(candidate)
    assert(candidate(2, 3) == 5)
    assert(math.abs(candidate(-1, 1)) < 1e-6)
    for n = 0, 2 do
        assert(({ [2 * n] = true })[candidate(n, n)])
    end
end
";

/// The forms of tests that a file is graded with.
fn forms(source: &str) -> Vec<(&'static str, Tests)> {
    let call = |a, b| Call {
        arguments: vec![Value::Int(a), Value::Int(b)],
        expected: Value::Int(a + b),
    };
    let run = |input: &str, expected: &str| Stdio {
        input: input.into(),
        expected: expected.into(),
    };
    let calls = Tests::Calls {
        function: "add".to_owned(),
        calls: vec![call(2, 3), call(-1, 1), call(700, 1)],
    };
    let harness = Tests::Harness(Harness {
        tests: CHECK.to_owned(),
        remote: vec!["add".to_owned()],
        entry: "check".to_owned(),
        ..Harness::default()
    });
    let stdio = Tests::Stdio(vec![run("2 3\n", "5\n"), run("1 1\n2 2\n", "2\n4\n")]);
    let wanted = header(source, "under");
    [("calls", calls), ("harness", harness), ("stdio", stdio)]
        .into_iter()
        .filter(|(form, _)| wanted.map_or(*form != "stdio", |wanted| wanted == *form))
        .collect()
}

/// Names and sources.
fn corpus(folder: &str) -> Vec<(String, String)> {
    let mut all: Vec<_> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "lua"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn every_attack_is_refused_and_why() {
    let lua = lua();
    let attacks = corpus("tests/hostile/lua");
    assert!(attacks.len() >= 40, "the corpus is not where it should be");
    let mut wrong = Vec::new();
    for (name, source) in &attacks {
        let verdict = header(source, "verdict").unwrap_or_default();
        let because = header(source, "because").unwrap_or_default();
        if because.is_empty() {
            wrong.push(format!("{name}: the header says no reason"));
        }
        for (form, tests) in forms(source) {
            let done = graded(&lua, source, tests, &small());
            let failed = done.tests.iter().find(|t| t.verdict != Verdict::Passed);
            let said = failed.map_or("", |test| test.message.as_str());
            let refused = done.verdict != Verdict::Passed && done.verdict.name() == verdict;
            if !refused || !said.contains(because) {
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
    let lua = lua();
    let twins = corpus("tests/hostile/lua/twins");
    assert!(twins.len() >= 8, "the twins are not where they should be");
    for (name, source) in &twins {
        for (form, tests) in forms(source) {
            let done = graded(&lua, source, tests, &small());
            assert_eq!(
                done.verdict,
                Verdict::Passed,
                "{name} ({form}): {:?}",
                done.tests
            );
        }
    }
}

/// Solutions of MultiPL-E's file that are wrong: what Lua itself, with the module luaunit that the tests were
/// written for, says of them too.
const WRONG: [u32; 37] = [
    10, 33, 37, 49, 54, 76, 77, 79, 86, 87, 91, 93, 102, 103, 105, 108, 109, 111, 112, 116, 121,
    125, 127, 130, 132, 134, 135, 140, 142, 145, 147, 149, 153, 158, 160, 162, 163,
];

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn solutions_pass_where_they_pass_in_lua_itself() {
    let Some(path) = data("multipl-e/humaneval-lua.jsonl") else {
        eprintln!("skipped: humaneval-lua.jsonl is not on this machine (set FALCON_DATA)");
        return;
    };
    let lua = lua();
    let mut wrong = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let task: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = task["name"].as_str().unwrap();
        let (number, function) = name["HumanEval_".len()..].split_once('_').unwrap();
        let tests = Tests::Harness(Harness {
            tests: task["tests"].as_str().unwrap().to_owned(),
            remote: vec![function.to_owned()],
            ..Harness::default()
        });
        let program = in_fence(task["gpt_solution"].as_str().unwrap());
        let done = graded(&lua, program, tests, &Limits::default());
        assert_ne!(
            done.verdict,
            Verdict::Infrastructure,
            "{name}: {:?}",
            done.tests
        );
        if done.verdict != Verdict::Passed {
            wrong.push(number.parse::<u32>().unwrap());
        }
    }
    wrong.sort_unstable();
    assert_eq!(wrong, WRONG);
}

/// What stands in the first code block of a text.
fn in_fence(text: &str) -> &str {
    let block = text.split_once("```").map_or(text, |(_, rest)| rest);
    let code = block.split_once('\n').map_or(block, |(_, code)| code);
    code.split_once("```").map_or(code, |(code, _)| code)
}
