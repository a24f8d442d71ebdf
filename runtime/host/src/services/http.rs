//! Requests to the hosts that the operator named. This crate opens no connection: requests are sent by whatever
//! implements [`HttpClient`], once they are found to be allowed.

use std::time::{Duration, Instant};

use falcon_episode::HttpUse;
use falcon_package::{ByteSize, HttpHost, HttpPlace, PluginName};
use url::Url;

use super::{Guest, wit::http as wit};

/// Most requests of one call.
const MAX_CALLS: u64 = 16;
/// Most bytes of a request's address.
const MAX_URL: usize = 8 << 10;
/// Most bytes of a request's body.
const MAX_BODY: usize = 256 << 10;
/// Most bytes of an answer's body.
const MAX_REPLY: usize = 1 << 20;
/// Most headers of a request, and most bytes of all of them.
const MAX_HEADERS: (usize, usize) = (32, 8 << 10);
/// The same of an answer.
const MAX_REPLY_HEADERS: (usize, usize) = (64, 16 << 10);
/// Longest time for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Headers that say how a message is sent, or whom it is for.
const OWN_HEADERS: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Sends requests of plugins, from any thread.
///
/// The time an answer takes does not count against a plugin's own, so an implementation ends each request by itself.
/// It follows no redirects, and connects to no address of this machine or its networks unless the request names it.
pub trait HttpClient: Send + Sync {
    /// Sends one request of this plugin.
    ///
    /// # Errors
    /// Where there is no answer, with the cause and a message for people.
    fn send(&self, plugin: &PluginName, request: &HttpRequest) -> Result<HttpReply, HttpError>;
}

/// One request, which the manifest asks for and the operator grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// What is to be done.
    pub method: HttpMethod,
    /// Where.
    pub url: Url,
    /// Name and value each.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// Most bytes of the answer's body.
    pub most: usize,
    /// Longest time for the answer.
    pub timeout: Duration,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// To read.
    Get,
    /// To send.
    Post,
}

/// What a host answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpReply {
    /// Its status, whatever it is.
    pub status: u16,
    /// Name and value each; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpCause {
    /// The place was not asked for or not granted, or the request is not one.
    Refused,
    /// The request or its answer is larger than it may be.
    TooLarge,
    /// The call asked too often.
    TooMany,
    /// The host cannot be reached, or did not answer in time.
    Unavailable,
}

/// No answer, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HttpError {
    /// Stable.
    pub cause: HttpCause,
    /// For people: where, what, and what to do.
    pub message: String,
}

impl HttpError {
    /// An error of this cause.
    pub fn new(cause: HttpCause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }
}

impl wit::Host for Guest {
    fn send(
        &mut self,
        request: wit::Request,
    ) -> wasmtime::Result<Result<wit::Response, wit::Problem>> {
        let counted = self.uses.http.get_or_insert_default();
        counted.calls += 1;
        if counted.calls > MAX_CALLS {
            counted.refused += 1;
            let text = format!("more than {MAX_CALLS} requests in one call");
            return Ok(Err(HttpError::new(HttpCause::TooMany, text).into()));
        }
        let allowed = request
            .try_into()
            .and_then(|request: HttpRequest| self.allowed(&request).map(|host| (request, host)));
        Ok(match allowed {
            Ok((request, host)) => self.sent(&request, &host).map_err(Into::into),
            Err(error) => {
                self.uses.http.get_or_insert_default().refused += 1;
                Err(error.into())
            }
        })
    }
}

impl Guest {
    /// The host that a request goes to, where the manifest asks for the place and the operator granted the host.
    fn allowed(&self, request: &HttpRequest) -> Result<HttpHost, HttpError> {
        let url = &request.url;
        let refused = |text: String| Err(HttpError::new(HttpCause::Refused, text));
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the URL holds a name or a password; send it in a header".to_owned());
        }
        let Some(name) = url.host_str() else {
            return refused(format!("{url} names no host"));
        };
        let host = HttpHost::of(name, url.port());
        match url.scheme() {
            "https" => {}
            "http" if host.is_address() => {}
            "http" => {
                return refused(format!(
                    "http://{host}: only what is granted by its address is asked without encryption; use https"
                ));
            }
            other => return refused(format!("{other}: only http and https are sent")),
        }
        let asked = |place: &HttpPlace| {
            // What stands in for a slash may be one to the server.
            let hidden = ["%2f", "%2F", "%5c", "%5C"];
            place.covers(&host, url.path())
                && (place.is_whole_host() || !hidden.iter().any(|it| url.path().contains(it)))
        };
        if !self.plugin.places.iter().any(asked) {
            return refused(format!(
                "{host}{}: the manifest asks for {}",
                url.path(),
                listed(&self.plugin.places)
            ));
        }
        let granted = self.plugin.grants.http.as_ref();
        if !granted.is_some_and(|granted| granted.hosts.has(&host)) {
            return refused(format!("{host} is not granted"));
        }
        Ok(host)
    }

    fn sent(&mut self, request: &HttpRequest, host: &HttpHost) -> Result<wit::Response, HttpError> {
        let Some(granted) = self.plugin.grants.http.clone() else {
            return Err(HttpError::new(HttpCause::Refused, "not granted"));
        };
        let began = Instant::now();
        let reply = granted.client.send(&self.plugin.name, request);
        self.waited += began.elapsed();
        let counted = self.uses.http.get_or_insert_default();
        count(counted, host, request, &reply);
        let reply = reply?;
        if reply.body.len() > MAX_REPLY {
            return Err(too_large("an answer", reply.body.len(), MAX_REPLY));
        }
        Ok(wit::Response {
            status: reply.status,
            headers: bounded(reply.headers),
            body: reply.body,
        })
    }
}

/// What the client itself refuses has not left this machine.
fn count(
    counted: &mut HttpUse,
    host: &HttpHost,
    request: &HttpRequest,
    reply: &Result<HttpReply, HttpError>,
) {
    if matches!(reply, Err(error) if error.cause == HttpCause::Refused) {
        counted.refused += 1;
        return;
    }
    *counted.hosts.entry(host.to_string()).or_default() += 1;
    counted.sent += request.body.len() as u64;
    counted.received += reply.as_ref().map_or(0, |reply| reply.body.len() as u64);
}

fn listed(places: &[HttpPlace]) -> String {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    places.join(", ")
}

fn too_large(what: &str, bytes: usize, most: usize) -> HttpError {
    let most = ByteSize(most as u64);
    HttpError::new(
        HttpCause::TooLarge,
        format!("{what} of {bytes} bytes; {most} is the most"),
    )
}

/// As many of an answer's headers as are kept.
fn bounded(headers: Vec<(String, String)>) -> Vec<wit::Header> {
    let (most, bytes) = MAX_REPLY_HEADERS;
    let mut left = bytes;
    let kept = headers.into_iter().take(most).map_while(|(name, value)| {
        left = left.checked_sub(name.len() + value.len())?;
        Some(wit::Header { name, value })
    });
    kept.collect()
}

/// A header's name and value that change nothing but the header.
fn check(header: &wit::Header) -> Result<(), HttpError> {
    let refused = |text: String| Err(HttpError::new(HttpCause::Refused, text));
    let name = header.name.to_ascii_lowercase();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return refused(format!("{:?} is not a header's name", header.name));
    }
    if OWN_HEADERS.contains(&&*name) {
        return refused(format!("the header {name} is the host's own"));
    }
    if !header
        .value
        .bytes()
        .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
    {
        return refused(format!(
            "the header {name} has a value that is no line of ASCII"
        ));
    }
    Ok(())
}

impl TryFrom<wit::Request> for HttpRequest {
    type Error = HttpError;

    fn try_from(request: wit::Request) -> Result<Self, HttpError> {
        let bytes = |header: &wit::Header| header.name.len() + header.value.len();
        let (most, most_bytes) = MAX_HEADERS;
        let of_headers = request.headers.iter().map(bytes).sum::<usize>();
        if request.url.len() > MAX_URL {
            return Err(too_large("a URL", request.url.len(), MAX_URL));
        }
        if request.body.len() > MAX_BODY {
            return Err(too_large("a body", request.body.len(), MAX_BODY));
        }
        if request.headers.len() > most || of_headers > most_bytes {
            let text = format!(
                "{} headers of {of_headers} bytes; {most} of {} are the most",
                request.headers.len(),
                ByteSize(most_bytes as u64)
            );
            return Err(HttpError::new(HttpCause::TooLarge, text));
        }
        request.headers.iter().try_for_each(check)?;
        let refused = |text: String| HttpError::new(HttpCause::Refused, text);
        let url = Url::parse(&request.url);
        let url = url.map_err(|error| refused(format!("{:?}: {error}", request.url)))?;
        let method = match request.method {
            wit::Method::Get if !request.body.is_empty() => {
                return Err(refused("a GET with a body; use POST".to_owned()));
            }
            wit::Method::Get => HttpMethod::Get,
            wit::Method::Post => HttpMethod::Post,
        };
        let headers = request.headers.into_iter();
        Ok(Self {
            method,
            url,
            headers: headers.map(|one| (one.name, one.value)).collect(),
            body: request.body,
            most: MAX_REPLY,
            timeout: TIMEOUT,
        })
    }
}

impl From<HttpError> for wit::Problem {
    fn from(error: HttpError) -> Self {
        Self {
            cause: match error.cause {
                HttpCause::Refused => wit::Cause::Refused,
                HttpCause::TooLarge => wit::Cause::TooLarge,
                HttpCause::TooMany => wit::Cause::TooMany,
                HttpCause::Unavailable => wit::Cause::Unavailable,
            },
            message: super::cut(error.message),
        }
    }
}
