//! What the workspaces' crates link, as cargo resolves it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::root;

/// Cargo's own reckoning of who links whom, for this machine and the default features.
pub(crate) struct Links {
    /// Names of the workspace's own crates.
    pub(crate) members: BTreeSet<String>,
    /// Package id to crate name.
    names: BTreeMap<String, String>,
    /// Package id to the ids that it links (not those that only its build or its tests use).
    linked: BTreeMap<String, Vec<String>>,
    /// Package id to the features that it is built with.
    features: BTreeMap<String, BTreeSet<String>>,
}

impl Links {
    /// Of the workspace with this manifest.
    pub(crate) fn find(manifest: &str) -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--locked", "--offline", "--format-version=1"])
            .args(["--manifest-path", manifest])
            .args(["--filter-platform", &host()])
            .current_dir(root())
            .output()
            .unwrap_or_else(|error| panic!("cannot start cargo: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata: {said}");
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("cargo metadata: {error}"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<_, _> = items(&metadata["packages"])
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let members = items(&metadata["workspace_members"])
            .filter_map(|id| names.get(id.as_str()?).cloned())
            .collect();
        let linked = items(&metadata["resolve"]["nodes"])
            .map(|node| {
                let normal = items(&node["deps"])
                    .filter(|dep| items(&dep["dep_kinds"]).any(|kind| kind["kind"].is_null()))
                    .map(|dep| text(&dep["pkg"]))
                    .collect();
                (text(&node["id"]), normal)
            })
            .collect();
        let features = items(&metadata["resolve"]["nodes"])
            .map(|node| {
                let named = items(&node["features"]).map(text).collect();
                (text(&node["id"]), named)
            })
            .collect();
        Self {
            members,
            names,
            linked,
            features,
        }
    }

    /// Names of the crates that the package links, itself included.
    pub(crate) fn of(&self, package: &str) -> BTreeSet<String> {
        let mut open = self.ids(package);
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.linked.get(id).into_iter().flatten());
            }
        }
        seen.into_iter()
            .filter_map(|id| self.names.get(id).cloned())
            .collect()
    }

    /// The features that the package is built with.
    pub(crate) fn features(&self, package: &str) -> BTreeSet<&str> {
        let ids = self.ids(package).into_iter();
        let features = ids.filter_map(|id| self.features.get(id));
        features.flatten().map(String::as_str).collect()
    }

    /// The ids of the package, in each version that there is.
    fn ids(&self, package: &str) -> Vec<&String> {
        let ids: Vec<_> = self
            .names
            .iter()
            .filter(|(_, name)| *name == package)
            .map(|(id, _)| id)
            .collect();
        assert!(!ids.is_empty(), "there is no package {package}");
        ids
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .unwrap_or_else(|error| panic!("cannot start rustc: {error}"));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .unwrap_or_else(|| panic!("rustc -vV names no host"))
}
