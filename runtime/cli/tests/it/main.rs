//! The real binary with real plugins: exit codes, messages, shapes, and what is left on disk.

mod ai_judge;
mod bench;
mod bench_fuel;
mod determinism;
mod encoder;
mod eval;
mod experiment;
mod extism;
mod extism_schema;
mod falcon;
mod grade;
mod hostile;
mod judge;
mod memory;
mod memory_figures;
mod mistakes;
mod plugin;
mod plugin_docs;
mod plugin_errors;
mod run;
mod script_services;
mod swap;
mod tasks;
mod train;
mod two_tracks;
mod workers;
