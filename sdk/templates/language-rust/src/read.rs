//! From text to what is evaluated: `(name argument ...)`, numbers, texts in quotes; `;` begins a comment.

use std::rc::Rc;

use crate::{stop::Place, value::Value};

/// Deeper than any program that a person writes.
const DEEPEST: usize = 100;

/// A piece of a program.
#[derive(Debug)]
pub struct Node {
    pub at: Place,
    pub kind: Kind,
}

pub enum Kind {
    Value(Value),
    Name(Rc<str>),
    List(Rc<[Node]>),
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Name(name) => f.write_str(name),
            Self::List(nodes) => nodes.fmt(f),
        }
    }
}

/// What does not compile, and where.
pub type SyntaxError = (String, Place);

/// A program's expressions.
pub fn read(source: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut reader = Reader {
        rest: source.chars().peekable(),
        at: Place { line: 1, column: 1 },
    };
    let mut nodes = Vec::new();
    while let Some(node) = reader.node(0)? {
        nodes.push(node);
    }
    match reader.rest.peek() {
        Some(_) => Err(("a ) that closes nothing".to_owned(), reader.at)),
        None => Ok(nodes),
    }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    at: Place,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        self.at = match next {
            '\n' => Place {
                line: self.at.line + 1,
                column: 1,
            },
            _ => Place {
                column: self.at.column + 1,
                ..self.at
            },
        };
        Some(next)
    }

    fn skip(&mut self) {
        while let Some(&next) = self.rest.peek() {
            if next == ';' {
                while self.rest.peek().is_some_and(|next| *next != '\n') {
                    self.next();
                }
            } else if next.is_whitespace() {
                self.next();
            } else {
                return;
            }
        }
    }

    /// The next expression; none at the end, or before a bracket that closes.
    fn node(&mut self, depth: usize) -> Result<Option<Node>, SyntaxError> {
        self.skip();
        let at = self.at;
        if depth > DEEPEST {
            return Err((format!("brackets deeper than {DEEPEST}"), at));
        }
        let kind = match self.rest.peek() {
            None | Some(')') => return Ok(None),
            Some('(') => {
                self.next();
                let mut nodes = Vec::new();
                while let Some(node) = self.node(depth + 1)? {
                    nodes.push(node);
                }
                if self.next().is_none() {
                    return Err(("a ( that nothing closes".to_owned(), at));
                }
                Kind::List(nodes.into())
            }
            Some('"') => Kind::Value(Value::text(&self.text(at)?)),
            Some(_) => self.word(),
        };
        Ok(Some(Node { at, kind }))
    }

    fn text(&mut self, at: Place) -> Result<String, SyntaxError> {
        self.next();
        let mut text = String::new();
        loop {
            let here = self.at;
            match self.next() {
                None => return Err(("a \" that nothing closes".to_owned(), at)),
                Some('"') => return Ok(text),
                Some('\\') => text.push(match self.next() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some('0') => '\0',
                    Some(same @ ('"' | '\\')) => same,
                    _ => return Err(("\\ is followed by n, r, t, 0, \" or \\".to_owned(), here)),
                }),
                Some(letter) => text.push(letter),
            }
        }
    }

    fn word(&mut self) -> Kind {
        let mut word = String::new();
        while let Some(&next) = self.rest.peek() {
            if next.is_whitespace() || matches!(next, '(' | ')' | '"' | ';') {
                break;
            }
            word.push(next);
            self.next();
        }
        match &*word {
            "none" => Kind::Value(Value::None),
            "true" => Kind::Value(Value::Bool(true)),
            "false" => Kind::Value(Value::Bool(false)),
            _ => number(&word).map_or_else(|| Kind::Name(word.into()), Kind::Value),
        }
    }
}

/// The number that a word is.
pub fn number(word: &str) -> Option<Value> {
    let digits = word.trim_start_matches('-');
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let int = word.parse().map(Value::Int);
    int.or_else(|_| word.parse().map(Value::Float)).ok()
}
