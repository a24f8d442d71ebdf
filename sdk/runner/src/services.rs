//! The host's services: a question as JSON, an answer as JSON.

use falcon_sdk::{
    http::{self, Header, Method, Request},
    kv, llm,
};
use serde_json::{Value, json};

use crate::slot::{Service, Slot};

/// `{"ok": …}`, or `{"problem": {"cause", "message"}}`.
#[must_use]
pub fn call<const ROOM: usize>(slot: &Slot<ROOM>, service: &str, question: &str) -> String {
    let known = match service {
        "llm" => Some((Service::Llm, asked as fn(&Value) -> Result<Value, Value>)),
        "http" => Some((Service::Http, sent as _)),
        "kv" => Some((Service::Kv, kept as _)),
        _ => None,
    };
    let answer = match known {
        Some((one, answer)) if slot.asks(one) => match serde_json::from_str(question) {
            Ok(question) => answer(&question),
            Err(error) => Err(problem("refused", &error.to_string())),
        },
        // What is not asked for is not imported, and answers nothing that means anything.
        _ => Err(problem(
            "not-asked-for",
            &format!(
                "this plugin has no capability `{service}`: ask for it under [capabilities] in plugin.toml"
            ),
        )),
    };
    match answer {
        Ok(answer) => json!({ "ok": answer }),
        Err(problem) => json!({ "problem": problem }),
    }
    .to_string()
}

fn problem(cause: &str, message: &str) -> Value {
    json!({ "cause": cause, "message": message })
}

fn text(of: &Value) -> String {
    match of {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn asked(question: &Value) -> Result<Value, Value> {
    let message = |one: &Value| {
        let said = text(&one["text"]);
        Ok(match one["role"].as_str() {
            Some("system") => llm::Message::system(said),
            Some("user") => llm::Message::user(said),
            Some("assistant") => llm::Message::assistant(said),
            _ => {
                let role = &one["role"];
                let words = format!("{role} is no role: system, user or assistant");
                return Err(problem("refused", &words));
            }
        })
    };
    let messages = question["messages"].as_array().into_iter().flatten();
    let question = llm::Question {
        messages: messages.map(message).collect::<Result<_, _>>()?,
        max_tokens: number(&question["maxTokens"]),
        json: question["json"] == true,
    };
    match llm::ask(&question) {
        Ok(answer) => Ok(json!({
            "text": answer.text,
            "whole": answer.whole,
            "tokens": answer.tokens,
        })),
        Err(error) => Err(problem(
            match error.cause {
                llm::Cause::TooLarge => "too-large",
                llm::Cause::TooMany => "too-many",
                llm::Cause::Budget => "budget",
                llm::Cause::Unavailable => "unavailable",
                llm::Cause::Refused => "refused",
            },
            &error.message,
        )),
    }
}

fn sent(question: &Value) -> Result<Value, Value> {
    let headers = question["headers"].as_array().into_iter().flatten();
    let request = Request {
        method: match question["method"].as_str() {
            Some("post") => Method::Post,
            _ => Method::Get,
        },
        url: text(&question["url"]),
        headers: headers
            .map(|one| Header {
                name: text(&one[0]),
                value: text(&one[1]),
            })
            .collect(),
        body: text(&question["body"]).into_bytes(),
    };
    match http::send(&request) {
        Ok(response) => {
            let headers = response.headers.iter();
            Ok(json!({
                "status": response.status,
                "headers": headers.map(|one| [&one.name, &one.value]).collect::<Vec<_>>(),
                "text": String::from_utf8_lossy(&response.body),
            }))
        }
        Err(error) => Err(problem(
            match error.cause {
                http::Cause::Refused => "refused",
                http::Cause::TooLarge => "too-large",
                http::Cause::TooMany => "too-many",
                http::Cause::Unavailable => "unavailable",
            },
            &error.message,
        )),
    }
}

fn kept(question: &Value) -> Result<Value, Value> {
    if let Some(key) = question["set"].as_str() {
        let set = kv::set(key, text(&question["value"]).as_bytes());
        return match set {
            Ok(()) => Ok(Value::Null),
            Err(error) => Err(problem(&error.code, &error.message)),
        };
    }
    if let Some(key) = question["delete"].as_str() {
        kv::delete(key);
        return Ok(Value::Null);
    }
    let found = kv::get(question["get"].as_str().unwrap_or_default());
    Ok(json!(
        found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    ))
}

/// A number of tokens; one that is none is too many, and the host says so.
fn number(value: &Value) -> u32 {
    value
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(u32::MAX)
}
