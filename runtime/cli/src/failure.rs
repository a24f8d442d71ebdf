//! How a command ends: exit codes, and errors as people read them.

use std::{fmt::Write as _, io};

use falcon_train::TrainError;
use serde_json::json;

/// What the exit code says. There are no others; a second signal ends the process with 130 at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and the answer is yes where there is one: 0.
    Done,
    /// Done, and the answer is no (tests failed, the program was refused): 1.
    No,
    /// What was asked for, or a file that was given, is wrong: 2.
    Usage,
    /// The machine, a plugin or FALCON itself failed: 3.
    Infrastructure,
    /// Stopped by a signal before it was done, so that there is no answer: 130, as shells count.
    Stopped,
}

/// 128 and the number of the interrupt signal.
pub(crate) const STOPPED: u8 = 130;

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Infrastructure => 3,
            Self::Stopped => STOPPED,
        }
    }

    /// `Done` where the answer is yes.
    pub(crate) fn answer(yes: bool) -> Self {
        if yes { Self::Done } else { Self::No }
    }
}

/// An error with its exit code and what to try next.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
    pub(crate) hints: Vec<String>,
}

/// What every command returns.
pub(crate) type Outcome = Result<Exit, Failure>;

impl Failure {
    /// Something that was asked for is wrong.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
            hints: Vec::new(),
        }
    }

    /// Something of ours or of the machine's is wrong.
    pub(crate) fn infrastructure(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Infrastructure,
            error: error.into(),
            hints: Vec::new(),
        }
    }

    /// A file could not be read or written: what people can mend by naming another path is usage,
    /// a full or broken disk is not.
    pub(crate) fn file(error: io::Error, doing: impl Into<String>) -> Self {
        use io::ErrorKind as Kind;
        let hint = match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => "free some space, or write somewhere else",
            Kind::ReadOnlyFilesystem => "the folder is read-only; name another one",
            Kind::PermissionDenied => "check the permissions, or name another path",
            _ => "",
        };
        let usage = matches!(
            error.kind(),
            Kind::NotFound
                | Kind::PermissionDenied
                | Kind::ReadOnlyFilesystem
                | Kind::IsADirectory
                | Kind::NotADirectory
                | Kind::AlreadyExists
                | Kind::InvalidFilename
                | Kind::InvalidInput
                | Kind::InvalidData
        );
        let error = anyhow::Error::new(error).context(doing.into());
        let failure = if usage {
            Self::usage(error)
        } else {
            Self::infrastructure(error)
        };
        if hint.is_empty() {
            failure
        } else {
            failure.hint(hint)
        }
    }

    /// Training or evaluation could not go on.
    pub(crate) fn training(error: TrainError) -> Self {
        match error {
            TrainError::Io {
                path,
                doing,
                source,
            } => Self::file(source, format!("{}: {doing}", path.display())),
            error if error.exit_code() == 2 => Self::usage(error),
            error => Self::infrastructure(error),
        }
    }

    /// A command line that clap does not accept: its first paragraph is the error, the others are what
    /// to do about it.
    pub(crate) fn command_line(error: &clap::Error) -> Self {
        if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self::usage(anyhow::anyhow!("no command was given"))
                .hint("falcon --help lists the commands");
        }
        let text = error.render().to_string();
        let mut paragraphs = text.split("\n\n").map(str::trim);
        let what = paragraphs.next().unwrap_or_default();
        let what = what.strip_prefix("error: ").unwrap_or(what).to_owned();
        let mut failure = Self::usage(anyhow::anyhow!(what));
        failure.hints = paragraphs
            .map(|hint| hint.strip_prefix("tip: ").unwrap_or(hint).to_owned())
            .filter(|hint| !hint.is_empty())
            .collect();
        failure
    }

    /// A panic, which is a bug of FALCON's whatever the input was.
    pub(crate) fn bug(text: &str, place: &str) -> Self {
        Self::infrastructure(anyhow::anyhow!(
            "this is a bug in falcon {}{place}: {text}",
            env!("CARGO_PKG_VERSION")
        ))
        .hint(format!(
            "please report it with the command you ran: {}/issues",
            env!("CARGO_PKG_REPOSITORY")
        ))
    }

    /// Says which place of a file it is about.
    pub(crate) fn at(mut self, place: &str) -> Self {
        let told = format!("{place}: {}", self.error);
        self.error = self.error.context(told);
        self
    }

    /// Adds what to try next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The reader of standard output went away: nobody is left to tell.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.error.chain().any(|cause| {
            cause
                .downcast_ref::<io::Error>()
                .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
        })
    }

    /// For people: what, why, what next. A cause whose text its parent already carries is not repeated.
    pub(crate) fn text(&self) -> String {
        let mut out = format!("error: {}\n", indented(&self.error.to_string()));
        for cause in self.causes() {
            let _ = writeln!(out, "  because: {}", indented(&cause));
        }
        for hint in &self.hints {
            let _ = writeln!(out, "  hint: {}", indented(hint));
        }
        out
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> serde_json::Value {
        json!({"error": {
            "message": self.error.to_string(),
            "causes": self.causes(),
            "hints": self.hints,
            "exit_code": self.exit.code(),
        }})
    }

    fn causes(&self) -> Vec<String> {
        let mut said = self.error.to_string();
        let mut causes = Vec::new();
        for cause in self.error.chain().skip(1).map(ToString::to_string) {
            if !said.contains(&cause) {
                said = cause.clone();
                causes.push(cause);
            }
        }
        causes
    }
}

/// Text of several lines under its own heading.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n    ")
}

/// Turns any error into a [`Failure`] with the words of what was being done.
pub(crate) trait OrFail<T> {
    /// What was asked for is wrong.
    fn or_usage(self, doing: impl Into<String>) -> Result<T, Failure>;
    /// The machine, a plugin or FALCON failed.
    fn or_infrastructure(self, doing: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for Result<T, E> {
    fn or_usage(self, doing: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| Failure::usage(error.into().context(doing.into())))
    }

    fn or_infrastructure(self, doing: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| Failure::infrastructure(error.into().context(doing.into())))
    }
}

/// Of the names known, those that a mistyped one may have meant, nearest first.
pub(crate) fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<_> = known.map(|name| (distance(wrong, name), name)).collect();
    near.sort();
    let far = (wrong.chars().count() / 3).max(2);
    near.into_iter()
        .filter(|(d, _)| *d <= far)
        .map(|(_, name)| name)
        .take(3)
        .collect()
}

/// Edits from one text to the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let swap = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = swap.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_error_has_its_code() {
        for (kind, exit) in [
            (io::ErrorKind::NotFound, Exit::Usage),
            (io::ErrorKind::ReadOnlyFilesystem, Exit::Usage),
            (io::ErrorKind::StorageFull, Exit::Infrastructure),
            (io::ErrorKind::Other, Exit::Infrastructure),
        ] {
            assert_eq!(Failure::file(kind.into(), "write x").exit, exit);
        }
        assert!(Failure::file(io::ErrorKind::BrokenPipe.into(), "write").is_closed_pipe());
    }

    #[test]
    fn an_error_says_what_why_and_what_next() {
        let error = anyhow::anyhow!("line 3: not JSON").context("cannot read c.jsonl");
        let failure = Failure::usage(error).hint("one object a line");
        assert_eq!(
            failure.text(),
            "error: cannot read c.jsonl\n  because: line 3: not JSON\n  hint: one object a line\n"
        );
        assert_eq!(failure.json()["error"]["exit_code"], 2);
    }

    #[test]
    fn clap_s_words_are_told_apart() {
        use clap::CommandFactory as _;
        let parse = |words: &[&str]| {
            let arguments = std::iter::once("falcon").chain(words.iter().copied());
            crate::cli::Cli::command().try_get_matches_from(arguments)
        };
        for (words, message, hint) in [
            (
                &["train", "--stepz", "3"][..],
                "unexpected argument '--stepz'",
                "--steps",
            ),
            (
                &["levitate"],
                "unrecognized subcommand 'levitate'",
                "Usage: falcon",
            ),
            (&["grade"], "--tasks <FILE>", "Usage: falcon grade"),
            (&[], "no command was given", "falcon --help"),
        ] {
            let told = Failure::command_line(&parse(words).unwrap_err()).json();
            let error = &told["error"];
            assert_eq!(error["exit_code"], 2);
            assert!(
                error["message"].as_str().unwrap().contains(message),
                "{told}"
            );
            assert!(error["hints"].to_string().contains(hint), "{told}");
        }
    }

    #[test]
    fn a_bug_is_told_with_where_to_report_it() {
        let told = Failure::bug("index out of range", " at src/x.rs:1:2").json();
        let text = told.to_string();
        assert_eq!(told["error"]["exit_code"], 3);
        assert!(text.contains("src/x.rs:1:2: index out of range") && text.contains("/issues"));
    }

    #[test]
    fn the_nearest_name_is_meant() {
        let known = [
            "falcon/python",
            "falcon/unit-tests",
            "falcon/similar-recent",
        ];
        assert_eq!(
            nearest("falcon/pyhton", known.into_iter()),
            ["falcon/python"]
        );
        assert!(nearest("acme/judge-of-style", known.into_iter()).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
