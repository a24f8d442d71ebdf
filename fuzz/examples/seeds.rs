//! Writes the inputs that fuzzing begins with: `cargo run --release --example seeds` in `fuzz/`.
//!
//! They are made from files of the tree and by hand, and kept beside the targets, so that a run needs neither. The
//! `.wasm` files in `corpus/plugin` are what `wasm-tools parse` makes of the components in
//! `runtime/package/tests/it/flatten/written`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use falcon_value::{Value, encode};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let corpus = root.join("fuzz").join("corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for (name, value) in values() {
        write("plain_data", name, &encode(&value))?;
    }
    for (target, seeds) in [
        ("frames", falcon_fuzz::frame_seeds()),
        ("module", falcon_fuzz::module_seeds()),
        ("join", falcon_fuzz::join_seeds()),
        ("exchange", falcon_fuzz::exchange_seeds()),
        ("kv", falcon_fuzz::kv_seeds()),
    ] {
        for (name, bytes) in seeds {
            write(target, name, &bytes)?;
        }
    }
    let judge = fs::read_to_string(root.join("plugins/judges/unit-tests/plugin.toml"))?;
    write("plugin", "judge", &with_manifest(&judge))?;
    for kind in ["judges", "languages", "memory"] {
        for folder in folders(&root.join("plugins").join(kind))? {
            let text = fs::read(folder.join("plugin.toml"))?;
            write("manifest", &stem(&folder), &text)?;
        }
    }
    write("manifest", "settings", SETTINGS.as_bytes())?;
    write(
        "reward",
        "default",
        &fs::read(root.join("runtime/grading/src/reward/designs/tests.toml"))?,
    )?;
    write(
        "reward",
        "example",
        &fs::read(root.join("examples/reward.toml"))?,
    )?;
    write("reward", "gates", GATES.as_bytes())?;
    write("reward", "weights", WEIGHTS.as_bytes())?;
    let tasks = fs::read(root.join("examples/tasks.jsonl"))?;
    let completions = fs::read(root.join("examples/completions.jsonl"))?;
    write(
        "tasks",
        "falcon",
        &[&[0][..], &tasks, &[0xff], &completions].concat(),
    )?;
    for (name, format, text) in TASKS {
        write("tasks", name, &[&[format][..], text.as_bytes()].concat())?;
        let answer = "```\nfunction f(x) { return x; }\n```\n";
        let answered = [&[format][..], text.as_bytes(), &[0xff], answer.as_bytes()];
        write("tasks", &format!("{name}-answered"), &answered.concat())?;
    }
    for (name, text) in PROGRAMS {
        write("form", name, text.as_bytes())?;
    }
    // One, two and three libraries that do nothing, and three that do everything.
    for (name, bytes) in [
        ("one", vec![0]),
        ("two", vec![1, 0, 0, 0, 0, 7]),
        (
            "starting",
            vec![
                2, 0x49, 1, 9, 1, 4, 2, 8, 8, 0x51, 0, 1, 3, 1, 5, 0x59, 0, 0, 0, 3,
            ],
        ),
        (
            "edited",
            vec![1, 0x40, 0, 1, 2, 1, 7, 0, 0, 1, 80, 0, 65, 16, 1, 66],
        ),
    ] {
        write("flatten", name, &bytes)?;
    }
    Ok(())
}

const SETTINGS: &str = r#"name = "a/b"
kind = "judge"
version = "1.2.3-rc.1+build"
license = "MIT"
description = "A judge with all there is."
host = ">=0.1, <0.3"

[capabilities]
log = true
clock = true
kv = true
llm = true
http = ["host/path"]
memory = "64MiB"
fuel = 1_000_000

[config.strict]
type = "boolean"
default = true
description = "x"

[config.count]
type = "integer"
default = 3
minimum = 1
maximum = 9.5
description = "x"

[config.weight]
type = "number"
default = 1.5e-3
description = "x"

[config.mode]
type = "string"
default = "fast"
choices = ["fast", "slow"]
description = "x"
"#;

const GATES: &str = r#"missing = "zero"
judge = [{ plugin = "a/b", weight = 2.5, config = { x = 1, y = [1.5, "z"], at = 2026-01-01T00:00:00Z } }]
gate = [{ judge = "a/b", at-least = 0.5, reward = -1 }]
"#;

const WEIGHTS: &str = "[[judge]]
plugin = \"a/b\"
weight = 1e6
[[judge]]
plugin = \"a/c\"
weight = 1e-6
";

/// Programs in Python: whole, the body of a function alone, and as PyMini has it.
const PROGRAMS: [(&str, &str); 5] = [
    (
        "function",
        "import os, re as r\n\n\ndef f(x: int, *a, k=0x1F, **b) -> list[int]:\n    \"\"\" Text. \"\"\"\n    return [y + 1 for y in (x,) if y not in a] or {k: -1.5e3, 'u': b'v'}\n",
    ),
    (
        "statements",
        "class C(B, m=D):\n    n: int = 1\n    async def g(s):\n        global t\n        async with s as u, v: await w\n        try:\n            del u[1:2, ...]\n        except* E as e:\n            raise X from e\n        else: pass\n        finally: t += 1; t @= 2\n        while not t: break\n        for i, *j in k: continue\n        else: assert i, 'j'\n        yield from (yield)\n",
    ),
    (
        "pattern",
        "match x:\n    case [1, *_] | {'a': -2, **r}: y = f'{x!r:>{w}} {y=}'\n    case C(a, b=None) as z if (n := z): y = lambda *a, b=1: a < b <= 2 is not 3\n    case _: type T[U] = U\n",
    ),
    (
        "body",
        "    a, b = b, a + 1j\n    return a if b else [*a]\n",
    ),
    (
        "pymini",
        "y = [ ] <nl> for z in x : <ind> y . append ( z ) <ded> return y",
    ),
];

/// Name, format and text.
const TASKS: [(&str, u8, &str); 8] = [
    (
        "calls",
        0,
        r#"{"id": "a", "prompt": "p", "reference": "r", "tests": {"calls": {"function": "f", "cases": [{"arguments": [1, -2.5, "s", null, true, [1], {"k": 1}], "expected": {"$tuple": [{"$set": [1]}, {"$frozenset": []}, {"$dict": [[1, 2]]}, {"$bytes": "00ff"}, {"$int": "-18446744073709551616"}, {"$float": "-inf"}]}}]}}}"#,
    ),
    (
        "stdio",
        0,
        r#"{"id": "a", "language": "lua", "prompt": "p", "prefix": "x", "tests": {"stdio": [{"input": "1\n", "expected": "2\n"}]}}"#,
    ),
    (
        "humaneval",
        1,
        r#"{"task_id": "X/0", "prompt": "import math\n\n\ndef f(x):\n    \"\"\" Text. \"\"\"\n", "entry_point": "f", "canonical_solution": "    return x\n", "test": "def check(candidate):\n    assert candidate(1) == 1\n"}"#,
    ),
    (
        "mbpp",
        2,
        r#"{"text": "Write f.", "code": "def f(x):\n    return x\n", "task_id": 2, "test_setup_code": "", "test_list": ["assert f(1) == 1"]}"#,
    ),
    (
        "multipl-e-js",
        3,
        r#"{"name": "X_0_f", "language": "js", "prompt": "//Text.\nfunction f(x){\n", "tests": "const assert = require('node:assert');\nassert.deepEqual(f(1), 1);\n"}"#,
    ),
    (
        "multipl-e-cpp",
        3,
        r##"{"name": "X_0_f", "language": "cpp", "prompt": "#include<assert.h>\n// Text.\nlong f(long x) {\n", "tests": "}\nint main() {\n    assert(f(1) == 1);\n}\n"}"##,
    ),
    // What our own format does not take again.
    (
        "blank",
        1,
        r#"{"task_id": "X/1", "prompt": "def f(x):\n", "entry_point": "f", "test": " \n"}"#,
    ),
    (
        "deep",
        0,
        r#"{"id": "a", "prompt": "p", "tests": {"calls": {"function": "f", "cases": [{"arguments": [{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}], "expected": 1}]}}}"#,
    ),
];

fn values() -> Vec<(&'static str, Value)> {
    let text = |text: &[u8]| Value::Str(text.to_vec());
    vec![
        ("none", Value::None),
        ("big", Value::BigInt(vec![0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ("complex", Value::Complex(f64::NAN, -0.0)),
        ("surrogate", text(b"\xed\xa0\x80 and more")),
        (
            "nested",
            Value::List(vec![
                Value::Tuple(vec![Value::Bool(true), Value::Bool(false)]),
                Value::Set(vec![Value::Int(-1), Value::Int(1)]),
                Value::FrozenSet(vec![Value::Float(0.5)]),
                Value::Dict(vec![(text(b"k"), Value::Bytes(vec![0, 255]))]),
            ]),
        ),
        ("range", Value::Range(Box::new([0, 10, 2].map(Value::Int)))),
        (
            "known",
            Value::Known(
                "collections.Counter".to_owned(),
                Box::new(Value::Dict(vec![(Value::Handle(7), Value::Int(1))])),
            ),
        ),
    ]
}

/// A component that exports an empty instance as a judge does, with this manifest.
fn with_manifest(manifest: &str) -> Vec<u8> {
    use wasm_encoder::{
        Component, ComponentExportKind, ComponentExportSection, ComponentInstanceSection,
    };
    let mut instances = ComponentInstanceSection::new();
    instances.export_items(Vec::<(&str, ComponentExportKind, u32)>::new());
    let mut exports = ComponentExportSection::new();
    let judge = "falcon:judge/judge@0.1.0";
    exports.export(judge, ComponentExportKind::Instance, 0, None);
    let mut component = Component::new();
    component.section(&instances).section(&exports);
    falcon_package::package(&component.finish(), manifest, "plugin.toml")
        .expect("the judge's own manifest")
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn folders(parent: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(parent)?.map(|entry| Ok(entry?.path()));
    let all: io::Result<Vec<_>> = entries.collect();
    Ok(all?
        .into_iter()
        .filter(|path| path.join("plugin.toml").is_file())
        .collect())
}
