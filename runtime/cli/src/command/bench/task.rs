//! One small task in every language: small, so that the cost of the sandbox itself shows.

use std::sync::atomic::{AtomicU64, Ordering};

use falcon_episode::{Call, Compare, Files, Harness, Stdio, Submission, Tests, Value};

const FUNCTION: &str = "has_close_elements";

/// The task in one language.
pub(super) struct Task {
    pub(super) language: &'static str,
    /// The solution.
    program: &'static str,
    /// What makes a whole program of it: one call, its result printed.
    print: &'static str,
    printed: &'static str,
    /// The test program.
    tests: &'static str,
    /// What the test side knows of the solution.
    reference: &'static str,
    /// The function of the test program that checks; empty where its top level does.
    entry: &'static str,
    /// What begins a comment.
    comment: &'static str,
    /// Whether the numbers are followed by their count, where they do not know it themselves.
    counted: bool,
}

static TASKS: [Task; 5] = [
    Task {
        language: "python",
        program: include_str!("tasks/program.py"),
        print: include_str!("tasks/print.py"),
        printed: "True\n",
        tests: include_str!("tasks/tests.py"),
        reference: "",
        entry: "check",
        comment: "#",
        counted: false,
    },
    Task {
        language: "javascript",
        program: include_str!("tasks/program.js"),
        print: include_str!("tasks/print.js"),
        printed: "true\n",
        tests: include_str!("tasks/tests.js"),
        reference: "",
        entry: "",
        comment: "//",
        counted: false,
    },
    Task {
        language: "lua",
        program: include_str!("tasks/program.lua"),
        print: include_str!("tasks/print.lua"),
        printed: "true\n",
        tests: include_str!("tasks/tests.lua"),
        reference: "",
        entry: "",
        comment: "--",
        counted: false,
    },
    Task {
        language: "cpp",
        program: include_str!("tasks/program.cpp"),
        print: include_str!("tasks/print.cpp"),
        printed: "1\n",
        tests: include_str!("tasks/tests.cpp"),
        reference: include_str!("tasks/reference.cpp"),
        entry: "",
        comment: "//",
        counted: false,
    },
    Task {
        language: "c",
        program: include_str!("tasks/program.c"),
        print: include_str!("tasks/print.c"),
        printed: "1\n",
        tests: include_str!("tasks/tests.c"),
        reference: include_str!("tasks/reference.c"),
        entry: "",
        comment: "//",
        counted: true,
    },
];

impl Task {
    /// The task in a language; none where it was not written in it.
    pub(super) fn in_language(language: &str) -> Option<&'static Self> {
        TASKS.iter().find(|task| task.language == language)
    }

    /// The languages there are.
    pub(super) fn languages() -> Vec<&'static str> {
        TASKS.iter().map(|task| task.language).collect()
    }

    /// Whether the language's programs are compiled.
    pub(super) fn compiled(&self) -> bool {
        matches!(self.language, "c" | "cpp")
    }

    /// The program run as a whole: one instance.
    pub(super) fn run(&self) -> Submission {
        let run = Stdio {
            input: String::new(),
            expected: self.printed.to_owned(),
            compare: Compare::Text,
        };
        self.submission(self.whole_run(), Tests::Stdio(vec![run]))
    }

    /// The program graded with calls: one instance.
    pub(super) fn calls(&self) -> Submission {
        let long = [1.0, 2.0, 3.9, 4.0, 5.0, 2.2];
        let short = [1.0, 2.0, 5.9, 4.0, 5.0];
        let call = |(numbers, threshold, expected): (&[f64], f64, bool)| {
            let floats = numbers.iter().copied().map(Value::Float).collect();
            let count = i64::try_from(numbers.len()).ok().filter(|_| self.counted);
            let mut arguments = vec![Value::List(floats)];
            arguments.extend(count.map(Value::Int));
            arguments.push(Value::Float(threshold));
            Call {
                arguments,
                expected: Value::Bool(expected),
            }
        };
        let calls = [
            (&long[..], 0.3, true),
            (&long, 0.05, false),
            (&short, 0.95, true),
            (&short, 0.8, false),
            (&[], 1.0, false),
        ];
        let tests = Tests::Calls {
            function: FUNCTION.to_owned(),
            calls: calls.into_iter().map(call).collect(),
        };
        self.submission(self.program.to_owned(), tests)
    }

    /// The program graded with a test program: two instances.
    pub(super) fn harness(&self) -> Submission {
        let harness = Harness {
            tests: self.tests.to_owned(),
            reference: self.reference.to_owned(),
            remote: vec![FUNCTION.to_owned()],
            entry: self.entry.to_owned(),
            ..Harness::default()
        };
        self.submission(self.program.to_owned(), Tests::Harness(harness))
    }

    /// The whole program as one text.
    pub(super) fn whole_run(&self) -> String {
        format!("{}\n{}", self.program, self.print)
    }

    /// Program and tests in one text, which is how a grader without a sandbox runs them.
    pub(super) fn whole_task(&self) -> String {
        together(self.program, self.tests, self.entry, FUNCTION)
    }

    /// The same submission with a comment that no other has: a pack that keeps what it compiled finds
    /// nothing, as it would with a model's programs.
    pub(super) fn fresh(&self, submission: &Submission) -> Submission {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut fresh = submission.clone();
        fresh.program += &format!("{} {number}\n", self.comment);
        fresh
    }

    fn submission(&self, program: String, tests: Tests) -> Submission {
        Submission {
            task_id: FUNCTION.to_owned(),
            split: String::new(),
            language: self.language.to_owned(),
            prompt: String::new(),
            program,
            reference: None,
            attempt: 1,
            cheapest_fuel: None,
            tests,
            files: Files::default(),
        }
    }
}

/// What one interpreter runs where nothing is kept apart: the program, its tests, and the call of the
/// function that checks where there is one.
pub(super) fn together(program: &str, tests: &str, entry: &str, function: &str) -> String {
    let call = if entry.is_empty() {
        String::new()
    } else {
        format!("{entry}({function})\n")
    };
    format!("{program}\n{tests}\n{call}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_programs_are_the_same() {
        for language in Task::languages() {
            let task = Task::in_language(language).unwrap();
            let harness = task.harness();
            let (one, other) = (task.fresh(&harness), task.fresh(&harness));
            assert_ne!(one.program, other.program);
            assert!(one.program.starts_with(&harness.program), "{language}");
        }
    }
}
