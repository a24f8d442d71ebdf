//! {{name}}: a small language of brackets, checked, run and tested. Make it the language that you want.
//!
//! | file | what |
//! |---|---|
//! | `read.rs` | text to expressions, or what does not compile |
//! | `machine.rs`, `words.rs`, `value.rs` | what expressions do |
//! | `session.rs` | the candidate side: a program's functions are called from outside |
//! | `harness.rs` | the test side: a test program calls them |
//! | `cross.rs` | plain data, which is all that crosses between the two |

#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

mod cross;
mod harness;
mod machine;
mod read;
mod session;
mod stop;
mod value;
mod words;

use falcon_sdk::language::{
    Description, Diagnostic, Failure, Language, Operation, Outcome, Raised, Reply, Request, TestOutcome,
};

use stop::{Stop, diagnostic};

struct {{type}};

impl Language for {{type}} {
    type Session = session::Session;

    fn describe() -> Description {
        Description {
            language: "{{short}}".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extensions: vec!["{{short}}".to_owned()],
            details: Vec::new(),
        }
    }

    fn check(source: &str) -> Vec<Diagnostic> {
        match read::read(source) {
            Ok(_) => Vec::new(),
            Err((message, at)) => vec![diagnostic("syntax error", &message, Some(at))],
        }
    }

    fn run(source: &str, arguments: &[String]) -> Outcome {
        let failed = |error, phase: &str| Outcome {
            exit_code: 1,
            error: Some(error),
            phase: phase.to_owned(),
        };
        let nodes = match read::read(source) {
            Ok(nodes) => nodes,
            Err((message, at)) => {
                return failed(diagnostic("syntax error", &message, Some(at)), "compile");
            }
        };
        let mut machine = machine::Machine::new();
        machine.arguments = arguments.to_vec();
        let exit_code = match machine.run(&nodes) {
            Err(Stop::Raised(raised)) => {
                return failed(diagnostic(&raised.class, &raised.message, raised.at), "run");
            }
            Err(Stop::Exit(code)) => code,
            _ => 0,
        };
        Outcome {
            exit_code,
            error: None,
            phase: String::new(),
        }
    }

    fn open(source: &str) -> Result<(Self::Session, Vec<String>), Failure> {
        session::open(source)
    }

    fn perform(session: &mut Self::Session, operation: &Operation, arguments: &[u8]) -> Result<Reply, Raised> {
        session.perform(operation, arguments)
    }

    fn harness(request: &Request) -> Vec<TestOutcome> {
        harness::run(request)
    }
}

falcon_sdk::export_language!({{type}});

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program's last expression is.
    fn value(source: &str) -> String {
        let nodes = read::read(source).unwrap_or_else(|(why, at)| panic!("{why} at {at:?}"));
        match machine::Machine::new().run(&nodes) {
            Ok(value) => value.to_string(),
            Err(stop) => format!("{stop:?}"),
        }
    }

    #[test]
    fn expressions_have_values() {
        for (source, expected) in [
            ("(+ 1 (* 2 3))", "7"),
            ("(/ 7 2)", "3.5"),
            ("(mod -1 3)", "2"),
            ("(join \"a\" 1 \"\\n\")", "a1\n"),
            ("(def twice (fn (f x) (f (f x)))) (twice (fn (n) (* n n)) 3)", "81"),
            ("(def l (list 1 \"b\")) (push l (list)) (put l 0 none) l", "(none \"b\" ())"),
            ("(def n 0) (while (< n 5) (set n (+ n 1))) n", "5"),
            ("(try (raise \"no\") (fn (why) (join \"it said \" why)))", "it said no"),
            ("(if (= 1 1.0) \"same\")", "same"),
        ] {
            assert_eq!(value(source), expected, "{source}");
        }
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (source, words) in [
            ("(+ 1\n  (get (list 1) 3))", "place 3 of a list of 1\", at: Some(Place { line: 2, column: 3 })"),
            ("(+ 9223372036854775807 1)", "no result that is an int"),
            ("(if 1 2)", "a condition is 1, which is no bool"),
            ("(def down (fn (n) (+ 1 (down n)))) (down 1)", "recursion is too deep"),
        ] {
            let said = value(source);
            assert!(said.contains(words), "{source}: {said}");
        }
        for (source, line) in [("(\n(", 2), (")", 1), ("\n\"x", 2), ("\"\\q\"", 1)] {
            let (why, at) = read::read(source).err().expect("it does not compile");
            assert_eq!(at.line, line, "{source}: {why}");
        }
    }
}
