//! What is not laid out as a module is.

use crate::form::tokens::{pymini, quoted};

/// Most blocks inside one another, as in CPython.
const MAX_BLOCKS: i32 = 100;

/// Whether a program begins with an indented line: it is the body of a function.
pub(super) fn is_indented(program: &str) -> bool {
    let first = program.lines().find(|line| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    first.is_some_and(|line| line.starts_with([' ', '\t']))
}

/// PyMini's text as Python's, its words as the ends of lines that they stand for. None where it has none of them.
pub(super) fn of_pymini(program: &str) -> Option<String> {
    let mut text = String::with_capacity(program.len());
    let (mut depth, mut has_words) = (0, false);
    for line in program.lines() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            if let Some((step, length)) = pymini(rest) {
                has_words = true;
                depth += step;
                if depth > MAX_BLOCKS {
                    return None;
                }
                text.push('\n');
                text.extend((0..depth).map(|_| ' '));
                rest = rest[length..].trim_start();
                continue;
            }
            let end = match first {
                '"' | '\'' => quoted(rest, first).1,
                '#' => rest.len(),
                _ => first.len_utf8(),
            };
            text.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        text.push('\n');
    }
    has_words.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{is_indented, of_pymini};

    #[test]
    fn words_are_ends_of_lines() {
        for (pymini, python) in [
            (
                "y = [ ] <nl> for z in x : <ind> y . append ( z ) <ded> return y",
                "y = [ ] \nfor z in x : \n y . append ( z ) \nreturn y\n",
            ),
            ("<ded> return '<nl>' # <nl>", "\nreturn '<nl>' # <nl>\n"),
        ] {
            assert_eq!(of_pymini(pymini).as_deref(), Some(python));
        }
        assert_eq!(of_pymini("return '<nl>'"), None);
        assert_eq!(of_pymini(&"<ind>".repeat(10_000)), None);
    }

    #[test]
    fn a_body_begins_with_space() {
        for (program, is_body) in [
            ("    return x\n", true),
            ("\n# why\n\treturn x\n", true),
            ("def f(x):\n    return x\n", false),
            ("", false),
        ] {
            assert_eq!(is_indented(program), is_body, "{program:?}");
        }
    }
}
