//! The client against a server on a real socket.

mod answers;
mod failures;
mod limits;
mod server;
