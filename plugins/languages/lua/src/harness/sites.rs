//! Makes each assertion of a test program a test that is recorded and does not end the others.
//!
//! A statement `lu.assertEquals(f(1), 2)` becomes `_falcon_site(3, function() lu.assertEquals(f(1), 2) end)`
//! on the same lines, where it stands at the top level or in a test function itself. In other functions
//! assertions are left alone, since what they raise may be caught on purpose.

use std::ops::Range;

use super::lexer::{Kind, Token};

/// An assertion that is a test.
#[derive(Debug)]
pub(super) struct Site {
    /// Its own text, on one line.
    pub(super) name: String,
    pub(super) line: u32,
}

/// A test program whose assertions are recorded.
#[derive(Debug)]
pub(super) struct Instrumented {
    pub(super) source: String,
    pub(super) sites: Vec<Site>,
    /// Whether it asserts anything, be it in a function.
    pub(super) asserts: bool,
}

/// Instruments a test program, whose `entry` function is a test function too.
pub(super) fn instrument(source: &str, tokens: &[Token<'_>], entry: &str) -> Instrumented {
    let mut made = Instrumented {
        source: String::with_capacity(source.len() * 2),
        sites: Vec::new(),
        asserts: false,
    };
    let (mut blocks, mut at, mut copied) = (Blocks::default(), 0, 0);
    while at < tokens.len() {
        let statement = assertion(tokens, at);
        made.asserts |= statement.is_some();
        match statement.filter(|_| blocks.are_tests() && begins_statement(tokens, at)) {
            Some(statement) if !statement.varies(tokens) => {
                made.source.push_str(&source[copied..tokens[at].start]);
                made.add(source, tokens, &statement);
                copied = tokens[statement.tokens.end - 1].end();
                at = statement.tokens.end;
            }
            _ => {
                blocks.pass(tokens, at, entry);
                at += 1;
            }
        }
    }
    made.source.push_str(&source[copied..]);
    made
}

impl Instrumented {
    fn add(&mut self, source: &str, tokens: &[Token<'_>], statement: &Statement) {
        let first = &tokens[statement.tokens.start];
        self.sites.push(Site {
            name: name_of(source, first),
            line: first.line,
        });
        let last = tokens[statement.tokens.end - 1].end();
        self.source
            .push_str(&format!("_falcon_site({}, function() ", self.sites.len()));
        match statement.equality(tokens) {
            Some((left, middle, right)) => {
                self.source.push_str(&source[first.start..left]);
                self.source.push_str("_falcon_same(");
                self.source.push_str(&source[left..middle.start]);
                self.source.push(',');
                self.source.push_str(&source[middle.end..right]);
                self.source.push(')');
                self.source.push_str(&source[right..last]);
            }
            None => self.source.push_str(&source[first.start..last]),
        }
        self.source.push_str(" end)");
    }
}

fn name_of(source: &str, first: &Token<'_>) -> String {
    let text = source[first.start..]
        .lines()
        .next()
        .unwrap_or_default()
        .trim();
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The blocks that are open, innermost last.
#[derive(Default)]
struct Blocks(Vec<Block>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Test,
    Function,
    Other,
}

impl Blocks {
    /// Whether assertions here are tests: at the top level, or in a test function itself.
    fn are_tests(&self) -> bool {
        let functions = self.0.iter().filter(|block| **block != Block::Other);
        functions.clone().count() == 0 || functions.eq([&Block::Test])
    }

    fn pass(&mut self, tokens: &[Token<'_>], at: usize, entry: &str) {
        if tokens[at].kind != Kind::Word {
            return;
        }
        match tokens[at].text {
            "function" if is_test(tokens, at, entry) => self.0.push(Block::Test),
            "function" => self.0.push(Block::Function),
            // The block of `for` and `while` begins with their `do`.
            "do" | "if" | "repeat" => self.0.push(Block::Other),
            "end" | "until" => {
                self.0.pop();
            }
            _ => {}
        }
    }
}

/// Whether the function that begins here is one that the runner, or the host, calls as a test.
fn is_test(tokens: &[Token<'_>], at: usize, entry: &str) -> bool {
    let mut name = at + 1;
    if !tokens.get(name).is_some_and(Token::is_name) {
        // name = function
        if at < 2 || tokens[at - 1].text != "=" {
            return false;
        }
        name = at - 2;
    }
    while matches!(
        tokens.get(name + 1).map(|token| token.text),
        Some("." | ":")
    ) {
        name += 2;
    }
    let Some(name) = tokens.get(name).map(|token| token.text) else {
        return false;
    };
    let begins = name
        .get(..4)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("test"));
    begins || (name == entry && !entry.is_empty())
}

/// Whether a statement may begin with this name, by the token before it.
fn begins_statement(tokens: &[Token<'_>], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else {
        return true;
    };
    let words = [
        "end", "do", "then", "else", "repeat", "nil", "true", "false", "break",
    ];
    match before.kind {
        Kind::Literal => true,
        Kind::Word => before.is_name() || words.contains(&before.text),
        Kind::Symbol => [";", ")", "]", "}", "...", "::"].contains(&before.text),
    }
}

/// A call of an assertion.
struct Statement {
    tokens: Range<usize>,
    /// The tokens between the parentheses, of `assert` alone.
    arguments: Option<Range<usize>>,
}

/// The call of an assertion that begins with this name.
fn assertion(tokens: &[Token<'_>], at: usize) -> Option<Statement> {
    let text = |at: usize| tokens.get(at).map(|token| token.text);
    let after = at.checked_sub(1).and_then(text);
    if !tokens[at].is_name() || matches!(after, Some("." | ":" | "function" | "local")) {
        return None;
    }
    let mut last = at;
    while matches!(text(last + 1), Some("." | ":"))
        && tokens.get(last + 2).is_some_and(Token::is_name)
    {
        last += 2;
    }
    let name = tokens[last].text;
    let of_module = last > at && ["fail", "failIf"].contains(&name);
    if !name.starts_with("assert") && !of_module {
        return None;
    }
    let mut end = last + 1;
    let arguments = arguments_end(tokens, end)?;
    let inner = (name == "assert" && last == at && text(end) == Some("("))
        .then_some(end + 1..arguments - 1);
    end = arguments;
    loop {
        end = match (text(end), arguments_end(tokens, end)) {
            (_, Some(further)) => further,
            (Some("." | ":"), None) => end + 2,
            (Some("["), None) => matching(tokens, end)?,
            _ => break,
        };
    }
    Some(Statement {
        tokens: at..end.min(tokens.len()),
        arguments: inner,
    })
}

/// The token after the arguments of a call, where they begin here.
fn arguments_end(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let token = tokens.get(at)?;
    let is_text = token.kind == Kind::Literal && token.text.starts_with(['"', '\'', '[']);
    match token.text {
        "(" | "{" => matching(tokens, at),
        _ if is_text => Some(at + 1),
        _ => None,
    }
}

/// The token after the bracket that closes the one here.
fn matching(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (number, token) in tokens.iter().enumerate().skip(at) {
        if token.kind == Kind::Symbol {
            depth = nested(depth, token.text)?;
            if depth == 0 {
                return Some(number + 1);
            }
        }
    }
    None
}

fn nested(depth: usize, symbol: &str) -> Option<usize> {
    match symbol {
        "(" | "[" | "{" => Some(depth + 1),
        ")" | "]" | "}" => depth.checked_sub(1),
        _ => Some(depth),
    }
}

impl Statement {
    /// Whether it uses the `...` of the function that it is in, which no function inside can.
    fn varies(&self, tokens: &[Token<'_>]) -> bool {
        tokens[self.tokens.clone()]
            .iter()
            .any(|token| token.text == "...")
    }

    /// Of `assert(a == b)`: where `a` begins, where `==` is, and where `b` ends.
    fn equality(&self, tokens: &[Token<'_>]) -> Option<(usize, Range<usize>, usize)> {
        let arguments = &tokens[self.arguments.clone()?];
        let (mut depth, mut found, mut end) = (0, None, arguments.len());
        for (at, token) in arguments.iter().enumerate() {
            match token.text {
                "function" => return None,
                "and" | "or" | "~=" | "<" | ">" | "<=" | ">=" if depth == 0 => return None,
                "==" if depth == 0 && found.replace(at).is_some() => return None,
                "," if depth == 0 => {
                    end = at;
                    break;
                }
                _ if token.kind == Kind::Symbol => depth = nested(depth, token.text)?,
                _ => {}
            }
        }
        let found = found.filter(|at| *at > 0 && at + 1 < end)?;
        let equals = &arguments[found];
        Some((
            arguments[0].start,
            equals.start..equals.end(),
            arguments[end - 1].end(),
        ))
    }
}
