//! The host's services from judges in Python and JavaScript: a language model, requests and a map that lasts, with a
//! server on a real socket.

use std::fs;

use serde_json::json;

use crate::{
    ai_judge::server,
    falcon::{Ended, Folder, falcon},
};

const PYTHON: &str = r#"
from falcon_sdk import Judgement, http, kv, llm


def judge(episode, config):
    answer = llm.ask([llm.system("be brief"), llm.user(episode.program)], max_tokens=7, json=True)
    told = http.post(config["url"], b'{"from": "judge"}', {"content-type": "application/json"})
    before = int(kv.get("seen") or b"0")
    kv.set("seen", str(before + 1).encode())
    try:
        http.get("https://elsewhere.example.org/")
        refused = ""
    except http.Problem as problem:
        refused = f"{problem.cause.value}: {problem}"
    notes = [answer.text, str(answer.tokens), str(told.status), told.json()["usage"]["prompt_tokens"], refused]
    return Judgement(before, notes=[str(note) for note in notes])
"#;

const JAVASCRIPT: &str = r#"
import { http, kv, llm } from "falcon";

export function judge(episode, config) {
  const messages = [{ role: "system", text: "be brief" }, { role: "user", text: episode.program }];
  const answer = llm.ask(messages, { maxTokens: 7, json: true });
  const told = http.post(config.url, { from: "judge" }, { "content-type": "application/json" });
  const before = Number(kv.get("seen") ?? 0);
  kv.set("seen", before + 1);
  let refused = "";
  try {
    http.get("https://elsewhere.example.org/");
  } catch (problem) {
    refused = `${problem.code}: ${problem.message}`;
  }
  const notes = [answer.text, answer.tokens, told.status, told.json().usage.prompt_tokens, refused];
  return { score: before, notes: notes.map(String) };
}
"#;

/// A judge of this text in a folder of plugins, with the services that `asks` names, and what it is judged by.
struct Written {
    folder: Folder,
    host: String,
}

impl Written {
    fn new(file: &str, text: &str, asks: &str, endpoint: &str) -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.path("source")).unwrap();
        let host = endpoint["http://".len()..]
            .trim_end_matches("/v1")
            .to_owned();
        let asks = asks.replace("HOST", &host);
        let manifest = format!(
            "name = \"you/asks\"\nkind = \"judge\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n\
             description = \"Asks\"\nhost = \">=0.1\"\n[capabilities]\n{asks}\n\
             [config.url]\ntype = \"string\"\ndefault = \"{endpoint}\"\n"
        );
        folder.write("source/plugin.toml", manifest);
        folder.write(&format!("source/{file}"), text);
        let out = folder.path("plugins/asks.wasm");
        falcon(&["plugin", "build", &folder.path("source"), "--out", &out]).expect(0);
        folder.write(
            "llm.toml",
            format!("endpoint = '{endpoint}'\nmodel = 'small'\n"),
        );
        folder.write("reward.toml", "[[judge]]\nplugin = \"you/asks\"\n");
        let episode = json!({
            "task_id": "t", "language": "python", "prompt": "", "program": "x = 1", "attempt": 1, "diagnostics": [],
            "verdict": "passed", "scores": [], "reward": null, "fuel": 0, "seconds": 0, "plugins": {}, "tests": [],
        });
        folder.write("episodes.jsonl", episode.to_string());
        Self { folder, host }
    }

    fn judge(&self, grant: &str) -> Ended {
        let grant = format!("you/asks={}", grant.replace("HOST", &self.host));
        let path = |name: &str| self.folder.path(name);
        falcon(&[
            "--plugins",
            &path("plugins"),
            "--grant",
            &grant,
            "--llm",
            &path("llm.toml"),
            "--kv",
            &path("kv"),
            "judge",
            "--episodes",
            &path("episodes.jsonl"),
            "--reward",
            &path("reward.toml"),
        ])
    }
}

/// The judge asks, its answers arrive, what it kept is there for the next command, and all of it is in the record.
fn asks_and_keeps(file: &str, text: &str) {
    let (endpoint, asked) = server("yes");
    let all = "llm = true\nkv = true\nhttp = [\"HOST/v1\"]";
    let written = Written::new(file, text, all, &endpoint);
    for seen in [0.0, 1.0] {
        let lines = written.judge("llm,kv,http:HOST").expect(0).lines();
        let score = &lines[0]["scores"][0];
        let notes = score["notes"].as_array().unwrap();
        assert_eq!(
            notes[..4],
            ["yes", "1000", "200", "900"].map(|it| json!(it))
        );
        let refused = notes[4].as_str().unwrap();
        assert!(
            refused.starts_with("refused: elsewhere.example.org/: the manifest"),
            "{refused}"
        );
        assert_eq!(score["score"], seen);
        let host = &written.host;
        let uses = &score["uses"];
        assert_eq!((&uses["kv"], &uses["llm"]["calls"]), (&json!(2), &json!(1)));
        assert_eq!(
            (&uses["http"]["refused"], &uses["http"]["hosts"][host]),
            (&json!(1), &json!(1))
        );
    }
    let asked = asked.lock().unwrap();
    let (question, sent) = (&asked[0], &asked[1]);
    assert_eq!(question["messages"][1]["content"], "x = 1");
    assert_eq!(question["max_tokens"], 7);
    assert_eq!(*sent, json!({"from": "judge"}));
}

#[test]
fn a_judge_in_python_has_the_services_it_asks_for() {
    asks_and_keeps("judge.py", PYTHON);
}

#[test]
fn a_judge_in_javascript_has_the_services_it_asks_for() {
    asks_and_keeps("judge.js", JAVASCRIPT);
}

#[test]
fn a_service_that_is_not_asked_for_says_so() {
    let (endpoint, asked) = server("yes");
    let written = Written::new("judge.js", JAVASCRIPT, "kv = true", &endpoint);
    let words =
        "reported not-asked-for: Problem: this plugin has no capability `llm`: ask for it under";
    written.judge("kv").expect(3).saying(&[words]);
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn hosts_that_are_not_granted_are_named_with_what_to_do() {
    let (endpoint, _) = server("yes");
    let asks = "llm = true\nkv = true\nhttp = [\"HOST/v1\"]";
    let written = Written::new("judge.js", JAVASCRIPT, asks, &endpoint);
    let host = &written.host;
    let ended = written.judge("llm,kv").expect(2);
    ended.saying(&[
        &format!("asks for requests to {host}, which is not granted"),
        &format!("--grant you/asks=http:{host}"),
    ]);
    let file = written.folder.path("plugins/asks.wasm");
    let doctor = falcon(&["plugin", "doctor", &file]).expect(1).stdout;
    assert!(
        doctor.contains(&format!("http to {host} is asked for and not granted")),
        "{doctor}"
    );
}
