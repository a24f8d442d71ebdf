//! What is told of an error of the database in object storage. A server's answer may repeat the request that it refused, with the key
//! id and the session token in it, so of an answer its code and message alone are told.

use std::error::Error;

/// The words of an error and of what lies under it.
pub(crate) fn of(error: &(dyn Error + 'static)) -> String {
    let mut said = cut(&error.to_string());
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cut(&cause.to_string());
        if !said.contains(&text) {
            said.push_str(": ");
            said.push_str(&text);
        }
        next = cause.source();
    }
    said
}

/// A text with the code and the message of each answer in it instead of the answer.
fn cut(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, answer)) = rest.split_once("<Error") {
        let before = before.split_once("<?xml").map_or(before, |(head, _)| head);
        let (answer, after) = answer.split_once("</Error>").unwrap_or((answer, ""));
        let parts = ["Code", "Message"].map(|name| part(answer, name));
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        kept.push_str(before);
        kept.push_str(&parts.join(": "));
        rest = after;
    }
    kept + rest
}

/// What an answer has under a name.
fn part<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (_, from) = answer.split_once(&format!("<{name}>"))?;
    let (part, _) = from.split_once(&format!("</{name}>"))?;
    Some(part.trim())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const REFUSED: &str = "Server returned non-2xx status code: 403 Forbidden: \
        <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code>\
        <Message>The request signature we calculated does not match</Message>\
        <AWSAccessKeyId>KEYID</AWSAccessKeyId><CanonicalRequest>PUT\nx-amz-security-token:TOKEN\
        </CanonicalRequest></Error>, lance/src/io.rs:7:5";

    #[test]
    fn of_an_answer_code_and_message_alone_are_told() {
        for (text, expected) in [
            (
                REFUSED,
                "Server returned non-2xx status code: 403 Forbidden: SignatureDoesNotMatch: \
                 The request signature we calculated does not match, lance/src/io.rs:7:5",
            ),
            (
                "403: <ErrorResponse xmlns='x'><Error><Code>ExpiredToken</Code><Key>KEYID</Key></Error>",
                "403: ExpiredToken",
            ),
            ("400: <Error><Token>TOKEN</Token>", "400: "),
            ("no answer at all", "no answer at all"),
        ] {
            assert_eq!(of(&io::Error::other(text)), expected);
        }
    }

    /// An error whose words leave out what lies under it.
    #[derive(Debug, thiserror::Error)]
    #[error("the request failed")]
    struct Failed(#[source] io::Error);

    #[test]
    fn what_lies_under_an_error_is_told_too() {
        let failed = |text: &str| of(&Failed(io::Error::other(text.to_owned())));
        assert_eq!(failed("no route"), "the request failed: no route");
        let said = failed(REFUSED);
        assert!(said.contains("SignatureDoesNotMatch"), "{said}");
        assert!(!said.contains("KEYID") && !said.contains("TOKEN"), "{said}");
    }
}
