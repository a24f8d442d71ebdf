//! The first-party judge and memory policy, as users get them: built, loaded and called by the host.

mod similar_recent;
mod unit_tests;
