//! Logical lines: a statement's tokens, or a comment that stands alone.

use python_source::{
    Ranged, Source,
    ast::token::{Token, TokenKind},
    closes, opens,
};

/// One logical line.
pub(crate) struct Logical<'a> {
    /// Its tokens in order: comments are among them, line ends are not, and what is in an f-string is left out
    /// between the first and the last of it.
    pub(crate) tokens: Vec<&'a Token>,
    /// Columns that it is indented by; a tab goes to the next multiple of eight.
    pub(crate) indent: u32,
    /// The line it begins on.
    pub(crate) line: u32,
    /// Blank lines right before it.
    pub(crate) blank_lines: u32,
    /// The most blank lines before it or before one of the comments that stand right above it.
    pub(crate) blank_before: u32,
}

impl Logical<'_> {
    /// The tokens without comments.
    pub(crate) fn code(&self) -> impl Iterator<Item = &Token> {
        self.tokens
            .iter()
            .copied()
            .filter(|token| token.kind() != TokenKind::Comment)
    }

    /// Whether it is a comment and nothing else.
    pub(crate) fn is_comment(&self) -> bool {
        self.code().next().is_none()
    }

    /// The kind of its first token that is no comment.
    pub(crate) fn first(&self) -> Option<TokenKind> {
        self.code().next().map(Token::kind)
    }
}

/// The logical lines of a program.
pub(crate) fn lines<'a>(source: &'a Source<'_>) -> Vec<Logical<'a>> {
    let mut split = Split {
        source,
        found: Vec::new(),
        tokens: Vec::new(),
        blank_lines: 0,
        blank_before: 0,
    };
    let (mut brackets, mut strings) = (0_u32, 0_u32);
    for token in source.tokens() {
        match token.kind() {
            TokenKind::Indent | TokenKind::Dedent | TokenKind::EndOfFile => {}
            TokenKind::FStringStart | TokenKind::TStringStart => {
                if strings == 0 {
                    split.tokens.push(token);
                }
                strings += 1;
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                strings = strings.saturating_sub(1);
                if strings == 0 {
                    split.tokens.push(token);
                }
            }
            _ if strings > 0 => {}
            TokenKind::Newline => {
                split.end();
                split.blank_before = 0;
            }
            TokenKind::NonLogicalNewline if brackets > 0 => {}
            TokenKind::NonLogicalNewline if split.tokens.is_empty() => split.blank_lines += 1,
            TokenKind::NonLogicalNewline => split.end(),
            kind => {
                if opens(kind) {
                    brackets += 1;
                } else if closes(kind) {
                    brackets = brackets.saturating_sub(1);
                }
                split.tokens.push(token);
            }
        }
    }
    split.end();
    split.found
}

struct Split<'a, 's> {
    source: &'a Source<'s>,
    found: Vec<Logical<'a>>,
    tokens: Vec<&'a Token>,
    blank_lines: u32,
    blank_before: u32,
}

impl Split<'_, '_> {
    fn end(&mut self) {
        let Some(first) = self.tokens.first() else {
            return;
        };
        self.blank_before = self.blank_before.max(self.blank_lines);
        let line = self.source.line(*first);
        let start = self.source.lines().bytes(line).map_or(0, |bytes| bytes.0);
        let before = self
            .source
            .text()
            .get(start as usize..first.start().to_usize());
        self.found.push(Logical {
            indent: indent(before.unwrap_or_default()),
            line,
            tokens: std::mem::take(&mut self.tokens),
            blank_lines: std::mem::take(&mut self.blank_lines),
            blank_before: self.blank_before,
        });
    }
}

/// Columns of a line's indentation.
pub(crate) fn indent(line: &str) -> u32 {
    let mut columns = 0;
    for byte in line.bytes() {
        match byte {
            b'\t' => columns = columns / 8 * 8 + 8,
            b' ' => columns += 1,
            _ => break,
        }
    }
    columns
}
