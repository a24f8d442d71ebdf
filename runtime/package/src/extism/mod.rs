//! Makes a judge of an Extism module: it is joined with a runner, which has Extism's kernel and a judge's interface, into
//! one core module with two memories.
//!
//! An Extism module imports the kernel's functions from `extism:host/env`, and reaches the memory that it shares with
//! its caller through them alone. So the two are joined when the plugin is built, and the host knows nothing of
//! Extism: what it runs is a judge like any other, under the same limits.

mod join;
mod module;
mod wasi;

use module::Facts;

/// The module that the kernel's functions are imported from.
const KERNEL: &str = "extism:host/env";
/// What stands before a kernel function's name among the runner's exports.
const EXPORTED: &str = "kernel_";
/// The module that the runner imports the Extism module's functions from.
const GUEST: &str = "falcon:extism";
/// What is stubbed.
const WASI: &str = "wasi_snapshot_preview1";
/// The function that judges.
const JUDGE: &str = "judge";
/// What a module does before all else, where it exports it: the first of these.
const BEGIN: [&str; 2] = ["_initialize", "hs_init"];

/// The runner and the Extism module as one core module.
///
/// # Errors
/// Where the module is not one of Extism's that can judge: what it lacks, or has and may not.
pub fn join(runner: &[u8], guest: &[u8]) -> Result<Vec<u8>, String> {
    if wasmparser::Parser::is_component(guest) {
        return Err("it is a component, and modules of Extism are core modules".to_owned());
    }
    let mut validator = wasmparser::Validator::new();
    validator
        .validate_all(guest)
        .map_err(|error| format!("it is no WebAssembly module: {error}"))?;
    let runner = Facts::read(runner).map_err(|error| format!("the runner is broken: {error}"))?;
    let guest = Facts::read(guest).map_err(|error| error.to_string())?;
    check(&runner, &guest)?;
    let joined = join::join(&runner, &guest)?;
    wasmparser::Validator::new()
        .validate_all(&joined)
        .map_err(|error| format!("it could not be joined with its runner: {error}"))?;
    Ok(joined)
}

/// That the guest has what the runner calls, and imports only what there is.
fn check(runner: &Facts<'_>, guest: &Facts<'_>) -> Result<(), String> {
    let judge = guest.exported(JUDGE).ok_or_else(|| {
        let names: Vec<&str> = guest.exports.iter().map(|(name, _)| *name).collect();
        format!(
            "it exports no function `{JUDGE}`, which takes nothing and returns an i32; it exports {}",
            match names.as_slice() {
                [] => "none".to_owned(),
                names => names.join(", "),
            }
        )
    })?;
    let is = |function: u32, parameters: usize, results: &[wasmparser::ValType]| {
        guest
            .type_of(function)
            .is_some_and(|ty| ty.params().len() == parameters && ty.results() == results)
    };
    if !is(judge, 0, &[wasmparser::ValType::I32]) {
        return Err(format!(
            "its `{JUDGE}` takes nothing and returns an i32, and this one does not"
        ));
    }
    if let Some(begin) = begin(guest)
        && !is(begin, 0, &[])
    {
        return Err("what it exports to be called first takes and returns nothing".to_owned());
    }
    for import in &guest.imports {
        let known = match import.module {
            KERNEL => {
                let name = format!("{EXPORTED}{}", import.name);
                let found = runner.exported(&name).and_then(|it| runner.type_of(it));
                found == guest.types.get(import.ty as usize)
            }
            WASI => true,
            _ => false,
        };
        if !known {
            let offered = runner.exports.iter();
            let offered: Vec<&str> = offered
                .filter_map(|(name, _)| name.strip_prefix(EXPORTED))
                .collect();
            return Err(format!(
                "it imports {} from {}, which a judge has not, or has with another type; from {KERNEL} there are {}",
                import.name,
                import.module,
                offered.join(", ")
            ));
        }
    }
    match guest.foreign {
        Some(what) => Err(format!(
            "it imports {what}, and a judge has only functions to import"
        )),
        None => Ok(()),
    }
}

/// What the guest exports to be called first.
fn begin(guest: &Facts<'_>) -> Option<u32> {
    BEGIN.iter().find_map(|name| guest.exported(name))
}

#[cfg(test)]
mod tests;
