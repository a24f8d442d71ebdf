//! falcon-memory
