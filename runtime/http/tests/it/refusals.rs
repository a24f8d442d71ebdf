//! What is sent, and each reason for which something is not.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use falcon_episode::{HttpUse, JudgeScore};
use falcon_host::{Failure, Grants, LoadError};
use falcon_http::{Client, Lookup};
use serde_json::json;

use crate::{
    plugin::{granted, judged, load},
    server::Server,
};

/// A plugin that may ask for everything of a server on this machine, and one of its answers.
fn asked(server: &Server, config: serde_json::Value) -> JudgeScore {
    let host = server.address.to_string();
    let plugin = load(
        &[format!("{host}/")],
        granted(Client::new().unwrap(), &[host]),
    );
    judged(&plugin.unwrap(), &config).unwrap()
}

fn used(score: &JudgeScore) -> HttpUse {
    score.uses.http.clone().unwrap()
}

#[test]
fn a_request_arrives_and_so_does_its_answer() {
    let server = Server::start();
    let config = json!({
        "url": server.url("/score?of=1"), "method": "post", "bytes": 3, "header": "X-Key: secret",
    });
    let score = asked(&server, config);
    assert_eq!(score.notes, ["200 4 hello"]);
    let request = server.asked().remove(0);
    assert!(
        request.starts_with("POST /score?of=1 HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("x-key: secret\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nxxx"), "{request}");
    let http = used(&score);
    assert_eq!(
        (http.calls, http.refused, http.sent, http.received),
        (1, 0, 3, 4)
    );
    assert_eq!(http.hosts[&server.address.to_string()], 1);
}

#[test]
fn a_status_and_a_redirect_are_answers() {
    let server = Server::start();
    let other = Server::start();
    let failed = asked(&server, json!({"url": server.url("/status/500")}));
    assert_eq!(failed.notes, ["500 0 -"]);
    let to = server.url(&format!("/to/{}", other.url("/secret")));
    assert_eq!(asked(&server, json!({"url": to})).notes, ["302 0 -"]);
    assert_eq!(other.asked(), [""; 0], "nobody was sent on");
}

#[test]
fn what_may_not_be_sent_is_not() {
    let server = Server::start();
    let host = server.address.to_string();
    let places = [format!("{host}/v1"), "api.example.org/".to_owned()];
    let hosts = [
        host.clone(),
        "api.example.org".to_owned(),
        "granted.example.org".to_owned(),
    ];
    let plugin = load(&places, granted(Client::new().unwrap(), &hosts)).unwrap();
    let long = format!("http://{host}/v1/{}", "a".repeat(9000));
    for (url, more, words) in [
        ("not a url", json!({}), "Cause::Refused: \"not a url\""),
        (
            &*server.url("/v10"),
            json!({}),
            "/v10: the manifest asks for",
        ),
        (
            &server.url("/v1/../v2"),
            json!({}),
            "/v2: the manifest asks for",
        ),
        (
            &server.url("/v1/..%2fv2"),
            json!({}),
            "the manifest asks for",
        ),
        (
            "https://granted.example.org/",
            json!({}),
            "the manifest asks for",
        ),
        (
            "https://api.example.org:444/",
            json!({}),
            "the manifest asks for",
        ),
        ("http://api.example.org/", json!({}), "use https"),
        ("ftp://api.example.org/", json!({}), "only http and https"),
        (
            "https://me:pass@api.example.org/",
            json!({}),
            "holds a name or a password",
        ),
        (
            "https://api.example.org@127.0.0.1/",
            json!({}),
            "holds a name",
        ),
        (
            "http://127.1:1/v1",
            json!({}),
            "127.0.0.1:1/v1: the manifest asks for",
        ),
        (&long, json!({}), "TooLarge: a URL of 90"),
        (&server.url("/v1"), json!({"bytes": 1}), "a GET with a body"),
        (
            &server.url("/v1"),
            json!({"method": "post", "bytes": 300_000}),
            "TooLarge: a body of 300000",
        ),
        (
            &server.url("/v1"),
            json!({"header": "Host: other.example.org"}),
            "the header host is",
        ),
        (
            &server.url("/v1"),
            json!({"header": "X: a\nHost: b"}),
            "no line of ASCII",
        ),
        (
            &server.url("/v1"),
            json!({"header": "X Y: a"}),
            "is not a header's name",
        ),
    ] {
        let mut config = more;
        config["url"] = json!(url);
        let score = judged(&plugin, &config).unwrap();
        let words = words.strip_prefix("Cause::").unwrap_or(words);
        assert!(
            score.notes[0].contains(words),
            "{url} {config}: {}",
            score.notes[0]
        );
        let http = used(&score);
        assert_eq!(
            (http.calls, http.refused, http.hosts.len()),
            (1, 1, 0),
            "{url}"
        );
    }
    assert_eq!(server.asked(), [""; 0]);
}

#[test]
fn answers_are_bounded() {
    let server = Server::start();
    let most = asked(
        &server,
        json!({"url": server.url(&format!("/size/{}", 1 << 20))}),
    );
    assert_eq!(most.notes, ["200 1048576 -"]);
    let over = asked(
        &server,
        json!({"url": server.url(&format!("/size/{}", (1 << 20) + 1))}),
    );
    assert!(
        over.notes[0].starts_with("Cause::TooLarge") || over.notes[0].starts_with("TooLarge"),
        "{:?}",
        over.notes
    );
    let many = asked(&server, json!({"url": server.url("/"), "times": 18}));
    assert_eq!(many.notes[15], "200 4 hello");
    assert!(
        many.notes[16].contains("more than 16 requests in one call"),
        "{}",
        many.notes[16]
    );
    let http = used(&many);
    assert_eq!((http.calls, http.refused), (18, 2));
    assert_eq!(http.hosts[&server.address.to_string()], 16);
}

#[test]
fn a_host_that_says_nothing_is_given_up_and_its_time_is_not_the_plugin_s() {
    let server = Server::start();
    let began = Instant::now();
    // As long as the call's own limit, which time spent here does not count against.
    let score = asked(&server, json!({"url": server.url("/endless")}));
    assert!(
        score.notes[0].contains("Unavailable: 127.0.0.1: no answer in time"),
        "{:?}",
        score.notes
    );
    assert!(began.elapsed() < Duration::from_secs(20));
    let nobody = Server::start();
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let host = closed.to_string();
    let plugin = load(
        &[format!("{host}/")],
        granted(Client::new().unwrap(), std::slice::from_ref(&host)),
    );
    let score = judged(&plugin.unwrap(), &json!({"url": format!("http://{host}/")})).unwrap();
    assert!(
        score.notes[0].contains("is the server up"),
        "{:?}",
        score.notes
    );
    drop(nobody);
}

#[test]
fn a_name_that_leads_to_this_machine_is_not_followed() {
    let here = IpAddr::V4(Ipv4Addr::new(192, 168, 7, 7));
    let lookup: Lookup = Arc::new(move |_| Ok(vec![here]));
    let hosts = ["api.example.org".to_owned()];
    let client = Client::with_lookup(lookup).unwrap();
    let plugin = load(&["api.example.org/".to_owned()], granted(client, &hosts)).unwrap();
    let score = judged(&plugin, &json!({"url": "https://api.example.org/"})).unwrap();
    assert!(
        score.notes[0].contains("Refused: api.example.org: ")
            && score.notes[0].contains(
                "api.example.org leads to an address of this machine or its networks (192.168.7.7)"
            ),
        "{:?}",
        score.notes
    );
    assert_eq!(used(&score).refused, 1);
}

#[test]
fn this_machine_may_be_granted_by_name() {
    let server = Server::start();
    let host = format!("localhost:{}", server.address.port());
    let plugin = load(
        &[format!("{host}/")],
        granted(Client::new().unwrap(), std::slice::from_ref(&host)),
    );
    let score = judged(&plugin.unwrap(), &json!({"url": format!("http://{host}/")})).unwrap();
    assert_eq!(score.notes, ["200 4 hello"]);
}

#[test]
fn every_host_that_is_asked_for_has_to_be_granted() {
    let places = ["b.example.org/x", "a.example.org/", "b.example.org/"].map(str::to_owned);
    let some = granted(Client::new().unwrap(), &["b.example.org".to_owned()]);
    for (grants, missing) in [
        (Grants::none().clock(), "a.example.org and b.example.org"),
        (some, "a.example.org"),
    ] {
        let error = load(&places, grants).unwrap_err();
        assert!(
            matches!(error, LoadError::HostsNotGranted { .. }),
            "{error}"
        );
        let words = format!("asks for requests to {missing}, which is not granted");
        assert!(error.to_string().contains(&words), "{error}");
    }
}

#[test]
fn a_judge_that_fails_still_shows_what_it_used() {
    let server = Server::start();
    let host = server.address.to_string();
    let plugin = load(
        &[format!("{host}/")],
        granted(Client::new().unwrap(), &[host]),
    );
    let plugin = plugin.unwrap();
    for how in ["reports", "panics"] {
        let error = judged(&plugin, &json!({"url": server.url("/"), "fails": how})).unwrap_err();
        let expected = matches!(
            (how, &error.failure),
            ("reports", Failure::Reported { .. }) | ("panics", Failure::Panicked(_))
        );
        assert!(expected, "{error}");
        assert_eq!(error.uses.http.as_ref().map(|http| http.received), Some(4));
    }
}
