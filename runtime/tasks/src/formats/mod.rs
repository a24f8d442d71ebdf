//! Loaders of benchmark files: HumanEval, MBPP, MultiPL-E and FALCON's own JSON lines.
//!
//! Each gives [`Task`]s, which turn a completion into a [`Submission`]. What is wrong with a file is
//! an error that names the file and the line.

mod falcon;
mod humaneval;
mod identity;
mod mbpp;
mod multipl_e;
mod plain;
mod read;
mod sets;

use std::{fmt, io, path::Path, str::FromStr};

use falcon_episode::{Files, Submission, Tests};
use serde::{Deserialize, Serialize};

pub use falcon::to_line;
pub use identity::{SameBy, Seen};
pub use plain::{PlainError, from_json, to_json};
pub use read::FormatError;

/// The formats there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// `HumanEval.jsonl`, plain or gzipped: a program is the prompt and the completion.
    #[serde(rename = "humaneval")]
    HumanEval,
    /// `mbpp.jsonl`: a program is the completion.
    #[serde(rename = "mbpp")]
    Mbpp,
    /// MultiPL-E's HumanEval in JavaScript, Lua or C++: a program is the prompt and the completion, or
    /// an answer that has the whole function, fenced or not.
    #[serde(rename = "multipl-e")]
    MultiplE,
    /// FALCON's own, described in `docs/formats.md`.
    #[default]
    #[serde(rename = "falcon")]
    Falcon,
}

/// One task of a file.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id in the file.
    pub id: String,
    /// The line that it stands on, from 1.
    pub line: usize,
    /// The task set that the file says it belongs to, else the format's name.
    pub split: String,
    /// The language pack's name.
    pub language: String,
    /// What a model is shown.
    pub prompt: String,
    /// What stands before every completion; empty for none.
    pub prefix: String,
    /// The completion that the file gives as right, where it does.
    pub canonical: Option<String>,
    /// The least fuel by which a program is known to pass it, where the file says so.
    pub cheapest_fuel: Option<u64>,
    /// Its tests; where there are `scoring` ones too, those that an attempt may be told of.
    pub tests: Tests,
    /// Tests that decide and that no attempt is told of, where the file has two sets.
    pub scoring: Option<Tests>,
    /// The files that it gives.
    pub files: Files,
    /// How a completion becomes a program.
    pub answer: Answer,
}

/// How a completion becomes a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It goes on where the prefix ends.
    Continues,
    /// The same, or it is the whole function again, in a Markdown fence or not.
    EitherOf {
        /// What the task gives before its function.
        given: String,
        /// The function's name.
        name: String,
        /// What stands before the name where the function begins; empty where that is a type.
        keyword: &'static str,
        /// What ends the body of one that goes on; empty where it ends it itself.
        end: &'static str,
    },
}

/// A format that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a format; there are: {names}", names = Format::NAMES.join(", "))]
pub struct UnknownFormat(String);

impl Format {
    /// The names users write.
    pub const NAMES: [&'static str; 4] = ["humaneval", "mbpp", "multipl-e", "falcon"];
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "humaneval" => Ok(Self::HumanEval),
            "mbpp" => Ok(Self::Mbpp),
            "multipl-e" => Ok(Self::MultiplE),
            "falcon" => Ok(Self::Falcon),
            other => Err(UnknownFormat(other.to_owned())),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HumanEval => Self::NAMES[0],
            Self::Mbpp => Self::NAMES[1],
            Self::MultiplE => Self::NAMES[2],
            Self::Falcon => Self::NAMES[3],
        })
    }
}

/// Reads a file of tasks, gzipped or not.
///
/// # Errors
/// A file that cannot be read, a line that is not a task of the format, an id that comes twice, or
/// a file without tasks.
pub fn load(path: &Path, format: Format) -> Result<Vec<Task>, FormatError> {
    read(read::open(path)?, path, format)
}

/// Reads tasks, gzipped or not, from wherever they come; `path` is what errors call it.
///
/// # Errors
/// As [`load`] does.
pub fn read(from: impl io::BufRead, path: &Path, format: Format) -> Result<Vec<Task>, FormatError> {
    let parse = match format {
        Format::HumanEval => humaneval::task,
        Format::Mbpp => mbpp::task,
        Format::MultiplE => multipl_e::task,
        Format::Falcon => falcon::task,
    };
    read::tasks(from, path, parse)
}

impl Task {
    /// The program that a completion makes.
    #[must_use]
    pub fn program(&self, completion: &str) -> String {
        match &self.answer {
            Answer::Continues => format!("{}{completion}", self.prefix),
            Answer::EitherOf {
                given,
                name,
                keyword,
                end,
            } => {
                let code = multipl_e::code(completion, keyword, name);
                if !multipl_e::defines(code, keyword, name) {
                    format!("{}{code}\n{end}", self.prefix)
                } else if code.contains(given.trim()) {
                    code.to_owned()
                } else {
                    format!("{given}{code}")
                }
            }
        }
    }

    /// What is graded when a model answers with this completion: by the tests that decide.
    #[must_use]
    pub fn submission(&self, completion: &str) -> Submission {
        let tests = self.scoring.as_ref().unwrap_or(&self.tests);
        self.submission_by(completion, tests.clone(), 1)
    }

    /// What is graded by these of its tests; `attempt` is 1 for the first on the task.
    #[must_use]
    pub fn submission_by(&self, completion: &str, tests: Tests, attempt: u32) -> Submission {
        Submission {
            task_id: self.id.clone(),
            split: self.split.clone(),
            language: self.language.clone(),
            prompt: self.prompt.clone(),
            program: self.program(completion),
            reference: self
                .canonical
                .as_deref()
                .map(|canonical| self.program(canonical)),
            attempt,
            cheapest_fuel: self.cheapest_fuel,
            tests,
            files: self.files.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &[u8], format: Format) -> Result<Vec<Task>, FormatError> {
        let digest = falcon_episode::Digest::of(text).short();
        let path = std::env::temp_dir().join(format!("falcon-{}-{digest}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let loaded = load(&path, format);
        std::fs::remove_file(&path).unwrap();
        loaded
    }

    #[test]
    fn errors_name_the_file_and_the_line() {
        let calls = r#"{"id": "a", "prompt": "", "tests": {"calls": {"function": "f", "cases": [{"arguments": [1], "expected": {"$tuple": []}}]}}}"#;
        for (text, format, wanted) in [
            (
                format!("{calls}\n\n{calls}\n"),
                Format::Falcon,
                ":3: the task a stands on line 1 already",
            ),
            (
                "{\"id\": \"a\"".to_owned(),
                Format::Falcon,
                ":1: EOF while parsing an object at column 10",
            ),
            (
                calls.replace("\"prompt\"", "\"promt\""),
                Format::Falcon,
                ":1: unknown field `promt`",
            ),
            (
                calls.replace("$tuple", "$tupel"),
                Format::Falcon,
                ":1: \"$tupel\" is not a kind of plain data",
            ),
            (
                calls.replace("[{\"arguments\"", "[],\"x\":[{\"arguments\""),
                Format::Falcon,
                ":1: unknown field `x`",
            ),
            (
                r#"{"id": "a", "prompt": "", "tests": {"stdio": []}}"#.to_owned(),
                Format::Falcon,
                ":1: task a has no tests",
            ),
            (
                r#"{"id": "a", "prompt": "", "tests": {"harness": {"program": "assert f()"}}}"#
                    .to_owned(),
                Format::Falcon,
                ":1: a harness needs `remote` names",
            ),
            ("{}".to_owned(), Format::Mbpp, ":1: missing field `text`"),
            (
                r#"{"task_id": "x", "prompt": "def g(): 1", "entry_point": "f", "test": ""}"#
                    .to_owned(),
                Format::HumanEval,
                ":1: the prompt does not define f",
            ),
            ("\n \n".to_owned(), Format::Mbpp, " holds no tasks"),
        ] {
            let error = load_text(text.as_bytes(), format).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        let error = load_text(&[b'"', 0xff], Format::Mbpp)
            .unwrap_err()
            .to_string();
        assert!(error.contains(":1: not UTF-8 at byte 1"), "{error}");
        let error = load(Path::new("no/such/file"), Format::Mbpp)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("no/such/file: "), "{error}");
        assert!(
            "apps"
                .parse::<Format>()
                .unwrap_err()
                .to_string()
                .contains("humaneval, mbpp, multipl-e, falcon")
        );
    }

    #[test]
    fn a_humaneval_program_is_prompt_and_completion() {
        let row = r#"{"task_id": "HumanEval/0", "prompt": "import math\n\n\ndef helper(x):\n    return x\n\n\ndef f(x):\n    \"\"\" Text. \"\"\"\n", "entry_point": "f", "canonical_solution": "    return x\n", "test": "def check(c): pass"}"#;
        let task = load_text(row.as_bytes(), Format::HumanEval)
            .unwrap()
            .remove(0);
        let submission = task.submission("    return 1\n");
        assert!(submission.program.ends_with("\"\"\"\n    return 1\n"));
        assert!(submission.reference.unwrap().ends_with("    return x\n"));
        let Tests::Harness(harness) = submission.tests else {
            panic!("{:?}", submission.tests)
        };
        assert_eq!(
            harness.shared,
            "import math\n\n\ndef helper(x):\n    return x\n\n\n"
        );
        assert_eq!(
            (harness.remote, harness.entry.as_str()),
            (vec!["f".to_owned()], "check")
        );
    }

    #[test]
    fn a_multipl_e_answer_goes_on_or_is_the_whole() {
        let row = |language: &str, prompt: &str| {
            let row = serde_json::json!({
                "name": "HumanEval_0_f", "language": language, "prompt": prompt, "tests": "}\nint main() {}",
            });
            load_text(row.to_string().as_bytes(), Format::MultiplE).map(|mut tasks| tasks.remove(0))
        };
        let cpp = "#include<vector>\n// Text: f(1)\nstd::vector<int> f(int x) {\n";
        let js = "//Text.\nfunction f(x){\n";
        let lua = "-- Text.\nlocal function f(x)\n";
        for (language, prompt, answer, program) in [
            (
                "cpp",
                cpp,
                "    return f(0);",
                format!("{cpp}    return f(0);\n}}"),
            ),
            (
                "cpp",
                cpp,
                "Like this:\n```cpp\nstd::vector<int> f(int y) {\n  return {};\n}\n```\nand so on ```f```",
                "#include<vector>\n// Text: f(1)\nstd::vector<int> f(int y) {\n  return {};\n}\n"
                    .to_owned(),
            ),
            (
                "js",
                js,
                "  return f(0)\n}",
                format!("{js}  return f(0)\n}}\n"),
            ),
            (
                "js",
                js,
                "```javascript\nconst f = (x) => x;\n```",
                "//Text.\nconst f = (x) => x;\n".to_owned(),
            ),
            (
                "lua",
                lua,
                "  return f(0)\nend",
                format!("{lua}  return f(0)\nend\n"),
            ),
            (
                "lua",
                lua,
                "-- Text.\nlocal function f(x) return x end",
                "-- Text.\nlocal function f(x) return x end".to_owned(),
            ),
            (
                "js",
                js,
                "  return x;\n}\n```\nThat is it.",
                format!("{js}  return x;\n}}\n\n"),
            ),
            (
                "js",
                js,
                "  return x;\n}\nexports.f = f;",
                format!("{js}  return x;\n}}\nexports.f = f;\n"),
            ),
            (
                "js",
                js,
                "```bash\nnode f.js\n```\n```js\n  function  f(x) {\n    return x;\n  }\n```\n",
                "//Text.\n  function  f(x) {\n    return x;\n  }\n".to_owned(),
            ),
            (
                "cpp",
                cpp,
                "    return {};\n}\nint main() { f(3);",
                format!("{cpp}    return {{}};\n}}\nint main() {{ f(3);\n}}"),
            ),
            (
                "cpp",
                cpp,
                "std::vector<int>\nf(int y) { return {}; }",
                "#include<vector>\n// Text: f(1)\nstd::vector<int>\nf(int y) { return {}; }"
                    .to_owned(),
            ),
        ] {
            let submission = row(language, prompt).unwrap().submission(answer);
            assert_eq!(submission.program, program, "{answer}");
            let Tests::Harness(harness) = submission.tests else {
                panic!("{:?}", submission.tests)
            };
            assert_eq!(harness.remote, ["f"]);
            assert_eq!(harness.tests.starts_with('}'), language != "cpp");
        }
        let error = row("rkt", js).unwrap_err().to_string();
        assert!(
            error.contains(":1: task HumanEval_0_f is in \"rkt\"; there are: js, lua, cpp"),
            "{error}"
        );
        let error = row("js", "// Text.\n").unwrap_err().to_string();
        assert!(error.contains("does not end in a function"), "{error}");
    }

    #[test]
    fn plain_data_is_json_and_back() {
        for text in [
            "null",
            "true",
            "-3",
            "1.5",
            "\"a\"",
            "[1,[2]]",
            r#"{"$tuple":[1]}"#,
            r#"{"$set":[1]}"#,
            r#"{"$frozenset":[]}"#,
            r#"{"$dict":[[1,"b"]]}"#,
            r#"{"$bytes":"00ff"}"#,
            r#"{"$float":"inf"}"#,
        ] {
            let json: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(to_json(&from_json(&json).unwrap()).unwrap(), json, "{text}");
        }
        use falcon_episode::Value;
        for (digits, bytes) in [
            ("9223372036854775808", vec![0, 0, 0, 0, 0, 0, 0, 0x80, 0]),
            (
                "-9223372036854775809",
                vec![255, 255, 255, 255, 255, 255, 255, 127, 255],
            ),
        ] {
            let json = serde_json::json!({ "$int": digits });
            assert_eq!(from_json(&json).unwrap(), Value::BigInt(bytes), "{digits}");
        }
        assert_eq!(
            from_json(&serde_json::json!({ "$int": "-12" })).unwrap(),
            Value::Int(-12)
        );
        // Limbs of nine digits, and a chunk that is not whole.
        let digits = format!("-1{}", "0".repeat(40));
        let json = serde_json::json!({ "$int": digits });
        let mut ten_to_40 = 10_u128.pow(38).to_le_bytes().map(u32::from).to_vec();
        let mut carry = 0;
        for byte in &mut ten_to_40 {
            let value = *byte * 100 + carry;
            (*byte, carry) = (value & 0xff, value >> 8);
        }
        ten_to_40.push(carry);
        let mut borrow = 1;
        for byte in &mut ten_to_40 {
            let value = (*byte ^ 0xff) + borrow;
            (*byte, borrow) = (value & 0xff, value >> 8);
        }
        let bytes = ten_to_40.iter().map(|byte| *byte as u8).collect();
        assert_eq!(from_json(&json).unwrap(), Value::BigInt(bytes));
        // Time grows with the square of the digits: a line of a file has room for millions.
        for (count, taken) in [(100_000, true), (100_001, false)] {
            let json = serde_json::json!({ "$int": "9".repeat(count) });
            assert_eq!(from_json(&json).is_ok(), taken, "{count} digits");
        }
        // Equal by its bits to the one that languages make.
        let nan = from_json(&serde_json::json!({ "$float": "-nan" })).unwrap();
        assert_eq!(nan, Value::Float(f64::NAN));
        let dict = from_json(&serde_json::json!({ "a": 1, "$b": 2 })).unwrap();
        assert!(matches!(dict, Value::Dict(pairs) if pairs.len() == 2));
    }
}
