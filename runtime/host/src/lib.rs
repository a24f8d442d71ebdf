//! falcon-host
