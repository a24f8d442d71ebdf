//! What the compiler and the linker say, as diagnostics with places in the program's own text.

use falcon_sdk_compiler::{Diagnostic, Severity};

use crate::compile::fault;

/// The functions that generated lines name, one a line, and whether it is the program that must have them.
#[derive(Default)]
pub(crate) struct Names<'a> {
    pub(crate) all: &'a [String],
}

/// What was said.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) found: Vec<Diagnostic>,
    /// The function that the program lacks.
    pub(crate) missing: Option<String>,
}

/// The text that generated lines are in.
pub(crate) const GENERATED: &str = "names";

/// One message: `file:line:column: severity: text [categories]`.
struct Message<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    severity: Severity,
    text: &'a str,
    /// The flag of a warning, and the category.
    tags: &'a str,
}

/// Reads the compiler's messages.
pub(crate) fn read(said: &str, names: &Names<'_>) -> Told {
    let mut told = Told::default();
    let mut pending: Option<Diagnostic> = None;
    for message in said.lines().filter_map(parse) {
        let own = message.file == "program";
        if message.severity == Severity::Note {
            // An error in a header is the program's where the header was used.
            if let Some(mut error) = pending.take_if(|_| own) {
                (error.line, error.column) = (message.line, message.column);
                told.found.push(error);
            }
            continue;
        }
        told.found.extend(pending.take());
        if message.file == GENERATED && message.severity == Severity::Error {
            let name = names.all.get(message.line.saturating_sub(1) as usize);
            let unknown = ["undeclared identifier", "no member named"];
            if let Some(name) =
                name.filter(|_| unknown.iter().any(|one| message.text.contains(one)))
            {
                told.missing.get_or_insert_with(|| name.clone());
                continue;
            }
        }
        let diagnostic = Diagnostic {
            severity: message.severity,
            class: class(&message),
            message: message.text.to_owned(),
            line: if own { message.line } else { 0 },
            column: if own { message.column } else { 0 },
        };
        if own {
            told.found.push(diagnostic);
        } else {
            pending = Some(diagnostic);
        }
    }
    told.found.extend(pending);
    told
}

fn parse(line: &str) -> Option<Message<'_>> {
    let severities = [
        (": fatal error: ", Severity::Error),
        (": error: ", Severity::Error),
        (": warning: ", Severity::Warning),
        (": note: ", Severity::Note),
    ];
    let (place, severity, text) = severities.iter().find_map(|(mark, severity)| {
        let (place, text) = line.split_once(mark)?;
        Some((place, *severity, text))
    })?;
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let row = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    let (text, tags) = match text.rsplit_once(" [") {
        Some((text, tags)) if tags.ends_with(']') => (text, &tags[..tags.len() - 1]),
        _ => (text, ""),
    };
    Some(Message {
        file,
        line: row,
        column,
        severity,
        text,
        tags,
    })
}

/// What kind of error it is, in the field's terms.
fn class(message: &Message<'_>) -> String {
    if message.severity == Severity::Warning {
        let flag = message.tags.split(',').find(|tag| tag.starts_with("-W"));
        return flag.unwrap_or("warning").to_owned();
    }
    let known = [
        ("use of undeclared identifier", "undeclared identifier"),
        ("no member named", "unknown member"),
        ("unknown type name", "unknown type"),
        ("no matching", "no matching function"),
        ("call to undeclared function", "undeclared function"),
        ("is ambiguous", "ambiguous"),
        ("redefinition of", "redefinition"),
        ("file not found", "missing header"),
        ("cannot initialize", "type mismatch"),
        ("incompatible", "type mismatch"),
        ("no viable", "no viable conversion"),
        ("invalid operands", "invalid operands"),
    ];
    if let Some((_, class)) = known.iter().find(|(part, _)| message.text.contains(part)) {
        return (*class).to_owned();
    }
    let category = match message.tags.rsplit(',').next().unwrap_or_default() {
        "Parse Issue" => "syntax error",
        "Lex or Preprocessor Issue" => "preprocessor error",
        "Semantic Issue" => "semantic error",
        _ => "error",
    };
    category.to_owned()
}

/// Reads the linker's messages.
pub(crate) fn of_linker(said: &str) -> Vec<Diagnostic> {
    let mut found: Vec<_> = said
        .lines()
        .filter_map(|line| line.split_once("error: "))
        .map(|(_, text)| match text.split_once("undefined symbol: ") {
            Some((_, symbol)) => {
                let name = if symbol == "__main_void" {
                    "main"
                } else {
                    symbol
                };
                fault("undefined symbol", format!("nothing defines {name}"))
            }
            None => fault("linker", text.to_owned()),
        })
        .collect();
    if found.is_empty() {
        let line = said.lines().next().unwrap_or("it said nothing");
        found.push(fault("linker", format!("the linker failed: {line}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_diagnostics() {
        let said = "program:3:5: error: use of undeclared identifier 'x' [Semantic Issue]\n\
                    program:4:1: error: expected ';' after expression [Parse Issue]\n\
                    /include/cxx/vector:9:9: error: static assertion failed [Semantic Issue]\n\
                    program:7:2: note: in instantiation of it\n\
                    program:8:1: warning: non-void function does not return a value [-Wreturn-type,Semantic Issue]\n\
                    4 errors generated.\n";
        let told = read(said, &Names::default());
        let places: Vec<_> = told
            .found
            .iter()
            .map(|d| (d.class.as_str(), d.line, d.column))
            .collect();
        assert_eq!(
            places,
            [
                ("undeclared identifier", 3, 5),
                ("syntax error", 4, 1),
                ("semantic error", 7, 2),
                ("-Wreturn-type", 8, 1)
            ]
        );
        assert_eq!(told.found[1].message, "expected ';' after expression");
    }

    #[test]
    fn a_missing_function_is_named() {
        let names = ["one".to_owned(), "two".to_owned()];
        let said =
            "names:2:1: error: no member named 'two' in the global namespace [Semantic Issue]\n";
        let told = read(said, &Names { all: &names });
        assert_eq!(told.missing.as_deref(), Some("two"));
        assert!(told.found.is_empty());
    }
}
