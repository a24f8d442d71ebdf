//! Lines, counted as radon counts them: source, logical, comments and texts over several lines.

use python_source::{
    Ranged, Source,
    ast::token::{Token, TokenKind},
    closes, opens,
};

/// The counts that the maintainability index is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Raw {
    /// Lines with code.
    pub(crate) source: u32,
    /// Logical lines: statements, headers of blocks apart from what follows the colon.
    pub(crate) logical: u32,
    /// Comments.
    pub(crate) comments: u32,
    /// Lines of texts that stand alone and span lines, as docstrings do; blank ones are not counted.
    pub(crate) multi: u32,
}

/// Counts a program.
pub(crate) fn of(source: &Source<'_>) -> Raw {
    let mut raw = Raw::default();
    let mut group: Vec<(TokenKind, u32, u32)> = Vec::new();
    let mut brackets = 0_u32;
    let mut strings: Vec<&Token> = Vec::new();
    for token in source.tokens() {
        match token.kind() {
            TokenKind::Indent | TokenKind::Dedent | TokenKind::EndOfFile => {}
            TokenKind::FStringStart | TokenKind::TStringStart => strings.push(token),
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                if let Some(start) = strings.pop().filter(|_| strings.is_empty()) {
                    group.push(placed(source, TokenKind::String, start, token));
                }
            }
            _ if !strings.is_empty() => {}
            TokenKind::Newline => {
                raw.add(source, &group);
                group.clear();
            }
            TokenKind::NonLogicalNewline if brackets == 0 => {
                raw.add(source, &group);
                group.clear();
            }
            TokenKind::NonLogicalNewline => {}
            kind => {
                if opens(kind) {
                    brackets += 1;
                } else if closes(kind) {
                    brackets = brackets.saturating_sub(1);
                }
                group.push(placed(source, kind, token, token));
            }
        }
    }
    raw.add(source, &group);
    raw
}

/// A token with its first and last line.
fn placed(source: &Source<'_>, kind: TokenKind, from: &Token, to: &Token) -> (TokenKind, u32, u32) {
    let lines = source.lines();
    let last = to.end().to_u32().saturating_sub(1);
    (kind, lines.line(from.start().to_u32()), lines.line(last))
}

impl Raw {
    /// Adds the tokens of lines that only make sense together.
    fn add(&mut self, source: &Source<'_>, group: &[(TokenKind, u32, u32)]) {
        let (Some((_, first, _)), Some((_, _, last))) = (group.first(), group.last()) else {
            return;
        };
        let comment = |token: &&(TokenKind, u32, u32)| token.0 == TokenKind::Comment;
        self.comments += group.iter().filter(comment).count() as u32;
        let filled = (*first..=*last)
            .filter(|line| {
                let text = source.lines().text(source.text(), *line);
                text.is_some_and(|text| !text.trim().is_empty())
            })
            .count() as u32;
        match group {
            [(TokenKind::Comment, ..)] => {}
            [(TokenKind::String, from, to)] => self.multi += if from == to { 0 } else { filled },
            _ => self.source += filled,
        }
        let code: Vec<TokenKind> = group
            .iter()
            .map(|token| token.0)
            .filter(|kind| *kind != TokenKind::Comment)
            .collect();
        let parts: Vec<_> = code.split(|kind| *kind == TokenKind::Semi).collect();
        for (at, part) in parts.iter().enumerate() {
            self.logical += logical(part, at + 1 == parts.len());
        }
    }
}

/// Logical lines between semicolons: two where something follows the last colon, whatever that colon is of. (The
/// end of a line is a token too, so before a semicolon the colon is looked for one token earlier.)
fn logical(part: &[TokenKind], is_last: bool) -> u32 {
    let Some(colon) = part.iter().rposition(|kind| *kind == TokenKind::Colon) else {
        return u32::from(!part.is_empty());
    };
    let end = part.len() + usize::from(is_last);
    2 - u32::from(colon + 2 == end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SLOC, LLOC, comments, multi as radon 6.0.1 gives them.
    #[test]
    fn counts() {
        for (program, counts) in [
            ("", [0, 0, 0, 0]),
            ("x = 1  # a\n# b\n\ny = 2; z = 3\n", [2, 3, 2, 0]),
            (
                "def f(x):\n    '''One.\n\n    Two.\n    '''\n    return x\n",
                [2, 3, 0, 3],
            ),
            (
                "def f(x):\n    'One.'\n    if x: return x[1:2]\n",
                [2, 4, 0, 0],
            ),
            (
                "x = [\n    1,  # a\n\n    2,\n]\ny = x \\\n    + 1\n",
                [6, 2, 1, 0],
            ),
            ("x = {'a': 1}\nif x:  # why\n    pass\n", [3, 4, 1, 0]),
            ("x = f'{y:>{w}}'\n", [1, 1, 0, 0]),
        ] {
            let found = of(&Source::read(program).ok().unwrap());
            let found = [found.source, found.logical, found.comments, found.multi];
            assert_eq!(found, counts, "{program}");
        }
    }
}
