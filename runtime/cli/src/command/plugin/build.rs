//! `falcon plugin build`: one file of a plugin's folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use falcon_package::{Manifest, build::BuildError};
use serde_json::json;

use crate::{
    command::Context,
    failure::{Exit, Failure, Outcome},
    live,
    output::Output,
    quantity::Bytes,
};

pub(super) fn run(context: &Context, folder: &Path, out: Option<PathBuf>, runner: bool) -> Outcome {
    if let (true, Some(out)) = (runner, &out) {
        falcon_package::build::runner(folder, out).map_err(failure)?;
        return Ok(Exit::Done);
    }
    let out = match out {
        Some(out) => out,
        None => default_file(folder)?,
    };
    let built = falcon_package::build::build(folder, &out).map_err(failure)?;
    let apart = built.apart.as_ref().map(ToString::to_string);
    if let Some(why) = &apart {
        live::line(&format!(
            "its {} core modules were left apart, so that it starts more slowly: {why}",
            built.modules
        ));
    }
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "name": built.manifest.name,
            "kind": built.manifest.kind,
            "version": built.manifest.version.to_string(),
            "digest": built.digest,
            "capabilities": built.manifest.capabilities,
            "file": built.path,
            "bytes": built.bytes,
            "modules": built.modules,
            "apart": apart,
        }))?;
    } else {
        output.text(&format!(
            "{} {} {} ({}, {} core module{}) in {}\n",
            built.manifest.name,
            built.manifest.version,
            built.digest.short(),
            Bytes(built.bytes),
            built.modules,
            if built.modules == 1 { "" } else { "s" },
            built.path.display()
        ))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// `<owner>-<name>.wasm`, here.
fn default_file(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join("plugin.toml");
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path).map_err(|e| {
        Failure::file(e, format!("cannot read {shown}")).hint("name the folder of plugin.toml")
    })?;
    let manifest = Manifest::parse(&text, &shown).map_err(Failure::usage)?;
    Ok(manifest.name.file_name().into())
}

/// How a build that did not end well is told.
pub(super) fn failure(error: BuildError) -> Failure {
    match error {
        BuildError::File { path, error } => Failure::file(error, path.display().to_string()),
        // The compiler has said why; the answer is no.
        BuildError::Failed { .. } => Failure {
            exit: Exit::No,
            error: anyhow!(error),
            hints: vec!["see the compiler's words above".into()],
        },
        BuildError::Start { .. } => Failure::infrastructure(error),
        error => Failure::usage(error),
    }
}
