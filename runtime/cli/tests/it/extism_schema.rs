//! docs/plugins/extism.schema.json, against what a module is given and what is taken from it.

use serde_json::{Map, Value, json};

use crate::{
    extism::example,
    falcon::{Folder, falcon},
};

fn schema() -> Value {
    let text = include_str!("../../../../docs/plugins/extism.schema.json");
    serde_json::from_str(text).unwrap()
}

/// Whether a value is what the schema calls so, and has each of its names: a document with nothing left out.
fn is_whole(value: &Value, of: &str) -> bool {
    let root = schema();
    fits(value, &json!({ "$ref": format!("#/$defs/{of}") }), &root)
}

/// JSON Schema, as far as the document uses it.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    if let Some(place) = schema["$ref"].as_str() {
        let place = place.strip_prefix('#').unwrap();
        return fits(value, root.pointer(place).unwrap(), root);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().any(|one| fits(value, one, root));
    }
    if let Some(known) = schema["enum"].as_array() {
        return known.contains(value);
    }
    match (schema["type"].as_str().unwrap(), value) {
        ("null", Value::Null)
        | ("string", Value::String(_))
        | ("number", Value::Number(_))
        | ("boolean", Value::Bool(_)) => true,
        ("integer", Value::Number(number)) => number.is_u64(),
        ("array", Value::Array(items)) => {
            items.iter().all(|item| fits(item, &schema["items"], root))
        }
        ("object", Value::Object(fields)) => match schema["properties"].as_object() {
            Some(known) => named_alike(fields, known, root),
            None => fields
                .values()
                .all(|field| fits(field, &schema["additionalProperties"], root)),
        },
        _ => false,
    }
}

fn named_alike(fields: &Map<String, Value>, known: &Map<String, Value>, root: &Value) -> bool {
    let same = |(name, one): (&String, &Value)| {
        let field = fields.get(name);
        field.is_some_and(|field| fits(field, one, root))
    };
    fields.len() == known.len() && known.iter().all(same)
}

/// What a judge of one module says of an episode in which there is something of everything.
fn judged(module: &str) -> Value {
    let folder = Folder::new();
    let own = example(&folder, Some(module), "");
    let plugins = folder.path("plugins");
    falcon(&[
        "plugin",
        "build",
        &own,
        "--out",
        &format!("{plugins}/judge.wasm"),
    ])
    .expect(0);
    let at = json!({ "severity": "error", "class": "ValueError", "message": "m", "line": 1, "column": 0 });
    let episode = json!({
        "task_id": "task", "split": "pool", "language": "python", "prompt": "p", "program": "é = f(1)\n", "attempt": 2,
        "diagnostics": [at], "verdict": "failed", "scores": [], "reward": null, "fuel": 7, "cheapest_fuel": 5, "seconds": 0.0,
        "plugins": {}, "reference": "é = 2\n",
        "tests": [{ "name": "f(1)", "verdict": "failed", "message": "m", "at": at, "got": "2" }],
    });
    let episodes = folder.write("episodes.jsonl", episode.to_string());
    let reward = folder.write("reward.toml", "[[judge]]\nplugin = 'example/line-length'\n");
    let words = [
        "--plugins",
        &plugins,
        "judge",
        "--episodes",
        &episodes,
        "--reward",
        &reward,
    ];
    let ended = falcon(&words);
    assert!(!ended.stdout.is_empty(), "{}", ended.stderr);
    ended.lines()[0]["scores"][0].clone()
}

/// A module that sets this as its output.
fn answering(output: &Value) -> String {
    let text = output.to_string();
    let stores: String = text
        .bytes()
        .enumerate()
        .map(|(at, byte)| {
            format!(
                "(call $store (i64.add (local.get $place) (i64.const {at})) (i32.const {byte}))"
            )
        })
        .collect();
    let size = text.len();
    format!(
        r#"(module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
        (import "extism:host/env" "output_set" (func $output (param i64 i64)))
        (memory 1)
        (func (export "judge") (result i32) (local $place i64)
            (local.set $place (call $alloc (i64.const {size})))
            {stores}
            (call $output (local.get $place) (i64.const {size}))
            i32.const 0))"#
    )
}

#[test]
fn a_module_is_given_what_the_schema_says() {
    // It sets its input as its error.
    let said = judged(
        r#"(module
        (import "extism:host/env" "input_offset" (func $input (result i64)))
        (import "extism:host/env" "error_set" (func $error (param i64)))
        (memory 1)
        (func (export "judge") (result i32) (call $error (call $input)) i32.const 1))"#,
    );
    let failure = said["failure"].as_str().unwrap();
    let (_, input) = failure.split_once("reported extism: ").unwrap();
    let input: Value = serde_json::from_str(input).unwrap();
    assert!(is_whole(&input, "input"), "{input:#}");
    let episode = &input["episode"];
    assert!(episode["tests"][0]["at"].is_object() && episode["diagnostics"][0].is_object());
    assert_eq!(episode["tests"][0]["details"], json!({ "got": "2" }));
    assert_eq!(input["config"], json!({ "longest": 79 }));
    // Nothing of it is ever left out, and the schema says so.
    for name in ["input", "episode", "test", "diagnostic"] {
        let schema = &schema()["$defs"][name];
        let fields = schema["properties"].as_object().unwrap();
        let mut required: Vec<&str> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_str().unwrap())
            .collect();
        required.sort_unstable();
        let mut known: Vec<&str> = fields.keys().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(required, known, "{name}");
    }
}

#[test]
fn what_the_schema_lets_a_module_answer_is_taken_and_nothing_else() {
    let finding =
        json!({ "rule": "E501", "severity": "note", "message": "long", "start": 0, "end": 2 });
    let credit = json!({ "start": 3, "end": 4, "value": -1.5, "note": "n" });
    let output = json!({
        "score": 0.75,
        "parts": { "whole": { "score": 4.5, "note": "of it" } },
        "notes": ["for people"],
        "findings": [finding],
        "credits": [credit],
    });
    assert!(is_whole(&output, "output"));
    let said = judged(&answering(&output));
    assert_eq!(said["score"], 0.75, "{said}");
    assert_eq!(said["parts"], json!({ "whole": 4.5 }));
    assert_eq!(said["credits"], json!([credit]));
    for (name, value) in finding.as_object().unwrap() {
        assert_eq!(&said["findings"][0][name], value, "{name}");
    }
    let notes = said["notes"].to_string();
    assert!(
        notes.contains("for people") && notes.contains("of it"),
        "{notes}"
    );

    for (output, score) in [(json!(2.5), json!(2.5)), (json!(null), json!(null))] {
        assert!(is_whole(&output, "output"));
        assert_eq!(judged(&answering(&output))["score"], score);
    }

    // Another name is refused with all that there are, which are the schema's.
    let other = json!({ "scores": 1.0 });
    assert!(!is_whole(&other, "output"));
    let failure = judged(&answering(&other))["failure"].to_string();
    let schema = schema();
    let known = schema["$defs"]["judgement"]["properties"]
        .as_object()
        .unwrap();
    let (_, told) = failure.split_once("it has ").expect(&failure);
    let told = told.split(';').next().unwrap();
    let mut told: Vec<&str> = told.split(", ").collect();
    told.sort_unstable();
    let mut known: Vec<&str> = known.keys().map(String::as_str).collect();
    known.sort_unstable();
    assert_eq!(told, known, "{failure}");
}
