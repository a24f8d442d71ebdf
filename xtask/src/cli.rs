//! The command line: the commands as data, and a parser small enough to need no crate.

use crate::failure::Failure;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print help, on one command or on all.
    Help(Option<&'static CommandHelp>),
    /// Look at what the machine has; change nothing.
    Doctor,
    /// Find or install what the machine lacks; compile nothing.
    Setup,
    /// Print the settings for a shell.
    Env,
    /// Build host and plugins.
    Build,
    /// Build, then train on the embedded default.
    Demo,
    /// Build, then run every test.
    Test,
    /// Run the fuzz targets.
    Fuzz,
    /// Check formatting.
    Fmt,
    /// Check licences, sources and bans of the dependencies.
    Deny,
    /// Clippy with warnings as errors.
    Lint,
    /// Build the API documentation with warnings as errors.
    Doc,
}

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// What to do.
    pub(crate) command: Command,
    /// Machine-readable results on standard output.
    pub(crate) json: bool,
    /// Whether what is missing may be installed.
    pub(crate) install: bool,
    /// What stood after `--`; for `fuzz`, all that it takes.
    pub(crate) rest: Vec<String>,
}

/// One command's line in the help.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CommandHelp {
    name: &'static str,
    command: Command,
    arguments: &'static str,
    summary: &'static str,
    details: &'static str,
}

const COMMANDS: &[CommandHelp] = &[
    CommandHelp {
        name: "demo",
        command: Command::Demo,
        arguments: " [-- ARGUMENTS OF falcon train]",
        summary: "Build what training needs, then train on the embedded default",
        details: "Installs what the machine lacks, builds the command, the Python pack, the judge `unit-tests` and the\n\
                  memory policy `similar-recent` (`cargo xtask build` makes the other plugins), and runs `falcon train` with a live view.\n\
                  The run goes to runs/demo-SEED (seed 0 where none is given), or to the next free name beside it, so no run is overwritten.\n\
                  Arguments after `--` go to `falcon train`: `cargo xtask demo -- --seed 7 --steps 50`. Paths there are\n\
                  those of the folder you are in.\n",
    },
    CommandHelp {
        name: "test",
        command: Command::Test,
        arguments: " [-- ARGUMENTS OF cargo test]",
        summary: "Build everything, then run every test",
        details: "The host's tests, the guests' own, and the GPU kernels on a software Vulkan device where\n\
                  the machine has one (it is installed where that is possible).\n\
                  Arguments after `--` go to the host's `cargo test` and leave the other two out. A package named there\n\
                  (`-- -p falcon-train`) is tested with `falcon-cli`, whose features it needs to be built with.\n",
    },
    CommandHelp {
        name: "build",
        command: Command::Build,
        arguments: "",
        summary: "Build the falcon command and the first-party plugins",
        details: "Prints where they are. The plugins that only tests use are built too, so that a plain\n\
                  `cargo test` finds them. All is cached: a second build does only what has changed.\n",
    },
    CommandHelp {
        name: "doctor",
        command: Command::Doctor,
        arguments: "",
        summary: "Say what the machine has and lacks; change nothing",
        details: "Exit 0 when all is there that `demo` and `test` cannot do without, 1 when something is missing.\n",
    },
    CommandHelp {
        name: "setup",
        command: Command::Setup,
        arguments: "",
        summary: "Find or install what the machine lacks; compile nothing",
        details: "What `demo` and `test` do first. Each step says what it found or did.\n",
    },
    CommandHelp {
        name: "env",
        command: Command::Env,
        arguments: "",
        summary: "Print what xtask sets, as `export` lines for a shell",
        details: "For plain cargo after `setup`: `eval \"$(cargo xtask env)\"`. Installs nothing; exit 3 where something is missing.\n",
    },
    CommandHelp {
        name: "fuzz",
        command: Command::Fuzz,
        arguments: " [--time TIME] [TARGET]...",
        summary: "Fuzz everything that reads hostile bytes, each target for a while",
        details: "Builds the targets in fuzz/ with coverage and an address sanitizer, and runs those that are named, or\n\
                  all, each for TIME (30s, 10m, 2h) [default: 30s]. A fault ends with exit 1, the input that shows it and\n\
                  how to run it again. Inputs that are found stay in the target folder, and the next run goes on from them.\n",
    },
    CommandHelp {
        name: "fmt",
        command: Command::Fmt,
        arguments: "",
        summary: "Check the formatting of host and guests",
        details: "`cargo fmt --all` mends what it finds.\n",
    },
    CommandHelp {
        name: "lint",
        command: Command::Lint,
        arguments: "",
        summary: "Run clippy on host and guests, warnings as errors",
        details: "In the release profile, so that build scripts and macros are shared with the build.\n",
    },
    CommandHelp {
        name: "deny",
        command: Command::Deny,
        arguments: "",
        summary: "Check licences, sources, bans and advisories of the dependencies",
        details: "Where the advisory database cannot be reached it says so and checks the rest.\n",
    },
    CommandHelp {
        name: "doc",
        command: Command::Doc,
        arguments: "",
        summary: "Build the API documentation, warnings as errors",
        details: "",
    },
];

const OPTIONS: &str = "\
Options:
  --json         Print the result as JSON on standard output; everything else goes to standard error
  --no-install   Use what is there; exit 3 where something is missing
  -h, --help     Print help

Environment:
  FALCON_CACHE       What xtask installs for itself [default: falcon in XDG_CACHE_HOME, else ~/.cache/falcon]
  FALCON_PYTHON      The Python that makes the private environments [default: the first that fits]
  CARGO_TARGET_DIR   Where builds go [default: target]
  PROTOC, PROTOC_INCLUDE   The protobuf compiler and the folder of its own .proto files

Exit codes: 0 done; 1 the answer is \"no\"; 2 usage; 3 something could not be had.
";

/// Parses the arguments after the program's name.
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Invocation, Failure> {
    let mut chosen: Option<&'static CommandHelp> = None;
    let (mut json, mut install, mut wants_help) = (false, true, false);
    let mut arguments = arguments;
    let mut rest = Vec::new();
    while let Some(argument) = arguments.next() {
        let fuzz = chosen.is_some_and(|chosen| chosen.command == Command::Fuzz);
        match argument.as_str() {
            "--" => {
                rest = arguments.by_ref().collect();
            }
            "-h" | "--help" | "help" => wants_help = true,
            "--json" => json = true,
            "--no-install" => install = false,
            // It reads its own, and says which targets there are.
            _ if fuzz => rest.push(argument),
            name if name.starts_with('-') => {
                return Err(Failure::Usage(format!(
                    "there is no option `{name}`; arguments for the program that is run go after `--`"
                )));
            }
            name if chosen.is_none() => chosen = Some(named(name)?),
            extra => {
                return Err(Failure::Usage(format!(
                    "one command at a time: `{extra}` is one too many"
                )));
            }
        }
    }
    let command = match (wants_help, chosen) {
        (true, topic) => Command::Help(topic),
        (false, Some(help)) => help.command,
        (false, None) => return Err(Failure::Usage(format!("which command?\n\n{}", help(None)))),
    };
    if !rest.is_empty() && !matches!(command, Command::Demo | Command::Test | Command::Fuzz) {
        return Err(Failure::Usage(
            "only `demo` and `test` take arguments after `--`".into(),
        ));
    }
    Ok(Invocation {
        command,
        json,
        install,
        rest,
    })
}

/// The help text, on one command or on all.
pub(crate) fn help(topic: Option<&CommandHelp>) -> String {
    match topic {
        Some(one) => format!(
            "{}\n\nUsage: cargo xtask {} [OPTIONS]{}\n\n{}\n{OPTIONS}",
            one.summary, one.name, one.arguments, one.details
        ),
        None => {
            let lines: String = COMMANDS
                .iter()
                .map(|one| format!("  {:<8} {}\n", one.name, one.summary))
                .collect();
            format!(
                "Builds, runs and tests FALCON from a bare machine\n\n\
                 Usage: cargo xtask COMMAND [OPTIONS] [-- ARGUMENTS]\n\nCommands:\n{lines}\n{OPTIONS}"
            )
        }
    }
}

fn named(name: &str) -> Result<&'static CommandHelp, Failure> {
    COMMANDS.iter().find(|one| one.name == name).ok_or_else(|| {
        let names: Vec<_> = COMMANDS.iter().map(|one| one.name).collect();
        Failure::Usage(format!(
            "there is no command `{name}`; there are: {}",
            names.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Invocation, Failure> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn command_lines_that_work() {
        for (line, command, json, install, rest) in [
            ("demo", Command::Demo, false, true, ""),
            (
                "demo --json -- --seed 7 --json",
                Command::Demo,
                true,
                true,
                "--seed 7 --json",
            ),
            (
                "--no-install test -- -p xtask",
                Command::Test,
                false,
                false,
                "-p xtask",
            ),
            ("doctor --json", Command::Doctor, true, true, ""),
            ("env", Command::Env, false, true, ""),
            (
                "fuzz --time 5s tasks --json",
                Command::Fuzz,
                true,
                true,
                "--time 5s tasks",
            ),
        ] {
            let got = parse_line(line).unwrap_or_else(|failure| panic!("{line}: {failure}"));
            assert_eq!(
                (got.command, got.json, got.install, got.rest.join(" ")),
                (command, json, install, rest.to_owned()),
                "{line}"
            );
        }
    }

    #[test]
    fn command_lines_that_do_not() {
        for (line, says) in [
            ("", "which command?"),
            ("demon", "there is no command `demon`"),
            ("build test", "one command at a time"),
            ("build --fast", "there is no option `--fast`"),
            ("build -- x", "only `demo` and `test`"),
        ] {
            match parse_line(line) {
                Err(Failure::Usage(message)) => {
                    assert!(message.contains(says), "{line}: {message}")
                }
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_command_has_help() {
        let all = help(None);
        for one in COMMANDS {
            assert!(all.contains(one.name));
            let line = format!("{} --help", one.name);
            assert_eq!(
                parse_line(&line).ok().map(|i| i.command),
                Some(Command::Help(Some(one)))
            );
        }
    }
}
