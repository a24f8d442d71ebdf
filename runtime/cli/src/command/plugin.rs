//! `falcon plugin`: what plugins there are, what one is, and how one is made.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use falcon_grading::{ConformanceError, conform};
use falcon_host::PluginInfo;
use falcon_package::{Manifest, build::BuildError};
use serde_json::{Value, json};

use super::Context;
use crate::{
    cli,
    failure::{Exit, Failure, OrFail as _, Outcome},
    grant, live,
    output::Output,
    plugins,
    quantity::Bytes,
    services,
    table::table,
};

pub(super) fn run(context: &Context, options: cli::Plugin) -> Outcome {
    match options {
        cli::Plugin::List => list(context),
        cli::Plugin::Inspect { plugin } => inspect(context, &plugin),
        cli::Plugin::Build { folder, out } => build(context, &folder, out),
        cli::Plugin::Test { plugin, cases } => test(context, &plugin, &cases),
    }
}

/// Every case, and how those that differ do.
fn test(context: &Context, asked: &str, cases: &Path) -> Outcome {
    let pack = services::language(context, asked)?;
    let outcomes = conform(&pack, cases).map_err(|error| match error {
        ConformanceError::Read { path, error } => {
            Failure::file(error, format!("cannot read cases from {}", path.display()))
        }
        error @ ConformanceError::Parse { .. } => Failure::usage(error),
        error @ ConformanceError::Sandbox { .. } => Failure::infrastructure(error),
    })?;
    let failed = outcomes
        .iter()
        .filter(|one| !one.differs.is_empty())
        .count();
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({"cases": outcomes, "failed": failed}))?;
    } else {
        for outcome in &outcomes {
            match outcome.differs.as_slice() {
                [] => output.text(&format!("ok    {}\n", outcome.name))?,
                differs => output.text(&format!(
                    "FAIL  {}\n      {}\n",
                    outcome.name,
                    differs.join("\n      ")
                ))?,
            }
        }
        output.text(&format!(
            "{} of {} cases are as they should be\n",
            outcomes.len() - failed,
            outcomes.len()
        ))?;
    }
    output.finish()?;
    Ok(Exit::answer(failed == 0))
}

fn info_json(info: &PluginInfo) -> Value {
    let manifest = &info.manifest;
    json!({
        "name": info.id.name,
        "kind": manifest.kind,
        "version": info.id.version.to_string(),
        "digest": info.id.digest,
        "file": info.path,
        "bytes": info.bytes,
        "license": manifest.license,
        "description": manifest.description,
        "host": manifest.host.to_string(),
        "capabilities": manifest.capabilities,
        "config": manifest.config,
        "imports": info.imports,
        "exports": info.exports,
    })
}

/// Every plugin of the folder, compiled so that later commands start at once. A broken file is told
/// and does not hide the others.
fn list(context: &Context) -> Outcome {
    let set = plugins::set(context.plugins.as_deref())?;
    let folder = set.folder();
    let mut found = Vec::new();
    let mut broken = set.broken().len();
    for error in set.broken() {
        live::line(&format!("not usable: {error}"));
    }
    for info in set.plugins() {
        match services::file(&info.path, grant::everything()) {
            Ok(plugin) => found.push(plugin.info().clone()),
            Err(failure) => {
                broken += 1;
                live::line(failure.text().trim_end());
            }
        }
    }
    let mut output = Output::stdout();
    if context.json {
        let all: Vec<Value> = found.iter().map(info_json).collect();
        output.document(&json!({"folder": folder, "plugins": all, "broken": broken}))?;
    } else if found.is_empty() {
        live::line(&format!(
            "no plugins in {}; {}",
            folder.display(),
            plugins::BUILD
        ));
    } else {
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|info| {
                vec![
                    info.id.name.to_string(),
                    info.manifest.kind.name().to_owned(),
                    info.id.version.to_string(),
                    info.id.digest.short(),
                    Bytes(info.bytes).to_string(),
                    info.manifest.description.clone(),
                ]
            })
            .collect();
        output.text(&table(
            &["name", "kind", "version", "digest", "size", "what it does"],
            &[4],
            &rows,
        ))?;
    }
    output.finish()?;
    Ok(Exit::answer(broken == 0))
}

fn inspect(context: &Context, asked: &str) -> Outcome {
    let path = plugins::find(context.plugins.as_deref(), asked)?;
    let info = falcon_host::inspect(&path).map_err(services::load_failure)?;
    let mut output = Output::stdout();
    if context.json {
        output.document(&info_json(&info))?;
    } else {
        output.text(&described(&info)?)?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

fn described(info: &PluginInfo) -> Result<String, Failure> {
    let manifest = &info.manifest;
    let mut lines = vec![
        format!("{} {}", manifest.name, manifest.version),
        format!("  {}", manifest.description),
        String::new(),
    ];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<14}{value}"));
    line("kind", manifest.kind.name().to_owned());
    line("digest", info.id.digest.to_string());
    line(
        "file",
        format!("{} ({})", info.path.display(), Bytes(info.bytes)),
    );
    line("licence", manifest.license.clone());
    line("made for", format!("falcon {}", manifest.host));
    for (name, interfaces) in [("imports", &info.imports), ("exports", &info.exports)] {
        match interfaces.split_first() {
            None => line(name, "nothing".to_owned()),
            Some((first, others)) => {
                line(name, first.clone());
                others.iter().for_each(|other| line("", other.clone()));
            }
        }
    }
    // As the manifest writes them, since that is where one would change them.
    for (name, value) in [
        ("wants", json!(manifest.capabilities)),
        ("settings", json!(manifest.config)),
    ] {
        let empty = match &value {
            Value::Object(fields) => fields.is_empty(),
            Value::Array(items) => items.is_empty(),
            value => value.is_null(),
        };
        let text = serde_json::to_string(&value).or_infrastructure("cannot write the plugin")?;
        line(name, if empty { "nothing".to_owned() } else { text });
    }
    Ok(lines.join("\n") + "\n")
}

fn build(context: &Context, folder: &Path, out: Option<PathBuf>) -> Outcome {
    let out = match out {
        Some(out) => out,
        None => default_file(folder)?,
    };
    let built = falcon_package::build::build(folder, &out).map_err(build_failure)?;
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

fn build_failure(error: BuildError) -> Failure {
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
