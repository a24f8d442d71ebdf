//! `falcon plugin`: what plugins there are, what one is, and how one is made.

mod add;
mod bench;
mod build;
mod doctor;
mod named;
mod new;
mod templates;
mod test;

use falcon_host::PluginInfo;
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
        cli::Plugin::New(asked) => new::run(context, &asked),
        cli::Plugin::Build {
            folder,
            out,
            runner,
        } => build::run(context, &folder, out, runner),
        cli::Plugin::Test { plugin, cases } => test::run(context, &plugin, cases),
        cli::Plugin::Bench {
            plugin,
            episodes,
            time,
        } => bench::run(context, &plugin, episodes.as_deref(), time.0),
        cli::Plugin::Inspect { plugin } => inspect(context, &plugin),
        cli::Plugin::Doctor { plugin: None } => doctor::tools(context),
        cli::Plugin::Doctor {
            plugin: Some(plugin),
        } => doctor::plugin(context, &plugin),
        cli::Plugin::Add { file } => add::add(context, &file),
        cli::Plugin::Remove { plugin } => add::remove(context, &plugin),
        cli::Plugin::List => list(context),
    }
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
