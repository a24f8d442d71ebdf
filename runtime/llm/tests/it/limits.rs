//! The operator's limits, against what the endpoint counts.

use falcon_host::LlmCause;

use crate::server::{Server, ask, says, status};

#[test]
fn what_the_limits_do_not_cover_is_not_sent() {
    // A question takes 25 tokens, and may take about 200.
    for (limits, least, words) in [
        ("requests = 2", 2, "2 of 2 requests are used"),
        ("tokens = 320", 2, " of 320 tokens are used"),
        ("tokens = 10", 0, "0 of 10 tokens are used"),
        ("money = 0.0004", 2, " of 0.0004 is spent"),
    ] {
        let server = Server::start(vec![says("ok")]);
        let prices = "[prices]\nquestion = 1.0\nanswer = 2.0\n";
        let client = server.client(&format!("{prices}[limits]\n{limits}"));
        let asked: Vec<_> = (0..20).map(|n| ask(&client, &format!("q{n:02}"))).collect();
        let answered = asked.iter().filter(|one| one.is_ok()).count();
        let error = asked.last().unwrap().as_ref().unwrap_err();
        assert_eq!(error.cause, LlmCause::Budget);
        assert!(error.message.contains(words), "{limits}: {error}");
        assert!(error.message.contains("raise [limits]"), "{error}");
        assert_eq!(answered, server.asked().len());
        assert!((least..20).contains(&answered), "{limits}: {answered}");
        let spent = client.spent();
        assert!(spent.requests == answered as u64 && spent.tokens <= 320 && spent.money <= 0.0004);
    }
}

#[test]
fn what_was_refused_counts_no_tokens_and_what_broke_counts_as_the_most() {
    let server = Server::start(vec![status(429), says("ok")]);
    let client = server.client("[limits]\nrequests = 2");
    ask(&client, "q").unwrap();
    let spent = client.spent();
    assert_eq!((spent.requests, spent.tokens), (2, 25));
    // Behind a gateway the model may have done the work.
    let gateway = Server::start(vec![status(504), says("ok")]);
    let behind = gateway.client("");
    ask(&behind, "q").unwrap();
    assert!(behind.spent().tokens > 50, "{:?}", behind.spent());
    assert_eq!(ask(&client, "r").unwrap_err().cause, LlmCause::Budget);
    assert_eq!(server.asked().len(), 2);
}
