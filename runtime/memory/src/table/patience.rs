//! How long a server is waited for. One that takes connections and never answers would hold a person for half an hour otherwise: the
//! client gives a request 30 seconds and sends it four times, and Lance asks six times for a list.

use std::time::Duration;

use lancedb::{Error, connection::ConnectBuilder};

use super::Result;
use crate::place::Place;

/// For a question that changes nothing, and for each part of a longer answer. Opening a table is half a dozen requests, so this is much
/// more than a slow network needs and about as long as a person looks at nothing.
const QUESTION: Duration = Duration::from_secs(60);
/// For a question whose answer is only compared with that of another time.
const GLANCE: Duration = Duration::from_secs(20);
/// Seconds of a request after which it is not sent again, fewer than a request is given: one that was refused is sent again, one that
/// was not answered is not. For commits, which nothing else bounds: one that we stop waiting for may land.
const SENT_AGAIN_WITHIN: &str = "20";

/// How long the answer to a question may take; for ever where it comes from a disk.
#[derive(Clone, Copy)]
pub(super) struct Patience(Option<Duration>);

impl Patience {
    pub(super) fn with(place: &Place) -> Self {
        Self(matches!(place, Place::Url(_)).then_some(QUESTION))
    }

    /// For a glance at object storage.
    pub(super) fn glance() -> Self {
        Self(Some(GLANCE))
    }

    pub(super) async fn wait<T>(self, question: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(limit) = self.0 else {
            return question.await;
        };
        let answer = tokio::time::timeout(limit, question).await;
        answer.unwrap_or_else(|_| {
            let message = format!("the server timed out: no answer within {limit:?}");
            Err(Error::Timeout { message })
        })
    }
}

/// A connection to a place, whose requests end in time.
pub(super) fn bounded(connection: ConnectBuilder, place: &Place) -> ConnectBuilder {
    match place {
        Place::Url(url) if url.starts_with("s3:") => {
            connection.storage_option("client_retry_timeout", SENT_AGAIN_WITHIN)
        }
        _ => connection,
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::error::MemoryError;

    #[test]
    fn a_server_that_never_answers_is_given_up() {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.enable_time().build().unwrap();
        let patience = Patience(Some(Duration::from_millis(10)));
        let answer = runtime.block_on(patience.wait(pending::<Result<()>>()));
        let error = MemoryError::at_url("s3://bucket/prefix", "opening", answer.unwrap_err());
        let text = error.to_string();
        for word in [
            "s3://bucket/prefix",
            "no answer within 10ms",
            "AWS_ENDPOINT",
        ] {
            assert!(text.contains(word), "{text}");
        }
    }
}
