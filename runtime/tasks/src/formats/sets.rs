//! Two sets of tests: what attempts may be told of, and what decides.

use std::collections::BTreeSet;

use falcon_episode::{Call, Digest, Stdio, Tests, Value, encode};

use super::Task;

impl Task {
    /// The tests that an attempt may be told of, and those that decide. Where the file has one set,
    /// calls and runs are divided by their inputs' digests under the task's id, the larger half to
    /// those that decide. None where there is nothing to divide so: a test program, or a single input.
    #[must_use]
    pub fn sets(&self) -> Option<(Tests, Tests)> {
        if let Some(scoring) = &self.scoring {
            return Some((self.tests.clone(), scoring.clone()));
        }
        match &self.tests {
            Tests::Calls { function, calls } => {
                let (told, decide) = halves(&self.id, calls, content)?;
                let of = |calls| Tests::Calls {
                    function: function.clone(),
                    calls,
                };
                Some((of(told), of(decide)))
            }
            Tests::Stdio(runs) => {
                let content = |run: &Stdio| run.input.clone().into_bytes();
                let (told, decide) = halves(&self.id, runs, content)?;
                Some((Tests::Stdio(told), Tests::Stdio(decide)))
            }
            Tests::Harness(_) => None,
        }
    }
}

impl Task {
    /// The names of those assertions of a Python test program that an attempt may be told of: the smaller half by their
    /// digests under the task's id. Empty where the tests are of another kind, or have fewer than two assertions.
    ///
    /// The program runs whole and is not taken apart. What it says of each assertion, under the text that stands after
    /// `assert` on its first line, is what is divided; an assertion that is not found here is told to nobody.
    #[must_use]
    pub fn told_assertions(&self) -> BTreeSet<String> {
        match &self.tests {
            Tests::Harness(harness) if self.language == "python" && self.scoring.is_none() => {
                let names: Vec<&str> = harness.tests.lines().filter_map(assertion).collect();
                let told = halves(&self.id, &names, |name| name.as_bytes().to_vec());
                let told = told.map_or_else(Vec::new, |(told, _)| told);
                told.into_iter().map(str::to_owned).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// The prompt without those of its lines that are assertions of its tests which decide, where the
    /// [others](Self::told_assertions) may be told: MBPP's prompts show all of them. Where none may be told it stays whole,
    /// since an assertion is all that names MBPP's functions.
    #[must_use]
    pub fn prompt_of_told(&self) -> String {
        let told = self.told_assertions();
        let (Tests::Harness(harness), false) = (&self.tests, told.is_empty()) else {
            return self.prompt.clone();
        };
        let of_tests: BTreeSet<&str> = harness.tests.lines().map(str::trim).collect();
        let mut decides = false;
        let shown = self.prompt.split_inclusive('\n').filter(|line| {
            let text = line.trim();
            if !of_tests.contains(text) {
                decides = false;
            } else if asserted(text).is_some() {
                decides = assertion(text).is_none_or(|name| !told.contains(name));
            }
            // Any other line of the tests goes on with the assertion above it.
            !decides
        });
        shown.collect()
    }
}

/// The name of the assertion that a line begins, as the language pack gives it; none where it begins none, says
/// nothing, or has a name too long to be given whole.
fn assertion(line: &str) -> Option<&str> {
    const LONGEST_NAME: usize = 160;
    let name = asserted(line)?;
    let says = !name.is_empty() && name != "True" && !name.starts_with("True,");
    (says && name.chars().count() <= LONGEST_NAME).then_some(name)
}

/// What stands after `assert` on a line that begins an assertion.
fn asserted(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("assert")?;
    let begins = rest.starts_with(|c: char| c.is_whitespace() || c == '(');
    begins.then(|| rest.trim())
}

/// A call's arguments as bytes.
fn content(call: &Call) -> Vec<u8> {
    encode(&Value::List(call.arguments.clone()))
}

/// The tests of each half, in their own order; none where all are the same test.
fn halves<T: Clone>(
    id: &str,
    tests: &[T],
    content: impl Fn(&T) -> Vec<u8>,
) -> Option<(Vec<T>, Vec<T>)> {
    let digest = |test: &T| Digest::of_parts([id.as_bytes(), &content(test)]);
    let digests: Vec<Digest> = tests.iter().map(digest).collect();
    let distinct: BTreeSet<Digest> = digests.iter().copied().collect();
    let told: BTreeSet<Digest> = distinct.iter().copied().take(distinct.len() / 2).collect();
    if told.is_empty() {
        return None;
    }
    let of = |side: bool| -> Vec<T> {
        let tests = tests.iter().zip(&digests);
        let own = tests.filter(|(_, digest)| told.contains(*digest) == side);
        own.map(|(test, _)| test.clone()).collect()
    };
    Some((of(true), of(false)))
}

#[cfg(test)]
mod tests {
    use falcon_episode::Tests;

    use super::super::{Format, Task, read};

    fn task(tests: &str) -> Task {
        let line = format!(r#"{{"id": "a", "prompt": "p", {tests}}}"#);
        let path = std::path::Path::new("t.jsonl");
        let mut tasks = read(line.as_bytes(), path, Format::Falcon).expect("a task");
        tasks.remove(0)
    }

    fn calls(cases: &[i64]) -> String {
        let case = |n: &i64| format!(r#"{{"arguments": [{n}], "expected": 0}}"#);
        let cases: Vec<String> = cases.iter().map(case).collect();
        let cases = cases.join(", ");
        format!(r#""tests": {{"calls": {{"function": "f", "cases": [{cases}]}}}}"#)
    }

    fn arguments(tests: &Tests) -> Vec<String> {
        let Tests::Calls { calls, .. } = tests else {
            panic!("{tests:?}")
        };
        let arguments = calls.iter().map(|call| format!("{:?}", call.arguments));
        arguments.collect()
    }

    #[test]
    fn halves_share_no_test_and_leave_none_out() {
        let whole = task(&calls(&[1, 2, 3, 4, 5]));
        let (told, decide) = whole.sets().expect("two sets");
        let (told, decide) = (arguments(&told), arguments(&decide));
        assert_eq!((told.len(), decide.len()), (2, 3));
        assert!(told.iter().all(|one| !decide.contains(one)));
        // The order in the file decides nothing.
        let turned = task(&calls(&[5, 4, 3, 2, 1])).sets().expect("two sets");
        let sorted = |mut all: Vec<String>| {
            all.sort();
            all
        };
        assert_eq!(sorted(arguments(&turned.0)), sorted(told));
        // The same test twice is on one side.
        let (told, decide) = task(&calls(&[1, 1, 2])).sets().expect("two sets");
        let (told, decide) = (arguments(&told), arguments(&decide));
        assert!(told.iter().all(|one| !decide.contains(one)));
        assert_eq!(told.len() + decide.len(), 3);
    }

    #[test]
    fn assertions_are_divided_by_their_names() {
        let of = |language: &str, program: &str| {
            let program = serde_json::Value::from(program);
            let tests = format!(
                r#""language": "{language}", "tests": {{"harness": {{"program": {program}, "remote": ["f"]}}}}"#
            );
            task(&tests).told_assertions()
        };
        let program = "def check(c):\n    assert True, 'it runs'\n    assert c(1) == 1\n    assert(c(2) == 2)\n    assertion = 3\n    assert c(3) == 3\n";
        let told = of("python", program);
        let all = ["c(1) == 1", "(c(2) == 2)", "c(3) == 3"];
        assert_eq!(told.len(), 1);
        assert!(
            told.iter().all(|name| all.contains(&name.as_str())),
            "{told:?}"
        );
        assert!(of("lua", program).is_empty());
        assert!(of("python", "assert f(1) == 1\nassert f(1) == 1").is_empty());
        assert!(task(&calls(&[1, 2])).told_assertions().is_empty());
    }

    #[test]
    fn a_prompt_of_mbpp_shows_no_assertion_that_decides() {
        let of = |assertions: &[&str]| {
            let row = serde_json::json!({
                "text": "Write a function to assert things.", "code": "def f(x):\n    return x\n",
                "task_id": 7, "test_setup_code": "", "test_list": assertions,
            });
            let path = std::path::Path::new("mbpp.jsonl");
            let tasks = read(row.to_string().as_bytes(), path, Format::Mbpp);
            tasks.expect("a task").remove(0)
        };
        let all = [
            "assert f(1) == 1",
            "assert f(\n  2) == 2",
            "assert f(3) == 3",
        ];
        let task = of(&all);
        let told = task.told_assertions();
        assert_eq!(told.len(), 1);
        let shown = task.prompt_of_told();
        assert!(
            shown.starts_with("Write a function to assert things.\n"),
            "{shown}"
        );
        for assertion in all {
            let first = assertion.lines().next().expect("a line");
            let is_told = told.contains(&first["assert ".len()..]);
            assert_eq!(shown.contains(assertion), is_told, "{assertion:?}: {shown}");
            let last = assertion.lines().last().expect("a line");
            assert_eq!(shown.contains(last), is_told, "{assertion:?}: {shown}");
        }
        // A single one names the function, and decides.
        let single = of(&all[..1]);
        assert_eq!(single.prompt_of_told(), single.prompt);
        // Other prompts stay as they are.
        let other = self::task(&calls(&[1, 2]));
        assert_eq!(other.prompt_of_told(), "p");
    }

    #[test]
    fn what_cannot_be_divided_is_not() {
        for tests in [
            calls(&[1]),
            calls(&[1, 1]),
            r#""tests": {"harness": {"program": "assert f(1) == 1", "remote": ["f"]}}"#.to_owned(),
            r#""tests": {"stdio": [{"input": "1", "expected": "1"}]}"#.to_owned(),
        ] {
            assert!(task(&tests).sets().is_none(), "{tests}");
        }
        let two = r#""tests": {"stdio": [{"input": "1", "expected": "1"}, {"input": "2", "expected": "1"}]}"#;
        assert!(task(two).sets().is_some());
        let own = calls(&[1]);
        let given = format!("{own}, {}", calls(&[2]).replace("\"tests\"", "\"scoring\""));
        let (told, decide) = task(&given).sets().expect("two sets");
        assert_ne!(arguments(&told), arguments(&decide));
    }
}
