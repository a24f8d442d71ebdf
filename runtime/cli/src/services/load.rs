//! Plugin files made ready to run, with what the operator grants them.

use std::path::Path;

use falcon_host::{Grants, LoadError, Loader, Plugin, Progress, language::LanguagePack};
use falcon_package::Kind;

use crate::{
    command::Context,
    failure::{Failure, OrFail as _},
    grant, live, plugins,
    quantity::{Bytes, seconds},
};

/// Loads the plugin that a person names, which must be of this kind.
pub(crate) fn plugin(context: &Context, asked: &str, kind: Kind) -> Result<Plugin, Failure> {
    let path = plugins::find(context.plugins.as_deref(), asked)?;
    let info = falcon_host::inspect(&path).map_err(failure)?;
    if info.manifest.kind != kind {
        // Told before it is compiled: the large ones take seconds.
        return Err(Failure::usage(anyhow::anyhow!(
            "{} ({}) is {}, and {} is wanted here",
            info.id.name,
            path.display(),
            info.manifest.kind.described(),
            kind.described()
        ))
        .hint("falcon plugin list shows each plugin's kind"));
    }
    file(&path, context.granted.to(&info.id.name))
}

/// Loads a plugin file, compiling it where the cache does not have it.
pub(crate) fn file(path: &Path, grants: Grants) -> Result<Plugin, Failure> {
    let loader = Loader::new().map_err(failure)?;
    let loader = loader.grants(grants).progress(tell);
    loader.load(path).map_err(failure)
}

/// The language pack that a person names.
pub(crate) fn language(context: &Context, asked: &str) -> Result<LanguagePack, Failure> {
    pack(&plugin(context, asked, Kind::Language)?)
}

/// The language pack that a plugin is.
pub(crate) fn pack(plugin: &Plugin) -> Result<LanguagePack, Failure> {
    LanguagePack::of(plugin).or_usage(format!("{} does not fit this falcon", plugin.id()))
}

/// A plugin that will not do is what the user named; a machine that runs none is not.
pub(crate) fn failure(error: LoadError) -> Failure {
    match error {
        LoadError::Read { path, error } => {
            Failure::file(error, format!("cannot read plugin {}", path.display()))
        }
        LoadError::Engine(_) => Failure::infrastructure(error),
        LoadError::NotGranted {
            ref plugin,
            capability,
        } => {
            let hint = format!("if it may have that: --grant {}={capability}", plugin.name);
            Failure::usage(error).hint(hint)
        }
        LoadError::HostsNotGranted {
            ref plugin,
            ref hosts,
        } => {
            let hint = format!("if it may: {}", grant::of_hosts(&plugin.name, &hosts.0));
            Failure::usage(error).hint(hint)
        }
        error => Failure::usage(error),
    }
}

fn tell(progress: Progress<'_>) {
    match progress {
        Progress::Compiling { name, bytes } => {
            live::line(&format!(
                "compiling {name} ({}), once on this machine",
                Bytes(bytes as u64)
            ));
        }
        Progress::Compiled { name, elapsed } => {
            live::line(&format!(
                "compiled {name} in {}",
                seconds(elapsed.as_secs_f64())
            ));
        }
        Progress::NotKept { name, error } => {
            live::line(&format!("compiled {name} is not kept: {error}"));
        }
    }
}
