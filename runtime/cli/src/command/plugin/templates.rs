//! The files that `falcon plugin new` writes, as they are in `sdk/templates`.

use falcon_package::Kind;

use crate::cli::PluginLanguage as Language;

/// A file's path in the new folder, and its text before names are put in.
type File = (&'static str, &'static str);

/// What a new plugin of one kind in one language begins with.
pub(super) struct Template {
    pub(super) kind: Kind,
    pub(super) language: Language,
    pub(super) files: &'static [&'static [File]],
}

/// Every template there is.
pub(super) const ALL: [Template; 5] = [
    Template {
        kind: Kind::Judge,
        language: Language::Rust,
        files: &[JUDGE, JUDGE_RUST],
    },
    Template {
        kind: Kind::Judge,
        language: Language::Python,
        files: &[JUDGE, JUDGE_PYTHON],
    },
    Template {
        kind: Kind::Judge,
        language: Language::Javascript,
        files: &[JUDGE, JUDGE_JAVASCRIPT],
    },
    Template {
        kind: Kind::Memory,
        language: Language::Rust,
        files: &[MEMORY_RUST],
    },
    Template {
        kind: Kind::Language,
        language: Language::Rust,
        files: &[LANGUAGE_RUST],
    },
];

/// A file of `sdk/templates`: where it goes, and which it is.
macro_rules! file {
    ($folder:literal, $name:literal) => {
        (
            $name,
            include_str!(concat!(
                "../../../../../sdk/templates/",
                $folder,
                "/",
                $name
            )),
        )
    };
}

const JUDGE: &[File] = &[
    file!("judge", "plugin.toml"),
    file!("judge", "cases.toml"),
    file!("judge", "episodes.jsonl"),
    file!("judge", "reward.toml"),
];

const JUDGE_RUST: &[File] = &[
    file!("judge-rust", "Cargo.toml"),
    file!("judge-rust", "src/lib.rs"),
    file!("judge-rust", "tests/cases.rs"),
    file!("judge-rust", "README.md"),
];

const JUDGE_PYTHON: &[File] = &[
    file!("judge-python", "judge.py"),
    file!("judge-python", "test_judge.py"),
    file!("judge-python", "README.md"),
];

const JUDGE_JAVASCRIPT: &[File] = &[
    file!("judge-javascript", "judge.js"),
    file!("judge-javascript", "falcon.d.ts"),
    file!("judge-javascript", "services.d.ts"),
    file!("judge-javascript", "README.md"),
];

const MEMORY_RUST: &[File] = &[
    file!("memory-rust", "plugin.toml"),
    file!("memory-rust", "cases.toml"),
    file!("memory-rust", "Cargo.toml"),
    file!("memory-rust", "src/lib.rs"),
    file!("memory-rust", "tests/cases.rs"),
    file!("memory-rust", "README.md"),
];

const LANGUAGE_RUST: &[File] = &[
    file!("language-rust", "plugin.toml"),
    file!("language-rust", "conformance.toml"),
    file!("language-rust", "Cargo.toml"),
    file!("language-rust", "src/cross.rs"),
    file!("language-rust", "src/harness.rs"),
    file!("language-rust", "src/lib.rs"),
    file!("language-rust", "src/machine.rs"),
    file!("language-rust", "src/read.rs"),
    file!("language-rust", "src/session.rs"),
    file!("language-rust", "src/stop.rs"),
    file!("language-rust", "src/value.rs"),
    file!("language-rust", "src/words.rs"),
    file!("language-rust", "tests/cases.rs"),
    file!("language-rust", "README.md"),
];
