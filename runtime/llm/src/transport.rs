//! One question over the network.

use std::time::Duration;

use falcon_http::{
    Lost, Message, Method, Received, Route, Url, Wire,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};

use crate::{key::Key, settings::Settings};

/// Most bytes of a reply.
const MAX_REPLY: usize = 4 << 20;

/// A connection to one endpoint.
pub(crate) struct Transport {
    wire: Wire,
    url: Url,
    headers: HeaderMap,
    timeout: Duration,
}

impl Transport {
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let route = if is_local(&settings.endpoint) {
            Route::Direct
        } else {
            Route::Usual
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = &settings.key {
            headers.insert(AUTHORIZATION, bearer(key)?);
        }
        Ok(Self {
            wire: Wire::new("falcon-llm", route)?,
            url: Url::parse(&settings.url()).map_err(|error| error.to_string())?,
            headers,
            timeout: settings.timeout(),
        })
    }

    /// Sends a request and waits for what comes back. May be called from any thread.
    pub(crate) fn send(&self, body: Vec<u8>) -> Result<Received, Lost> {
        let message = Message {
            method: Method::POST,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body,
        };
        self.wire.send(message, MAX_REPLY, self.timeout)
    }
}

/// How long the endpoint asks to wait.
pub(crate) fn retry_after(received: &Received) -> Option<Duration> {
    let after = received.headers.get(falcon_http::header::RETRY_AFTER)?;
    after.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

fn bearer(key: &Key) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
        .map_err(|_| "the key has characters that no header may have".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether the endpoint is this machine, to which no proxy leads.
fn is_local(endpoint: &str) -> bool {
    let url = Url::parse(endpoint).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}
