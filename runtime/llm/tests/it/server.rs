//! A small HTTP server that gives the answers it is told, in order, and the last one ever after.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use falcon_host::{LanguageModel, LlmAnswer, LlmError, LlmMessage, LlmQuestion, LlmRole};
use falcon_llm::{Client, Settings};

/// What the server does with one request.
#[derive(Clone)]
pub(crate) enum Does {
    /// Status, further header lines, body.
    Answer(u16, &'static str, String),
    /// Closes the connection in the middle of the reply.
    Break,
    /// Says nothing for so long.
    Sleep(Duration),
}

/// The server, and what it was asked.
pub(crate) struct Server {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(does: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut heard = heard.lock().unwrap();
                let does = does[heard.len().min(does.len() - 1)].clone();
                heard.push(read(&stream));
                drop(heard);
                thread::spawn(move || answer(stream, does));
            }
        });
        Self { endpoint, asked }
    }

    /// Each request: its head and its body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// A client of it, with further settings.
    pub(crate) fn client(&self, more: &str) -> Client {
        client(&self.endpoint, more, Path::new("llm.toml"))
    }
}

pub(crate) fn client(endpoint: &str, more: &str, file: &Path) -> Client {
    let text = format!(
        "endpoint = \"{endpoint}\"\nmodel = \"small\"\nkey-env = \"KEY\"\nbackoff-ms = 1\n{more}"
    );
    let settings = Settings::parse(&text, file, |_| Some(KEY.to_owned())).unwrap();
    Client::new(settings).unwrap()
}

pub(crate) const KEY: &str = "sk-never-to-be-seen";

/// A good answer with these words: 20 tokens of a question and 5 of an answer.
pub(crate) fn says(text: &str) -> Does {
    let body = format!(
        r#"{{"id":"1","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],
        "usage":{{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25}}}}"#
    );
    Does::Answer(200, "", body)
}

pub(crate) fn status(code: u16) -> Does {
    Does::Answer(code, "", "{\"error\":{\"message\":\"not now\"}}".to_owned())
}

pub(crate) fn question(text: &str) -> LlmQuestion {
    let message = |role, text: &str| LlmMessage {
        role,
        text: text.to_owned(),
    };
    LlmQuestion {
        messages: vec![
            message(LlmRole::System, "judge"),
            message(LlmRole::User, text),
        ],
        max_tokens: 30,
        json: true,
    }
}

pub(crate) fn ask(client: &Client, text: &str) -> Result<LlmAnswer, LlmError> {
    client.ask(&"falcon/ai-judge".parse().unwrap(), &question(text))
}

fn read(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + std::str::from_utf8(&body).unwrap()
}

fn answer(mut stream: TcpStream, does: Does) {
    // The client may have gone by now, as one that waited too long has.
    let _ = match does {
        Does::Answer(code, headers, body) => write!(
            stream,
            "HTTP/1.1 {code} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
            body.len()
        ),
        Does::Break => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{{"),
        Does::Sleep(time) => {
            thread::sleep(time);
            Ok(())
        }
    };
}
