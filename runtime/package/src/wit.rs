//! The interfaces plugins are made against, as text, so that a plugin can be built anywhere.

use std::{fs, io, path::Path};

use crate::Kind;

/// Name and text of each package in its newest track, dependencies first.
const PACKAGES: [(&str, &str); 5] = [
    ("types", include_str!("../../../wit/types/v0.1/types.wit")),
    ("host", include_str!("../../../wit/host/v0.1/host.wit")),
    (
        "language",
        include_str!("../../../wit/language/v0.1/language.wit"),
    ),
    ("judge", include_str!("../../../wit/judge/v0.2/judge.wit")),
    (
        "memory",
        include_str!("../../../wit/memory/v0.2/memory.wit"),
    ),
];

/// The packages that a plugin of this kind is made of, dependencies first.
#[must_use]
pub fn packages(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::Language => ["types", "host", "language"],
        Kind::Judge => ["types", "host", "judge"],
        Kind::Memory => ["types", "host", "memory"],
    }
}

/// The world that a plugin of this kind targets.
#[must_use]
pub fn world(kind: Kind) -> &'static str {
    match kind {
        Kind::Language => "falcon:language/language-pack@0.1.0",
        Kind::Judge => "falcon:judge/judge-plugin@0.2.0",
        Kind::Memory => "falcon:memory/memory-policy@0.2.0",
    }
}

/// Writes the packages below a folder, as `<folder>/<package>/<package>.wit`.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write(folder: &Path) -> io::Result<()> {
    for (name, text) in PACKAGES {
        let package = folder.join(name);
        fs::create_dir_all(&package)?;
        fs::write(package.join(format!("{name}.wit")), text)?;
    }
    Ok(())
}
