//! The `falcon` command.
fn main() {}
