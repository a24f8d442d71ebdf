//! Which names of a test program are the program's, by what the reference defines.

use std::collections::HashSet;

use falcon_sdk::language::Request;

use super::tokens::{Placed, Token, tokens};

/// What the reference says of the names that the tests use.
#[derive(Default)]
pub(super) struct Names {
    /// Functions and classes: they stand for the program's.
    pub(super) remote: Vec<String>,
    /// Classes of errors with the class that each extends, in the order of their definition.
    pub(super) errors: Vec<(String, String)>,
    /// Other values, which are the reference's own.
    pub(super) values: Vec<String>,
}

/// A definition at the top level of a script.
struct Definition<'a> {
    name: &'a str,
    /// Whether it is a function or class.
    callable: bool,
    /// What a class extends.
    extends: Option<&'a str>,
}

/// The error classes that JavaScript has.
pub(super) const ERRORS: [&str; 8] = [
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ReferenceError",
    "EvalError",
    "URIError",
    "AggregateError",
];

/// Decides. What the task gives to both sides is never the program's.
pub(super) fn decide(request: &Request) -> Names {
    let words = |source: &str| -> HashSet<String> {
        let all = tokens(source)
            .into_iter()
            .filter(|one| one.token == Token::Word);
        all.map(|one| source[one.start..one.end].to_owned())
            .collect()
    };
    let used = words(&request.tests);
    let shared_tokens = tokens(&request.shared);
    let given: Vec<_> = definitions(&request.shared, &shared_tokens);
    let mut names = Names {
        remote: request.remote.clone(),
        ..Names::default()
    };
    let reference_tokens = tokens(&request.reference);
    for one in definitions(&request.reference, &reference_tokens) {
        if given.iter().any(|given| given.name == one.name) {
            continue;
        }
        let is_error = one.extends.filter(|base| {
            ERRORS.contains(base) || names.errors.iter().any(|(name, _)| name == base)
        });
        let is_remote = names.remote.iter().any(|name| name == one.name);
        if let Some(base) = is_error {
            names.errors.push((one.name.to_owned(), base.to_owned()));
            names.remote.retain(|name| name != one.name);
        } else if used.contains(one.name) && !is_remote {
            if !one.callable {
                names.values.push(one.name.to_owned());
            } else if request.remote.is_empty() {
                names.remote.push(one.name.to_owned());
            }
        }
    }
    names
}

fn definitions<'a>(source: &'a str, tokens: &[Placed]) -> Vec<Definition<'a>> {
    let text = |at: usize| tokens.get(at).map_or("", |one| &source[one.start..one.end]);
    let mut found = Vec::new();
    let mut depth = 0usize;
    for (at, one) in tokens.iter().enumerate() {
        match one.token {
            Token::Mark(b'{' | b'(' | b'[') => depth += 1,
            Token::Mark(b'}' | b')' | b']') => depth = depth.saturating_sub(1),
            Token::Word if depth == 0 => match text(at) {
                "function" if !matches!(text(at.wrapping_sub(1)), "=" | "default") => {
                    let name = if text(at + 1) == "*" { at + 2 } else { at + 1 };
                    found.push(Definition {
                        name: text(name),
                        callable: true,
                        extends: None,
                    });
                }
                "class" if text(at.wrapping_sub(1)) != "=" => {
                    let extends = (text(at + 2) == "extends").then(|| text(at + 3));
                    found.push(Definition {
                        name: text(at + 1),
                        callable: true,
                        extends,
                    });
                }
                "const" | "let" | "var" if text(at + 2) == "=" => {
                    let callable = is_function(at + 3, &text, tokens);
                    found.push(Definition {
                        name: text(at + 1),
                        callable,
                        extends: None,
                    });
                }
                _ => {}
            },
            _ => {}
        }
    }
    found.retain(|one| !one.name.is_empty());
    found
}

/// Whether an expression is a function or class, by how it begins.
fn is_function<'a>(at: usize, text: &impl Fn(usize) -> &'a str, tokens: &[Placed]) -> bool {
    let at = if text(at) == "async" { at + 1 } else { at };
    if matches!(text(at), "function" | "class") {
        return true;
    }
    let arrow = |at: usize| text(at) == "=" && text(at + 1) == ">";
    if text(at) != "(" {
        return arrow(at + 1);
    }
    let mut depth = 0usize;
    for (next, one) in tokens.iter().enumerate().skip(at) {
        match one.token {
            Token::Mark(b'(') => depth += 1,
            Token::Mark(b')') => {
                depth -= 1;
                if depth == 0 {
                    return arrow(next + 1);
                }
            }
            _ => {}
        }
    }
    false
}
