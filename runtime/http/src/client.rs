//! What sends plugins' requests.

use std::{fmt, net::ToSocketAddrs as _, sync::Arc};

use falcon_host::{HttpCause, HttpClient, HttpError, HttpMethod, HttpReply, HttpRequest};
use falcon_package::PluginName;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use crate::{
    names::{LOCAL, Lookup},
    wire::{Lost, Message, Route, Wire},
};

/// Sends plugins' requests, for any number of threads. What a plugin may ask is decided before it gets here.
pub struct Client(Wire);

impl Client {
    /// A client. No connection is made before the first request.
    ///
    /// # Errors
    /// Where this machine cannot make one; the text is for people.
    pub fn new() -> Result<Self, String> {
        Self::with_lookup(Arc::new(|name| {
            let found = (name, 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        }))
    }

    /// The same, to which names lead where `lookup` says.
    ///
    /// # Errors
    /// Where this machine cannot make one.
    pub fn with_lookup(lookup: Lookup) -> Result<Self, String> {
        Wire::new("falcon-http", Route::Public(lookup)).map(Self)
    }
}

impl HttpClient for Client {
    fn send(&self, _: &PluginName, request: &HttpRequest) -> Result<HttpReply, HttpError> {
        let message = Message {
            method: match request.method {
                HttpMethod::Get => Method::GET,
                HttpMethod::Post => Method::POST,
            },
            url: request.url.clone(),
            headers: headers(&request.headers)?,
            body: request.body.clone(),
        };
        let received = self
            .0
            .send(message, request.most, request.timeout)
            .map_err(|lost| error(request, lost))?;
        let named = received.headers.iter();
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Ok(HttpReply {
            status: received.status.as_u16(),
            headers: named.filter_map(text).collect(),
            body: received.body,
        })
    }
}

fn headers(given: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let refused = |name: &str| {
        let text = format!("the header {name:?} cannot be sent");
        HttpError::new(HttpCause::Refused, text)
    };
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused(name))?;
        let value = HeaderValue::from_str(value).map_err(|_| refused(name))?;
        headers.append(key, value);
    }
    Ok(headers)
}

/// An error that names the host and says what to do; the rest of the URL may hold a secret.
fn error(request: &HttpRequest, lost: Lost) -> HttpError {
    let host = request.url.host_str().unwrap_or_default();
    let (cause, words) = match lost {
        Lost::Unconnected(words) if words.contains(LOCAL) => (
            HttpCause::Refused,
            format!("{words}; grant it by its address where that is meant"),
        ),
        Lost::Unconnected(words) => (
            HttpCause::Unavailable,
            format!("{words}; is the server up, and its name right?"),
        ),
        Lost::Broken(words) => (HttpCause::Unavailable, words),
        Lost::TooLarge => (
            HttpCause::TooLarge,
            format!("its answer is larger than {} bytes", request.most),
        ),
    };
    HttpError::new(cause, format!("{host}: {words}"))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}
