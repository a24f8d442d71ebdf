//! `falcon plugin add` and `remove`: which plugins are in the folder of plugins.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use falcon_host::PluginSet;
use serde_json::json;

use crate::{
    command::Context,
    failure::{Exit, Failure, Outcome},
    grant, live,
    output::Output,
    plugins, services,
};

/// Checks and compiles a plugin, and copies it where commands look. What will not do changes nothing.
pub(super) fn add(context: &Context, file: &Path) -> Outcome {
    let plugin = services::file(file, grant::everything())?;
    let id = plugin.id();
    let folder = plugins::folder_or_new(context.plugins.as_deref())?;
    let target = folder.join(id.name.file_name());
    let before = falcon_host::inspect(&target).ok().map(|info| info.id);
    let same = before
        .as_ref()
        .is_some_and(|before| before.digest == id.digest);
    if !same {
        copy(file, &target)
            .map_err(|error| Failure::file(error, format!("cannot write {}", target.display())))?;
    }
    rivals(&folder, &target, id.name.as_str());
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "name": id.name,
            "version": id.version.to_string(),
            "digest": id.digest,
            "file": target,
            "replaced": before.filter(|_| !same).map(|before| json!({
                "version": before.version.to_string(),
                "digest": before.digest,
            })),
        }))?;
    } else {
        let instead = match before {
            Some(_) if same => ", where it was already".to_owned(),
            Some(before) => format!(
                ", in place of {} ({})",
                before.version,
                before.digest.short()
            ),
            None => String::new(),
        };
        output.text(&format!("{id} is in {}{instead}\n", folder.display()))?;
        let wanted: Vec<&str> = plugin
            .manifest()
            .capabilities
            .services()
            .map(|one| one.name())
            .collect();
        if !wanted.is_empty() {
            live::line(&format!(
                "it asks for {0}: it runs with --grant {1}={0}",
                wanted.join(","),
                id.name
            ));
        }
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// Other files of the folder that are plugins of the same name.
fn rivals(folder: &Path, target: &Path, name: &str) {
    let Ok(set) = PluginSet::open(folder) else {
        return;
    };
    for other in set.plugins() {
        if other.id.name.as_str() == name && other.path != target {
            live::line(&format!("{} is {} too", other.path.display(), other.id));
        }
    }
}

/// Written beside the target and renamed, so that nobody reads half of it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new()
        .prefix(".falcon-")
        .suffix(".part")
        .tempfile_in(folder)?;
    beside.write_all(&fs::read(from)?)?;
    let mode = fs::metadata(from)?.permissions();
    beside.as_file().set_permissions(mode)?;
    beside.as_file().sync_all()?;
    beside.persist(to).map_err(|error| error.error)?;
    Ok(())
}

/// Deletes the file of a plugin in the folder of plugins.
pub(super) fn remove(context: &Context, asked: &str) -> Outcome {
    if asked.ends_with(".wasm") {
        let error = anyhow::anyhow!("{asked} is a file; name the plugin by owner/name");
        return Err(Failure::usage(error).hint("falcon plugin list shows the names"));
    }
    let file: PathBuf = plugins::find(context.plugins.as_deref(), asked)?;
    let info = falcon_host::inspect(&file).map_err(services::load_failure)?;
    fs::remove_file(&file)
        .map_err(|error| Failure::file(error, format!("cannot remove {}", file.display())))?;
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "name": info.id.name,
            "version": info.id.version.to_string(),
            "digest": info.id.digest,
            "file": file,
        }))?;
    } else {
        output.text(&format!("{} is gone: {}\n", info.id, file.display()))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}
