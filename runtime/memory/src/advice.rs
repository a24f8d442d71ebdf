//! What to do when object storage fails.

use std::error::Error;

const BUILD: &str = "This falcon was built without S3: build it with `cargo build --release --locked -p falcon-cli --features s3 --target-dir target/s3` (docs/memory.md)";
pub(crate) const BUCKET: &str = "There is no such bucket: make it, or check the URL";
pub(crate) const CONDITIONS: &str = "Keep the items in storage that honours conditional writes (If-None-Match), and leave AWS_CONDITIONAL_PUT out: without them two writers would write over each other's commits";
const CREDENTIALS: &str = "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or AWS_PROFILE), and that they may list, read, write and delete there";
const REGION: &str = "Set AWS_REGION to the bucket's region";
const NETWORK: &str = "Check the network, and, where the server is not Amazon's, AWS_ENDPOINT (with AWS_ALLOW_HTTP=true for one without TLS)";
const OTHER: &str = "Check the URL, the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) and the network, then run again: what was acknowledged is in the folder's journal";

/// Words of the object store, of the server and of the network, the more telling first.
const TELLING: [(&[&str], &str); 6] = [
    (&["No object store provider found"], BUILD),
    (
        &[
            "the storage took twice",
            "conditional put is disabled",
            "A header you provided implies functionality that is not implemented",
        ],
        CONDITIONS,
    ),
    // The last is of the client, which looks for the bucket's region where AWS_REGION is not set.
    (
        &["NoSuchBucket", "bucket does not exist", "Bucket '"],
        BUCKET,
    ),
    (
        &[
            "AccessDenied",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "InvalidToken",
            "ExpiredToken",
            "Forbidden",
            "Unauthorized",
            "credentials",
        ],
        CREDENTIALS,
    ),
    (
        &[
            "PermanentRedirect",
            "AuthorizationHeaderMalformed",
            "Missing region",
            "region must be",
            "redirect without LOCATION",
            "Failed to parse the region",
        ],
        REGION,
    ),
    (
        &[
            "Connection refused",
            "error sending request",
            "dns error",
            "HTTP error",
            "HttpError",
            "BadScheme",
            "timed out",
            "Failed to resolve region",
        ],
        NETWORK,
    ),
];

/// What a person can do about an error of the database in object storage: by the words of it and of what lies under it, because
/// the database turns most of that into text.
pub(crate) fn of(error: &(dyn Error + 'static)) -> &'static str {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&error.to_string());
        text.push('\n');
        next = error.source();
    }
    let found = TELLING
        .iter()
        .find(|(words, _)| words.iter().any(|word| text.contains(word)));
    found.map_or(OTHER, |(_, advice)| advice)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_most_telling_words_decide() {
        for (text, word) in [
            (
                "No object store provider found for scheme: 's3'",
                "--features s3",
            ),
            ("404 Not Found: <Code>NoSuchBucket</Code>", "no such bucket"),
            (
                "Generic S3 error: Bucket 'mistyped' not found",
                "no such bucket",
            ),
            (
                "Received redirect without LOCATION, this normally indicates an incorrectly configured region",
                "AWS_REGION",
            ),
            ("Failed to resolve region for bucket 'far'", "AWS_ENDPOINT"),
            ("the server timed out: no answer within 60s", "AWS_ENDPOINT"),
            (
                "403 Forbidden: <Code>AccessDenied</Code>",
                "AWS_SECRET_ACCESS_KEY",
            ),
            ("error sending request for url", "AWS_ENDPOINT"),
            (
                "<Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message>",
                "conditional writes",
            ),
            ("the moon is down", "run again"),
        ] {
            let advice = of(&io::Error::other(text));
            assert!(advice.contains(word), "{text}: {advice}");
        }
    }
}
