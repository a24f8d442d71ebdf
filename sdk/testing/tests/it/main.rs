//! The first-party judges and memory policy, as users get them: built, loaded and called by the host.

mod python_judges;
mod similar_recent;
mod unit_tests;
