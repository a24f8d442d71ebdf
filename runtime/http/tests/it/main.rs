//! A plugin's requests, from the plugin to a real server.

mod plugin;
mod refusals;
mod server;
