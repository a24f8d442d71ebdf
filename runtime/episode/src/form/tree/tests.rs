//! What a tree's form is the same for, and what not.

use super::digest;
use crate::form::program_forms;

#[track_caller]
fn tree(program: &str) -> crate::Digest {
    digest(program).unwrap_or_else(|| panic!("no tree: {program}"))
}

#[test]
fn what_a_tree_does_not_have_tells_nothing() {
    for (program, others) in [
        (
            "return [z + 1 for z in x]",
            &[
                "return [(z + 1) for z in x]",
                "return ([((q) + (1)) for (q) in (x)])",
                "return [z + 0x1 for z in x]",
                "return [z + 0b1 for z in x]",
                "return [z + +1 for z in x]",
                "return [z + 1 for z in x];",
                "\"\"\"Adds one.\"\"\"\nreturn [z + 1 for z in x]",
                "pass; return [z + 1 for z in x]",
                "...\nNone\n-1\n('a', 2)\nf'b'\nreturn [z + 1 for z in x]",
                "y: int\nreturn [z + 1 for z in x]",
                "return [z + 1\n\n  for z in x  # each\n]",
                "return [z + \\\n 1 for z in x]",
                "    return [z + 1 for z in x]\n",
                "# why\n\treturn [z + 1 for z in x]\n\t# done\n",
                "\u{feff}return [z + 1 for z in x]\r\n",
            ][..],
        ),
        (
            "def f(x, y=1, *a, k=2, **kw):\n    y = x\n    return y\n",
            &[
                "def f(x: int, y: int = 1, *a: int, k: 'int' = 2, **kw: int) -> list[int]:\n    y: int = x\n    return y\n",
                "def g(\n    p,\n    q=1,\n    *r,\n    s=2,\n    **t,\n):\n    'Docs.'\n    (q) = p; return q\n",
                "def f[T](x: T, y: T = 1, *a, k=2, **kw) -> T:\n    pass\n    y = x\n    return y\n    ...\n",
                "def f(x, y=1, *a, k=2, **kw): y = x; return y",
            ],
        ),
        (
            "return f(1_000, 'ab', b'c', 1.5, 2j, 0x1_0000_0000_0000_0000)",
            &[
                "return f(1000, \"ab\", b\"\\x63\", 1.50, 2.0J, 18446744073709551616,)",
                "return f(0o1750, 'a' 'b', B'c', 15e-1, 2j, 1_8446744073709551616)",
                "return f(1000, r\"a\" u'\\x62', rb'c', .15e1, 2j, 0X10000000000000000)",
                "return f(1000, f'a' '''b''', b'c', 1.5, 2j, 0o2_000_000_000_000_000_000_000)",
            ],
        ),
        (
            "if a:\n    b()\nelif c:\n    d()\nelse:\n    e()\n",
            &[
                "if a:\n    b()\nelse:\n    if c:\n        d()\n    else:\n        e()\n",
                "if a: b()\nelif c: d()\nelse: e(); pass\n",
            ],
        ),
        (
            "for x in y:\n    f(x)\n",
            &[
                "for x in y:\n    f(x)\nelse:\n    pass\n",
                "for (x) in (y): f(x,)",
            ],
        ),
        (
            "import a, b\nfrom c import d, e\nglobal p, q\nreturn",
            &["import a\nimport b\nfrom c import (d, e,)\nglobal p\nglobal q\nreturn None"],
        ),
        (
            "class A:\n    def f(self): return a and b and c\n",
            &["class B():\n    'A class.'\n    def f(self): return a and (b and c)\n"],
        ),
        (
            "return f'a{x!r:>{w}}b'",
            &[
                "return f\"a{ (x)!r:>{ w }}\" 'b'",
                "return 'a' f'''{x!r:>{w}}b'''",
            ],
        ),
        ("return f'{x=}'", &["return f'x={x!r}'"]),
        ("return t'{x!r}'", &["return t\"{x!r}\""]),
        ("x[1, 2] = y", &["x[(1, 2)] = (y)", "x[1, 2,] = y"]),
        (
            "try:\n    f()\nexcept E as e:\n    g(e)\n",
            &["try:\n  f()\nexcept (E) as error:\n  g(error)\nfinally:\n  ...\n"],
        ),
        (
            "match x:\n    case [a, *b] if a: return b\n    case {'k': v, **r}: return v, r\n",
            &[
                "match (x):\n    case (p, *q,) if (p):\n        return q\n    case {'k': (w), **s,}:\n        return (w, s)\n",
            ],
        ),
        (
            "y = [ ] <nl> for z in x : <ind> y . append ( z ) <ded> return y",
            &["b = []\nfor a in x:\n    b.append((a))\nreturn b"],
        ),
    ] {
        for other in others {
            assert_eq!(tree(program), tree(other), "{program}\n{other}");
        }
    }
}

#[test]
fn what_does_something_else_has_another_form() {
    for (one, other) in [
        ("return x + y", "return x - y"),
        ("return x + 1", "return x + 2"),
        ("return x + 1", "return x + 1.0"),
        ("return x + 1", "return x + True"),
        ("return x + 1", "return x + -1"),
        ("return 1j", "return 1.0"),
        ("return 'a'", "return b'a'"),
        ("return 'a'", "return 'b'"),
        ("return '\\ud800'", "return '\\udfff'"),
        ("return '\\ud800'", "return '\\ufffd'"),
        ("return f(a, b)", "return f(b, a)"),
        ("return (a, b)", "return [a, b]"),
        ("return {a, b}", "return [a, b]"),
        ("return (a)", "return (a,)"),
        ("return a is b", "return a == b"),
        ("return a in b", "return a not in b"),
        ("return a < b < c", "return (a < b) < c"),
        ("return a and b", "return a or b"),
        ("return a or b and c", "return (a or b) and c"),
        ("return a - (b - c)", "return a - b - c"),
        ("return not a", "return ~a"),
        ("return f(*x)", "return f(x)"),
        ("return f(*x)", "return f(**x)"),
        ("return f(a=x)", "return f(b=x)"),
        ("return f(a=x)", "return f(x)"),
        ("return x.a", "return x.b"),
        ("return x[1:]", "return x[:1]"),
        ("return x[1:2]", "return x[1, 2]"),
        ("return x[::2]", "return x[:2]"),
        ("return lambda a, b: a", "return lambda a, b: b"),
        ("return a if b else c", "return c if b else a"),
        ("return [a for a in x if a]", "return [a for a in x]"),
        (
            "return [a for a in x if a]",
            "return [a for a in x if not a]",
        ),
        ("return [a for a in x]", "return {a for a in x}"),
        ("return [a for a in x]", "return list(a for a in x)"),
        ("return {a: b for a, b in x}", "return {b: a for a, b in x}"),
        (
            "return [a for a in x for b in y]",
            "return [a for b in x for a in y]",
        ),
        ("return {**a, 'b': c}", "return {'b': c, **a}"),
        ("(y := 1)\nreturn y", "y == 1\nreturn y"),
        ("if (n := f()): return n", "if (n := f()): return f"),
        ("def f(a, b): return a - b", "def f(b, a): return a - b"),
        ("def f(a, *, b): pass", "def f(a, b): pass"),
        ("def f(a, /, b): pass", "def f(a, b): pass"),
        ("def f(*a): return a", "def f(**a): return a"),
        ("def f(a=1): return a", "def f(a): return a"),
        (
            "def f(a):\n    def g(b): return a\n    return g\n",
            "def f(a):\n    def g(b): return b\n    return g\n",
        ),
        (
            "def f():\n    global n\n    n = 1\n",
            "def f():\n    nonlocal n\n    n = 1\n",
        ),
        (
            "def f():\n    global n\n    n = 1\n",
            "def f():\n    n = 1\n",
        ),
        ("async def f(): pass", "def f(): pass"),
        (
            "async def f():\n    async for a in b: c()\n",
            "async def f():\n    for a in b: c()\n",
        ),
        (
            "async def f():\n    async with a: b()\n",
            "async def f():\n    with a: b()\n",
        ),
        (
            "async def f(): return [a async for a in b]",
            "async def f(): return [a for a in b]",
        ),
        ("async def f(): await a", "async def f(): a"),
        ("def f(): yield a", "def f(): yield from a"),
        ("def f(): return a", "def f(): yield a"),
        ("x += 1", "x = 1"),
        ("x += 1", "x -= 1"),
        ("x = y = 1", "x = y == 1"),
        ("del x", "x"),
        (
            "for a in b:\n    c()\nelse:\n    d()\n",
            "for a in b:\n    c()\nd()\n",
        ),
        ("while a:\n    break\n", "while a:\n    continue\n"),
        ("if a: b()\nelif c: d()\n", "if a: b()\nif c: d()\n"),
        ("if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n"),
        ("raise a from b", "raise a"),
        ("assert a, b", "assert a"),
        ("try: a()\nexcept b: c()\n", "try: a()\nfinally: c()\n"),
        ("try: a()\nexcept b: c()\n", "try: a()\nexcept* b: c()\n"),
        ("import a", "import b"),
        ("import a as b", "import c as b"),
        ("from . import a", "from .. import a"),
        ("from a import c", "from b import c"),
        ("import a.b", "from a import b"),
        ("with a as b, c: d()", "with a, c as b: d()"),
        ("@a\ndef f(): pass", "def f(): pass"),
        ("class A(B): pass", "class A: pass"),
        (
            "@d\nclass A:\n    x: int\n",
            "@d\nclass A:\n    x: int\n    y: int\n",
        ),
        (
            "match x:\n    case 1: return y\n",
            "match x:\n    case 2: return y\n",
        ),
        (
            "match x:\n    case [a, b]: return a\n",
            "match x:\n    case [a, *b]: return a\n",
        ),
        (
            "match x:\n    case [a, b]: return a\n",
            "match x:\n    case [a, b]: return b\n",
        ),
        (
            "match x:\n    case a if a: return a\n",
            "match x:\n    case a: return a\n",
        ),
        (
            "match x:\n    case A(b=1): pass\n",
            "match x:\n    case A(c=1): pass\n",
        ),
        (
            "match x:\n    case 1 | 2: pass\n",
            "match x:\n    case [1, 2]: pass\n",
        ),
        (
            "match x:\n    case None: pass\n",
            "match x:\n    case _: pass\n",
        ),
        ("return f'{x}'", "return f'{x!r}'"),
        ("return f'{x}'", "return f'{x:>3}'"),
        ("return f'{x}'", "return f'{{x}}'"),
        ("return f'{x}'", "return '{x}'"),
        ("return f'a{x}'", "return f'{x}a'"),
        ("return f'{x}{y}'", "return f'{y}{x}'"),
        ("return f'{x}'", "return t'{x}'"),
        ("type A[T] = T", "type A[*T] = T"),
        ("'a'", "return 'a'"),
        ("f()\npass", "g()\npass"),
    ] {
        let (forms, others) = (program_forms("python", one), program_forms("python", other));
        assert!(!forms.is_empty() && !others.is_empty());
        assert!(
            !forms.iter().any(|form| others.contains(form)),
            "{one}\n{other}"
        );
    }
}

#[test]
fn every_kind_of_program_has_a_tree() {
    for program in [
        "match x:\n    case [a, *_] | {'k': a}: f()\n    case A.b | -1 | 1+2j: f()\n    case A(1, b=c) as d: f()\n",
        "def f[T: int, *U, **V](x: T, /, *, y: int = 1) -> T: return x\n",
        "type A[T: int = str, *U, **V] = list[T]\n",
        "try:\n    f()\nexcept* ValueError as e:\n    f()\n",
        "x = f\"{f'{a!r:>{w}}'}\"\n",
        "x = t'{b!s}'\n",
        "with (open('a') as a, open('b') as b):\n    f()\n",
        "print(y := 10)\nasync def g():\n    return [x async for x in y]\n",
        "(yield)\nx = yield from y\nawait z\n",
        "x[1:2, ::3, ...] @= ~y ** -z // 2\n",
        "a = *b, *c\ndel d, (e)\nassert f, g\nraise h from i\n",
        "nonlocal j\nglobal k\nimport l.m as n\nfrom .. import *\n",
        "@o.p(q)\nclass R(S, metaclass=T): u: int = 1\n",
    ] {
        tree(program);
    }
}

#[test]
fn a_program_without_a_tree_goes_by_its_tokens() {
    for program in [
        "return (",
        "if x\n",
        "print 'a'",
        "pass",
        "'Only docs.'",
        "    x\n  y\n z",
    ] {
        assert!(digest(program).is_none(), "{program}");
        assert_eq!(program_forms("python", program).len(), 1, "{program}");
    }
    assert_eq!(program_forms("python", "return x").len(), 2);
    assert_eq!(program_forms("lua", "return x").len(), 1);
    assert!(program_forms("python", " \n # nothing").is_empty());
    // A body that goes back further than it began is none.
    assert_eq!(digest("    return x\nreturn y"), None);
}

/// A test thread has 2 MiB of stack.
#[test]
fn no_nesting_is_too_deep() {
    let brackets = |number: usize| format!("{}x{}", "(".repeat(number), ")".repeat(number));
    assert_eq!(tree(&brackets(500)), tree("x"));
    let elifs = format!("if x:\n    f()\n{}", "elif x == 1:\n    f()\n".repeat(1000));
    tree(&elifs);
    tree(&format!("x = {}1", "1 + ".repeat(900)));
    let blocks = |number: usize, header: &str| -> String {
        let lines = (0..number).map(|depth| format!("{}{header}:\n", " ".repeat(depth)));
        lines.collect()
    };
    tree(&format!("{}{}f()\n", blocks(90, "while x"), " ".repeat(90)));
    for deep in [
        brackets(30_000),
        "(".repeat(60_000),
        "[{".repeat(30_000),
        "not ".repeat(15_000) + "x",
        "x = ".to_owned() + &"-".repeat(60_000) + "1",
        "x = ".to_owned() + &"1+".repeat(30_000) + "1",
        "x = ".to_owned() + &"2**".repeat(20_000) + "1",
        "x = ".to_owned() + &"lambda a: ".repeat(6000) + "1",
        "x = ".to_owned() + &"a if b else ".repeat(5000) + "1",
        "x".to_owned() + &".a".repeat(30_000),
        "x".to_owned() + &"()".repeat(30_000),
        "async ".repeat(10_000),
        "await ".repeat(10_000),
        "yield a,".repeat(8000),
        "yield from a,".repeat(4000),
        "x = ".to_owned() + &"lambda: (yield a), ".repeat(3000),
        "f(x],".repeat(10_000),
        "f(;".repeat(20_000),
        "f'{".repeat(12_000) + "x" + &"}'".repeat(12_000),
        "f'{".repeat(3000) + "x" + &"}'".repeat(3000),
        format!("f'{{(]}}' '{}'", "(".repeat(16_000)),
        format!("f'{{x:{}x{}}}'", "{x:".repeat(4000), "}".repeat(4000)),
        format!("f'{{(\n a b)}}' '{}'", "(".repeat(16_000)),
        "match x:\n case ".to_owned() + &"[".repeat(30_000) + &"]".repeat(30_000) + ": pass",
        blocks(350, "while x"),
        format!("(\n{})", blocks(350, "while x")),
        format!("(\n{}", blocks(350, "class x")),
        "<ind> x".repeat(9_000),
        "x = ".to_owned() + &"9".repeat(60_000),
        "x = 0x".to_owned() + &"f".repeat(60_000),
    ] {
        let forms = program_forms("python", &deep);
        assert_eq!(forms, program_forms("python", &deep));
        assert!(!forms.is_empty());
    }
    // Longer than is parsed.
    assert_eq!(digest(&"x = 1\n".repeat(20_000)), None);
}
