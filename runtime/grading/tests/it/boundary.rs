//! What crosses between a program and its tests, and what does not.

use falcon_episode::{Call, Tests, Value, Verdict, encode};
use falcon_grading::show;
use falcon_host::language::{Exception, arguments};

use crate::support::{asserts, grade, ints, pipeline, python, small};

#[test]
fn plain_data_comes_back_as_it_went() {
    let str = |text: &str| Value::Str(text.into());
    let pair = |a: Value, b: Value| Value::Tuple(vec![a, b]);
    let big = |bytes: &[u8]| Value::BigInt(bytes.to_vec());
    let values = vec![
        Value::None,
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(0),
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        big(&[0, 0, 0, 0, 0, 0, 0, 0x80, 0]),
        big(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff]),
        Value::Float(0.1),
        Value::Float(-0.0),
        Value::Float(f64::NAN),
        Value::Float(f64::INFINITY),
        Value::Complex(1.5, -2.0),
        str(""),
        str("naïve \0 🦅"),
        Value::Str(vec![0xed, 0xa0, 0x80]),
        Value::Bytes(vec![0, 255]),
        ints(&[1, 2, 3]),
        Value::Tuple(vec![]),
        Value::Set(vec![Value::Int(1), str("a")]),
        Value::FrozenSet(vec![Value::Tuple(vec![Value::None])]),
        Value::Dict(vec![
            (str("b"), ints(&[])),
            (Value::Int(1), Value::Dict(vec![])),
        ]),
        Value::Range(Box::new([Value::Int(0), Value::Int(10), Value::Int(-3)])),
        Value::Known(
            "collections.Counter".into(),
            Box::new(Value::Dict(vec![(str("a"), Value::Int(2))])),
        ),
        Value::Known(
            "collections.OrderedDict".into(),
            Box::new(Value::Dict(vec![(str("a"), Value::Int(2))])),
        ),
        Value::Known(
            "collections.defaultdict".into(),
            Box::new(pair(str("int"), Value::Dict(vec![]))),
        ),
        Value::Known(
            "collections.deque".into(),
            Box::new(pair(ints(&[1]), Value::Int(3))),
        ),
        Value::Known("decimal.Decimal".into(), Box::new(str("1.50"))),
        Value::Known(
            "fractions.Fraction".into(),
            Box::new(pair(Value::Int(1), Value::Int(3))),
        ),
        Value::Known("bytearray".into(), Box::new(Value::Bytes(vec![1]))),
        Value::Known("type".into(), Box::new(str("int"))),
        Value::Known(
            "datetime.date".into(),
            Box::new(Value::Tuple(vec![
                Value::Int(2026),
                Value::Int(2),
                Value::Int(28),
            ])),
        ),
    ];
    let python = python();
    let asked: Vec<_> = values
        .iter()
        .map(|value| arguments(std::slice::from_ref(value)))
        .collect();
    let (run, _) = python
        .pack
        .calls(
            "def same(x):\n    return x\n",
            "same",
            &asked,
            &small(),
            |_, result| result,
        )
        .unwrap();
    for (value, result) in values.iter().zip(run.unwrap().results) {
        assert_eq!(&result.unwrap(), value);
    }
}

#[test]
fn kinds_are_exact() {
    let pipeline = pipeline(small());
    for (body, expected, verdict) in [
        ("1", Value::Int(1), Verdict::Passed),
        ("True", Value::Int(1), Verdict::Failed),
        ("1.0", Value::Int(1), Verdict::Failed),
        ("(1,)", ints(&[1]), Verdict::Failed),
        ("[1]", ints(&[1]), Verdict::Passed),
        (
            "{2, 1}",
            Value::Set(vec![Value::Int(1), Value::Int(2)]),
            Verdict::Passed,
        ),
        ("object()", Value::None, Verdict::Failed),
        ("[object()]", Value::None, Verdict::Failed),
        ("iter([])", Value::None, Verdict::Failed),
        (
            "__import__('collections').namedtuple('P', 'x')(1)",
            Value::Tuple(vec![Value::Int(1)]),
            Verdict::Failed,
        ),
    ] {
        let tests = Tests::Calls {
            function: "f".to_owned(),
            calls: vec![Call {
                arguments: Vec::new(),
                expected,
            }],
        };
        let episode = grade(&pipeline, &format!("def f():\n    return {body}\n"), tests);
        assert_eq!(
            episode.verdict,
            verdict,
            "{body}: {:?}",
            episode.first_failure()
        );
    }
}

#[test]
fn depth_and_size_are_bounded_on_both_ways() {
    let python = python();
    let deep = |depth| (0..depth).fold(Value::None, |value, _| Value::List(vec![value]));
    let program = "def depth(x):\n    n = 0\n    while x is not None:\n        x, n = x[0], n + 1\n    return n\n";
    let asked = [arguments(&[deep(90)])];
    let (run, _) = python
        .pack
        .calls(program, "depth", &asked, &small(), |_, result| result)
        .unwrap();
    assert_eq!(run.unwrap().results.remove(0).unwrap(), Value::Int(90));
    let program =
        "def nest(n):\n    x = None\n    for _ in range(n):\n        x = [x]\n    return x\n";
    let asked: Vec<_> = [90, 200]
        .iter()
        .map(|n| arguments(&[Value::Int(*n)]))
        .collect();
    let (run, _) = python
        .pack
        .calls(program, "nest", &asked, &small(), |_, result| result)
        .unwrap();
    let results = run.unwrap().results;
    assert_eq!(encode(results[0].as_ref().unwrap()), encode(&deep(90)));
    assert!(matches!(
        &results[1],
        Err(Exception {
            not_plain: true,
            ..
        })
    ));
}

/// Test programs and the programs that they accept.
#[test]
fn honest_programs_keep_everything_they_need() {
    let pipeline = pipeline(small());
    for (what, tests, program) in [
        (
            "a function that shadows a built-in",
            "assert sum(10, 15) == 6",
            "def sum(a, b):\n    return 6\n",
        ),
        (
            "a module that the tests use without importing it",
            "assert big(3) == sys.maxsize",
            "import sys\ndef big(x):\n    return sys.maxsize\n",
        ),
        (
            "objects of the program's classes built by the tests",
            "assert longest([Pair(5, 24), Pair(1, 2)], 2) == 24",
            "class Pair:\n    def __init__(self, a, b):\n        self.a = a\n        self.b = b\ndef longest(pairs, n):\n    return max(p.b for p in pairs)\n",
        ),
        (
            "attributes set on handles, and read back",
            "root = Node(1)\nroot.left = Node(2)\nroot.left.left = Node(3)\nassert height(root) == 3\nassert root.left.data == 2\nassert root.right is None",
            "class Node:\n    def __init__(self, data):\n        self.data, self.left, self.right = data, None, None\ndef height(n):\n    return 0 if n is None else 1 + max(height(n.left), height(n.right))\n",
        ),
        (
            "methods and closures",
            "s = Stack()\ns.push(1)\ns.push(2)\nassert s.pop() == 2\nassert adder(3)(4) == 7",
            "class Stack:\n    def __init__(self):\n        self.items = []\n    def push(self, x):\n        self.items.append(x)\n    def pop(self):\n        return self.items.pop()\ndef adder(n):\n    return lambda x: x + n\n",
        ),
        (
            "a built-in type as an argument",
            "assert drop((1, 'a', 2), int) == ['a']",
            "def drop(t, kind):\n    return [x for x in t if not isinstance(x, kind)]\n",
        ),
        (
            "functions as arguments",
            "import operator\nassert apply(len, [1, 2]) == 2\nassert apply(operator.neg, 3) == -3\nassert apply(lambda x: x * 2, 4) == 8\nassert apply(str.upper, 'a') == 'A'",
            "def apply(f, x):\n    return f(x)\n",
        ),
        (
            "a function of the program as an argument",
            "assert apply(double, 4) == 8",
            "def double(x):\n    return 2 * x\ndef apply(f, x):\n    return f(x)\n",
        ),
        (
            "generators",
            "assert list(squares(4)) == [0, 1, 4, 9]\ng = naturals()\nassert [next(g), next(g)] == [0, 1]\nassert sum(x for x in squares(3)) == 5\nassert list(pairs('ab', 'cd')) == [('a', 'c'), ('b', 'd')]",
            "import itertools\ndef squares(n):\n    for i in range(n):\n        yield i * i\ndef naturals():\n    return itertools.count()\ndef pairs(a, b):\n    return zip(a, b)\n",
        ),
        (
            "standard containers",
            "from collections import Counter, defaultdict\nassert count('aab') == Counter({'a': 2, 'b': 1})\nassert group('ab') == {'a': 1, 'b': 1}\nassert count('aab').most_common(1) == [('a', 2)]",
            "from collections import Counter, defaultdict\ndef count(s):\n    return Counter(s)\ndef group(s):\n    d = defaultdict(int)\n    for c in s:\n        d[c] += 1\n    return d\n",
        ),
        (
            "arguments changed in place",
            "xs = [3, 1, [2]]\ninner = xs[2]\nassert edit(xs) is None\nassert xs == [1, [2, 9], 7] or xs == [3, 1, [2, 9], 7]\nassert inner == [2, 9]\nd = {'a': 1}\ns = {1}\nmore(d, s)\nassert d == {'b': 2} and s == {1, 5}",
            "def edit(xs):\n    xs[2].append(9)\n    xs.append(7)\ndef more(d, s):\n    d.clear()\n    d['b'] = 2\n    s.add(5)\n",
        ),
        (
            "exceptions that the tests expect",
            "def raises(kind, f, *a):\n    try:\n        f(*a)\n    except kind as e:\n        return str(e)\n    return None\nassert raises(ValueError, root, -1) == 'negative'\nassert raises(KeyError, lookup, 'x') == \"'x'\"\nassert raises(Exception, own) == 'mine'\nassert raises(ZeroDivisionError, divide) == 'division by zero'",
            "class Mine(ValueError):\n    pass\ndef root(x):\n    raise ValueError('negative')\ndef lookup(k):\n    return {}[k]\ndef own():\n    raise Mine('mine')\ndef divide():\n    return 1 / 0\n",
        ),
        (
            "a value of the reference that the tests use",
            "assert within(LIMIT) is True",
            "LIMIT = 10\ndef within(x):\n    return x <= 10\n",
        ),
        (
            "exceptions of its own that the tests expect by name",
            "def raises(kind, f, *a):\n    try:\n        f(*a)\n    except kind as e:\n        return str(e)\nassert raises(Empty, pop) == 'empty'\nassert raises(Base, pop) == 'empty'\nassert raises(Empty, int, '1') is None\nassert 'two' in raises(ExceptionGroup, group)",
            "class Base(Exception):\n    pass\nclass Empty(Base):\n    pass\ndef pop():\n    raise Empty('empty')\ndef group():\n    raise ExceptionGroup('two', [ValueError()])\n",
        ),
        (
            "containers of its objects that the tests change",
            "root = Node(1)\nroot.children.append(Node(2))\nroot.children.append(Node(3))\nassert total(root) == 6\nkids = root.children\nroot.grow()\nassert len(kids) == 3 or len(root.children) == 3\nroot.names['a'] = 1\nassert root.named('a') == 1\nroot.fixed.append(1)\nassert root.fixed == [7]",
            "class Node:\n    def __init__(self, value):\n        self.value, self.children, self.names = value, [], {}\n    @property\n    def fixed(self):\n        return [7]\n    def grow(self):\n        self.children.append(Node(0))\n    def named(self, name):\n        return self.names[name]\ndef total(n):\n    return n.value + sum(map(total, n.children))\n",
        ),
        (
            "lists in tuples and deques that are changed in place",
            "from collections import deque\na, b = [1], [2]\npair, queue = (a, 5), deque([b])\nedit(pair, queue)\nassert a == [1, 9] and pair[0] is a\nassert b == [2, 9] and queue[0] is b",
            "def edit(pair, queue):\n    pair[0].append(9)\n    queue[0].append(9)\n",
        ),
        (
            "library functions and keyword defaults",
            "import statistics\nassert apply(statistics.mean, [1, 2, 3]) == 2\ndef times(x, *, by=3):\n    return x * by\nassert apply(times, 2) == 6",
            "def apply(f, x):\n    return f(x)\n",
        ),
        (
            "functions that it makes, and what they say of themselves",
            "assert callable(made())\nassert made().__name__ == 'inner' and made().__doc__ == 'Inside.'\nassert made.__doc__ == 'Makes.'",
            "def made():\n    'Makes.'\n    def inner():\n        'Inside.'\n    return inner\n",
        ),
        (
            "names of modules that are the tests' own or cannot be had",
            "string = 'ab'\nassert f(string) == 2\nif False:\n    turtle.forward(1)\nassert f('') == 0",
            "def f(x):\n    return len(x)\n",
        ),
        (
            "keyword arguments",
            "assert f(1, b=2, c=[3]) == (1, 2, [3])",
            "def f(a, b=0, c=None):\n    return a, b, c\n",
        ),
        (
            "a lambda as the entry point",
            "assert f(2) == 4",
            "f = lambda x: x * 2\n",
        ),
        (
            "a static method of a class",
            "assert Maths.twice(4) == 8",
            "class Maths:\n    @staticmethod\n    def twice(x):\n        return 2 * x\n",
        ),
    ] {
        let episode = grade(&pipeline, program, asserts(tests, program));
        assert!(episode.passed(), "{what}: {:?}", episode.tests);
    }
}

/// Uses of what is not plain data, each of which must fail whatever the tests catch.
#[test]
fn handles_are_never_an_answer() {
    let pipeline = pipeline(small());
    let program = "class Yes:\n    def __getattr__(self, name):\n        return lambda *a: True\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 1\n    def __len__(self):\n        return 3\n    def __iter__(self):\n        return iter([1, 2, 3])\n    def __contains__(self, x):\n        return True\n    def __getitem__(self, x):\n        return x\ndef f():\n    return Yes()\ndef g():\n    yield 1\nclass Other:\n    pass\ndef h():\n    return Other()\n";
    for test in [
        "assert f() == 1",
        "assert not (f() != 1)",
        "assert 1 == f()",
        "assert f()",
        "assert not f()",
        "assert f() or True",
        "assert len(f()) == 3",
        "assert list(f()) == [1, 2, 3]",
        "assert 2 in f()",
        "assert f() in [1]",
        "assert f() in {1}",
        "assert f()[1] == 1",
        "assert f() < 2",
        "assert f() + 1",
        "assert abs(f()) == 1",
        "assert int(f()) == 1",
        "assert str(f()) == 'yes'",
        "assert f'{f()}' == 'yes'",
        "assert [f()] == [1]",
        "assert {1: f()} == {1: 1}",
        "assert sorted([f(), f()])",
        "assert max(f(), f())",
        "assert isinstance(f(), int)",
        "assert not isinstance(f(), int)",
        "from collections.abc import Iterable\nassert isinstance(f(), Iterable)",
        "from collections.abc import Sized\nassert isinstance(f(), Sized)",
        "from collections.abc import Hashable\nassert isinstance(f(), Hashable)",
        "assert f().__class__",
        "assert hasattr(f(), '__iter__')",
        "assert callable(f())",
        "assert type(f()) is type(h())",
        "from collections.abc import Iterable\nassert issubclass(type(f()), Iterable)",
        "from collections.abc import Hashable\nassert not issubclass(type(h()), Hashable)",
        "assert hasattr(type(f()), '__len__')",
        "assert type(f()).__mro__",
        "assert type(f())()",
        "assert type(f())",
        "assert h.__doc__ is not None",
        "assert h().__doc__ is not None",
        "assert g() == g()",
        "assert g()",
        "import math\nassert math.isclose(f(), 1)",
        "import copy\nassert copy.deepcopy(f())",
        "ok = True\ntry:\n    ok = bool(f())\nexcept BaseException:\n    pass\nassert ok",
    ] {
        let episode = grade(&pipeline, program, asserts(test, program));
        assert_eq!(
            episode.verdict,
            Verdict::Failed,
            "{test}: {:?}",
            episode.tests
        );
    }
}

/// Faults of the tests, which are not the program's and have no reward.
#[test]
fn what_the_tests_may_not_pass_is_their_fault() {
    let pipeline = pipeline(small());
    let program = "def f(x):\n    return 1\n";
    for (test, said) in [
        (
            "class A:\n    pass\nassert f(A) == 1",
            "A, a type of the tests",
        ),
        (
            "class A:\n    pass\nassert f(A()) == 1",
            "a value of type A",
        ),
        ("n = 1\nassert f(lambda: n) == 1", "depends on other names"),
        ("assert f('x' * (17 << 20)) == 1", "that may cross"),
    ] {
        let episode = grade(&pipeline, program, asserts(test, program));
        assert_eq!(episode.verdict, Verdict::Infrastructure, "{test}");
        assert_eq!(episode.reward, None, "{test}");
        let message = &episode.tests[0].message;
        assert!(message.contains(said), "{test}: {message}");
    }
}

/// What the program's answer does to the test program is the program's doing.
#[test]
fn an_answer_that_breaks_the_tests_has_failed() {
    let pipeline = pipeline(small());
    for (test, program) in [
        (
            "import json\nassert json.loads(f()) == []",
            "def f():\n    return '[' * 200000\n",
        ),
        (
            "assert eval(f()) == 1",
            "def f():\n    return '-' * 200000 + '1'\n",
        ),
        (
            "import os\nos._exit(f())\nassert f() == 0",
            "def f():\n    return 0\n",
        ),
    ] {
        let episode = grade(&pipeline, program, asserts(test, program));
        assert!(
            episode.reward.is_some_and(|reward| reward < 1.0),
            "{test}: {} {:?}",
            episode.verdict,
            episode.tests
        );
    }
}

#[test]
fn integers_of_any_size_are_shown_in_decimal() {
    let shown = |bytes: &[u8], limit| show(&Value::BigInt(bytes.to_vec()), limit);
    let two_to_64 = [0, 0, 0, 0, 0, 0, 0, 0, 1];
    let minus_two_to_64 = [0, 0, 0, 0, 0, 0, 0, 0, 0xff];
    let minus_two_to_63_less_one = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff];
    for (bytes, limit, wanted) in [
        (&two_to_64[..], 240, "18446744073709551616"),
        (&minus_two_to_64, 240, "-18446744073709551616"),
        (&minus_two_to_63_less_one, 240, "-9223372036854775809"),
        (&two_to_64, 19, "<an integer of 9 by…"),
    ] {
        assert_eq!(shown(bytes, limit), wanted);
    }
}

#[test]
fn each_assertion_is_a_test_of_its_own() {
    let pipeline = pipeline(small());
    let program = "def f(x):\n    if x == 3:\n        raise ValueError('three')\n    return x\n";
    let tests = "assert f(1) == 1\nassert f(2) == 3\nassert f(3) == 3\nassert f(4) == 4, 'four'\n";
    let episode = grade(&pipeline, program, asserts(tests, program));
    let told: Vec<_> = episode
        .tests
        .iter()
        .map(|test| {
            (
                test.name.as_str(),
                test.verdict,
                test.at.as_ref().map(|at| at.line),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("f(1) == 1", Verdict::Passed, None),
            ("f(2) == 3", Verdict::Failed, Some(2)),
            ("f(3) == 3", Verdict::RuntimeError, Some(3)),
            ("f(4) == 4, 'four'", Verdict::Passed, None),
        ]
    );
    assert_eq!(episode.tests[1].got.as_deref(), Some("2"));
    assert_eq!(episode.verdict, Verdict::Failed);
    assert!(episode.tests[2].message.contains("ValueError: three"));
}

#[test]
fn tests_that_are_not_reached_have_not_passed() {
    let pipeline = pipeline(small());
    for tests in [
        "for x in f():\n    assert x == 1",
        "x = f()[0]\nassert x == 1",
        "f()[0]",
        "if f():\n    assert f() == [1]",
    ] {
        let program = "def f():\n    return []\n";
        let episode = grade(&pipeline, program, asserts(tests, program));
        assert_ne!(
            episode.verdict,
            Verdict::Passed,
            "{tests}: {:?}",
            episode.tests
        );
    }
}
