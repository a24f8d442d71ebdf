//! Loaders of public benchmark files.
