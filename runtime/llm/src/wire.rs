//! Chat completions: a question as the body of a request, and the answer out of the body of a reply.

use falcon_host::{LlmQuestion, LlmRole};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{budget::Tokens, settings::Settings};

/// Most characters that a message quotes of a reply.
const QUOTED: usize = 200;

/// The body of the request. The same question has the same bytes.
pub(crate) fn request(settings: &Settings, question: &LlmQuestion) -> Vec<u8> {
    let role = |role| match role {
        LlmRole::System => "system",
        LlmRole::User => "user",
        LlmRole::Assistant => "assistant",
    };
    let messages = question.messages.iter();
    let messages: Vec<Value> = messages
        .map(|one| json!({ "role": role(one.role), "content": one.text }))
        .collect();
    let mut body = json!({
        "model": settings.model,
        "messages": messages,
        "temperature": settings.temperature,
        "max_tokens": question.max_tokens,
        "stream": false,
    });
    if let Some(seed) = settings.seed {
        body["seed"] = seed.into();
    }
    if question.json && settings.json_mode {
        body["response_format"] = json!({ "type": "json_object" });
    }
    body.to_string().into_bytes()
}

/// What a reply says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) whole: bool,
    /// None where the endpoint does not count.
    pub(crate) tokens: Option<Tokens>,
}

#[derive(Deserialize)]
struct Body {
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

/// What the endpoint says that it took; one that does not say both does not count.
#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

/// Reads a reply; the error says what is wrong with it.
pub(crate) fn reply(body: &[u8]) -> Result<Reply, String> {
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        format!(
            "the reply is no chat completion ({error}): {}",
            quoted(body)
        )
    })?;
    let tokens = body.usage.and_then(|usage| {
        Some(Tokens {
            question: usage.prompt_tokens?,
            answer: usage.completion_tokens?,
        })
    });
    let choice = body.choices.into_iter().next();
    let choice = choice.ok_or("the reply has no choices")?;
    let text = choice.message.content;
    Ok(Reply {
        text: text.ok_or("the reply has no content")?,
        whole: choice.finish_reason.is_none_or(|reason| reason == "stop"),
        tokens,
    })
}

/// The beginning of a reply, for a message on one line.
pub(crate) fn quoted(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * QUOTED)]);
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(QUOTED).map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_or_refused() {
        let good = |content: &str, reason: &str| {
            format!(
                r#"{{"choices":[{{"message":{{"role":"assistant","content":{content}}},"finish_reason":{reason}}}],
                "usage":{{"prompt_tokens":3,"completion_tokens":2}}}}"#
            )
        };
        let read = reply(good("\"hi\"", "\"stop\"").as_bytes()).unwrap();
        let tokens = Tokens {
            question: 3,
            answer: 2,
        };
        assert_eq!(
            (&*read.text, read.whole, read.tokens),
            ("hi", true, Some(tokens))
        );
        let uncounted = |usage: &str| {
            let body = good("\"hi\"", "null");
            let at = body.find("\"usage\"").unwrap();
            let body = format!("{}\"usage\":{usage}}}", &body[..at]);
            reply(body.as_bytes()).unwrap().tokens
        };
        for usage in [
            "{}",
            "null",
            r#"{"total_tokens":9}"#,
            r#"{"prompt_tokens":9}"#,
        ] {
            assert_eq!(uncounted(usage), None, "{usage}");
        }
        assert!(
            !reply(good("\"hi\"", "\"length\"").as_bytes())
                .unwrap()
                .whole
        );
        for (body, words) in [
            ("", "no chat completion"),
            ("<html>\u{7}busy</html>", "<html> busy"),
            ("{\"choices\":[]}", "no choices"),
            (&good("null", "null"), "no content"),
            (
                "{\"error\":{\"message\":\"no\"}}",
                "missing field `choices`",
            ),
        ] {
            let error = reply(body.as_bytes()).unwrap_err();
            assert!(error.contains(words), "{body}: {error}");
        }
    }
}
