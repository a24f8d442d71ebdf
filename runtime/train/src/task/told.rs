//! Of which of a task's tests an attempt may be told, and which decide.

use std::collections::BTreeSet;

use falcon_episode::{Episode, TestOutcome, Tests, Verdict};
use falcon_tasks::{Which, formats};

/// Of which tests an attempt may be told.
#[derive(Debug)]
pub(crate) enum Told {
    /// All.
    All,
    /// The first; the second decide.
    Tests(Box<[Tests; 2]>),
    /// The outcomes under these names of all tests; the others decide.
    Named(BTreeSet<String>),
    /// None: all of them decide.
    Nothing,
}

/// The language pack's name for what befell all tests of a program.
const ALL_TESTS: &str = "tests";

impl Told {
    /// For a task that is measured.
    pub(super) fn of(task: &formats::Task) -> Self {
        if let Some((told, decide)) = task.sets() {
            return Self::Tests(Box::new([told, decide]));
        }
        let names = task.told_assertions();
        if names.is_empty() {
            Self::Nothing
        } else {
            Self::Named(names)
        }
    }

    /// Whether it is any.
    pub(crate) fn tells(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// The tests to run for a use, of `all` the task has.
    pub(super) fn tests<'a>(&'a self, all: &'a Tests, tests: Which) -> &'a Tests {
        match (self, tests) {
            (Self::Tests(sets), Which::Feedback) => &sets[0],
            (Self::Tests(sets), Which::Scoring) => &sets[1],
            _ => all,
        }
    }

    /// What a use sees of an episode over the tests that [`tests`](Self::tests) chose for it. A program that does not compile is
    /// told of always.
    pub(super) fn seen(&self, episode: Episode, tests: Which) -> Episode {
        if episode.is_fault() || episode.verdict == Verdict::CompileError {
            return episode;
        }
        match (self, tests) {
            (Self::Named(names), Which::Feedback) => {
                part(episode, |name| names.contains(name) || name == ALL_TESTS)
            }
            (Self::Named(names), Which::Scoring) => {
                let decides = |name: &str| !names.contains(name);
                // Where none of its own was reached, all of them decide.
                if episode.tests.iter().any(|test| decides(&test.name)) {
                    part(episode, decides)
                } else {
                    episode
                }
            }
            (Self::Nothing, Which::Feedback) => part(episode, |_| false),
            _ => episode,
        }
    }
}

/// An episode as if only these of its tests had been run. Its reward is of all tests, so it has none.
fn part(episode: Episode, is_of_it: impl Fn(&str) -> bool) -> Episode {
    let (own, others): (Vec<TestOutcome>, Vec<TestOutcome>) = episode
        .tests
        .into_iter()
        .partition(|test| is_of_it(&test.name));
    let mut failed = own.iter().filter(|test| test.verdict != Verdict::Passed);
    // What a test of the others can end in, and what none of these has met.
    let of_others = match episode.verdict {
        Verdict::Passed => true,
        Verdict::Failed | Verdict::RuntimeError | Verdict::OutOfFuel | Verdict::OutOfMemory => {
            others.iter().any(|test| test.verdict == episode.verdict)
        }
        _ => false,
    };
    let verdict = match failed.next() {
        Some(test) => test.verdict,
        None if of_others => Verdict::Passed,
        None => episode.verdict,
    };
    Episode {
        verdict,
        tests: own,
        reward: None,
        credits: Vec::new(),
        diagnostics: Vec::new(),
        ..episode
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use falcon_tasks::formats::Format;

    use super::*;

    /// A measured task whose test program has these assertions.
    fn asserting(names: &[&str]) -> Told {
        let program: Vec<String> = names.iter().map(|name| format!("assert {name}")).collect();
        let line = serde_json::json!({
            "id": "a", "prompt": "p",
            "tests": { "harness": { "program": program.join("\n"), "remote": ["f"] } },
        });
        let line = line.to_string();
        let read = formats::read(line.as_bytes(), Path::new("t.jsonl"), Format::Falcon);
        Told::of(&read.expect("a task").remove(0))
    }

    /// An episode whose tests ended so, with the verdict of the first that did not hold, or this one.
    fn episode(tests: &[(&str, Verdict)], ended: Option<Verdict>) -> Episode {
        let outcome = |(name, verdict): &(&str, Verdict)| TestOutcome {
            name: (*name).to_owned(),
            verdict: *verdict,
            message: String::new(),
            at: None,
            got: None,
        };
        let first = tests
            .iter()
            .map(|test| test.1)
            .find(|it| *it != Verdict::Passed);
        Episode {
            tests: tests.iter().map(outcome).collect(),
            reward: Some(0.5),
            ..Episode::new("p", ended.or(first).unwrap_or(Verdict::Passed))
        }
    }

    use Verdict::{Failed, Forbidden, OutOfFuel, Passed};

    #[test]
    fn of_a_test_program_an_attempt_is_told_the_smaller_half() {
        let names = ["f(1) == 1", "f(2) == 2", "f(3) == 3"];
        let all = asserting(&names);
        assert!(all.tells());
        let Told::Named(told) = &all else {
            panic!("{all:?}")
        };
        let (told, others): (Vec<&str>, Vec<&str>) =
            names.into_iter().partition(|name| told.contains(*name));
        let ([told], [one, other]) = (&told[..], &others[..]) else {
            panic!("{told:?} {others:?}")
        };
        for (tests, ended, feedback, scoring) in [
            (
                vec![(*told, Passed), (*one, Passed), (*other, Passed)],
                None,
                Passed,
                Passed,
            ),
            (
                vec![(*told, Failed), (*one, Passed), (*other, Passed)],
                None,
                Failed,
                Passed,
            ),
            (
                vec![(*told, Passed), (*one, Passed), (*other, Failed)],
                None,
                Passed,
                Failed,
            ),
            (
                vec![(*told, Passed), (*one, OutOfFuel)],
                Some(OutOfFuel),
                Passed,
                OutOfFuel,
            ),
            (
                vec![(*told, Passed), (*one, Passed)],
                Some(Forbidden),
                Forbidden,
                Forbidden,
            ),
            (vec![("tests", Failed)], None, Failed, Failed),
            // Nothing was told of it, and all that is known decides.
            (vec![(*told, Failed)], None, Failed, Failed),
            (vec![(*one, Failed)], None, Passed, Failed),
        ] {
            let whole = episode(&tests, ended);
            let seen = |which| all.seen(whole.clone(), which).verdict;
            assert_eq!(seen(Which::Feedback), feedback, "{tests:?}");
            assert_eq!(seen(Which::Scoring), scoring, "{tests:?}");
            let told = all.seen(whole.clone(), Which::Feedback);
            assert!(
                told.tests
                    .iter()
                    .all(|test| !others.contains(&test.name.as_str()))
            );
        }
    }

    #[test]
    fn a_single_assertion_decides_and_is_told_to_nobody() {
        let all = asserting(&["f(1) == 1"]);
        assert!(!all.tells());
        let failed = episode(&[("f(1) == 1", Failed)], None);
        assert_eq!(all.seen(failed.clone(), Which::Scoring), failed);
        let told = all.seen(failed, Which::Feedback);
        assert_eq!(
            (told.verdict, told.tests.len(), told.reward),
            (Passed, 0, None)
        );
        let broken = episode(&[("tests", Verdict::CompileError)], None);
        assert_eq!(all.seen(broken.clone(), Which::Feedback), broken);
    }
}
