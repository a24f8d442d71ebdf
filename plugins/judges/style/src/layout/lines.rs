//! Physical lines: length, blank space at the end, tabs.

use python_source::{Source, TextRange, TextSize};

use crate::finding::Findings;

/// E501, W291, W293, W191, E101.
pub(crate) fn check(
    source: &Source<'_>,
    long_strings: &[TextRange],
    line_length: u32,
    found: &mut Findings,
) {
    let mut indent_char = None;
    for line in 1..=source.lines().count() {
        let (Some((start, _)), Some(text)) = (
            source.lines().bytes(line),
            source.lines().text(source.text(), line),
        ) else {
            continue;
        };
        let text = text.trim_end_matches('\u{c}');
        let span = |from: usize, to: usize| {
            TextRange::new(
                TextSize::new(start + from as u32),
                TextSize::new(start + to as u32),
            )
        };
        let trimmed = text.trim_end_matches([' ', '\t', '\u{b}']);
        if trimmed.len() < text.len() {
            let (rule, what) = match trimmed.is_empty() {
                true => ("W293", "a blank line with blanks in it"),
                false => ("W291", "blanks at the end of the line"),
            };
            found.add(rule, &span(trimmed.len(), text.len()), what);
        }
        let length = trimmed.chars().count();
        if length > line_length as usize && !cannot_be_broken(trimmed, length, line_length) {
            let message = format!("{length} characters in a line of at most {line_length}");
            found.add("E501", &span(0, trimmed.len()), message);
        }
        let indent = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
        if indent.is_empty() {
            continue;
        }
        // The first blank at the start of a line, whatever the line, says what the program indents by.
        let first = *indent_char.get_or_insert(indent.as_bytes()[0]);
        let inside =
            |range: &TextRange| range.start().to_u32() < start && start < range.end().to_u32();
        if trimmed.is_empty() || long_strings.iter().any(inside) {
            continue;
        }
        if indent.contains('\t') {
            found.add("W191", &span(0, indent.len()), "indented by tabs");
        }
        if indent.bytes().any(|byte| byte != first) {
            // Only where it changes: the lines below may go on as this one.
            indent_char = Some(indent.as_bytes()[0]);
            found.add(
                "E101",
                &span(0, indent.len()),
                "indented by spaces and tabs",
            );
        }
    }
}

/// A line with one word, as an address is one, or a comment with one.
fn cannot_be_broken(line: &str, length: usize, limit: u32) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(3).collect();
    match words[..] {
        [word] | ["#", word] => length - word.chars().count() < limit as usize - 7,
        _ => false,
    }
}
