//! Blank lines around definitions, and indentation by other than fours.

use python_source::{
    Source,
    ast::token::{Token, TokenKind},
};

use super::logical::{Logical, indent};
use crate::finding::Findings;

/// Blank lines that are expected before a definition of the module, and before one in a class.
const TOP_LEVEL: u32 = 2;
const METHOD: u32 = 1;

/// E111, E301 to E306.
pub(crate) fn check(source: &Source<'_>, lines: &[Logical<'_>], found: &mut Findings) {
    let mut previous: Option<&Logical<'_>> = None;
    let mut previous_top: Option<&Logical<'_>> = None;
    for line in lines {
        if let Some(first) = line.tokens.first() {
            if line.indent % 4 != 0 && !line.is_comment() {
                let message = format!("indented by {} columns, no multiple of 4", line.indent);
                found.add("E111", *first, message);
            }
            if let Some((rule, message)) = blanks(source, line, previous, previous_top) {
                found.add(rule, *first, message);
            }
        }
        if !line.is_comment() {
            previous = Some(line);
            if line.indent == 0 {
                previous_top = Some(line);
            }
        }
    }
}

fn blanks(
    source: &Source<'_>,
    line: &Logical<'_>,
    previous: Option<&Logical<'_>>,
    previous_top: Option<&Logical<'_>>,
) -> Option<(&'static str, String)> {
    let (blank, before) = (line.blank_lines, line.blank_before);
    let Some(above) = previous else {
        return (before >= TOP_LEVEL && blank > TOP_LEVEL).then(|| {
            (
                "E303",
                format!("{blank} blank lines, more than {TOP_LEVEL}"),
            )
        });
    };
    if above.first() == Some(TokenKind::At) {
        return (blank > 0).then(|| ("E304", "blank lines after a decorator".to_owned()));
    }
    if blank > TOP_LEVEL || line.indent > 0 && blank == METHOD + 1 {
        return Some(("E303", format!("{blank} blank lines are too many")));
    }
    if !is_definition(line) {
        let after = !line.is_comment() && line.indent == 0 && before != TOP_LEVEL;
        let above_defines = previous_top
            .is_some_and(|top| matches!(top.first(), Some(TokenKind::Def | TokenKind::Class)));
        let message = || format!("{before} blank lines after a definition, not {TOP_LEVEL}");
        return (after && above_defines).then(|| ("E305", message()));
    }
    if line.indent == 0 {
        let one_liners = before == 0 && is_one_liner(line) && is_one_liner(above);
        let message = || format!("{before} blank lines before a definition, not {TOP_LEVEL}");
        return (before != TOP_LEVEL && !one_liners).then(|| ("E302", message()));
    }
    if before == METHOD || above.indent < line.indent || is_text(above) {
        return None;
    }
    Some(match is_in_function(source, line) {
        true => (
            "E306",
            "no blank line before a function in a function".to_owned(),
        ),
        false => ("E301", "no blank line before a method".to_owned()),
    })
}

fn is_definition(line: &Logical<'_>) -> bool {
    let mut code = line.code().map(Token::kind);
    match (code.next(), code.next()) {
        (Some(TokenKind::Def | TokenKind::Class | TokenKind::At), _) => true,
        (first, second) => first == Some(TokenKind::Async) && second == Some(TokenKind::Def),
    }
}

/// A definition with its body on the same line.
fn is_one_liner(line: &Logical<'_>) -> bool {
    let last = line.code().last().map(Token::kind);
    line.first() == Some(TokenKind::Def) && last != Some(TokenKind::Colon)
}

fn is_text(line: &Logical<'_>) -> bool {
    line.first() == Some(TokenKind::String)
}

/// Whether the nearest line above that is indented less, or one further out, begins a function.
fn is_in_function(source: &Source<'_>, line: &Logical<'_>) -> bool {
    let mut level = line.indent;
    for above in (1..line.line).rev() {
        let text = source
            .lines()
            .text(source.text(), above)
            .unwrap_or_default();
        if text.trim().is_empty() || indent(text) >= level {
            continue;
        }
        level = indent(text);
        let text = text.trim_start();
        let defines = text.starts_with("def ") || text.starts_with("async def ");
        if defines || level == 0 {
            return defines;
        }
    }
    false
}
