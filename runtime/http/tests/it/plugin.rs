//! The judge that sends what it is told, under the real host.

use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc};

use falcon_episode::JudgeScore;
use falcon_host::{CallError, Grants, HttpHosts, LoadError, Loader, Plugin};
use falcon_http::Client;
use falcon_package::HttpHost;
use falcon_testing::{episode, judge_input, test_guest};
use serde_json::Value;
use tempfile::TempDir;

/// The plugin with a manifest that asks for these places.
pub(crate) fn asking(places: &[String]) -> (TempDir, PathBuf) {
    let guest = test_guest("falcon/fetching").unwrap_or_else(|error| panic!("{error}"));
    let manifest = include_str!("../../../../sdk/testing/guests/fetching/plugin.toml");
    let asked = manifest.replace("[\"localhost:8080/\"]", &format!("{places:?}"));
    let bytes = fs::read(guest).unwrap();
    let bytes = falcon_package::package(&bytes, &asked, "plugin.toml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin.wasm");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Requests to these hosts.
pub(crate) fn granted(client: Client, hosts: &[String]) -> Grants {
    let hosts: BTreeSet<HttpHost> = hosts.iter().map(|host| host.parse().unwrap()).collect();
    Grants::none().http(Arc::new(client), HttpHosts::Named(hosts))
}

pub(crate) fn load(places: &[String], grants: Grants) -> Result<Plugin, LoadError> {
    let (_folder, path) = asking(places);
    Loader::new().unwrap().grants(grants).load(&path)
}

pub(crate) fn judged(plugin: &Plugin, config: &Value) -> Result<JudgeScore, CallError> {
    let judge = plugin.judge(config).unwrap();
    judge.judge(judge_input(&episode("return x")))
}
