//! One request over the network, on a runtime of its own, with bounds on time and size.

use std::{sync::mpsc, time::Duration};

use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    redirect,
};
use tokio::runtime::{Builder, Runtime};

use crate::{key::Key, settings::Settings};

/// Most bytes of a reply.
const MAX_REPLY: usize = 4 << 20;

/// A connection to one endpoint.
pub(crate) struct Transport {
    /// Always there until it is dropped.
    runtime: Option<Runtime>,
    client: reqwest::Client,
    url: String,
    authorization: Option<HeaderValue>,
    timeout: Duration,
}

/// What came back.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// Nothing came back.
#[derive(Debug)]
pub(crate) enum Lost {
    /// No connection was made, so the endpoint has not seen the question.
    Unconnected(String),
    /// The connection ended, or took too long; the endpoint may have worked on the question.
    Broken(String),
    /// The reply is too large.
    TooLarge,
}

impl Transport {
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let mut client = reqwest::Client::builder()
            // A redirect would take the question, and the key, to where the operator did not say.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("falcon/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout());
        if is_local(&settings.endpoint) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| causes(&error))?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("falcon-llm")
            .enable_all()
            .build();
        Ok(Self {
            runtime: Some(runtime.map_err(|error| error.to_string())?),
            client,
            url: settings.url(),
            authorization: settings.key.as_ref().map(bearer).transpose()?,
            timeout: settings.timeout(),
        })
    }

    /// Sends a request and waits for what comes back. May be called from any thread.
    pub(crate) fn send(&self, body: Vec<u8>) -> Result<Received, Lost> {
        let gone = || Lost::Broken("the client is shutting down".to_owned());
        let runtime = self.runtime.as_ref().ok_or_else(gone)?;
        let mut request = self.client.post(&self.url).body(body);
        request = request.header(CONTENT_TYPE, "application/json");
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        // Over a channel, since the caller may be in a runtime of its own, where nothing may block on this one.
        let (tell, told) = mpsc::channel();
        runtime.spawn(async move {
            // Nobody listens once the caller is gone.
            let _ = tell.send(exchange(request).await);
        });
        // The client's own time-out comes first; this one is for a runtime that is stuck.
        match told.recv_timeout(self.timeout + Duration::from_secs(5)) {
            Ok(received) => received,
            Err(_) => Err(gone()),
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Received, Lost> {
    let mut response = request.send().await.map_err(lost)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > MAX_REPLY {
            return Err(Lost::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let after = response.headers().get(RETRY_AFTER);
    let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(Received {
        status: response.status(),
        retry_after: after.map(Duration::from_secs),
        body,
    })
}

fn lost(error: reqwest::Error) -> Lost {
    let error = error.without_url();
    let words = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        causes(&error)
    };
    if error.is_connect() {
        Lost::Unconnected(words)
    } else {
        Lost::Broken(words)
    }
}

/// An error with what it came from.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

fn bearer(key: &Key) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
        .map_err(|_| "the key has characters that no header may have".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether the endpoint is this machine, to which no proxy leads.
fn is_local(endpoint: &str) -> bool {
    let url = reqwest::Url::parse(endpoint).ok();
    let host = url.as_ref().and_then(reqwest::Url::host_str);
    host.is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}
