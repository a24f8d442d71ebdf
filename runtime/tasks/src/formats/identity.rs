//! By what a task is told again in another file, or under another id.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use falcon_episode::{Digest, HeldOut, Tests, Value, encode, program_forms};

use super::Task;

impl Task {
    /// Digest of all its tests in whatever order and of its files, 32 hex digits: what it asks, as far as these say it.
    #[must_use]
    pub fn behaviour(&self) -> String {
        let sets = [Some(&self.tests), self.scoring.as_ref()];
        let mut parts: BTreeSet<Vec<u8>> = sets.into_iter().flatten().flat_map(parts).collect();
        let files = self.files.iter();
        parts.extend(
            files.map(|(path, content)| [&b"file "[..], path.as_bytes(), b"\0", content].concat()),
        );
        let digest = Digest::of_parts(parts.iter().map(Vec::as_slice));
        digest.hex()[..32].to_owned()
    }

    /// The prompt's words in small letters: what stays the same when it is laid out anew.
    #[must_use]
    pub fn words(&self) -> String {
        let words = self.prompt.split(|c: char| !c.is_alphanumeric());
        let words: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        words.join(" ")
    }

    /// What tells the task, so that memory never holds anything of it.
    #[must_use]
    pub fn held_out(&self) -> HeldOut {
        let canonical = self.canonical.iter();
        HeldOut {
            task_id: self.id.clone(),
            behaviour: self.behaviour(),
            language: self.language.clone(),
            programs: canonical
                .flat_map(|body| [body.clone(), self.program(body)])
                .collect(),
        }
    }
}

/// What each test of a set is, as bytes.
fn parts(tests: &Tests) -> Vec<Vec<u8>> {
    match tests {
        Tests::Calls { calls, .. } => calls
            .iter()
            .map(|call| {
                let arguments = encode(&Value::List(call.arguments.clone()));
                [&b"call "[..], &arguments, b" ", &encode(&call.expected)].concat()
            })
            .collect(),
        Tests::Stdio(runs) => runs
            .iter()
            .map(|run| {
                let (input, expected) = (run.input.trim_end(), run.expected.trim_end());
                format!("run {input}\0{expected}").into_bytes()
            })
            .collect(),
        Tests::Harness(harness) => {
            let words: Vec<&str> = harness.tests.split_whitespace().collect();
            vec![format!("harness {}", words.join(" ")).into_bytes()]
        }
    }
}

/// In what two tasks are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameBy {
    /// Their ids, but for case.
    Id,
    /// Their tests.
    Tests,
    /// The words of their prompts.
    Prompt,
    /// A normal form of their right programs.
    Program,
}

impl fmt::Display for SameBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "id",
            Self::Tests => "tests",
            Self::Prompt => "prompt",
            Self::Program => "right program",
        })
    }
}

/// Tasks by all that tells them again.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    ids: HashMap<String, usize>,
    tests: HashMap<String, usize>,
    prompts: HashMap<String, usize>,
    programs: HashMap<String, usize>,
}

impl Seen {
    /// # Arguments
    /// - `tasks`: what [`same`](Self::same) finds again, by its place here.
    #[must_use]
    pub fn new<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Self {
        let mut seen = Self::default();
        for (place, task) in tasks.into_iter().enumerate() {
            seen.ids.entry(id(task)).or_insert(place);
            seen.tests.entry(task.behaviour()).or_insert(place);
            let words = task.words();
            if !words.is_empty() {
                seen.prompts.entry(words).or_insert(place);
            }
            for form in forms(task) {
                seen.programs.entry(form).or_insert(place);
            }
        }
        seen
    }

    /// The first of the tasks that this one is, and in what they are the same.
    #[must_use]
    pub fn same(&self, task: &Task) -> Option<(usize, SameBy)> {
        let by = |found: Option<&usize>, by| found.map(|place| (*place, by));
        by(self.ids.get(&id(task)), SameBy::Id)
            .or_else(|| by(self.tests.get(&task.behaviour()), SameBy::Tests))
            .or_else(|| by(self.prompts.get(&task.words()), SameBy::Prompt))
            .or_else(|| {
                let mut forms = forms(task).into_iter();
                let found = forms.find_map(|form| self.programs.get(&form).copied());
                found.map(|place| (place, SameBy::Program))
            })
    }
}

/// An id as memory's guard compares it.
fn id(task: &Task) -> String {
    task.id.trim().to_lowercase()
}

/// The normal forms of its right program, as a completion and whole.
fn forms(task: &Task) -> Vec<String> {
    let canonical = task.canonical.iter();
    let texts = canonical.flat_map(|body| [body.clone(), task.program(body)]);
    texts
        .flat_map(|text| program_forms(&task.language, &text))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Format, read};

    fn task(line: &str) -> Task {
        let path = std::path::Path::new("t.jsonl");
        let mut tasks = read(line.as_bytes(), path, Format::Falcon).expect("a task");
        tasks.remove(0)
    }

    /// A task whose id, prompt, reference and case are these.
    fn of(id: &str, prompt: &str, reference: &str, n: i64) -> Task {
        let case = serde_json::json!({ "arguments": [n], "expected": n });
        let other = serde_json::json!({ "arguments": [1], "expected": 2 });
        let line = serde_json::json!({
            "id": id, "prompt": prompt, "prefix": "def f(x):\n", "reference": reference,
            "tests": { "calls": { "function": "f", "cases": [case, other] } },
        });
        task(&line.to_string())
    }

    #[test]
    fn a_task_is_told_again_by_anything_that_makes_it() {
        let held = of("A/1", "Double it.", "    y = x * 2\n    return y\n", 3);
        let seen = Seen::new([&held]);
        for (other, by) in [
            (of(" a/1", "other", "    return 1\n", 4), Some(SameBy::Id)),
            (of("b", "other", "    return 1\n", 3), Some(SameBy::Tests)),
            (
                of("b", "double\n  IT", "    return 1\n", 4),
                Some(SameBy::Prompt),
            ),
            (
                of("b", "other", "  z = x*2  # twice\n  return z", 4),
                Some(SameBy::Program),
            ),
            (
                of(
                    "b",
                    "other",
                    "    'Twice.'\n    z: int = (x * 0x2); return z",
                    4,
                ),
                Some(SameBy::Program),
            ),
            (of("b", "other", "    return x * 3\n", 4), None),
        ] {
            let found = seen.same(&other).map(|(place, by)| {
                assert_eq!(place, 0);
                by
            });
            assert_eq!(found, by, "{other:?}");
        }
    }

    #[test]
    fn tests_are_the_same_in_any_order_and_under_any_name() {
        let cases = |first: &str, second: &str, function: &str| {
            let line = format!(
                r#"{{"id": "a", "prompt": "p", "tests": {{"calls": {{"function": "{function}", "cases": [{first}, {second}]}}}}}}"#
            );
            task(&line).behaviour()
        };
        let (one, two) = (
            r#"{"arguments": [1], "expected": 1}"#,
            r#"{"arguments": [2], "expected": 2}"#,
        );
        assert_eq!(cases(one, two, "f"), cases(two, one, "g"));
        assert_ne!(cases(one, two, "f"), cases(one, one, "f"));
        assert_eq!(cases(one, two, "f").len(), 32);
    }

    #[test]
    fn an_empty_prompt_tells_nothing() {
        let held = of("a", "", "    return x * 2\n", 3);
        let other = of("b", "", "    return x * 3\n", 4);
        assert_eq!(Seen::new([&held]).same(&other), None);
    }

    #[test]
    fn what_is_held_out_has_the_program_both_ways() {
        let held = of("a", "p", "    return x\n", 3).held_out();
        assert_eq!(
            held.programs,
            ["    return x\n", "def f(x):\n    return x\n"]
        );
    }
}
