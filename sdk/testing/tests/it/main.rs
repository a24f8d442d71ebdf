//! The first-party judges and memory policies, as users get them: built, loaded and called by the host.

mod memory_policies;
mod python_judges;
mod similar_recent;
mod unit_tests;
