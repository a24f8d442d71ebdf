//! Which version of an interface a component was made for, and whether this host has it.
//!
//! A track is a version up to what is compatible: `0.1`, `0.2`, `1`. Each is one folder in `wit/` and
//! one module here that converts to the host's own types.

use std::fmt;

use falcon_package::{Capability, Kind};
use semver::Version;

/// The tracks of each kind's interface that this host runs, newest first.
const TRACKS: [(Kind, &[&str]); 3] = [
    (Kind::Language, &["0.1.0"]),
    (Kind::Judge, &["0.2.0", "0.1.0"]),
    (Kind::Memory, &["0.2.0", "0.1.0"]),
];

/// Who may import an interface.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// Every plugin: it gives nothing that needs a grant.
    All,
    /// Those that ask for it and are granted it.
    Granted(Capability),
    /// Language packs: what it gives is bounded by the host, and a candidate gets nothing by it.
    Languages,
}

/// What this host offers to plugins. A pack's WASI is the subset that CPython needs to start; behind
/// it are no files, no network, no environment, and clocks and randomness of the host's own.
const OFFERED: [(&str, &str, For); 38] = [
    ("falcon:types/types", "0.1.0", For::All),
    ("falcon:host/panic", "0.1.0", For::All),
    ("falcon:host/log", "0.1.0", For::Granted(Capability::Log)),
    (
        "falcon:host/clock",
        "0.1.0",
        For::Granted(Capability::Clock),
    ),
    ("falcon:host/kv", "0.1.0", For::Granted(Capability::Kv)),
    ("falcon:host/llm", "0.1.0", For::Granted(Capability::Llm)),
    ("falcon:host/http", "0.1.0", For::Granted(Capability::Http)),
    ("falcon:language/candidate", "0.1.0", For::Languages),
    ("falcon:language/exchange", "0.1.0", For::Languages),
    ("falcon:language/session", "0.1.0", For::Languages),
    ("falcon:language/toolchain", "0.1.0", For::Languages),
    ("wasi:cli/environment", "0.2.0", For::Languages),
    ("wasi:cli/exit", "0.2.0", For::Languages),
    ("wasi:cli/stdin", "0.2.0", For::Languages),
    ("wasi:cli/stdout", "0.2.0", For::Languages),
    ("wasi:cli/stderr", "0.2.0", For::Languages),
    ("wasi:cli/terminal-input", "0.2.0", For::Languages),
    ("wasi:cli/terminal-output", "0.2.0", For::Languages),
    ("wasi:cli/terminal-stdin", "0.2.0", For::Languages),
    ("wasi:cli/terminal-stdout", "0.2.0", For::Languages),
    ("wasi:cli/terminal-stderr", "0.2.0", For::Languages),
    ("wasi:clocks/monotonic-clock", "0.2.0", For::Languages),
    ("wasi:clocks/wall-clock", "0.2.0", For::Languages),
    ("wasi:filesystem/preopens", "0.2.0", For::Languages),
    ("wasi:filesystem/types", "0.2.0", For::Languages),
    ("wasi:io/error", "0.2.0", For::Languages),
    ("wasi:io/poll", "0.2.0", For::Languages),
    ("wasi:io/streams", "0.2.0", For::Languages),
    ("wasi:random/random", "0.2.0", For::Languages),
    ("wasi:random/insecure", "0.2.0", For::Languages),
    ("wasi:random/insecure-seed", "0.2.0", For::Languages),
    ("wasi:sockets/network", "0.2.0", For::Languages),
    ("wasi:sockets/instance-network", "0.2.0", For::Languages),
    ("wasi:sockets/ip-name-lookup", "0.2.0", For::Languages),
    ("wasi:sockets/tcp", "0.2.0", For::Languages),
    ("wasi:sockets/tcp-create-socket", "0.2.0", For::Languages),
    ("wasi:sockets/udp", "0.2.0", For::Languages),
    ("wasi:sockets/udp-create-socket", "0.2.0", For::Languages),
];

/// What a component wants, what there is, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What the component wants, or should export.
    pub wanted: String,
    /// What there is instead.
    pub offered: Vec<String>,
    /// What comes nearest, if anything does.
    pub nearest: Option<String>,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offered = if self.offered.is_empty() {
            "nothing".to_owned()
        } else {
            self.offered.join(", ")
        };
        writeln!(f, "  wanted      {}", self.wanted)?;
        writeln!(f, "  offered     {offered}")?;
        writeln!(
            f,
            "  nearest     {}",
            self.nearest.as_deref().unwrap_or("nothing")
        )?;
        write!(f, "  what to do  {}", self.remedy)
    }
}

/// What an import needs before it is given.
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// That the manifest asks for it and the operator grants it.
    Grant(Capability),
}

/// The version of the kind's interface that the component exports.
pub(crate) fn choose(kind: Kind, exports: &[String]) -> Result<Version, Mismatch> {
    let interface = kind.interface();
    let known = TRACKS
        .iter()
        .find(|(of, _)| *of == kind)
        .map_or(&[] as &[&str], |(_, tracks)| tracks);
    let exported: Vec<_> = exports.iter().filter_map(|name| parted(name)).collect();
    let same: Vec<_> = exported
        .iter()
        .filter(|(name, _)| *name == interface)
        .collect();
    let fit = known
        .iter()
        .filter_map(|track| track.parse::<Version>().ok())
        .find_map(|track| {
            same.iter()
                .map(|(_, version)| version)
                .find(|version| compatible(&track, version))
                .cloned()
        });
    fit.ok_or_else(|| {
        let other = Kind::ALL
            .into_iter()
            .find(|other| exported.iter().any(|(name, _)| *name == other.interface()));
        Mismatch {
            wanted: known.iter().map(|track| format!("{interface}@{track}")).collect::<Vec<_>>().join(" or "),
            offered: exports.to_vec(),
            nearest: same.first().map(|(name, version)| format!("{name}@{version}")),
            remedy: match other {
                Some(other) if other != kind => {
                    format!("the component is {}: set kind = \"{other}\" in its plugin.toml", other.described())
                }
                Some(_) => "build it against this version's SDK, or run a FALCON that has the version it exports".to_owned(),
                None => "export the interface of its kind: with the SDK, one line does it".to_owned(),
            },
        }
    })
}

/// Whether a language pack with these exports makes modules of programs, rather than running them itself.
pub(crate) fn compiles(exports: &[String]) -> bool {
    exports
        .iter()
        .filter_map(|name| parted(name))
        .any(|(name, _)| name == "falcon:language/compiler")
}

/// What the host gives for an import of a plugin of this kind.
pub(crate) fn import(kind: Kind, name: &str) -> Result<Needs, Mismatch> {
    // A pack runs hostile programs: it is given none of the services that others ask for.
    let allowed = |who: For| match who {
        For::All => true,
        For::Granted(_) => kind != Kind::Language,
        For::Languages => kind == Kind::Language,
    };
    let offered = OFFERED.iter().filter(|(_, _, who)| allowed(*who));
    let (interface, version) =
        parted(name).map_or((name, None), |(name, version)| (name, Some(version)));
    let found = offered.clone().find(|(offer, _, _)| *offer == interface);
    let fits = |offer: &str| {
        let offer = offer.parse::<Version>().ok();
        offer
            .zip(version.as_ref())
            .is_some_and(|(offer, version)| compatible(&offer, version))
    };
    if let Some((_, offer, who)) = found
        && fits(offer)
    {
        return Ok(match who {
            For::Granted(capability) => Needs::Grant(*capability),
            For::All | For::Languages => Needs::Nothing,
        });
    }
    let package = |name: &str| {
        name.split_once('/')
            .map_or(name, |(package, _)| package)
            .to_owned()
    };
    let in_package: Vec<_> = offered
        .filter(|(offer, _, _)| package(offer) == package(interface))
        .map(|(offer, version, _)| format!("{offer}@{version}"))
        .collect();
    Err(Mismatch {
        wanted: format!("{name} (imported)"),
        nearest: found.map(|(offer, version, _)| format!("{offer}@{version}")),
        remedy: match found {
            Some(_) => "build it against this version's SDK, or run a FALCON that has the version it imports".to_owned(),
            None => format!("{} may not import it: build it without", kind.described()),
        },
        offered: in_package,
    })
}

/// A compatible version, as component linking has it: the same up to the first part that is not 0.
fn compatible(a: &Version, b: &Version) -> bool {
    let track = |v: &Version| match (v.major, v.minor) {
        (0, 0) => (0, 0, v.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    track(a) == track(b) && a.pre == b.pre
}

fn parted(name: &str) -> Option<(&str, Version)> {
    let (interface, version) = name.split_once('@')?;
    Some((interface, version.parse().ok()?))
}
