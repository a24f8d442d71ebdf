//! Loading plugins, and what becomes of their calls.

mod cache;
mod calls;
mod canary;
mod common;
mod flatten;
mod kv;
mod llm;
mod loading;
mod services;
mod tables;
mod tracks;
