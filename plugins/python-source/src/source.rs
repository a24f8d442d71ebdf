//! A program that was read.

use std::fmt;

use ruff_python_ast::{
    Stmt,
    token::{Token, TokenKind},
};
use ruff_python_parser::{ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use crate::{Lines, Place, depth};

/// Longest program that is read, in bytes. Programs of the benchmarks have a few thousand.
pub const MAX_BYTES: usize = 128 << 10;

/// A program with its syntax tree, tokens and lines.
pub struct Source<'a> {
    text: &'a str,
    parsed: Parsed<ruff_python_ast::ModModule>,
    lines: Lines,
}

/// Why a program was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Longer than [`MAX_BYTES`].
    Long(usize),
    /// Nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH) may be.
    Deep,
    /// Its brackets do not match, or something in it is no token or no indentation: the parser would make levels of what it
    /// guesses.
    Brackets,
    /// It is not Python, as of this place.
    Syntax(Place, String),
}

impl<'a> Source<'a> {
    /// Reads a program.
    ///
    /// # Errors
    /// Where it is over a limit or does not parse.
    pub fn read(text: &'a str) -> Result<Self, Unread> {
        if text.len() > MAX_BYTES {
            return Err(Unread::Long(text.len()));
        }
        depth::check(text)?;
        let lines = Lines::of(text);
        let parsed = parse_unchecked(text, ParseOptions::from(ruff_python_parser::Mode::Module));
        if let Some(error) = parsed.errors().first() {
            let place = lines.place(text, error.location.start().to_u32());
            return Err(Unread::Syntax(place, error.error.to_string()));
        }
        let Some(parsed) = parsed.try_into_module() else {
            let place = Place { line: 1, column: 1 };
            return Err(Unread::Syntax(place, "it is no module".to_owned()));
        };
        Ok(Self {
            text,
            parsed,
            lines,
        })
    }

    /// The program.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Its statements.
    #[must_use]
    pub fn body(&self) -> &[Stmt] {
        &self.parsed.syntax().body
    }

    /// Its tokens, comments and line ends among them.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        self.parsed.tokens()
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The text of a range; empty where the range is not one of the program's.
    #[must_use]
    pub fn slice(&self, range: TextRange) -> &'a str {
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        self.text.get(start..end).unwrap_or_default()
    }

    /// The line, from 1, on which something begins.
    #[must_use]
    pub fn line(&self, what: &impl Ranged) -> u32 {
        self.lines.line(what.range().start().to_u32())
    }

    /// The ranges of literals that span lines, in order: strings, and f-strings from end to end. What lies in
    /// them is text and no layout.
    #[must_use]
    pub fn long_strings(&self) -> Vec<TextRange> {
        let mut found = Vec::new();
        let mut open = Vec::new();
        for token in self.tokens() {
            let range = match token.kind() {
                TokenKind::String => token.range(),
                TokenKind::FStringStart | TokenKind::TStringStart => {
                    open.push(token.start());
                    continue;
                }
                TokenKind::FStringEnd | TokenKind::TStringEnd => match open.pop() {
                    Some(start) if open.is_empty() => TextRange::new(start, token.end()),
                    _ => continue,
                },
                _ => continue,
            };
            if self.slice(range).contains(['\n', '\r']) {
                found.push(range);
            }
        }
        found
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Long(bytes) => write!(f, "it has {bytes} bytes; at most {MAX_BYTES} are read"),
            Self::Deep => write!(
                f,
                "its brackets, operators and blocks are nested deeper than {} levels",
                crate::MAX_DEPTH
            ),
            Self::Brackets => f.write_str(
                "it does not parse: its brackets do not match, or something in it is no token or no indentation",
            ),
            Self::Syntax(place, message) => {
                let Place { line, column } = place;
                write!(
                    f,
                    "it does not parse: line {line}, column {column}: {message}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_up_to_date() {
        for program in [
            "",
            "match x:\n    case [a, *_] | {'k': a}: pass\n",
            "def f[T: int](x: T, /, *, y: int = 1) -> T: return x\n",
            "type A[T] = list[T]\n",
            "try:\n    pass\nexcept* ValueError as e:\n    pass\n",
            "x = f\"{f'{a!r:>{w}}'}\"\n",
            "with (open('a') as a, open('b') as b):\n    pass\n",
            "print(y := 10)\nasync def g():\n    return [x async for x in y]\n",
            "try:\n    pass\nexcept A, B:\n    pass\n",
        ] {
            if let Err(why) = Source::read(program) {
                panic!("{program}: {why}");
            }
        }
    }

    #[test]
    fn what_is_not_read_is_said() {
        let said = |text: &str| Source::read(text).err().unwrap().to_string();
        assert_eq!(
            said("x = 1\nif x\n    y = 2\n"),
            "it does not parse: line 2, column 5: Expected `:`, found newline"
        );
        assert!(said(&"x\n".repeat(100_000)).contains("200000 bytes"));
        assert!(said(&("(".repeat(500) + &")".repeat(500))).contains("deeper than 300"));
        assert!(said(&"(".repeat(500)).contains("brackets do not match"));
        for wrong in ["\0", "x = '\0", "a\0b", "\u{feff}(", "0777", "f'{", "x ="] {
            assert!(said(wrong).contains("does not parse"), "{wrong:?}");
        }
    }

    #[test]
    fn long_strings_are_whole() {
        let text = "a = 'x'\nb = '''1\n2'''\nc = f'''{\nx}'''\n";
        let source = Source::read(text).ok().unwrap();
        let found: Vec<_> = source
            .long_strings()
            .into_iter()
            .map(|range| source.slice(range))
            .collect();
        assert_eq!(found, ["'''1\n2'''", "f'''{\nx}'''"]);
    }
}
