//! An upper bound of how deep a program's syntax tree is, from its tokens alone: the parser and every walk over the tree
//! recurse as deep as that.
//!
//! What does not parse must not overflow either, and there the parser reads on as it guesses. A text whose brackets do not
//! match is not given to it. Of others it may take a line break in brackets for the end of a statement, so blocks are
//! counted by how lines begin, whatever they stand in. In what does not parse inside an f-string it may take text for code
//! and code for text: there the tokens are no bound but for what parses, and the stack must be for the worst.

use std::collections::BTreeSet;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// How deep a tree is at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Brackets, operators and blocks inside one another.
    pub levels: usize,
    /// Whether the parser goes no deeper should the program not parse.
    pub is_certain: bool,
}

/// What nests in one bracket, or outside of all.
struct Bracket {
    closed_by: TokenKind,
    /// Operators since the last comma: each may be one level deeper.
    chain: usize,
    /// Lambdas and yields, which take lists: a comma may be theirs, and what follows it inside of them.
    lists: usize,
}

impl Bracket {
    fn new(closed_by: TokenKind) -> Self {
        Self {
            closed_by,
            chain: 0,
            lists: 0,
        }
    }
}

/// How deep a program's syntax tree is at most. None where brackets do not match, or something is no token or no indentation:
/// it does not parse.
#[must_use]
pub fn depth(program: &str) -> Option<Depth> {
    let mut lexer = lexer::lex(program, Mode::Module);
    let mut here = Bracket::new(TokenKind::EndOfFile);
    let mut around: Vec<Bracket> = Vec::new();
    let (mut sum, mut most, mut is_certain) = (0, 0, true);
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile if around.is_empty() => break,
            TokenKind::EndOfFile | TokenKind::Unknown => return None,
            TokenKind::Newline | TokenKind::Semi => {
                if !around.is_empty() {
                    return None;
                }
                here = Bracket::new(TokenKind::EndOfFile);
                sum = 0;
            }
            TokenKind::Comma => sum -= std::mem::take(&mut here.chain),
            kind => {
                if let Some(closed_by) = closing(kind) {
                    is_certain &=
                        !matches!(closed_by, TokenKind::FStringEnd | TokenKind::TStringEnd);
                    around.push(std::mem::replace(&mut here, Bracket::new(closed_by)));
                    sum += 1;
                } else if closes(kind) {
                    if kind != here.closed_by {
                        return None;
                    }
                    sum -= 1 + here.chain + here.lists;
                    // A call or subscript is one level above what it is applied to.
                    here = around.pop()?;
                    here.chain += 1;
                    sum += 1;
                } else if matches!(kind, TokenKind::Lambda | TokenKind::Yield) {
                    here.lists += 1;
                    sum += 1;
                } else if deepens(kind) {
                    here.chain += 1;
                    sum += 1;
                }
            }
        }
        most = most.max(sum);
    }
    // The parser takes some of these for other tokens: an unclosed string for the end of the f-string around it.
    if !lexer.finish().is_empty() {
        return None;
    }
    // A block is a statement with a body: two levels.
    let levels = most + 2 * blocks(program);
    Some(Depth { levels, is_certain })
}

/// At least as many blocks as are inside one another: each begins with more space than the one around it.
fn blocks(program: &str) -> usize {
    let widths: BTreeSet<usize> = program
        .split(['\n', '\r'])
        .map(|line| {
            let rest = line.trim_start_matches([' ', '\t', '\x0c']);
            let space = &line[..line.len() - rest.len()];
            // A form feed begins the line anew.
            space.rsplit('\x0c').next().map_or(0, str::len)
        })
        .collect();
    widths.len()
}

/// What closes the bracket that a token opens.
fn closing(kind: TokenKind) -> Option<TokenKind> {
    match kind {
        TokenKind::Lpar => Some(TokenKind::Rpar),
        TokenKind::Lsqb => Some(TokenKind::Rsqb),
        TokenKind::Lbrace => Some(TokenKind::Rbrace),
        TokenKind::FStringStart => Some(TokenKind::FStringEnd),
        TokenKind::TStringStart => Some(TokenKind::TStringEnd),
        _ => None,
    }
}

fn closes(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd
    )
}

/// Whether a token may put the parser one level deeper. Names, literals and what only separates do not. `async` does where
/// it does not belong.
fn deepens(kind: TokenKind) -> bool {
    kind.is_operator() && kind != TokenKind::Colon
        || matches!(
            kind,
            TokenKind::And
                | TokenKind::Or
                | TokenKind::Not
                | TokenKind::If
                | TokenKind::Else
                | TokenKind::Async
                | TokenKind::Await
                | TokenKind::Is
                | TokenKind::In
        )
}

#[cfg(test)]
mod tests {
    use super::depth;

    /// More than anyone reads.
    const MANY: usize = 1000;

    #[test]
    fn what_nests_is_deep_and_what_is_long_is_not() {
        let blocks: String = (0..1000)
            .map(|n| format!("{}if x:\n", " ".repeat(n)))
            .collect();
        for deep in [
            "[".repeat(2000) + &"]".repeat(2000),
            "not ".repeat(2000) + "x",
            "x = ".to_owned() + &"1+".repeat(2000) + "1",
            "x = ".to_owned() + &"lambda a, b: ".repeat(2000) + "1",
            "x = ".to_owned() + &"a if b else ".repeat(2000) + "1",
            "x".to_owned() + &"()".repeat(2000),
            "x".to_owned() + &".a".repeat(2000),
            "x = ".to_owned() + &"1if 1else ".repeat(2000) + "1",
            "x = ".to_owned() + &"0xfor 1_0and ".repeat(2000) + "1",
            "x = ".to_owned() + &"''or".repeat(2000) + "''",
            "f'{".repeat(2000) + "x" + &"}'".repeat(2000),
            "async ".repeat(2000) + "x",
            "yield a, ".repeat(2000),
            "yield from a, ".repeat(2000),
            format!("(\n{blocks})"),
            blocks,
        ] {
            let found = depth(&deep).expect("brackets that match");
            assert!(found.levels > MANY, "{}", &deep[..40]);
        }
        for (flat, most) in [
            ("x = [".to_owned() + &"1 + 2, ".repeat(10_000) + "]", 8),
            ("x = {".to_owned() + &"'a': f(1), ".repeat(10_000) + "}", 8),
            ("x = 1; ".repeat(10_000), 8),
            ("if x:\n    y = -1\n".repeat(10_000), 8),
            ("x = ".to_owned() + &"'a' ".repeat(10_000), 8),
        ] {
            let found = depth(&flat).expect("brackets that match");
            assert!(found.levels <= most, "{}: {}", &flat[..16], found.levels);
        }
    }

    #[test]
    fn what_cannot_parse_has_no_depth() {
        for text in [
            "(",
            ")",
            "(]",
            "f(x],f(x],",
            "(;(;",
            "f'{",
            "f'{(}'",
            "f'{a'\n}(((('",
            "'",
            "0777",
            "if x:\n  y\n z",
        ] {
            assert!(depth(text).is_none(), "{text:?}");
        }
        assert!(depth("f(x)").is_some_and(|depth| depth.is_certain));
        assert!(depth("f'{x}'").is_some_and(|depth| !depth.is_certain));
    }
}
