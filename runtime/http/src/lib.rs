//! The one crate that opens connections.
//!
//! [`Client`] sends requests of plugins to hosts that the operator granted; it is the
//! [`HttpClient`](falcon_host::HttpClient) of the `falcon` command. [`Wire`] is what it is made of, for clients of
//! FALCON's own.
//!
//! Architecture invariants:
//! - Nothing is followed: a redirect is an answer.
//! - A name that a name server leads to this machine or its networks is not connected to for a plugin.
//! - Every answer is bounded in size and time.

mod address;
mod client;
mod names;
mod wire;

pub use client::Client;
pub use names::Lookup;
pub use reqwest::{Method, StatusCode, Url, header};
pub use wire::{Lost, Message, Received, Route, Wire};
