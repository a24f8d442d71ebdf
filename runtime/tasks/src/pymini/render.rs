use std::ops::Range;

use super::{
    token::TokenId,
    vocabulary::{Role, vocabulary},
};

/// A rendered program, with the place of every body token in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Python source.
    pub text: String,
    /// Byte range of each body token in the text; empty for line breaks.
    pub spans: Vec<Range<u32>>,
    /// Line of each body token, 1-based; the `def` line is 1. A line break belongs to the line it ends.
    pub lines: Vec<u32>,
}

/// Renders the body of `def f(x):`, up to the first [`TokenId::EOS`]. Any sequence has a text;
/// what is no Python becomes a word with `$`, which no Python compiler accepts.
pub(crate) fn render(body: &[TokenId]) -> Program {
    let mut page = Page::new("def f(x):");
    for &token in body.iter().take_while(|&&token| token != TokenId::EOS) {
        page.token(token);
    }
    page.text.push('\n');
    Program {
        text: page.text,
        spans: page.spans,
        lines: page.lines,
    }
}

/// The text of the program `def f(x):` with this body, for whatever task; see [`Task::program`](crate::Task::program).
#[must_use]
pub fn program_text(body: &[TokenId]) -> String {
    render(body).text
}

/// What the next token's spacing depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The line is still empty.
    Start,
    /// Opening bracket, or an operator that clings to what follows.
    Tight,
    /// A name, number, string or closing bracket: a value ends here.
    Operand,
    /// A keyword or operator: a value is expected.
    Operator,
}

struct Page {
    text: String,
    spans: Vec<Range<u32>>,
    lines: Vec<u32>,
    line: u32,
    depth: usize,
    last: Last,
    /// Open brackets, innermost last.
    open: Vec<u8>,
    quoted: bool,
    broken: bool,
}

/// Deeper blocks than any program needs are not indented further, so that text stays linear in tokens.
const DEEPEST: usize = 16;

impl Page {
    fn new(head: &str) -> Self {
        Self {
            text: head.to_owned(),
            spans: Vec::with_capacity(64),
            lines: Vec::with_capacity(64),
            line: 1,
            depth: 1,
            last: Last::Start,
            open: Vec::new(),
            quoted: false,
            broken: true,
        }
    }

    fn token(&mut self, token: TokenId) {
        match token {
            TokenId::NL => self.break_line(self.depth),
            TokenId::IND => self.break_line((self.depth + 1).min(DEEPEST)),
            TokenId::DED => self.break_line((self.depth - 1).max(1)),
            _ => self.word(token),
        }
    }

    /// Breaks are lazy: several in a row make one.
    fn break_line(&mut self, depth: usize) {
        let end = position(self.text.len());
        self.spans.push(end..end);
        self.lines.push(self.line);
        (self.depth, self.broken, self.quoted) = (depth, true, false);
        self.open.clear();
    }

    fn word(&mut self, token: TokenId) {
        if self.broken {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.line += 1;
            (self.broken, self.last) = (false, Last::Start);
        }
        let table = vocabulary();
        let spelling = table.spelling(token);
        if self.quoted {
            let end = if spelling == "'" {
                Last::Operand
            } else {
                self.last
            };
            self.quoted = spelling != "'";
            let other = table.role(token) == Role::Other;
            return self.put(false, if other { "$" } else { "" }, trim(spelling), end);
        }
        match table.role(token) {
            Role::Integer | Role::Letter => self.put(self.gap(), "", spelling, Last::Operand),
            Role::Other => self.put(self.gap(), "$", trim(spelling), Last::Operand),
            Role::Python => self.python(spelling),
        }
    }

    fn gap(&self) -> bool {
        matches!(self.last, Last::Operand | Last::Operator)
    }

    fn python(&mut self, spelling: &str) {
        let inner = self.open.last().copied();
        let after_operand = self.last == Last::Operand;
        let (gap, last) = match spelling {
            "(" | "[" => {
                self.open.push(spelling.as_bytes()[0]);
                (self.last == Last::Operator, Last::Tight)
            }
            ")" | "]" => {
                self.open.pop();
                (false, Last::Operand)
            }
            "," => (false, Last::Operator),
            ":" if inner == Some(b'[') => (false, Last::Tight),
            ":" => (false, Last::Operator),
            "=" if inner == Some(b'(') => (false, Last::Tight),
            "-" | "+" if !after_operand => (self.gap(), Last::Tight),
            "'" => {
                self.quoted = true;
                (self.gap(), self.last)
            }
            _ if spelling.starts_with('.') => (self.last == Last::Operator, Last::Operand),
            "return" | "for" | "in" | "if" | "else" | "not" | "and" | "or" | "lambda" | "="
            | "+" | "-" | "*" | "**" | "%" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "+=" => {
                // `=` after `=` must not become `==`, nor after `:` a walrus.
                let merges = self.text.ends_with(['=', ':', '+', '-']);
                (self.gap() || merges, Last::Operator)
            }
            _ => (self.gap(), Last::Operand),
        };
        self.put(gap, "", spelling, last);
    }

    fn put(&mut self, gap: bool, mark: &str, spelling: &str, last: Last) {
        if gap {
            self.text.push(' ');
        }
        let start = position(self.text.len());
        self.text.push_str(mark);
        self.text.push_str(spelling);
        self.spans.push(start..position(self.text.len()));
        self.lines.push(self.line);
        self.last = last;
    }
}

fn trim(spelling: &str) -> &str {
    spelling.trim_start_matches('<').trim_end_matches('>')
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a program has a few kilobytes"
)]
fn position(n: usize) -> u32 {
    n as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_as_people_write_it() {
        let table = [
            (
                "x = [ v for v in x if v > -2 ] <nl> return x",
                "    x = [v for v in x if v > -2]\n    return x\n",
            ),
            (
                "x = x [ : : -1 ] <nl> x = x [ 2 : ]",
                "    x = x[::-1]\n    x = x[2:]\n",
            ),
            (
                "x = sorted ( x , reverse = True )",
                "    x = sorted(x, reverse=True)\n",
            ),
            (
                "x = list ( map ( lambda v : - v , x ) )",
                "    x = list(map(lambda v: -v, x))\n",
            ),
            (
                "x = '' .join ( sorted ( x ) )",
                "    x = ''.join(sorted(x))\n",
            ),
            (
                "r = [ ] <nl> for v in x : <ind> if v not in r : <ind> r .append ( v ) <ded> <ded> return r",
                "    r = []\n    for v in x:\n        if v not in r:\n            r.append(v)\n    return r\n",
            ),
            (
                "return x [ -1 ] if x else 3",
                "    return x[-1] if x else 3\n",
            ),
            ("return ' a b ' + x", "    return 'ab' + x\n"),
            ("return v - 1 * ( x )", "    return v - 1 * (x)\n"),
            ("<in> keep ' <in>", "    $in $keep '$in\n"),
            ("", "\n"),
        ];
        for (tokens, text) in table {
            let tokens = vocabulary().encode(tokens).unwrap();
            let program = render(&tokens);
            let body = program.text.strip_prefix("def f(x):").unwrap();
            assert_eq!(
                body.strip_prefix('\n')
                    .filter(|b| !b.is_empty())
                    .unwrap_or(body),
                text
            );
            assert_eq!(program.spans.len(), tokens.len());
        }
    }
}
