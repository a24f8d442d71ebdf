//! A program as tokens, as far as programs are told apart by them.

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A new line with so much space before its first token.
    Line(usize),
    Name(String),
    /// Numbers, texts and signs.
    Other(String),
}

impl Token {
    pub(super) fn text(self) -> String {
        match self {
            Self::Line(_) => NEWLINE.to_owned(),
            Self::Name(text) | Self::Other(text) => text,
        }
    }
}

pub(super) const NEWLINE: &str = "\n";

/// Signs of more than one character that mean something else than their parts do.
const SIGNS: [&str; 22] = [
    "**=", "//=", "<<=", ">>=", "...", "==", "!=", "<=", ">=", ":=", "->", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "**", "//", "@=",
];

/// The tokens of a text, with the beginnings of its lines. PyMini writes the ends of lines as words. Elsewhere than in Python `#` begins
/// no comment: it is the length of a table in Lua, a directive in C.
pub(super) fn tokens(text: &str, is_python: bool) -> Vec<Token> {
    let mut found = Vec::new();
    let mut depth = 0;
    for line in text.lines() {
        let space = line.len() - line.trim_start().len();
        found.push(Token::Line(space));
        let mut rest = line.trim();
        while !rest.is_empty() {
            let taken = if let Some((step, words)) = pymini(rest) {
                depth += step;
                found.push(Token::Line(usize::try_from(depth).unwrap_or(0)));
                words
            } else if is_python && rest.starts_with('#') {
                rest.len()
            } else if rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let end = end.unwrap_or(rest.len());
                found.push(Token::Name(rest[..end].to_owned()));
                end
            } else {
                let (token, taken) = other(rest);
                found.extend(token);
                taken
            };
            rest = rest[taken..].trim_start();
        }
    }
    found
}

/// PyMini's words for the end of a line: how much deeper the next one is, and the word's length.
pub(super) fn pymini(rest: &str) -> Option<(i32, usize)> {
    [("<nl>", 0), ("<ind>", 1), ("<ded>", -1)]
        .into_iter()
        .find(|(word, _)| rest.starts_with(word))
        .map(|(word, step)| (step, word.len()))
}

/// A number, text or sign, and its length.
fn other(rest: &str) -> (Option<Token>, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_ascii_digit() {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.' && c != '_');
        let end = end.unwrap_or(rest.len());
        return (Some(Token::Other(rest[..end].to_owned())), end);
    }
    if first == '"' || first == '\'' {
        let (text, end) = quoted(rest, first);
        return (Some(Token::Other(format!("\"{text}"))), end);
    }
    if first == '\\' && rest.len() == 1 {
        // A line that goes on in the next.
        return (Some(Token::Other("\\".to_owned())), 1);
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    let end = sign.map_or(first.len_utf8(), |sign| sign.len());
    (Some(Token::Other(rest[..end].to_owned())), end)
}

/// What stands between quotes, as written, and the length with them; to the end of the line where they do not close.
pub(super) fn quoted(rest: &str, quote: char) -> (&str, usize) {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return (&rest[1..at], at + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    (&rest[1..], rest.len())
}
