//! What is run: small programs of each language, honest and hostile, each with the verdict it must get.

use falcon_episode::{
    Call, Compare, Files, Harness, Stdio as Run, Submission, Tests, Value, Verdict,
};
use falcon_grading::Language;

/// A program and its verdict.
pub(super) struct Program {
    pub(super) language: &'static str,
    pub(super) name: &'static str,
    pub(super) attack: bool,
    pub(super) verdict: Verdict,
    form: Form,
    /// `NUMBER` stands for a number that makes each text another.
    source: &'static str,
}

/// How a program is asked for 20 and 22, which is 42.
#[derive(Clone, Copy)]
enum Form {
    /// By a call of `f`, compared on the host: one instance.
    Calls,
    /// By a test program of its language: two instances.
    Tests,
    /// As a whole program, by a line of input.
    Stdio,
}

use Form::{Calls, Stdio, Tests as TestProgram};
use Verdict::{CompileError, Failed, OutOfFuel, OutOfMemory, OutputLimit, Passed, RuntimeError};

type Row = (&'static str, &'static str, Verdict, Form, &'static str);

/// Language, name, verdict, form, source.
const HONEST: &[Row] = &[
    (
        "python",
        "right",
        Passed,
        Calls,
        "def f(a, b):\n    return a + b  # NUMBER\n",
    ),
    (
        "python",
        "wrong",
        Failed,
        Calls,
        "def f(a, b):\n    return a - b - NUMBER\n",
    ),
    (
        "python",
        "raises",
        RuntimeError,
        Calls,
        "def f(a, b):\n    return [a, NUMBER][b]\n",
    ),
    (
        "python",
        "broken",
        CompileError,
        Calls,
        "def f(a, b):\n    return NUMBER +\n",
    ),
    (
        "javascript",
        "right",
        Passed,
        Calls,
        "const f = (a, b) => a + b; // NUMBER\n",
    ),
    (
        "javascript",
        "wrong",
        Failed,
        Calls,
        "function f(a, b) { return `${a + b}NUMBER`; }\n",
    ),
    (
        "javascript",
        "raises",
        RuntimeError,
        Calls,
        "function f(a, b) { return a.b.xNUMBER; }\n",
    ),
    (
        "javascript",
        "broken",
        CompileError,
        Calls,
        "function f(a, b) { return NUMBER +; }\n",
    ),
    (
        "lua",
        "right",
        Passed,
        Calls,
        "local function f(a, b) return a + b end -- NUMBER\n",
    ),
    (
        "lua",
        "wrong",
        Failed,
        Calls,
        "function f(a, b) return a * NUMBER end\n",
    ),
    (
        "lua",
        "raises",
        RuntimeError,
        Calls,
        "function f(a, b) return a.x.y + NUMBER end\n",
    ),
    (
        "lua",
        "broken",
        CompileError,
        Calls,
        "function f(a, b) return NUMBER + end\n",
    ),
    (
        "python",
        "right, by a test program",
        Passed,
        TestProgram,
        "def f(a, b):\n    return a + b  # NUMBER\n",
    ),
    (
        "javascript",
        "right, by a test program",
        Passed,
        TestProgram,
        "const f = (a, b) => a + b; // NUMBER\n",
    ),
    (
        "lua",
        "right, by a test program",
        Passed,
        TestProgram,
        "local function f(a, b) return a + b end -- NUMBER\n",
    ),
    (
        "python",
        "right, as a whole",
        Passed,
        Stdio,
        "a, b = map(int, input().split())\nprint(a + b)  # NUMBER\n",
    ),
    (
        "javascript",
        "right, as a whole",
        Passed,
        Stdio,
        "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(a + b); // NUMBER\n",
    ),
    (
        "lua",
        "right, as a whole",
        Passed,
        Stdio,
        "local a, b = io.read('n', 'n')\nprint(a + b) -- NUMBER\n",
    ),
];

const ATTACKS: &[Row] = &[
    (
        "python",
        "loop",
        OutOfFuel,
        Calls,
        "def f(a, b):\n    while True: a += NUMBER\n",
    ),
    (
        "python",
        "bomb",
        OutOfMemory,
        Calls,
        "def f(a, b):\n    x = []\n    while True: x.append('x' * 99999 + str(NUMBER))\n",
    ),
    (
        "python",
        "flood",
        OutputLimit,
        Calls,
        "def f(a, b):\n    while True: print('x' * 9999, NUMBER)\n",
    ),
    (
        "python",
        "exit",
        RuntimeError,
        Calls,
        "import os\ndef f(a, b): os._exit(NUMBER * 0)\n",
    ),
    (
        "python",
        "equal",
        Failed,
        Calls,
        "class Y:\n    def __eq__(s, o): return NUMBER or True\ndef f(a, b): return Y()\n",
    ),
    (
        "javascript",
        "loop",
        OutOfFuel,
        Calls,
        "function f(a, b) { for (;;) a += NUMBER; }\n",
    ),
    (
        "javascript",
        "equal",
        Failed,
        Calls,
        "function f(a, b) { return { valueOf: () => 42, n: NUMBER }; }\n",
    ),
    (
        "lua",
        "loop",
        OutOfFuel,
        Calls,
        "function f(a, b) while true do a = a + NUMBER end end\n",
    ),
    (
        "lua",
        "equal",
        Failed,
        Calls,
        "function f(a, b) return setmetatable({ NUMBER }, { __eq = function() return true end }) end\n",
    ),
];

/// Programs of compiled languages. Their texts stay as they are, so that a worker compiles each once and then runs
/// what it kept.
const COMPILED: &[Row] = &[
    ("c", "right", Passed, Calls, ADDS),
    ("cpp", "right", Passed, Calls, ADDS),
    ("c", "right, by a test program", Passed, TestProgram, ADDS),
    ("cpp", "right, by a test program", Passed, TestProgram, ADDS),
];

const COMPILED_ATTACKS: &[Row] = &[
    (
        "c",
        "abort",
        RuntimeError,
        Calls,
        "#include <stdlib.h>\nint f(int a, int b) { abort(); }\n",
    ),
    (
        "cpp",
        "loop",
        OutOfFuel,
        Calls,
        "int f(int a, int b) { volatile int n = a; while (n == a) {} return n; }\n",
    ),
];

const ADDS: &str = "int f(int a, int b) { return a + b; }\n";

/// One in so many programs is an attack.
const ATTACK_EVERY: u64 = 50;

/// One in so many programs is of a compiled language, beginning with this one. So none comes twice in a batch, where the
/// second would not be run, and none stands where an attack would.
const COMPILED_EVERY: u64 = 400;
const COMPILED_AT: u64 = 100;

/// What is drawn from.
pub(super) struct Programs {
    honest: Vec<Program>,
    attacks: Vec<Program>,
    compiled: Vec<Program>,
}

impl Programs {
    /// Those of the languages that are there.
    pub(super) fn of(languages: &[Language]) -> Self {
        let there = |name: &str| languages.iter().any(|one| one.name == name);
        let of = |rows: &'static [Row], attack: bool| -> Vec<Program> {
            rows.iter()
                .filter(|row| there(row.0))
                .map(|&(language, name, verdict, form, source)| Program {
                    language,
                    name,
                    attack,
                    verdict,
                    form,
                    source,
                })
                .collect()
        };
        let mut compiled = of(COMPILED, false);
        compiled.extend(of(COMPILED_ATTACKS, true));
        Self {
            honest: of(HONEST, false),
            attacks: of(ATTACKS, true),
            compiled,
        }
    }

    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.honest.is_empty()
    }

    /// The program that this number draws: every run draws the same.
    pub(super) fn drawn(&self, number: u64) -> &Program {
        let (of, place) = if number % COMPILED_EVERY == COMPILED_AT && !self.compiled.is_empty() {
            (&self.compiled, number / COMPILED_EVERY)
        } else if number % ATTACK_EVERY == ATTACK_EVERY - 1 && !self.attacks.is_empty() {
            (&self.attacks, number / ATTACK_EVERY)
        } else {
            (&self.honest, number)
        };
        &of[usize::try_from(place % of.len() as u64).unwrap_or(0)]
    }
}

impl Program {
    pub(super) fn submission(&self, number: u64) -> Submission {
        Submission {
            task_id: number.to_string(),
            split: String::new(),
            language: self.language.to_owned(),
            prompt: String::new(),
            program: self.source.replace("NUMBER", &number.to_string()),
            reference: None,
            attempt: 1,
            cheapest_fuel: None,
            tests: self.tests(),
            files: Files::default(),
        }
    }

    fn tests(&self) -> Tests {
        match self.form {
            Form::Calls => Tests::Calls {
                function: "f".to_owned(),
                calls: vec![Call {
                    arguments: vec![Value::Int(20), Value::Int(22)],
                    expected: Value::Int(42),
                }],
            },
            Form::Tests => {
                let (tests, reference) = test_program(self.language);
                Tests::Harness(Harness {
                    tests: tests.to_owned(),
                    reference: reference.to_owned(),
                    remote: vec!["f".to_owned()],
                    ..Harness::default()
                })
            }
            Form::Stdio => Tests::Stdio(vec![Run {
                input: "20 22\n".to_owned(),
                expected: "42\n".to_owned(),
                compare: Compare::Text,
            }]),
        }
    }
}

/// The test program of a language, and what its side knows of the solution.
fn test_program(language: &str) -> (&'static str, &'static str) {
    match language {
        "javascript" => (
            "const assert = require('node:assert');\nassert.equal(f(20, 22), 42);\n",
            "",
        ),
        "lua" => ("assert(f(20, 22) == 42)\n", ""),
        "c" => (
            "#include <assert.h>\nint main(void) { assert(f(20, 22) == 42); }\n",
            "int f(int a, int b);",
        ),
        "cpp" => (
            "#include <cassert>\nint main() { assert(f(20, 22) == 42); }\n",
            "int f(int a, int b);",
        ),
        _ => ("assert f(20, 22) == 42\n", ""),
    }
}
