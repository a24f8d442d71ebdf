//! What programs and tests find beside the language: `console`, `process`, `require`, timers.

mod collation;
mod console;
mod events;
mod files;
mod output;
mod process;
mod require;
mod tools;

pub(crate) use events::{run_to_the_end, settle};
pub(crate) use output::{flush, put};
pub(crate) use process::exit_code;
pub(crate) use require::{module, provide};
pub(crate) use tools::{check_values, look_at};

use crate::engine::Value;

/// Sets up the global names. `arguments` are the program's own.
pub(crate) fn install(arguments: &[String]) {
    let global = Value::global();
    let set = |name: &str, value: &Value| {
        // There is memory for it: no program has run.
        let _ = global.define(name, value, false);
    };
    set("global", &global);
    set("console", &console::console());
    collation::install(&global);
    process::install(&global, arguments);
    events::install(&global);
    require::install(&global);
}
