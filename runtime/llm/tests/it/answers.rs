//! Requests as they are sent, and answers that are kept.

use std::fs;

use falcon_llm::Client;
use serde_json::Value;

use crate::server::{Does, KEY, Server, ask, client, says};

#[test]
fn a_question_is_a_chat_completion() {
    let server = Server::start(vec![says("fine")]);
    let answer = ask(&server.client("seed = 3"), "is it \"good\"?").unwrap();
    assert_eq!(
        (&*answer.text, answer.whole, answer.tokens, answer.cached),
        ("fine", true, 25, false)
    );
    let request = server.asked().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /v1/chat/completions HTTP/1.1"),
        "{head}"
    );
    assert!(
        head.contains(&format!("authorization: Bearer {KEY}")),
        "{head}"
    );
    let body: Value = serde_json::from_str(body).unwrap();
    let wanted: Value = serde_json::from_str(
        r#"{"model":"small","messages":[{"role":"system","content":"judge"},
        {"role":"user","content":"is it \"good\"?"}],"temperature":0.0,"max_tokens":30,"stream":false,
        "seed":3,"response_format":{"type":"json_object"}}"#,
    )
    .unwrap();
    assert_eq!(body, wanted);
    // An endpoint that does not know the format is not sent it.
    ask(&server.client("json-mode = false"), "x").unwrap();
    assert!(!server.asked()[1].contains("response_format"));
}

/// The same folder for every client.
fn caching(endpoint: &str, folder: &tempfile::TempDir, more: &str) -> Client {
    let more = format!("cache = \"kept\"\n{more}");
    client(endpoint, &more, &folder.path().join("llm.toml"))
}

#[test]
fn a_kept_answer_costs_nothing_and_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![says("once"), says("other")]);
    let first = caching(&server.endpoint, &folder, "");
    assert_eq!(ask(&first, "q").unwrap().text, "once");
    // Another client, which may ask nothing any more.
    let again = caching(&server.endpoint, &folder, "[limits]\nrequests = 0");
    let kept = ask(&again, "q").unwrap();
    assert_eq!((&*kept.text, kept.tokens, kept.cached), ("once", 25, true));
    assert_eq!((server.asked().len(), again.spent().requests), (1, 0));
    // Whatever is part of the request is part of its content.
    for more in ["temperature = 0.5", "seed = 1"] {
        let other = caching(&server.endpoint, &folder, more);
        assert_eq!(ask(&other, "q").unwrap().text, "other", "{more}");
    }
    assert_eq!(ask(&first, "another").unwrap().text, "other");
    let elsewhere = caching("http://127.0.0.1:1/v1", &folder, "retries = 0");
    ask(&elsewhere, "q").unwrap_err();
}

#[test]
fn a_broken_file_is_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![says("first"), says("second")]);
    let client = caching(&server.endpoint, &folder, "");
    ask(&client, "q").unwrap();
    let kept = folder.path().join("kept/v1");
    let inner = fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let files: Vec<_> = fs::read_dir(inner).unwrap().collect();
    assert_eq!(files.len(), 1, "no half-written file is left");
    let file = files[0].as_ref().unwrap().path();
    assert!(!fs::read_to_string(&file).unwrap().contains(KEY));
    fs::write(&file, "{\"text\": \"fir").unwrap();
    assert_eq!(ask(&client, "q").unwrap().text, "second");
    assert_eq!(ask(&client, "q").unwrap().text, "second");
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn failures_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let broken = Does::Answer(200, "", "{".to_owned());
    let server = Server::start(vec![broken, says("now")]);
    let client = caching(&server.endpoint, &folder, "retries = 0");
    ask(&client, "q").unwrap_err();
    assert_eq!(ask(&client, "q").unwrap().text, "now");
}
