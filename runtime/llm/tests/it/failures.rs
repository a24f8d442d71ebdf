//! What goes wrong on the way, and what is said of it.

use std::{
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

use falcon_host::LlmCause::{Refused, Unavailable};

use crate::server::{Does, KEY, Server, ask, client, says, status};

#[test]
fn what_may_pass_is_tried_again() {
    let broken = Does::Answer(200, "", "{\"choices\":".to_owned());
    for failure in [status(429), status(500), status(503), Does::Break, broken] {
        let server = Server::start(vec![failure.clone(), failure, says("at last")]);
        assert_eq!(
            ask(&server.client("retries = 2"), "q").unwrap().text,
            "at last"
        );
        assert_eq!(server.asked().len(), 3);
    }
}

#[test]
fn the_endpoint_says_when_to_try_again() {
    let later = Does::Answer(429, "Retry-After: 1\r\n", String::new());
    let server = Server::start(vec![later, says("later")]);
    let started = Instant::now();
    assert_eq!(
        ask(&server.client("retries = 1"), "q").unwrap().text,
        "later"
    );
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn errors_name_endpoint_status_and_what_to_do_and_no_key() {
    let echo = Does::Answer(400, "", format!("{}you sent {KEY}", "x".repeat(185)));
    let moved = Does::Answer(302, "Location: http://127.0.0.1:1/\r\n", String::new());
    let garbage = Does::Answer(200, "", "<html>sign in</html>".to_owned());
    let empty = Does::Answer(200, "", "{\"choices\":[]}".to_owned());
    for (does, cause, words, attempts) in [
        (
            status(401),
            Refused,
            "status 401 Unauthorized: {\"error\"",
            1,
        ),
        (status(404), Refused, "check `endpoint`", 1),
        (echo, Refused, "you sent (the k", 1),
        (moved, Refused, "status 302", 1),
        (status(429), Unavailable, "status 429", 2),
        (
            status(500),
            Unavailable,
            "look at the server's log (after 2 attempts)",
            2,
        ),
        (garbage, Refused, "no chat completion", 2),
        (empty, Refused, "the reply has no choices", 2),
        (Does::Break, Unavailable, "raise `timeout-seconds`", 2),
    ] {
        let server = Server::start(vec![does]);
        let error = ask(&server.client("retries = 1"), "q").unwrap_err();
        let text = &error.message;
        assert_eq!(error.cause, cause, "{text}");
        assert!(text.starts_with(&server.endpoint), "{text}");
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains("sk-"), "{text}");
        assert_eq!(server.asked().len(), attempts, "{text}");
    }
}

#[test]
fn an_endpoint_that_is_not_there_is_named() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let endpoint = format!("http://{port}/v1");
    let client = client(&endpoint, "retries = 1", Path::new("f"));
    let error = ask(&client, "q").unwrap_err();
    assert_eq!(error.cause, Unavailable);
    for words in [&*endpoint, "is the server up", "after 2 attempts"] {
        assert!(error.message.contains(words), "{error}");
    }
    // No question arrived, so none is paid for.
    assert_eq!(client.spent().tokens, 0);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let server = Server::start(vec![Does::Sleep(Duration::from_secs(30))]);
    let started = Instant::now();
    let client = server.client("retries = 0\ntimeout-seconds = 1");
    let error = ask(&client, "q").unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(error.cause, Unavailable);
    assert!(error.message.contains("no answer in time"), "{error}");
    // The endpoint may have worked on it, so it counts.
    assert!(client.spent().tokens > 30);
}

#[test]
fn a_reply_without_end_is_cut_off() {
    let server = Server::start(vec![Does::Answer(200, "", "x".repeat(5 << 20))]);
    let error = ask(&server.client(""), "q").unwrap_err();
    assert!(error.message.contains("larger than 4 MiB"), "{error}");
    assert_eq!((error.cause, server.asked().len()), (Refused, 1));
}
