//! falcon-testing
