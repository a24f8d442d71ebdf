//! The tokens of a script, as far as finding its statements needs them.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or keyword.
    Word,
    /// A number, text, template or regular expression.
    Literal,
    /// One character of punctuation.
    Mark(u8),
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: u32,
    /// Whether a line ends between the token before and this one.
    pub(super) after_newline: bool,
}

/// Words after which an expression starts, so that a slash opens a regular expression.
const OPERATORS: [&str; 14] = [
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
    "new",
    "else",
    "do",
    "instanceof",
    "yield",
    "await",
];

/// Whether a word is one that an expression goes on after.
pub(super) fn is_operator(word: &str) -> bool {
    OPERATORS.contains(&word)
}

/// The tokens of a script.
pub(super) fn tokens(source: &str) -> Vec<Placed> {
    let mut scanner = Scanner {
        source,
        bytes: source.as_bytes(),
        at: 0,
        line: 1,
        newline: false,
        found: Vec::new(),
    };
    while scanner.next() {}
    scanner.found
}

struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    newline: bool,
    found: Vec<Placed>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Reads one token, or what stands between tokens. False at the end.
    fn next(&mut self) -> bool {
        let (start, line) = (self.at, self.line);
        let token = match (self.peek(0), self.peek(1)) {
            (0, _) if self.at >= self.bytes.len() => return false,
            (b'\n', _) => {
                self.line += 1;
                self.at += 1;
                self.newline = true;
                return true;
            }
            (b' ' | b'\t' | b'\r', _) => {
                self.at += 1;
                return true;
            }
            (b'/', b'/') => {
                self.until(b"\n");
                return true;
            }
            (b'/', b'*') => {
                self.at += 2;
                self.until(b"*/");
                self.at = (self.at + 2).min(self.bytes.len());
                return true;
            }
            (quote @ (b'"' | b'\''), _) => self.text(quote),
            (b'`', _) => self.template(),
            (b'/', _) if self.expects_expression() => self.expression(),
            (b'0'..=b'9', _) | (b'.', b'0'..=b'9') => {
                self.word();
                Token::Literal
            }
            (one, _) if is_word(one) => {
                self.word();
                Token::Word
            }
            (mark, _) => {
                self.at += 1;
                Token::Mark(mark)
            }
        };
        let after_newline = std::mem::take(&mut self.newline);
        let end = self.at;
        self.found.push(Placed {
            token,
            start,
            end,
            line,
            after_newline,
        });
        true
    }

    fn until(&mut self, end: &[u8]) {
        while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(end) {
            if self.bytes[self.at] == b'\n' {
                self.line += 1;
                self.newline = true;
            }
            self.at += 1;
        }
    }

    fn word(&mut self) {
        while is_word(self.peek(0)) || (self.peek(0) == b'.' && self.peek(1).is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn text(&mut self, quote: u8) -> Token {
        self.at += 1;
        while self.at < self.bytes.len() && self.peek(0) != quote && self.peek(0) != b'\n' {
            self.at += if self.peek(0) == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.bytes.len());
        Token::Literal
    }

    /// A template with all that is nested in it.
    fn template(&mut self) -> Token {
        self.at += 1;
        while self.at < self.bytes.len() && self.peek(0) != b'`' {
            match (self.peek(0), self.peek(1)) {
                (b'\\', _) => self.at += 2,
                (b'$', b'{') => {
                    self.at += 2;
                    self.nested();
                }
                (one, _) => {
                    self.line += u32::from(one == b'\n');
                    self.at += 1;
                }
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
        Token::Literal
    }

    /// The tokens up to the brace that closes a part of a template; they are none of the script's own.
    fn nested(&mut self) {
        let kept = self.found.len();
        let mut seen = kept;
        let mut depth = 1;
        while depth > 0 && self.next() {
            for one in &self.found[seen..] {
                match one.token {
                    Token::Mark(b'{') => depth += 1,
                    Token::Mark(b'}') => depth -= 1,
                    _ => {}
                }
            }
            seen = self.found.len();
        }
        self.found.truncate(kept);
    }

    fn expression(&mut self) -> Token {
        let mut in_class = false;
        self.at += 1;
        while self.at < self.bytes.len() && self.peek(0) != b'\n' {
            match self.peek(0) {
                b'\\' => self.at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at = (self.at + 1).min(self.bytes.len());
        self.word();
        Token::Literal
    }

    /// Whether a slash here opens a regular expression rather than divides.
    fn expects_expression(&self) -> bool {
        let Some(last) = self.found.last() else {
            return true;
        };
        match last.token {
            Token::Word => is_operator(&self.source[last.start..last.end]),
            Token::Literal | Token::Mark(b')' | b']') => false,
            Token::Mark(b'}') => self.newline,
            Token::Mark(_) => true,
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
}
