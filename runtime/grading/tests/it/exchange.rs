//! Containers, functions and iterators that both sides hold, and whose fault it is that something cannot cross.

use falcon_episode::{Call, Tests, Value, Verdict};
use falcon_host::language::Limits;

use crate::support::{asserts, grade, pipeline, small};

/// What is told, the test program, and a program that it accepts.
const HONEST: &[(&str, &str, &str)] = &[
    (
        "containers that are moved about keep their identity",
        "rows = [{'a': 1}, {'a': 1}, {'b': 2}]\nfirst = rows[0]\ndedupe(rows)\nassert rows == [{'a': 1}, {'b': 2}] and rows[0] is first\nd = {'a': [1], 'b': [2]}\np, q = d['a'], d['b']\nswap(d)\nassert d == {'a': [2], 'b': [1]} and p == [1] and d['b'] is p",
        "def dedupe(rows):\n    rows[:] = [row for at, row in enumerate(rows) if row not in rows[:at]]\ndef swap(d):\n    d['a'], d['b'] = d['b'], d['a']\n",
    ),
    (
        "objects that are moved about keep their identity",
        "nodes = [Node(3), Node(1)]\na, b = nodes\narrange(nodes)\nassert nodes[0] is b and nodes[1] is a and nodes[0].value == 1",
        "class Node:\n    def __init__(self, value):\n        self.value = value\ndef arrange(nodes):\n    nodes.sort(key=lambda node: node.value)\n",
    ),
    (
        "containers that are moved about and changed",
        "x = [[1], [2]]\na, b = x\ngrow(x)\nassert x == [[1, 9], [2, 9]] and a == [1, 9] and x[1] is b",
        "def grow(x):\n    for item in x:\n        item.append(9)\n",
    ),
    (
        "containers that an object holds are changed in place, whatever gives them out",
        "s = Store()\ns.items.append(2)\nkept = s.items\ns.reset()\nassert kept == [2] and s.items == []\ns.view.append(9)\nassert s.total() == 9 and s.alias is s.items and kept == [2]\ns.numbers.append(4)\ns.names['a'] = 1\ns.queue.appendleft(5)\ns.counts['x'] += 1\nassert s.told() == [7, 1, [5, 1], 1]",
        "import array, collections\nclass Store:\n    def __init__(self):\n        self.reset()\n        self.numbers, self.names = array.array('i', [3]), {}\n        self.queue, self.counts = collections.deque([1]), collections.Counter()\n    def reset(self):\n        self.items = []\n        self.alias = self.items\n    @property\n    def view(self):\n        return self.items\n    def total(self):\n        return sum(self.items)\n    def told(self):\n        return [sum(self.numbers), sum(self.names.values()), list(self.queue), self.counts['x']]\n",
    ),
    (
        "a property that gives out copies, and can be set",
        "b = Bag()\nb.add(2)\nb.add(1)\nitems = b.items\nitems.sort()\nassert items == [1, 2] and b.first() == 2\nb.items = [5]\nassert b.first() == 5",
        "class Bag:\n    def __init__(self):\n        self._items = []\n    def add(self, x):\n        self._items.append(x)\n    def first(self):\n        return self._items[0]\n    @property\n    def items(self):\n        return list(self._items)\n    @items.setter\n    def items(self, value):\n        self._items = list(value)\n",
    ),
    (
        "an array that becomes one of another kind",
        "a = A()\nassert a.data[0] == 1\na.up()\nassert a.data[0] == 1.5",
        "from array import array\nclass A:\n    def __init__(self):\n        self.data = array('i', [1])\n    def up(self):\n        self.data = array('d', [1.5])\n",
    ),
    (
        "functions and iterators of the tests in a list that is changed",
        "import math\nf = lambda x: x + 1\nitems = iter([1, 2])\nxs = [f, math.sqrt, solve, items, 3]\nassert edit(xs) == 5\nassert all(a is b for a, b in zip(xs, [3, items, solve, math.sqrt, f]))\nassert xs[5](1) == 2\nfs = [f]\nassert run(fs, 1) == 2 and fs == [f]",
        "def solve(x):\n    return x\ndef edit(xs):\n    n = len(xs)\n    xs.reverse()\n    xs.append(xs[4])\n    return n\ndef run(fs, x):\n    return fs[0](x)\n",
    ),
    (
        "an attribute of a class that is set",
        "C.n = 5\nassert C.n == 5 and C.get() == 5",
        "class C:\n    n = 0\n    @classmethod\n    def get(cls):\n        return cls.n\n",
    ),
    (
        "views of an ordered dict, passed back",
        "d = made()\nassert total(d.values()) == 3 and total(x for _, x in d.items()) == 3 and total(map(len, d.keys())) == 2",
        "from collections import OrderedDict\ndef made():\n    return OrderedDict(a=1, b=2)\ndef total(values):\n    return sum(values)\n",
    ),
];

#[test]
fn honest_programs_share_what_they_hold() {
    let pipeline = pipeline(small());
    for (what, tests, program) in HONEST {
        let episode = grade(&pipeline, program, asserts(tests, program));
        assert!(episode.passed(), "{what}: {:?}", episode.tests);
    }
}

/// A maker for each public name of `itertools`, and others that the library has.
const ITERATORS: &str = "
import array, collections, csv, io, itertools as i, re, struct
MAKERS = {
    'accumulate': lambda: i.accumulate([1, 2]), 'batched': lambda: i.batched([1, 2, 3], 2),
    'chain': lambda: i.chain([1], [2]), 'combinations': lambda: i.combinations([1, 2, 3], 2),
    'combinations_with_replacement': lambda: i.combinations_with_replacement([1, 2], 2),
    'compress': lambda: i.compress([1, 2], [1, 1]), 'count': lambda: i.count(), 'cycle': lambda: i.cycle([1]),
    'dropwhile': lambda: i.dropwhile(bool, [0, 1]), 'filterfalse': lambda: i.filterfalse(bool, [0, 0]),
    'groupby': lambda: i.groupby([1, 1]), 'islice': lambda: i.islice([1, 2], 2),
    'pairwise': lambda: i.pairwise([1, 2, 3]), 'permutations': lambda: i.permutations([1, 2]),
    'product': lambda: i.product([1], [2]), 'repeat': lambda: i.repeat(1),
    'starmap': lambda: i.starmap(max, [(1, 2)]), 'takewhile': lambda: i.takewhile(bool, [1]),
    'tee': lambda: i.tee([1, 2])[0], 'zip_longest': lambda: i.zip_longest([1], [2, 3]),
}
OTHERS = [
    lambda: iter(collections.deque([1, 2])), lambda: iter(b'ab'), lambda: iter(bytearray(b'a')),
    lambda: re.finditer('a', 'aa'), lambda: iter(collections.OrderedDict(a=1)), lambda: iter(iter([1, 2]).__next__, 2),
    lambda: reversed({1: 2}), lambda: reversed((1, 2)), lambda: csv.reader(['a,b']), lambda: struct.iter_unpack('b', b'ab'),
    lambda: iter(range(2**70)), lambda: iter(array.array('i', [1])), lambda: iter(memoryview(b'a')),
]
def names():
    return sorted(MAKERS)
def made(name):
    return MAKERS[name]()
def others():
    return len(OTHERS)
def other(n):
    return OTHERS[n]()
def file():
    return io.StringIO('abc')
class Own:
    def __iter__(self):
        return self
    def __next__(self):
        return 1
def own():
    return Own()
";

#[test]
fn iterators_of_the_library_are_asked_for_their_items() {
    let pipeline = pipeline(small());
    let tests = "import itertools\nassert names() == sorted(n for n in dir(itertools) if not n.startswith('_'))\nfor n in names():\n    assert next(made(n)) is not None, n\nfor n in range(others()):\n    assert next(other(n)) is not None, n\nassert file().getvalue() == 'abc'\n";
    let episode = grade(&pipeline, ITERATORS, asserts(tests, ITERATORS));
    assert!(episode.passed(), "{:?}", episode.tests);
    let episode = grade(
        &pipeline,
        ITERATORS,
        asserts("assert next(own()) == 1", ITERATORS),
    );
    assert_eq!(episode.verdict, Verdict::Failed, "{:?}", episode.tests);
}

/// What cannot cross is the tests' fault where the program had no part in it.
#[test]
fn what_cannot_cross_is_charged_to_whom_it_came_from() {
    let pipeline = pipeline(Limits {
        memory: 256 << 20,
        ..small()
    });
    let ours = Verdict::Infrastructure;
    for (tests, program, verdict, said) in [
        (
            "assert n([1]) == 1\nassert n([0] * 2_000_000) == 2_000_000",
            "def n(x):\n    return len(x)\n",
            ours,
            "the tests pass more than the 16777216 bytes of data that may cross",
        ),
        (
            "x = f()\nassert n([x, x, x]) == 3",
            "def f():\n    return 'x' * 6_000_000\ndef n(x):\n    return 3\n",
            Verdict::Failed,
            "the tests pass on what it returned",
        ),
        (
            "x = []\ngrow(x)\nassert n([x, x]) == 2",
            "def grow(x):\n    x.extend(['y' * 1_000_000] * 9)\ndef n(x):\n    return 2\n",
            Verdict::Failed,
            "the tests pass on what it returned",
        ),
        (
            "import itertools\nassert take(itertools.count(), 3) == [0, 1, 2]",
            "def take(items, n):\n    return [next(items) for _ in range(n)]\n",
            ours,
            "an iterator of more than 2097152 values",
        ),
        (
            "class A:\n    pass\nassert f(1) == 1\nassert f(A()) == 1",
            "def f(x):\n    return 1\n",
            ours,
            "a value of type A",
        ),
        (
            "import re\nassert h(re.match('a', f())) is None",
            "def f():\n    return 'abc'\ndef h(x):\n    return None\n",
            Verdict::Failed,
            "a value of type Match",
        ),
    ] {
        let episode = grade(&pipeline, program, asserts(tests, program));
        let message = &episode.first_failure().unwrap().message;
        assert_eq!(episode.verdict, verdict, "{tests}: {message}");
        assert!(message.contains(said), "{tests}: {message}");
    }
}

/// Results are compared as they are decoded, and never held together.
#[test]
fn many_calls_may_return_much() {
    let pipeline = pipeline(Limits::default());
    let text = "x".repeat(1_000_000);
    let tests = Tests::Calls {
        function: "f".to_owned(),
        calls: (0..80)
            .map(|n| Call {
                arguments: vec![Value::Int(n)],
                expected: Value::Str(text.clone().into()),
            })
            .collect(),
    };
    let program = "def f(n):\n    return 'x' * 1_000_000\n";
    let episode = grade(&pipeline, program, tests.clone());
    assert!(episode.passed(), "{:?}", episode.first_failure());
    let program = "def f(n):\n    return 'x' * (1_000_000 - (n == 79))\n";
    let episode = grade(&pipeline, program, tests);
    let right = episode
        .tests
        .iter()
        .filter(|test| test.verdict == Verdict::Passed);
    assert_eq!(right.count(), 79, "{:?}", episode.first_failure());
}
