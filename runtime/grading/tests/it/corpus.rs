//! The attack corpus in any language: files whose headers say what must come of them, all for `add(a, b)`
//! where they name no other task.

use falcon_episode::{Compare, Stdio, Submission, Tests, Verdict};
use falcon_grading::{Execution, Language, execute};
use falcon_host::language::Limits;

use crate::support::{add_calls, root, submission};

/// One file of the corpus.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) source: String,
    comment: &'static str,
}

impl Program {
    /// A line of the header.
    pub(crate) fn header(&self, key: &str) -> Option<&str> {
        let key = format!("{} {key}:", self.comment);
        self.source
            .lines()
            .take_while(|line| line.starts_with(self.comment))
            .find_map(|line| line.strip_prefix(&key))
            .map(str::trim)
    }

    /// The forms of tests that it is graded with: calls and this test program, or those that it names.
    pub(crate) fn forms(&self, harness: Tests) -> Vec<(&'static str, Tests)> {
        let all = [
            ("calls", add_calls()),
            ("harness", harness),
            ("stdio", stdio()),
        ];
        let wanted = self.header("under");
        all.into_iter()
            .filter(|(form, _)| wanted.map_or(*form != "stdio", |wanted| wanted == *form))
            .collect()
    }

    /// How what came of it is not what its header says; nothing where it is.
    pub(crate) fn differs(&self, form: &str, verdict: Verdict, said: &str) -> Option<String> {
        let wanted = self.header("verdict").unwrap_or_default();
        let because = self.header("because").unwrap_or_default();
        if because.is_empty() {
            return Some(format!("{}: the header says no reason", self.name));
        }
        let refused = verdict != Verdict::Passed && verdict.name() == wanted;
        let as_it_says = refused && said.contains(because);
        (!as_it_says).then(|| format!("{} ({form}): {verdict} because {said:?}", self.name))
    }
}

/// The files of a folder below `tests/hostile` in one language, by name.
pub(crate) fn programs(folder: &str, ending: &str, comment: &'static str) -> Vec<Program> {
    let mut all: Vec<_> = std::fs::read_dir(root().join("tests/hostile").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|one| one == ending))
        .map(|path| Program {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            source: std::fs::read_to_string(&path).unwrap(),
            comment,
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Whole programs that add the numbers of each line.
fn stdio() -> Tests {
    let run = |input: &str, expected: &str| Stdio {
        input: input.into(),
        expected: expected.into(),
        compare: Compare::Text,
    };
    Tests::Stdio(vec![run("2 3\n", "5\n"), run("1 1\n2 2\n", "2\n4\n")])
}

/// Runs one program in a pack, in this process.
pub(crate) fn run(language: &Language, program: &str, tests: Tests, limits: &Limits) -> Execution {
    let submission = Submission {
        language: language.name.clone(),
        ..submission(program, tests)
    };
    execute(&language.pack, &submission, limits).unwrap()
}

/// What the first test that did not hold said.
pub(crate) fn first_failure(done: &Execution) -> &str {
    let failed = done
        .tests
        .iter()
        .find(|test| test.verdict != Verdict::Passed);
    failed.map_or("", |test| test.message.as_str())
}

/// Every attack of a language is refused for the reason it names, and every honest twin passes.
pub(crate) fn is_held(
    language: &Language,
    (attacks, twins): (&[Program], &[Program]),
    harness: &Tests,
    limits: &Limits,
) {
    let mut wrong = Vec::new();
    for attack in attacks {
        for (form, tests) in attack.forms(harness.clone()) {
            let done = run(language, &attack.source, tests, limits);
            wrong.extend(attack.differs(form, done.verdict, first_failure(&done)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for twin in twins {
        for (form, tests) in twin.forms(harness.clone()) {
            let done = run(language, &twin.source, tests, limits);
            let said = first_failure(&done);
            assert_eq!(
                done.verdict,
                Verdict::Passed,
                "{} ({form}): {said}",
                twin.name
            );
        }
    }
}
