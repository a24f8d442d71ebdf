//! Makes each assertion that is a statement a test of its own: its outcome is recorded and the
//! statements after it still run.
//!
//! Assertions inside `try`, and inside another assertion, are left as they are, since what they throw
//! may be caught on purpose.

use super::tokens::{Placed, Token, is_operator, tokens};
use crate::text;

/// An assertion of the test program.
pub(super) struct Site {
    /// Its own text, on one line.
    pub(super) name: String,
    pub(super) line: u32,
}

/// A test program made ready.
pub(super) struct Instrumented {
    pub(super) source: String,
    pub(super) sites: Vec<Site>,
    /// Whether there are assertions, of its own or others.
    pub(super) asserts: bool,
}

/// Finds the assertions of a script, and wraps them.
pub(super) fn instrument(source: &str) -> Instrumented {
    let tokens = tokens(source);
    let mut finder = Finder {
        source,
        tokens: &tokens,
        checkers: checkers(source, &tokens),
    };
    let mut made = String::with_capacity(source.len() * 2);
    let mut sites = Vec::new();
    let mut copied = 0;
    for (first, last) in finder.find() {
        let (start, end) = (tokens[first].start, tokens[last].end);
        let statement = &source[start..end];
        let number = sites.len();
        made.push_str(&source[copied..start]);
        made.push_str(&format!(
            "{{try{{__falcon_begin({number});{statement};__falcon_end({number})}}\
             catch(__falcon_e){{__falcon_failed({number},__falcon_e)}}}}"
        ));
        copied = end;
        let words: Vec<_> = statement.trim_end_matches(';').split_whitespace().collect();
        sites.push(Site {
            name: text::cut(&words.join(" "), 160),
            line: tokens[first].line,
        });
    }
    made.push_str(&source[copied..]);
    let asserts = tokens
        .iter()
        .any(|one| one.token == Token::Word && finder.checkers.contains(&word(source, one)));
    Instrumented {
        source: made,
        sites,
        asserts,
    }
}

fn word<'a>(source: &'a str, token: &Placed) -> &'a str {
    &source[token.start..token.end]
}

/// The names that assertions go by: `assert`, and what the script takes from that module.
fn checkers<'a>(source: &'a str, tokens: &[Placed]) -> Vec<&'a str> {
    let mut names = vec!["assert"];
    for (at, window) in tokens.windows(4).enumerate() {
        let texts: Vec<_> = window.iter().map(|one| word(source, one)).collect();
        let module = texts[2]
            .trim_matches(['"', '\''])
            .trim_start_matches("node:");
        let requires = texts[0] == "require" && texts[1] == "(" && texts[3] == ")";
        if !requires || !matches!(module, "assert" | "assert/strict") || at < 2 {
            continue;
        }
        if word(source, &tokens[at - 1]) != "=" {
            continue;
        }
        let before = &tokens[at - 2];
        if before.token == Token::Word {
            names.push(word(source, before));
        } else if before.token == Token::Mark(b'}') {
            let taken = tokens[..at - 2].iter().rev();
            let taken = taken.take_while(|one| one.token != Token::Mark(b'{'));
            let taken = taken.filter(|one| one.token == Token::Word);
            names.extend(taken.map(|one| word(source, one)));
        }
    }
    names
}

struct Finder<'a> {
    source: &'a str,
    tokens: &'a [Placed],
    checkers: Vec<&'a str>,
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Open {
    /// Whether it is a `try` block, or lies in one.
    guarded: bool,
    /// Whether a statement follows its closing: that of `if (…)` and the like.
    controls: bool,
}

impl Finder<'_> {
    /// The first and last tokens of each assertion that is a statement.
    fn find(&mut self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let mut closed_control = false;
        let mut at = 0;
        while at < self.tokens.len() {
            let guarded = open.last().is_some_and(|one| one.guarded);
            let starts = !guarded && self.starts_statement(at, closed_control);
            if let Some(last) = self.assertion(at).filter(|_| starts) {
                found.push((at, last));
                at = last + 1;
                closed_control = false;
                continue;
            }
            closed_control = false;
            match self.tokens[at].token {
                Token::Mark(b'{') => {
                    let guarded = guarded || self.before(at) == "try";
                    open.push(Open {
                        guarded,
                        controls: false,
                    });
                }
                Token::Mark(b'(' | b'[') => {
                    let controls = matches!(self.before(at), "if" | "for" | "while" | "with")
                        || (self.before(at) == "await" && at > 1 && self.text(at - 2) == "for");
                    open.push(Open { guarded, controls });
                }
                Token::Mark(b'}' | b')' | b']') => {
                    closed_control = open.pop().is_some_and(|one| one.controls);
                }
                _ => {}
            }
            at += 1;
        }
        found
    }

    fn text(&self, at: usize) -> &str {
        self.tokens
            .get(at)
            .map_or("", |token| word(self.source, token))
    }

    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.text(before))
    }

    fn starts_statement(&self, at: usize, closed_control: bool) -> bool {
        let Some(before) = at.checked_sub(1).map(|before| &self.tokens[before]) else {
            return true;
        };
        let after_newline = self.tokens[at].after_newline;
        match before.token {
            Token::Mark(b';' | b'{' | b'}') => true,
            Token::Mark(b')') => closed_control || after_newline,
            Token::Mark(b']') | Token::Literal => after_newline,
            Token::Mark(_) => false,
            Token::Word => {
                let word = word(self.source, before);
                matches!(word, "else" | "do") || (after_newline && !is_operator(word))
            }
        }
    }

    /// The last token of the assertion that starts here, if one does and it is a whole statement.
    fn assertion(&self, start: usize) -> Option<usize> {
        let mut at = start;
        if self.text(at) == "await" {
            at += 1;
        }
        let name = self.text(at);
        let by_console =
            name == "console" && self.text(at + 1) == "." && self.text(at + 2) == "assert";
        if !by_console && !self.checkers.contains(&name) {
            return None;
        }
        at += 1;
        while self.text(at) == "." && self.tokens.get(at + 1)?.token == Token::Word {
            at += 2;
        }
        if self.text(at) != "(" {
            return None;
        }
        let closing = self.closing(at)?;
        let Some(next) = self.tokens.get(closing + 1) else {
            return Some(closing);
        };
        match next.token {
            Token::Mark(b';') => Some(closing + 1),
            Token::Mark(b'}') => Some(closing),
            Token::Word
                if next.after_newline
                    && !matches!(self.text(closing + 1), "in" | "of" | "instanceof") =>
            {
                Some(closing)
            }
            _ => None,
        }
    }

    /// The bracket that closes the one here.
    fn closing(&self, opening: usize) -> Option<usize> {
        let mut depth = 0usize;
        for (at, token) in self.tokens.iter().enumerate().skip(opening) {
            match token.token {
                Token::Mark(b'(' | b'[' | b'{') => depth += 1,
                Token::Mark(b')' | b']' | b'}') => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }
}
