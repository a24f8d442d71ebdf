//! A Vulkan device for the tests of the GPU kernels; a software one does.

use std::path::PathBuf;
use std::process::Command;

use super::{Found, Need, apt};
use crate::context::{Context, answer};

const PACKAGES: &[&str] = &["mesa-vulkan-drivers", "libvulkan1"];
const DRIVER_FOLDERS: &[&str] = &[
    "/usr/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
    "/usr/local/share/vulkan/icd.d",
];

pub(super) struct Vulkan;

impl Need for Vulkan {
    fn name(&self) -> &'static str {
        "Vulkan"
    }

    fn look(&self, _: &Context) -> Result<Found, String> {
        if !loader_is_there() {
            return Err("no Vulkan loader (libvulkan.so.1)".into());
        }
        // The software device is preferred: it is the same on every machine, and no test waits
        // for a display driver.
        let drivers = drivers();
        let software = drivers
            .iter()
            .find(|path| path.to_string_lossy().contains("lvp_icd"));
        match (software, drivers.first()) {
            (Some(path), _) => Ok(Found {
                detail: format!("the software device of {}", path.display()),
                env: vec![
                    ("FALCON_VULKAN", "1".into()),
                    ("VK_ICD_FILENAMES", path.into()),
                    ("VK_DRIVER_FILES", path.into()),
                ],
                ..Found::default()
            }),
            (None, Some(path)) => Ok(Found {
                detail: format!("the driver of {}", path.display()),
                env: vec![("FALCON_VULKAN", "1".into())],
                ..Found::default()
            }),
            (None, None) => Err("a Vulkan loader, but no driver".into()),
        }
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        apt::install(cx, PACKAGES)
    }

    fn remedy(&self) -> String {
        format!(
            "{} (only the tests of the GPU kernels need it)",
            apt::by_hand(PACKAGES)
        )
    }
}

fn loader_is_there() -> bool {
    ["ldconfig", "/sbin/ldconfig"].iter().any(|program| {
        answer(Command::new(program).arg("-p")).is_ok_and(|list| list.contains("libvulkan.so.1"))
    })
}

fn drivers() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = DRIVER_FOLDERS
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    found.sort();
    found
}
