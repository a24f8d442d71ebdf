//! The tokens of a Lua source: enough of the language to find statements in it.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a reserved word.
    Word,
    /// A string or a number.
    Literal,
    /// Anything else.
    Symbol,
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Of its first byte.
    pub(super) start: usize,
    /// From 1.
    pub(super) line: u32,
}

impl Token<'_> {
    /// The byte after its last.
    pub(super) const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is a name, and no reserved word.
    pub(super) fn is_name(&self) -> bool {
        self.kind == Kind::Word && !RESERVED.contains(&self.text)
    }
}

const RESERVED: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// Longest first.
const SYMBOLS: [&str; 11] = [
    "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>", "->",
];

/// The tokens of a source. What is no Lua gives some tokens, and the compiler says what is wrong.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line) = (first_line_of_shell(source), 1);
    while at < source.len() {
        let rest = &source[at..];
        let (kind, length) = next(rest);
        if let Some(kind) = kind {
            let text = &rest[..length];
            found.push(Token {
                kind,
                text,
                start: at,
                line,
            });
        }
        let newlines = rest[..length].bytes().filter(|byte| *byte == b'\n').count();
        line += u32::try_from(newlines).unwrap_or(0);
        at += length;
    }
    found
}

/// Where a first line for the system's shell ends, which is not Lua.
fn first_line_of_shell(source: &str) -> usize {
    if source.starts_with('#') {
        return source.find('\n').unwrap_or(source.len());
    }
    0
}

/// The kind and length of what comes next; no kind for white space and comments.
fn next(rest: &str) -> (Option<Kind>, usize) {
    let first = rest.chars().next().unwrap_or_default();
    let run = |of: fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
    if first.is_whitespace() {
        return (None, run(char::is_whitespace));
    }
    if let Some(comment) = rest.strip_prefix("--") {
        let length =
            long_bracket(comment).unwrap_or_else(|| comment.find('\n').unwrap_or(comment.len()));
        return (None, length + 2);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        return (Some(Kind::Word), run(is_word));
    }
    let number = rest.strip_prefix('.').unwrap_or(rest);
    if number.starts_with(|c: char| c.is_ascii_digit()) {
        return (Some(Kind::Literal), number_length(rest));
    }
    if first == '"' || first == '\'' {
        return (Some(Kind::Literal), quoted(rest, first));
    }
    if let Some(length) = long_bracket(rest) {
        return (Some(Kind::Literal), length);
    }
    let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
    (
        Some(Kind::Symbol),
        symbol.map_or(first.len_utf8(), |symbol| symbol.len()),
    )
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A numeral: what may be one, with the sign of an exponent.
fn number_length(rest: &str) -> usize {
    let hex = rest.starts_with("0x") || rest.starts_with("0X");
    let mut before = ' ';
    rest.find(|c: char| {
        let exponent = if hex { ['p', 'P'] } else { ['e', 'E'] };
        let sign = matches!(c, '+' | '-') && exponent.contains(&before);
        before = c;
        !(is_word(c) || c == '.' || sign)
    })
    .unwrap_or(rest.len())
}

/// A string in quotes, to its end or that of its line.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + 1;
        } else if c == '\n' {
            return at;
        }
    }
    rest.len()
}

/// The length of a long string or the rest of a long comment, `[==[ … ]==]`, where one begins here.
fn long_bracket(rest: &str) -> Option<usize> {
    let level = rest.strip_prefix('[')?.find(|c| c != '=')?;
    let body = rest.get(level + 1..)?.strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    let open = level + 2;
    Some(
        body.find(&close)
            .map_or(rest.len(), |end| open + end + close.len()),
    )
}
