//! Programs and what is found in them, as `rule:line`.

use falcon_sdk::judge::{Episode, Judge, Judgement, Verdict};

use crate::{Config, Style};

fn config() -> Config {
    Config {
        correctness: 1.0,
        simplicity: 0.5,
        naming: 0.25,
        layout: 0.1,
        ignore: String::new(),
        line_length: 88,
    }
}

fn episode(prompt: &str, program: &str) -> Episode {
    Episode {
        prompt: prompt.to_owned(),
        ..Episode::new(program, Verdict::Passed)
    }
}

fn judged(prompt: &str, program: &str) -> Judgement {
    Style::judge(&episode(prompt, program), &config()).unwrap()
}

/// A finding of F401 in line 1 as `F401:1`.
fn found(prompt: &str, program: &str) -> String {
    let judgement = judged(prompt, program);
    let short = judgement.findings.iter();
    let short = short.map(|one| format!("{}:{}", one.rule, one.line));
    short.collect::<Vec<_>>().join(" ")
}

/// Every row that differs is shown.
fn check(table: &[(&str, &str)]) {
    let rows = table
        .iter()
        .map(|(program, wanted)| (program, wanted, found("", program)));
    let wrong: Vec<String> = rows
        .filter(|(_, wanted, found)| found != *wanted)
        .map(|(program, wanted, found)| format!("{program}  wanted {wanted}\n  found  {found}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_unused_undefined_and_bound_anew() {
    check(&[
        (
            "import os\nimport sys as s\nfrom a import b, c as d\n\nprint(b)\n",
            "F401:1 F401:2 F401:3",
        ),
        ("import os.path\nimport os.stat\n\nos.path\n", "B018:4"),
        ("from __future__ import annotations\n", ""),
        ("from a import *\n\nprint(x)\n", "F403:1"),
        ("import a\n\n__all__ = ['a']\n", ""),
        (
            "try:\n    import a\nexcept ImportError:\n    a = None\nprint(a)\n",
            "",
        ),
        ("import a\nimport a\n\nprint(a)\n", "F811:2"),
        ("def f():\n    pass\n\n\ndef f():\n    pass\n", "F811:5"),
        (
            "if x:\n    def f():\n        pass\nelse:\n    def f():\n        pass\n",
            "F821:1",
        ),
        ("import a\n\nfor a in range(3):\n    print(a)\n", "F402:3"),
        (
            "def f():\n    x = 1\n    y, z = f()\n    for i in range(3):\n        print(1)\n",
            "F841:2 B007:4",
        ),
        ("def f():\n    x = 1\n    x += 1\n    return locals()\n", ""),
        (
            "def f():\n    with open('a') as h:\n        pass\n",
            "F841:2",
        ),
        (
            "try:\n    pass\nexcept ValueError as e:\n    pass\n",
            "F841:3",
        ),
        (
            "def f(a, b, _c, *d, **e):\n    return a\n",
            "ARG001:1 ARG001:1 ARG001:1",
        ),
        ("def f(a):\n    raise NotImplementedError\n", ""),
        (
            "def f():\n    return later() + missing\n\n\ndef later():\n    return 1\n",
            "F821:2",
        ),
        ("print(x)\nx = 1\n", "F821:1"),
        (
            "class C:\n    a = 1\n    b = [a for _ in range(3)]\n\n    def m(self):\n        return a\n",
            "F821:6",
        ),
        (
            "def f(xs):\n    if any((y := x) for x in xs):\n        return y\n",
            "",
        ),
        (
            "def f(x):\n    match x:\n        case [a, *rest] | {'k': a, **rest}:\n            return a, rest\n",
            "",
        ),
        (
            "def f() -> 'Later':\n    x: 'list[Later]' = []\n    return x\n\n\nclass Later:\n    pass\n",
            "",
        ),
        (
            "COUNT = 0\n\n\ndef f():\n    global COUNT\n    COUNT = 1\n",
            "",
        ),
        (
            "def f():\n    n = 0\n\n    def g():\n        nonlocal n\n        n = 1\n    return g\n",
            "",
        ),
        ("def f[T](x: T) -> T:\n    return x\n", ""),
        (
            "def f(xs):\n    return [x + y for x in xs for y in x], [z for z in z if z]\n",
            "F821:2",
        ),
        (
            "def f(x):\n    def f(x): return x\n    g = lambda y: y + x\n    return g\n",
            "E731:3",
        ),
    ]);
}

#[test]
fn names_that_mislead() {
    check(&[
        (
            "def f(list, id=1):\n    sum = list\n    sum = 1\n    return sum + id\n",
            "A002:1 A002:1 A001:2",
        ),
        (
            "def isOdd(X):\n    Y = X\n    Y = 2\n    return Y\n",
            "N802:1 N803:1 N806:2",
        ),
        (
            "class my_class:\n    def O(self):\n        l = 1\n        return l\n",
            "N801:1 E741:2 N802:2 E741:3",
        ),
        ("N = 1\n\n\nclass C:\n    Y = 1\n", ""),
    ]);
    // A name that the task asks for is the task's.
    assert_eq!(found("Write isOdd.", "def isOdd(n):\n    return n\n"), "");
}

#[test]
fn comparisons_and_simplifications() {
    check(&[
        (
            "x = 1\nx == None\nx != True\nif x == []:\n    pass\n",
            "B015:2 E711:2 B015:3 E712:3 PLC1803:4",
        ),
        (
            "x = 1\ny = type(x) == int\nz = not x in y\nw = not x is y\nv = not x == y\n",
            "E721:2 E713:3 E714:4 SIM201:5",
        ),
        (
            "x = 1\ny = x is 1 or x is not 'a' or x is ()\nz = x == x\nw = 1 < x\n",
            "F632:2 F632:2 F632:2 PLR0124:3 SIM300:4",
        ),
        (
            "x = True if y else False\nz = not not x\n",
            "SIM210:1 F821:1 SIM208:2",
        ),
        (
            "def f(x):\n    if x:\n        return True\n    else:\n        return False\n",
            "SIM103:2 RET505:4",
        ),
        (
            "def f(x):\n    if x:\n        return True\n    return False\n",
            "SIM103:2",
        ),
        (
            "def f(x):\n    if x:\n        if x > 1:\n            print(x)\n    else:\n        if x < 1:\n            print(x)\n",
            "PLR5501:5",
        ),
        (
            "def f(x):\n    if x:\n        if x > 1:\n            print(x)\n",
            "SIM102:2",
        ),
        (
            "def f(x):\n    while x:\n        if x:\n            break\n        elif x + 1:\n            continue\n        print(x)\n",
            "RET508:5",
        ),
        (
            "d = {}\nfor k in d.keys():\n    print(k)\nprint(1 in d.keys())\n",
            "SIM118:2 SIM118:4",
        ),
        (
            "x = list()\ny = dict(a=1)\nz = set([1])\nw = list(sorted(x))\nv = any([a for a in x])\n",
            "C408:1 C408:2 C405:3 C413:4 C419:5 C416:5",
        ),
        (
            "x = [1]\ny = list(a for a in x if a)\nz = set([a + 1 for a in x])\nw = sorted(list(x))\nv = dict([(a, 1) for a in x])\n",
            "C400:2 C403:3 C414:4 C404:5",
        ),
        ("x = f'a'\ny = f'{x}'\n", "F541:1"),
    ]);
}

#[test]
fn mistakes() {
    check(&[
        (
            "def f(x=[], y={}, *, z=set()):\n    return x, y, z\n",
            "B006:1 B006:1 B006:1",
        ),
        ("try:\n    pass\nexcept:\n    pass\n", "E722:3"),
        ("assert (1, 'no')\nassert False\n", "F631:1 B011:2"),
        ("x = 1\nx\n[x]\nx = x\n'doc'\n", "B018:2 B018:3 PLW0127:4"),
        ("def f():\n    return 1\n    print(2)\n", "PLW0101:3"),
        ("def f():\n    raise NotImplemented('x')\n", "F901:2"),
        ("x = {1, 1}\ny = {'a': 1, 'a': 2}\n", "B033:1 F601:2"),
    ]);
}

#[test]
fn layout() {
    check(&[
        ("x = 1 \n\t\n\nif x:\n\ty = 1\n", "W291:1 W293:2 W191:5"),
        (
            "import a, b\nx = a, b; y = 1\nz = 1;\nif x: y = 2\nimport c\nprint(c)\n",
            "E401:1 E702:2 E703:3 E701:4 E402:5",
        ),
        (
            "x = (1,2 )\ny = [ x [0] , 1]\nz=x\n",
            "E231:1 E202:1 E201:2 E211:2 E203:2 E225:3",
        ),
        (
            "x = 1\ny = f(a = 1, b=-x, *x)\nz = x+1 - x *1\nw = x|1\nv = x%2\n",
            "F821:2 E251:2 E225:3 E227:4 E228:5",
        ),
        ("x = 1# a\ny = 2  #b\n#c\n#: d\n", "E261:1 E262:2 E265:3"),
        (
            "import a\ndef f():\n    return a\nx = f()\n\n\n\n\ny = 1\n",
            "E302:2 E305:4 E303:9",
        ),
        (
            "class C:\n    x = 1\n    def m(self):\n        y = 1\n        def g():\n            return y\n        return g\n",
            "E301:3 E306:5",
        ),
        ("if 1:\n  x = 1\n", "E111:2"),
        (
            "x = {'a': 1, 'b':2}[1:2], lambda y: y\n\n\ndef f(a: int = 1, *, b=2) -> int:\n    return a if a else -b ** 2\n",
            "E231:1",
        ),
        ("s = '''\n\tx  \n'''\nt = f'{s:>{3}} {s !r}'\n", "W291:2"),
    ]);
    let long = format!("x = '{}'\n# {}\n", "a".repeat(90), "b".repeat(90));
    check(&[(&long, "E501:1")]);
}

#[test]
fn the_prompt_is_nobodys_finding() {
    let prompt = "import os\ndef f(list, unused):\n    ''' Doc '''\n";
    let program = format!("{prompt}    l = list\n    return l\n");
    assert_eq!(found(prompt, &program), "E741:4");
    let judgement = judged(prompt, &program);
    // One finding of 0.25 in two statements.
    assert!((judgement.score.unwrap() - 0.875).abs() < 1e-12);
}

#[test]
fn cost_is_by_group_and_statement() {
    // Correctness 1, simplicity 0.5, naming 0.25, layout 0.1, in ten statements.
    let program = "import os\nx = list()\nl = 1\ny = 1 \n".to_owned() + &"z = 1\n".repeat(6);
    let judgement = judged("", &program);
    let parts: Vec<_> = judgement
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.score))
        .collect();
    assert_eq!(
        parts,
        [
            ("correctness", 0.9),
            ("simplicity", 0.95),
            ("naming", 0.975),
            ("layout", 0.99)
        ]
    );
    assert!((judgement.score.unwrap() - 0.815).abs() < 1e-12);
    let ignoring = Config {
        ignore: "F C4 E741".to_owned(),
        ..config()
    };
    let judgement = Style::judge(&episode("", &program), &ignoring).unwrap();
    assert!((judgement.score.unwrap() - 0.99).abs() < 1e-12);
}

#[test]
fn it_abstains_with_the_reason() {
    for (language, program, reason) in [
        (
            "lua",
            "x = 1",
            "it reads python, and this program is in lua",
        ),
        (
            "python",
            "x = (",
            "the program was not read: it does not parse",
        ),
        (
            "python",
            "x = '\0",
            "the program was not read: it does not parse",
        ),
    ] {
        let mut episode = episode("", program);
        language.clone_into(&mut episode.language);
        let judgement = Style::judge(&episode, &config()).unwrap();
        assert_eq!(judgement.score, None);
        assert!(
            judgement.notes[0].starts_with(reason),
            "{:?}",
            judgement.notes
        );
    }
}
