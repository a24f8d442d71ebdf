//! falcon-train
