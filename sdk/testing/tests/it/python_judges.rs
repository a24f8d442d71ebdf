//! `falcon/complexity`, `falcon/style` and `falcon/error-feedback`, as users get them.

use falcon_episode::{
    Credit,
    Verdict::{CompileError, Failed, Infrastructure, OutOfFuel, Passed, RuntimeError},
};
use falcon_host::{Judge, Loader};
use falcon_testing::{EpisodeBuilder, episode, first_party, judge_input};
use serde_json::{Value, json};

const ALL: [&str; 3] = ["falcon/complexity", "falcon/style", "falcon/error-feedback"];

fn judge(name: &str, config: &Value) -> Judge {
    let file = first_party(name).unwrap_or_else(|error| panic!("{error}"));
    let plugin = Loader::new().unwrap().load(&file).unwrap();
    plugin.judge(config).unwrap()
}

const PROGRAM: &str =
    "import os\n\n\ndef f(x):\n    if x == None:\n        return 0\n    return x\n";

#[test]
fn scores_parts_and_notes() {
    let passed = episode(PROGRAM).tests([Passed]);
    let style = judge("falcon/style", &Value::Null)
        .judge(judge_input(&passed))
        .unwrap();
    // F401 and E711, each 1, in five statements.
    assert_eq!(style.score, Some(0.6));
    assert_eq!(style.parts["correctness"], 0.6);
    assert_eq!(style.parts["layout"], 1.0);
    let found = style.findings.iter();
    let found = found.map(|one| (&*one.rule, one.line, one.column));
    assert_eq!(found.collect::<Vec<_>>(), [("F401", 1, 8), ("E711", 5, 13)]);

    let complexity = judge("falcon/complexity", &Value::Null);
    let simple = complexity.judge(judge_input(&passed)).unwrap();
    assert_eq!(simple.parts["cyclomatic"], 1.0);
    assert!(simple.score.unwrap() > 0.9, "{simple:?}");
    assert!(!simple.parts.contains_key("fuel"));

    let feedback = judge("falcon/error-feedback", &Value::Null);
    let raised = episode(PROGRAM)
        .verdict(RuntimeError)
        .error("TypeError", "", 7);
    let said = feedback.judge(judge_input(&raised)).unwrap();
    assert_eq!(
        (said.score, &*said.notes),
        (Some(0.0), &["line: TypeError in line 7".to_owned()][..])
    );
    assert_eq!(credited(PROGRAM, &said.credits), [("return x", -1.0)]);
    for (verdict, note) in [
        (OutOfFuel, "whole: OutOfFuel"),
        (Failed, "whole: WrongAnswer"),
    ] {
        let said = feedback
            .judge(judge_input(&episode("x").verdict(verdict)))
            .unwrap();
        assert_eq!(said.notes, [note]);
        assert_eq!(credited("x", &said.credits), [("x", -1.0)]);
    }
    let ours = feedback
        .judge(judge_input(&episode("x").verdict(Infrastructure)))
        .unwrap();
    assert!(ours.score.is_none() && ours.credits.is_empty());
    assert_eq!(
        feedback.judge(judge_input(&passed)).unwrap().score,
        Some(1.0)
    );
}

fn credited<'a>(program: &'a str, credits: &[Credit]) -> Vec<(&'a str, f64)> {
    let text = |credit: &Credit| &program[credit.start as usize..credit.end as usize];
    credits
        .iter()
        .map(|credit| (text(credit), credit.value))
        .collect()
}

#[test]
fn settings() {
    let passed = episode(PROGRAM).tests([Passed]);
    let config = json!({ "ignore": "F E711" });
    let style = judge("falcon/style", &config)
        .judge(judge_input(&passed))
        .unwrap();
    assert_eq!(style.score, Some(1.0));

    // Of a program without a decision, only what it cost counts.
    let weights = [
        "cyclomatic",
        "cognitive",
        "halstead",
        "maintainability",
        "nesting",
    ];
    let config: serde_json::Map<String, Value> = weights
        .iter()
        .map(|part| (format!("{part}-weight"), json!(0)))
        .collect();
    let complexity = judge("falcon/complexity", &Value::Object(config));
    let mut costly = (*passed).clone();
    (costly.fuel, costly.cheapest_fuel) = (1000, Some(250));
    assert_eq!(
        complexity.judge(judge_input(&costly)).unwrap().score,
        Some(0.25)
    );
    costly.verdict = Failed;
    assert_eq!(complexity.judge(judge_input(&costly)).unwrap().score, None);

    let config = json!({ "line-credit": -0.5, "whole": "", "ignore": "NameError" });
    let feedback = judge("falcon/error-feedback", &config);
    let said = |class: &str| {
        let raised = episode("a\nb\n").verdict(RuntimeError).error(class, "", 2);
        feedback.judge(judge_input(&raised)).unwrap()
    };
    assert_eq!(
        credited("a\nb\n", &said("RecursionError").credits),
        [("b", -0.5)]
    );
    assert_eq!(said("NameError").score, None);
}

#[test]
fn what_they_cannot_judge_they_say() {
    for name in &ALL[..2] {
        let judge = judge(name, &Value::Null);
        let mut lua = (*episode("x = 1")).clone();
        "lua".clone_into(&mut lua.language);
        let broken = episode("x = (")
            .verdict(CompileError)
            .error("SyntaxError", "", 1);
        for (input, reason) in [
            (&lua, "it reads python, and this program is in lua"),
            (&*broken, "the program does not compile"),
            (
                &*episode("x = ("),
                "the program was not read: it does not parse: line 1",
            ),
        ] {
            let said = judge.judge(judge_input(input)).unwrap();
            assert_eq!(said.score, None, "{name}");
            assert!(
                said.notes[0].starts_with(reason),
                "{name}: {:?}",
                said.notes
            );
        }
    }
}

/// Programs that are made to break whoever reads them: each gets a judgement, within the judge's own limits.
#[test]
fn hostile_programs_break_no_judge() {
    let judges: Vec<_> = ALL.iter().map(|name| judge(name, &Value::Null)).collect();
    for (what, program) in hostile() {
        for verdict in [Passed, RuntimeError] {
            let hostile = raised(&program).verdict(verdict);
            for judge in &judges {
                let said = judge.judge(judge_input(&hostile));
                let said = said.unwrap_or_else(|error| panic!("{what}: {error}"));
                let score = said.score.unwrap_or(0.5);
                assert!((0.0..=1.0).contains(&score), "{what}: {score}");
            }
        }
    }
}

fn raised(program: &str) -> EpisodeBuilder {
    episode(program).error("IndexError", "", 3)
}

fn hostile() -> Vec<(&'static str, String)> {
    let n = 100_000;
    let nested = |open: &str, middle: &str, close: &str, n: usize| {
        format!("x = {}{middle}{}\n", open.repeat(n), close.repeat(n))
    };
    // As deep as is still read, and then some.
    let levels = [50, 99, 145, 290, 299, 400, 30_000];
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for n in levels {
        found.extend([
            ("brackets", nested("(", "1", ")", n)),
            ("lists", nested("[", "", "]", n)),
            ("dicts", nested("{1:", "1", "}", n)),
            ("calls", nested("f(", "1", ")", n)),
            ("subscripts", nested("a[", "1", "]", n)),
            ("not", nested("not ", "1", "", n)),
            ("minus", nested("-", "1", "", n)),
            ("power", nested("2 ** ", "1", "", n)),
            ("sum", nested("1 + ", "1", "", n)),
            ("or and", nested("a or b and ", "1", "", n / 2)),
            ("compare", nested("a < ", "1", "", n)),
            ("lambda", nested("lambda a, b=1: ", "1", "", n)),
            ("yield", nested("yield a, ", "1", "", n)),
            ("async", "async ".repeat(n) + "x\n"),
            ("conditional", nested("a if b else ", "1", "", n)),
            ("comprehension", nested("[x for x in ", "y", "]", n)),
            ("attributes", nested("a", "", ".a", n)),
            ("f-strings", nested("f'{", "1", "}'", n)),
            ("walrus", nested("(a := ", "1", ")", n)),
            ("await", nested("await ", "1", "", n)),
            ("starred", nested("*", "1", "", n)),
            ("assignments", nested("a = ", "1", "", n)),
            (
                "pattern",
                format!(
                    "match x:\n    case {}1{}: pass\n",
                    "[".repeat(n),
                    "]".repeat(n)
                ),
            ),
            (
                "pattern or",
                format!("match x:\n    case {}1: pass\n", "1 | ".repeat(n)),
            ),
            (
                "type parameters",
                format!(
                    "def f[T: {}]({}): pass\n",
                    nested("(", "1", ")", n),
                    "x: int, ".repeat(n)
                ),
            ),
            ("unclosed", "(".repeat(n)),
            ("closed", ")".repeat(n)),
            ("unclosed f-strings", "f'{".repeat(n)),
            ("decorators", format!("{}def f(): pass\n", "@a\n".repeat(n))),
        ]);
    }
    let blocks = |header: &str, n: usize| -> String {
        let line = |level: usize| format!("{}{header}\n", " ".repeat(level));
        (0..n).map(line).collect::<String>() + &" ".repeat(n) + "pass\n"
    };
    for header in [
        "if x:",
        "for i in x:",
        "def f(x):",
        "class C:",
        "try:",
        "with x:",
        "while x:",
    ] {
        found.extend([
            ("blocks", blocks(header, 99)),
            ("too many blocks", blocks(header, 500)),
        ]);
    }
    found.extend([
        ("brackets of other kinds", "f(x],".repeat(26_000)),
        (
            "an f-string that a string closes",
            format!("f'{{a'\n}}{}'", "(".repeat(n)),
        ),
        (
            "elif",
            format!("if a:\n    pass\n{}", "elif b:\n    pass\n".repeat(5000)),
        ),
        ("one line of a megabyte", "x".repeat(1 << 20)),
        ("one line", format!("x = '{}'\n", "a".repeat(n))),
        ("NUL", "\0".repeat(n)),
        ("NUL in a text", "x = '\0'\n".to_owned()),
        ("blank", " ".repeat(n)),
        ("line ends", "\r\n\r\r\n".repeat(20_000)),
        ("tabs", "\t".repeat(n)),
        ("form feeds", "\u{c}\n".repeat(20_000)),
        ("byte order marks", "\u{feff}".repeat(1000)),
        ("continued lines", "\\\n".repeat(40_000)),
        ("comments", "#x\n".repeat(40_000)),
        (
            "names",
            (0..9000).map(|n| format!("a{n} = b{n}\n")).collect(),
        ),
        ("one name", "a = a\n".repeat(20_000)),
        ("functions", "def f(a):\n  b = 1\n".repeat(6000)),
        (
            "calls of one another",
            (0..5000)
                .map(|n| format!("def f{n}(): f{}()\n", n + 1))
                .collect(),
        ),
        ("imports", "import a\n".repeat(14_000)),
        ("statements on a line", "a;".repeat(60_000)),
        ("operators", format!("x = {}\n", "1,".repeat(60_000))),
        ("numbers", format!("x = {}\n", "9".repeat(n))),
        ("texts", format!("x = {}\n", "'a' ".repeat(30_000))),
        (
            "escapes",
            format!("x = '{}'\n", "\\N{BULLET}".repeat(10_000)),
        ),
        ("letters beyond ASCII", "é = 'ü€𝄞'; ".repeat(6000)),
        (
            "loops in loops",
            (0..95)
                .map(|n| format!("{}for a{n} in b{n}:\n", " ".repeat(n)))
                .collect::<String>()
                + &(" ".repeat(95) + "c\n").repeat(1200),
        ),
        (
            "globals",
            format!("def f():\n  global {}a\n", "a, ".repeat(30_000)),
        ),
        ("keywords", "if ".repeat(40_000)),
        ("surrogate names", "x = '\\ud800'\n".to_owned()),
    ]);
    found
}
