//! One request over the network, on a runtime of its own, with bounds on time and size.

use std::{sync::Arc, sync::mpsc, time::Duration};

use reqwest::{Method, StatusCode, Url, header::HeaderMap, redirect};
use tokio::runtime::{Builder, Runtime};

use crate::names::{Lookup, PublicNames};

/// Sends messages from any thread.
pub struct Wire {
    /// Always there until it is dropped.
    runtime: Option<Runtime>,
    client: reqwest::Client,
}

/// How hosts are reached.
pub enum Route {
    /// As the machine is set up: through a proxy where its environment names one.
    Usual,
    /// Without a proxy.
    Direct,
    /// Without a proxy, and names lead where this says, but to no address of this machine or its networks.
    Public(Lookup),
}

/// What is sent.
pub struct Message {
    /// What is to be done.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// What goes before the body.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back.
pub struct Received {
    /// Its status, whatever it is.
    pub status: StatusCode,
    /// What went before the body.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// Nothing came back.
#[derive(Debug)]
pub enum Lost {
    /// No connection was made, so nobody has seen the message.
    Unconnected(String),
    /// The connection ended, or took too long; the message may have been worked on.
    Broken(String),
    /// What comes back is larger than it may be.
    TooLarge,
}

impl Wire {
    /// A wire whose thread has this name.
    ///
    /// # Errors
    /// Where this machine cannot make one; the text is for people.
    pub fn new(thread: &str, route: Route) -> Result<Self, String> {
        let mut client = reqwest::Client::builder()
            // A redirect would take the message, and what secrets it holds, to where nobody said.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("falcon/", env!("CARGO_PKG_VERSION")));
        match route {
            Route::Usual => {}
            Route::Direct => client = client.no_proxy(),
            // A proxy would look names up by itself.
            Route::Public(lookup) => {
                let names = Arc::new(PublicNames(lookup));
                client = client.no_proxy().dns_resolver(names);
            }
        }
        let client = client.build().map_err(|error| causes(&error))?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(thread)
            .enable_all()
            .build();
        Ok(Self {
            runtime: Some(runtime.map_err(|error| error.to_string())?),
            client,
        })
    }

    /// Sends a message and waits for what comes back.
    ///
    /// # Arguments
    /// - `most`: bytes of a body that may come back.
    /// - `timeout`: how long all of it may take.
    ///
    /// # Errors
    /// Where nothing comes back.
    pub fn send(&self, message: Message, most: usize, timeout: Duration) -> Result<Received, Lost> {
        let gone = || Lost::Broken("the client is shutting down".to_owned());
        let runtime = self.runtime.as_ref().ok_or_else(gone)?;
        let request = self
            .client
            .request(message.method, message.url)
            .headers(message.headers)
            .timeout(timeout)
            .body(message.body);
        // Over a channel, since the caller may be in a runtime of its own, where nothing may block on this one.
        let (tell, told) = mpsc::channel();
        runtime.spawn(async move {
            // Nobody listens once the caller is gone.
            let _ = tell.send(exchange(request, most).await);
        });
        // The client's own time-out comes first; this one is for a runtime that is stuck.
        match told.recv_timeout(timeout + Duration::from_secs(5)) {
            Ok(received) => received,
            Err(_) => Err(gone()),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn exchange(request: reqwest::RequestBuilder, most: usize) -> Result<Received, Lost> {
    let mut response = request.send().await.map_err(lost)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > most {
            return Err(Lost::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Received {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
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
