//! What is run: small programs of each language, honest and hostile, each with the verdict it must get.

use falcon_episode::{Call, Files, Submission, Tests, Value, Verdict};
use falcon_grading::Language;

/// A program and its verdict.
pub(super) struct Program {
    pub(super) language: &'static str,
    pub(super) name: &'static str,
    pub(super) attack: bool,
    pub(super) verdict: Verdict,
    /// `NUMBER` stands for a number that makes each text another.
    source: &'static str,
}

use Verdict::{CompileError, Failed, OutOfFuel, OutOfMemory, OutputLimit, Passed, RuntimeError};

/// Language, name, verdict, source: each is asked `f(20, 22)`, which is 42.
const HONEST: &[(&str, &str, Verdict, &str)] = &[
    (
        "python",
        "right",
        Passed,
        "def f(a, b):\n    return a + b  # NUMBER\n",
    ),
    (
        "python",
        "wrong",
        Failed,
        "def f(a, b):\n    return a - b - NUMBER\n",
    ),
    (
        "python",
        "raises",
        RuntimeError,
        "def f(a, b):\n    return [a, NUMBER][b]\n",
    ),
    (
        "python",
        "broken",
        CompileError,
        "def f(a, b):\n    return NUMBER +\n",
    ),
    (
        "javascript",
        "right",
        Passed,
        "const f = (a, b) => a + b; // NUMBER\n",
    ),
    (
        "javascript",
        "wrong",
        Failed,
        "function f(a, b) { return `${a + b}NUMBER`; }\n",
    ),
    (
        "javascript",
        "raises",
        RuntimeError,
        "function f(a, b) { return a.b.xNUMBER; }\n",
    ),
    (
        "javascript",
        "broken",
        CompileError,
        "function f(a, b) { return NUMBER +; }\n",
    ),
    (
        "lua",
        "right",
        Passed,
        "local function f(a, b) return a + b end -- NUMBER\n",
    ),
    (
        "lua",
        "wrong",
        Failed,
        "function f(a, b) return a * NUMBER end\n",
    ),
    (
        "lua",
        "raises",
        RuntimeError,
        "function f(a, b) return a.x.y + NUMBER end\n",
    ),
    (
        "lua",
        "broken",
        CompileError,
        "function f(a, b) return NUMBER + end\n",
    ),
];

const ATTACKS: &[(&str, &str, Verdict, &str)] = &[
    (
        "python",
        "loop",
        OutOfFuel,
        "def f(a, b):\n    while True: a += NUMBER\n",
    ),
    (
        "python",
        "bomb",
        OutOfMemory,
        "def f(a, b):\n    x = []\n    while True: x.append('x' * 99999 + str(NUMBER))\n",
    ),
    (
        "python",
        "flood",
        OutputLimit,
        "def f(a, b):\n    while True: print('x' * 9999, NUMBER)\n",
    ),
    (
        "python",
        "exit",
        RuntimeError,
        "import os\ndef f(a, b): os._exit(NUMBER * 0)\n",
    ),
    (
        "python",
        "equal",
        Failed,
        "class Y:\n    def __eq__(s, o): return NUMBER or True\ndef f(a, b): return Y()\n",
    ),
    (
        "javascript",
        "loop",
        OutOfFuel,
        "function f(a, b) { for (;;) a += NUMBER; }\n",
    ),
    (
        "javascript",
        "equal",
        Failed,
        "function f(a, b) { return { valueOf: () => 42, n: NUMBER }; }\n",
    ),
    (
        "lua",
        "loop",
        OutOfFuel,
        "function f(a, b) while true do a = a + NUMBER end end\n",
    ),
    (
        "lua",
        "equal",
        Failed,
        "function f(a, b) return setmetatable({ NUMBER }, { __eq = function() return true end }) end\n",
    ),
];

/// One in so many programs is an attack.
const ATTACK_EVERY: u64 = 50;

/// Those of the languages that are there.
pub(super) fn of(languages: &[Language]) -> Vec<Program> {
    let there = |name: &str| languages.iter().any(|one| one.name == name);
    let of = |attack: bool, all: &'static [(&str, &str, Verdict, &str)]| {
        all.iter()
            .filter(|one| there(one.0))
            .map(move |&(language, name, verdict, source)| Program {
                language,
                name,
                attack,
                verdict,
                source,
            })
            .collect::<Vec<_>>()
    };
    let mut programs = of(false, HONEST);
    programs.extend(of(true, ATTACKS));
    programs
}

/// The program that this number draws: every run draws the same.
pub(super) fn drawn(programs: &[Program], number: u64) -> &Program {
    let attack = number % ATTACK_EVERY == ATTACK_EVERY - 1;
    let (honest, attacks): (Vec<_>, Vec<_>) = programs.iter().partition(|one| !one.attack);
    let (of, place) = if attack && !attacks.is_empty() {
        (attacks, number / ATTACK_EVERY)
    } else {
        (honest, number)
    };
    of[usize::try_from(place % of.len() as u64).unwrap_or(0)]
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
            tests: Tests::Calls {
                function: "f".to_owned(),
                calls: vec![Call {
                    arguments: vec![Value::Int(20), Value::Int(22)],
                    expected: Value::Int(42),
                }],
            },
            files: Files::default(),
        }
    }
}
