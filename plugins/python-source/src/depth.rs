//! An upper bound of how deep a program's syntax tree is, from its tokens alone: the parser and every
//! walk over the tree recurse as deep as that, and a sandbox's stack is small.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// Most levels of brackets, operators and blocks inside one another. CPython refuses 100 blocks and 200
/// brackets; a sum of hundreds of terms is as deep as it is long.
pub const MAX_DEPTH: u32 = 300;

/// What nests in one bracket, or outside of all.
#[derive(Clone, Copy, Default)]
struct Bracket {
    /// Operators since the last comma: each may be one level deeper.
    chain: u32,
    /// Lambdas and yields, which take lists: a comma may be theirs, and what follows it inside of them.
    lists: u32,
}

/// Whether the program's tree cannot be deeper than the limit.
pub(crate) fn is_bounded(program: &str) -> bool {
    // Most programs are too short to be deep, and reading the tokens takes a good part of what parsing takes.
    at_most(program) <= MAX_DEPTH as usize || is_bounded_by_tokens(program)
}

/// At least as many levels as the tokens can come to: one for each place where a token may begin, and two for each line,
/// which may begin a block.
fn at_most(program: &str) -> usize {
    let mut levels = 2;
    let mut in_word = false;
    for byte in program.bytes() {
        let letter = byte.is_ascii_alphabetic() || byte == b'_';
        levels += match byte {
            b'\n' | b'\r' => 2,
            b' ' | b'\t' => 0,
            // A name or keyword is one token. In `1if` are two, but the number makes nothing deeper.
            _ if in_word && (letter || byte.is_ascii_digit()) => 0,
            _ => 1,
        };
        in_word = letter || in_word && byte.is_ascii_digit();
    }
    levels
}

fn is_bounded_by_tokens(program: &str) -> bool {
    let mut lexer = lexer::lex(program, Mode::Module);
    let mut blocks = 0_u32;
    let mut outer = vec![Bracket::default()];
    let mut sum = 0_u32;
    loop {
        let here = outer.len() - 1;
        match lexer.next_token() {
            TokenKind::EndOfFile => return true,
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Newline | TokenKind::Semi => {
                outer.truncate(1);
                outer[0] = Bracket::default();
                sum = 0;
            }
            TokenKind::Comma => {
                sum -= outer[here].chain;
                outer[here].chain = 0;
            }
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                outer.push(Bracket::default());
                sum += 1;
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if here > 0 {
                    let closed = outer[here];
                    outer.pop();
                    sum -= 1 + closed.chain + closed.lists;
                }
                // A call or subscript is one level above what it is applied to.
                let last = outer.len() - 1;
                outer[last].chain += 1;
                sum += 1;
            }
            TokenKind::Lambda | TokenKind::Yield => {
                outer[here].lists += 1;
                sum += 1;
            }
            kind if deepens(kind) => {
                outer[here].chain += 1;
                sum += 1;
            }
            _ => {}
        }
        // A block is a statement with a body: two levels.
        if sum + 2 * blocks > MAX_DEPTH {
            return false;
        }
    }
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
    use super::{at_most, is_bounded};

    #[test]
    fn what_nests_is_bounded_and_what_is_long_is_not() {
        let blocks: String = (0..400)
            .map(|n| format!("{}if x:\n", " ".repeat(n)))
            .collect();
        for deep in [
            "(".repeat(1000),
            "[".repeat(400) + &"]".repeat(400),
            "not ".repeat(400) + "x",
            "x = ".to_owned() + &"-".repeat(400) + "1",
            "x = ".to_owned() + &"1+".repeat(400) + "1",
            "x = ".to_owned() + &"lambda a, b: ".repeat(400) + "1",
            "x = ".to_owned() + &"a if b else ".repeat(400) + "1",
            "x".to_owned() + &".a".repeat(400),
            "x".to_owned() + &"()".repeat(400),
            "x = ".to_owned() + &"1if 1else ".repeat(400) + "1",
            "x = ".to_owned() + &"0xfor 1_0and ".repeat(400) + "1",
            "x = ".to_owned() + &"''or".repeat(400) + "''",
            "f'{".repeat(400) + "x" + &"}'".repeat(400),
            "async ".repeat(400) + "x",
            "yield a, ".repeat(400),
            "yield from a, ".repeat(400),
            blocks,
        ] {
            assert!(!is_bounded(&deep), "{}", &deep[..40]);
        }
        // Most programs are told from their bytes alone.
        assert_eq!(at_most("def f(x_1):\n    return x_1 + 1\n"), 16);
        for flat in [
            "x = [".to_owned() + &"1 + 2, ".repeat(10_000) + "]",
            "x = {".to_owned() + &"'a': f(1), ".repeat(10_000) + "}",
            "x = 1; ".repeat(10_000),
            "if x:\n    y = -1\n".repeat(10_000),
            "s = 'a'".to_owned() + &" 'b'".repeat(10_000),
            ")".repeat(200),
        ] {
            assert!(is_bounded(&flat), "{}", &flat[..40]);
        }
    }
}
