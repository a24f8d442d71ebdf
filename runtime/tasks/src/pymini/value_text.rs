use falcon_episode::Value;

use super::{
    token::TokenId,
    vocabulary::{Vocabulary, vocabulary},
};

/// Tokens that one value may take in a prompt; a longer one ends in [`TokenId::ODD`].
pub(crate) const MAX_VALUE: usize = 20;

/// Writes a value: `[ 3 -1 4 ]`, `' a b '`, `7`. What the vocabulary lacks is
/// [`TokenId::BIG`] or [`TokenId::ODD`].
#[must_use]
pub fn value_tokens(value: &Value) -> Vec<TokenId> {
    let mut writer = Writer::new();
    writer.value(value, 0);
    writer.finish()
}

/// Writes a value that Python printed (its `repr`) in the same form as [`value_tokens`].
#[must_use]
pub fn repr_tokens(repr: &str) -> Vec<TokenId> {
    let mut writer = Writer::new();
    let mut rest = repr.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '[' | ']' | '(' | ')' => {
                writer.spelled(&rest[..1]);
                1
            }
            '\'' | '"' => writer.quoted(rest, first),
            '-' | '0'..='9' => writer.number(rest),
            ',' | ' ' | '\n' => 1,
            _ if first.is_alphabetic() || first == '_' => writer.name(rest),
            _ => {
                writer.push(TokenId::ODD);
                first.len_utf8()
            }
        };
        rest = &rest[length..];
        if writer.full() {
            break;
        }
    }
    writer.finish()
}

/// Reads one whole value back from tokens; nothing where they are not exactly one value.
#[must_use]
pub fn read_value(tokens: &[TokenId]) -> Option<Value> {
    let mut at = 0;
    let value = read(tokens, &mut at, 0)?;
    (at == tokens.len()).then_some(value)
}

fn read(tokens: &[TokenId], at: &mut usize, depth: usize) -> Option<Value> {
    let table = vocabulary();
    let token = *tokens.get(*at)?;
    *at += 1;
    if let Some(n) = table.as_integer(token) {
        return Some(Value::Int(n));
    }
    match table.spelling(token) {
        "None" => Some(Value::None),
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        "'" => read_text(table, tokens, at),
        open @ ("[" | "(") if depth < MAX_VALUE => {
            let close = table.id(if open == "[" { "]" } else { ")" })?;
            let mut items = Vec::new();
            while *tokens.get(*at)? != close {
                items.push(read(tokens, at, depth + 1)?);
            }
            *at += 1;
            Some(if open == "[" {
                Value::List(items)
            } else {
                Value::Tuple(items)
            })
        }
        _ => None,
    }
}

fn read_text(table: &Vocabulary, tokens: &[TokenId], at: &mut usize) -> Option<Value> {
    let mut text = Vec::new();
    loop {
        let token = *tokens.get(*at)?;
        *at += 1;
        match (table.as_letter(token), table.as_integer(token)) {
            (Some(letter), _) => text.push(letter),
            (_, Some(digit @ 0..=9)) => text.extend(digit.to_string().bytes()),
            _ if table.spelling(token) == "'" => return Some(Value::Str(text)),
            _ => return None,
        }
    }
}

struct Writer {
    table: &'static Vocabulary,
    tokens: Vec<TokenId>,
}

impl Writer {
    fn new() -> Self {
        Self {
            table: vocabulary(),
            tokens: Vec::with_capacity(8),
        }
    }

    fn push(&mut self, token: TokenId) {
        if !self.full() {
            self.tokens.push(token);
        }
    }

    fn spelled(&mut self, spelling: &str) {
        self.push(self.table.id(spelling).unwrap_or(TokenId::ODD));
    }

    /// One token over the limit says that something was cut.
    fn full(&self) -> bool {
        self.tokens.len() > MAX_VALUE
    }

    fn finish(mut self) -> Vec<TokenId> {
        if self.full() {
            self.tokens.truncate(MAX_VALUE - 1);
            self.tokens.push(TokenId::ODD);
        }
        if self.tokens.is_empty() {
            self.tokens.push(TokenId::ODD);
        }
        self.tokens
    }

    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::None => self.spelled("None"),
            Value::Bool(true) => self.spelled("True"),
            Value::Bool(false) => self.spelled("False"),
            Value::Int(n) => self.push(self.table.integer(*n)),
            Value::BigInt(_) => self.push(TokenId::BIG),
            Value::Str(text) => self.text(text),
            Value::List(items) if depth < MAX_VALUE => self.items("[", items, "]", depth),
            Value::Tuple(items) if depth < MAX_VALUE => self.items("(", items, ")", depth),
            _ => self.push(TokenId::ODD),
        }
    }

    fn items(&mut self, open: &str, items: &[Value], close: &str, depth: usize) {
        self.spelled(open);
        for item in items.iter().take(MAX_VALUE) {
            self.value(item, depth + 1);
        }
        self.spelled(close);
    }

    fn text(&mut self, text: &[u8]) {
        self.spelled("'");
        for &byte in text.iter().take(MAX_VALUE) {
            self.character(byte);
        }
        self.spelled("'");
    }

    fn character(&mut self, byte: u8) {
        let token = match byte {
            b'0'..=b'9' => self.table.integer(i64::from(byte - b'0')),
            _ => self.table.letter(byte),
        };
        self.push(token);
    }

    /// A quoted string of a `repr`; returns its length in bytes.
    fn quoted(&mut self, text: &str, quote: char) -> usize {
        self.spelled("'");
        let mut escaped = false;
        for (i, c) in text.char_indices().skip(1) {
            match c {
                _ if escaped => {
                    self.push(TokenId::ODD);
                    escaped = false;
                }
                '\\' => escaped = true,
                _ if c == quote => {
                    self.spelled("'");
                    return i + 1;
                }
                _ => self.character(u8::try_from(c).unwrap_or(0)),
            }
        }
        text.len()
    }

    /// A number of a `repr`; returns its length in bytes.
    fn number(&mut self, text: &str) -> usize {
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
        let length = text.find(|c| !inside(c)).unwrap_or(text.len());
        let literal = &text[..length];
        let digits = literal.strip_prefix('-').unwrap_or(literal);
        let token = match literal.parse() {
            Ok(n) => self.table.integer(n),
            Err(_) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                TokenId::BIG
            }
            Err(_) => TokenId::ODD,
        };
        self.push(token);
        length
    }

    /// A name of a `repr`; returns its length in bytes.
    fn name(&mut self, text: &str) -> usize {
        let length = text
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        match &text[..length] {
            constant @ ("None" | "True" | "False") => self.spelled(constant),
            _ => self.push(TokenId::ODD),
        }
        length
    }
}
