//! The attack corpus in every language: files whose headers say what must come of them, all for `add(a, b)`
//! where they name no other task. The tests of `falcon-cli`, which have worker processes, use this file too.

use std::path::{Path, PathBuf};

use falcon_episode::{Call, Compare, Files, Harness, Stdio, Submission, Tests, Value, Verdict};
use falcon_host::language::Limits;

/// The corpus of one language.
pub(crate) struct Corpus {
    /// The language pack's name.
    pub(crate) language: &'static str,
    /// Its folder below `tests/hostile`.
    folder: &'static str,
    /// How its files end.
    ending: &'static str,
    /// What begins a comment.
    comment: &'static str,
    /// How many attacks and honest twins there are at least.
    least: (usize, usize),
    /// Fuel that lets a hostile program end soon.
    fuel: u64,
    /// A test program for `add`.
    tests: &'static str,
    /// What its side knows of the solution.
    reference: &'static str,
    /// The function of the test program that checks; empty where its top level does.
    entry: &'static str,
}

pub(crate) static PYTHON: Corpus = Corpus {
    language: "python",
    folder: "",
    ending: "py",
    comment: "#",
    least: (80, 20),
    fuel: 5_000_000_000,
    tests: "def check(candidate):
    assert candidate(2, 3) == 5
    assert abs(candidate(-1, 1) - 0) < 1e-6
    for n in range(3):
        assert candidate(n, n) in {2 * n}
",
    reference: "def add(a, b):\n    return a + b\n",
    entry: "check",
};

pub(crate) static JAVASCRIPT: Corpus = Corpus {
    language: "javascript",
    folder: "javascript",
    ending: "js",
    comment: "//",
    least: (50, 10),
    fuel: 2_000_000_000,
    tests: "
const assert = require('assert');
function check(candidate) {
  assert.equal(candidate(2, 3), 5);
  assert(Math.abs(candidate(-1, 1) - 0) < 1e-6);
  for (let n = 0; n < 3; n++) assert.ok([2 * n].includes(candidate(n, n)));
}
",
    reference: "function add(a, b) { return a + b; }",
    entry: "check",
};

pub(crate) static LUA: Corpus = Corpus {
    language: "lua",
    folder: "lua",
    ending: "lua",
    comment: "--",
    least: (40, 8),
    fuel: 5_000_000_000,
    tests: "function check(candidate)
    assert(candidate(2, 3) == 5)
    assert(math.abs(candidate(-1, 1)) < 1e-6)
    for n = 0, 2 do
        assert(({ [2 * n] = true })[candidate(n, n)])
    end
end
",
    reference: "",
    entry: "check",
};

pub(crate) static CPP: Corpus = Corpus {
    language: "cpp",
    folder: "cpp",
    ending: "cpp",
    comment: "//",
    least: (30, 8),
    fuel: 80_000_000_000,
    tests: "#include <cassert>
int main() {
    assert(add(2, 3) == 5);
    for (int n = 0; n < 3; ++n) assert(add(n, n) == 2 * n);
}
",
    reference: "int add(int a, int b);",
    entry: "",
};

pub(crate) static C: Corpus = Corpus {
    language: "c",
    folder: "c",
    ending: "c",
    comment: "//",
    least: (30, 9),
    fuel: 80_000_000_000,
    tests: "#include <assert.h>
int main(void) {
    assert(add(2, 3) == 5);
    for (int n = 0; n < 3; ++n) assert(add(n, n) == 2 * n);
}
",
    reference: "int add(int a, int b);",
    entry: "",
};

impl Corpus {
    /// Wrong answers, by name.
    pub(crate) fn attacks(&'static self) -> Vec<Program> {
        self.programs("", self.least.0)
    }

    /// Honest programs that look like them, by name.
    pub(crate) fn twins(&'static self) -> Vec<Program> {
        self.programs("twins", self.least.1)
    }

    /// Limits that let a hostile program end soon.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            fuel: self.fuel,
            memory: 128 << 20,
            ..Limits::default()
        }
    }

    /// The test program for `add`.
    pub(crate) fn harness(&self) -> Tests {
        Tests::Harness(Harness {
            tests: self.tests.to_owned(),
            reference: self.reference.to_owned(),
            remote: vec!["add".to_owned()],
            entry: self.entry.to_owned(),
            ..Harness::default()
        })
    }

    fn programs(&'static self, below: &str, least: usize) -> Vec<Program> {
        let folder = root().join("tests/hostile").join(self.folder).join(below);
        let mut all: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|one| one == self.ending))
            .map(|path| Program {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                source: std::fs::read_to_string(&path).unwrap(),
                corpus: self,
            })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        assert!(all.len() >= least, "{}: {}", folder.display(), all.len());
        all
    }
}

/// One file of the corpus.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) source: String,
    corpus: &'static Corpus,
}

impl Program {
    /// A line of the header.
    fn header(&self, key: &str) -> Option<&str> {
        let comment = self.corpus.comment;
        let key = format!("{comment} {key}:");
        self.source
            .lines()
            .take_while(|line| line.starts_with(comment))
            .find_map(|line| line.strip_prefix(&key))
            .map(str::trim)
    }

    /// The forms of tests that it is graded with: calls and a test program, or the one that it names, or the
    /// test program of the task that it names.
    pub(crate) fn forms(&self) -> Vec<(&'static str, Tests)> {
        if let Some(task) = self.header("task") {
            let found = TASKS.iter().find(|(name, ..)| *name == task);
            let (name, tests, reference) = found.unwrap_or_else(|| panic!("no task {task}"));
            return vec![(name, asserts(tests, reference))];
        }
        let all = [
            ("calls", add_calls()),
            ("harness", self.corpus.harness()),
            ("stdio", stdio()),
        ];
        let wanted = self.header("under");
        all.into_iter()
            .filter(|(form, _)| wanted.map_or(*form != "stdio", |wanted| wanted == *form))
            .collect()
    }

    /// The program to be graded with these tests.
    pub(crate) fn submission(&self, tests: Tests) -> Submission {
        submission(self.corpus.language, &self.source, tests)
    }

    /// How what came of it is not what its header says; nothing where it is.
    pub(crate) fn differs(&self, form: &str, verdict: Verdict, said: &str) -> Option<String> {
        let wanted = self.header("verdict").unwrap_or_default();
        let because = self.header("because").unwrap_or_default();
        if because.is_empty() {
            return Some(format!("{}: the header says no reason", self.name));
        }
        let refused = verdict != Verdict::Passed && verdict.name() == wanted;
        let as_it_says = refused && said.contains(because);
        (!as_it_says).then(|| format!("{} ({form}): {verdict} because {said:?}", self.name))
    }
}

/// Tasks of Python's corpus beside `add`, by name: the test program and the names that are the program's.
const TASKS: &[(&str, &str, &str)] = &[
    (
        "drawn",
        "import random\nfor _ in range(3):\n    a = random.randrange(10**9)\n    assert add(a, 0) == a\n",
        "def add(a, b): ...",
    ),
    (
        "sorted",
        "numbers = [3, 1, 2]\nassert ascending(numbers) == [1, 2, 3]\nassert numbers == [1, 2, 3]\n",
        "def ascending(numbers): ...",
    ),
    (
        "pairs",
        "for i, square in pairs(4):\n    assert square == i * i\nassert list(pairs(2)) == [(0, 0), (1, 1)]\n",
        "def pairs(n): ...",
    ),
    (
        "stack",
        "s = Stack()\ns.push(1)\nassert s.pop() == 1\ns.items.append(2)\nassert s.pop() == 2\nempty = False\ntry:\n    s.pop()\nexcept StackEmpty as error:\n    empty = str(error)\nassert empty == 'nothing to pop'\n",
        "class StackEmpty(Exception): ...\nclass Stack: ...",
    ),
    (
        "round_trip",
        "for value in (1, [2], 'three'):\n    assert decode(encode(value)) == value\nassert decode([encode(1), encode(2)]) == encode(1)\n",
        "def encode(value): ...\ndef decode(value): ...",
    ),
    (
        "mapped",
        "CASES = [(1, 2), (2, 4)]\nassert all(map(lambda c: double(c[0]) == c[1], CASES))\nassert all(got == want for got, (_, want) in zip(map(lambda c: double(c[0]), CASES), CASES))\n",
        "def double(x): ...",
    ),
    (
        "inspected",
        "f = made()\nassert callable(f)\nassert f(1) == 2\nassert f.__name__ == 'inner'\nassert f.__doc__ == 'Adds one.'\n",
        "def made(): ...",
    ),
    (
        "nested",
        "data = [[3], [1], [2]]\nwant = sorted(data)\narrange(data)\nassert data == want\nqueue = [[1], [2]]\nfirst = queue[0]\nassert take(queue) == [1]\nassert first == [1] and queue == [[2]]\nrows = [[1], [2], [3]]\na, b, c = rows\nturn(rows)\nassert rows == [[3], [2], [1]] and rows[0] is c and a == [1]\n",
        "def arrange(x): ...\ndef take(x): ...\ndef turn(x): ...",
    ),
    (
        "copies",
        "s = Stack()\ns.push(1)\ns.push(2)\nbefore = s.items\nassert s.peek() == 2\nassert s.items == before\ns.push(3)\nassert s.items == before + [3]\n",
        "class Stack: ...",
    ),
    (
        "raised",
        "assert issubclass(Empty, Exception)\nassert str(Empty('x')) == 'x'\n",
        "class Empty(Exception): ...",
    ),
    (
        "counted",
        "assert total(count('aab').values()) == 3\n",
        "def count(text): ...\ndef total(values): ...",
    ),
    (
        "counter",
        "next_number = make_counter()\nassert double(next_number()) == 2\n",
        "def make_counter(): ...\ndef double(x): ...",
    ),
    (
        "kind",
        "assert kind(type(first())) == 'int'\n",
        "def first(): ...\ndef kind(t): ...",
    ),
];

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test")).join("../..")
}

/// A program in a language, to be graded with these tests.
pub(crate) fn submission(language: &str, program: &str, tests: Tests) -> Submission {
    Submission {
        task_id: "task".to_owned(),
        split: String::new(),
        language: language.to_owned(),
        prompt: String::new(),
        program: program.to_owned(),
        reference: None,
        attempt: 1,
        cheapest_fuel: None,
        tests,
        files: Files::default(),
    }
}

/// Calls of `add` with what they must give.
pub(crate) fn add_calls() -> Tests {
    let call = |a, b| Call {
        arguments: vec![Value::Int(a), Value::Int(b)],
        expected: Value::Int(a + b),
    };
    Tests::Calls {
        function: "add".to_owned(),
        calls: vec![call(2, 3), call(-1, 1), call(700, 1)],
    }
}

/// A test program of plain assertions about whatever the reference defines.
pub(crate) fn asserts(tests: &str, reference: &str) -> Tests {
    Tests::Harness(Harness {
        tests: tests.to_owned(),
        reference: reference.to_owned(),
        ..Harness::default()
    })
}

/// Whole programs that add the numbers of each line.
fn stdio() -> Tests {
    let run = |input: &str, expected: &str| Stdio {
        input: input.into(),
        expected: expected.into(),
        compare: Compare::Text,
    };
    Tests::Stdio(vec![run("2 3\n", "5\n"), run("1 1\n2 2\n", "2\n4\n")])
}
