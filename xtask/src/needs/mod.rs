//! What the machine must have. Each need looks, says what it found, and may know how to install.
//!
//! Everything is settled before anything is compiled: a build that stops after half an hour for
//! want of an include file helps nobody.

mod apt;
mod cargo_deny;
mod clang;
mod compiler;
mod component_builder;
mod crates;
mod disk;
mod guest_c;
mod protoc;
mod python;
mod venv;
mod vulkan;
mod wasm_target;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::context::Context;
use crate::failure::Failure;
use crate::progress::State;

/// Something found, and the settings by which later steps use it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What it is and where.
    pub(crate) detail: String,
    /// Variables for every program started later.
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// Variables for the build of guests.
    pub(crate) guest_env: Vec<(&'static str, OsString)>,
    /// Folders put before PATH for the build of guests.
    pub(crate) guest_path: Vec<PathBuf>,
}

impl Found {
    fn plain(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::default()
        }
    }
}

/// One thing that a machine must have.
pub(crate) trait Need {
    /// Two or three words.
    fn name(&self) -> &'static str;

    /// Looks, and changes nothing. The error says what is missing.
    fn look(&self, cx: &Context) -> Result<Found, String>;

    /// Tries to get it. The answer says what was done; the error what was tried.
    fn install(&self, cx: &Context) -> Result<String, String>;

    /// How a person gets it.
    fn remedy(&self) -> String;

    /// What is left out without it; none where nothing works without it.
    fn optional(&self) -> Option<&'static str> {
        None
    }
}

/// A need that a command can do without.
struct Optional<N> {
    need: N,
    without: &'static str,
}

impl<N: Need> Need for Optional<N> {
    fn name(&self) -> &'static str {
        self.need.name()
    }

    fn look(&self, cx: &Context) -> Result<Found, String> {
        self.need.look(cx)
    }

    fn install(&self, cx: &Context) -> Result<String, String> {
        self.need.install(cx)
    }

    fn remedy(&self) -> String {
        self.need.remedy()
    }

    fn optional(&self) -> Option<&'static str> {
        Some(self.without)
    }
}

/// A set of needs, in the order in which they are settled.
pub(crate) type Needs = Vec<Box<dyn Need>>;

/// For the host and the plugins that a training run uses by default.
pub(crate) fn to_train() -> Needs {
    vec![
        Box::new(compiler::C),
        Box::new(disk::DiskSpace),
        Box::new(protoc::Protoc),
        Box::<wasm_target::WasmTarget>::default(),
        Box::new(python::Python),
        Box::new(component_builder::ComponentBuilder),
        Box::new(crates::Crates),
    ]
}

/// For the host and every plugin.
pub(crate) fn to_build() -> Needs {
    let mut needs = to_train();
    needs.push(Box::new(guest_c::GuestC));
    needs.push(Box::new(clang::Clang));
    needs
}

/// For every test.
pub(crate) fn to_test() -> Needs {
    let mut needs = to_build();
    needs.push(Box::new(Optional {
        need: vulkan::Vulkan,
        without: "the tests of the GPU kernels are left out",
    }));
    needs
}

/// For the check of the dependency tree.
pub(crate) fn to_deny() -> Needs {
    vec![Box::new(python::Python), Box::new(cargo_deny::CargoDeny)]
}

/// For the fuzz targets: libFuzzer is C++.
pub(crate) fn to_fuzz() -> Needs {
    vec![
        Box::new(compiler::C),
        Box::new(compiler::CXX),
        Box::new(crates::Crates),
    ]
}

/// For clippy and the documentation: what compiles the host.
pub(crate) fn to_check() -> Needs {
    vec![
        Box::new(compiler::C),
        Box::new(compiler::CXX),
        Box::new(protoc::Protoc),
        Box::new(crates::Crates),
    ]
}

/// Everything there is.
pub(crate) fn all() -> Needs {
    let mut needs = to_test();
    needs.push(Box::new(Optional {
        need: cargo_deny::CargoDeny,
        without: "`cargo xtask deny` cannot run",
    }));
    needs.push(Box::new(Optional {
        need: compiler::CXX,
        without: "`cargo xtask fuzz` cannot run",
    }));
    needs
}

/// Finds or installs each need, and puts its settings into the context.
pub(crate) fn settle(cx: &mut Context, needs: &Needs) -> Result<(), Failure> {
    for need in needs {
        match need.look(cx) {
            Ok(found) => take(cx, State::Found, need.name(), found),
            Err(missing) => match get(cx, need.as_ref(), &missing) {
                Ok(()) => {}
                Err(tried) => refuse(cx, need.as_ref(), tried)?,
            },
        }
    }
    Ok(())
}

/// Looks for each need. Returns how many are missing of those that nothing works without.
pub(crate) fn look_only(cx: &mut Context, needs: &Needs) -> usize {
    let mut missing = 0;
    for need in needs {
        match need.look(cx) {
            Ok(found) => take(cx, State::Found, need.name(), found),
            Err(what) => {
                let (state, what) = match need.optional() {
                    Some(without) => (State::Skipped, format!("{what}; {without}")),
                    None => (State::Missing, what),
                };
                missing += usize::from(state == State::Missing);
                let detail = format!("{what}\n{}", indented(&need.remedy()));
                cx.progress.note(state, need.name(), &detail);
            }
        }
    }
    missing
}

fn get(cx: &mut Context, need: &dyn Need, missing: &str) -> Result<(), String> {
    if !cx.install {
        return Err(format!("{missing} (and --no-install was given)"));
    }
    let since = cx
        .progress
        .begin(need.name(), &format!("{missing}; installing"));
    let done = need
        .install(cx)
        .map_err(|tried| format!("{missing}\n{tried}"))?;
    let found = need
        .look(cx)
        .map_err(|still| format!("{done}, and yet: {still}"))?;
    cx.progress.end(
        State::Installed,
        need.name(),
        &format!("{}: {done}", found.detail),
        since,
    );
    adopt(cx, found);
    Ok(())
}

fn refuse(cx: &mut Context, need: &dyn Need, tried: String) -> Result<(), Failure> {
    match need.optional() {
        Some(without) => {
            cx.progress
                .note(State::Skipped, need.name(), &format!("{tried}; {without}"));
            Ok(())
        }
        None => {
            cx.progress.note(
                State::Missing,
                need.name(),
                "could not be had; nothing has been compiled",
            );
            Err(Failure::Missing {
                what: format!("{}: {tried}", need.name()),
                remedy: need.remedy(),
            })
        }
    }
}

fn take(cx: &mut Context, state: State, name: &str, found: Found) {
    cx.progress.note(state, name, &found.detail);
    adopt(cx, found);
}

fn adopt(cx: &mut Context, found: Found) {
    let own = |(name, value): (&str, OsString)| (name.to_owned(), value);
    cx.env.extend(found.env.into_iter().map(own));
    cx.guest_env.extend(found.guest_env.into_iter().map(own));
    cx.guest_path.extend(found.guest_path);
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(|line| format!("{:31}{line}", ""))
        .collect();
    lines.join("\n")
}
