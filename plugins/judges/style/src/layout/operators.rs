//! Blank space around operators and after separators.

use python_source::{
    Ranged, Source, TextRange,
    ast::token::{Token, TokenKind},
    closes, opens,
};

use super::{logical::Logical, tokens::in_f_string};
use crate::finding::Findings;

/// E221, E222, E225, E227, E228, E231, E251. (Blanks around `+`, `-`, `*`, `/` are a matter of taste,
/// if they are the same on both sides.)
pub(crate) fn check(source: &Source<'_>, line: &Logical<'_>, found: &mut Findings) {
    let code: Vec<&Token> = line.code().collect();
    let mut context = Context {
        source,
        code: &code,
        brackets: Vec::new(),
        annotated: false,
        lambda: 0,
        defines: defines(&code),
    };
    for at in 0..code.len() {
        context.check(at, found);
    }
}

struct Context<'a> {
    source: &'a Source<'a>,
    code: &'a [&'a Token],
    /// The open brackets, outermost first.
    brackets: Vec<TokenKind>,
    /// Whether the parameter at hand has an annotation, behind which `=` is spaced.
    annotated: bool,
    /// Lambdas whose colon is still to come.
    lambda: u32,
    defines: bool,
}

impl Context<'_> {
    fn check(&mut self, at: usize, found: &mut Findings) {
        let token = self.code[at];
        let kind = token.kind();
        if opens(kind) {
            self.brackets.push(kind);
        } else if closes(kind) {
            self.brackets.pop();
        }
        match kind {
            TokenKind::Lambda => self.lambda += 1,
            TokenKind::Comma => {
                if self.brackets.len() == 1 {
                    self.annotated = false;
                }
                self.separator(at, found);
            }
            TokenKind::Semi => self.separator(at, found),
            TokenKind::Colon => self.colon(at, found),
            TokenKind::Equal if !self.brackets.is_empty() || self.lambda > 0 => {
                self.named(at, found);
            }
            _ => self.operator(at, found),
        }
    }

    /// What lies before and behind a token, where that is on the same line.
    fn gaps(&self, at: usize) -> (Option<&str>, Option<&str>) {
        let gap = |left: usize, right: usize| {
            let (left, right) = (self.code.get(left)?, self.code.get(right)?);
            let text = self.source.slice(TextRange::new(left.end(), right.start()));
            let line_ends = text.contains(['\n', '\\', '#']);
            (!line_ends).then_some(text)
        };
        (
            at.checked_sub(1).and_then(|left| gap(left, at)),
            gap(at, at + 1),
        )
    }

    fn separator(&self, at: usize, found: &mut Findings) {
        let next = self.code.get(at + 1).map(|token| token.kind());
        let exempt = next.is_none_or(|kind| matches!(kind, TokenKind::Rpar | TokenKind::Rsqb));
        if self.gaps(at).1 == Some("") && !exempt {
            let token = self.code[at];
            let shown = self.source.slice(token.range());
            found.add("E231", token, format!("no blank after `{shown}`"));
        }
    }

    fn colon(&mut self, at: usize, found: &mut Findings) {
        if self.lambda > 0 && self.brackets.last() != Some(&TokenKind::Lsqb) {
            self.lambda -= 1;
        }
        if self.brackets.len() == 1 && self.defines {
            self.annotated = true;
        }
        // In a slice the colon is an operator of low priority.
        if self.brackets.last() != Some(&TokenKind::Lsqb) && at + 1 < self.code.len() {
            self.separator(at, found);
        }
    }

    /// `=` of a keyword argument or of a default.
    fn named(&self, at: usize, found: &mut Findings) {
        let (before, behind) = self.gaps(at);
        let annotated = self.annotated && self.defines && self.brackets.len() == 1;
        let spaced = |gap: Option<&str>| gap.is_some_and(|gap| !gap.is_empty());
        if !annotated && (spaced(before) || spaced(behind)) {
            found.add("E251", self.code[at], "blanks around `=` of an argument");
        }
    }

    fn operator(&self, at: usize, found: &mut Findings) {
        let token = self.code[at];
        let Some(need) = self.need(at) else {
            return;
        };
        let (before, behind) = self.gaps(at);
        let shown = self.source.slice(token.range());
        if token.kind().is_keyword() {
            return;
        }
        for (gap, rule) in [(before, "E221"), (behind, "E222")] {
            if gap.is_some_and(|gap| gap.len() > 1) {
                found.add(rule, token, format!("several blanks around `{shown}`"));
            }
        }
        let tight = |gap: Option<&str>| gap == Some("");
        let uneven = tight(before) != tight(behind);
        let message = || format!("no blanks around `{shown}`");
        match need {
            Need::Both if tight(before) || tight(behind) => found.add("E225", token, message()),
            Need::Even(_) if uneven && before.is_some() && behind.is_some() => {
                found.add("E225", token, message());
            }
            Need::Even(Some(rule)) if tight(before) && tight(behind) => {
                found.add(rule, token, message());
            }
            _ => {}
        }
    }

    /// What blank space the operator at this place wants; none where it is no operator between two operands.
    fn need(&self, at: usize) -> Option<Need> {
        let binary = at.checked_sub(1).is_some_and(|left| {
            let left = self.code[left];
            ends_operand(left.kind()) && !in_f_string(&[left])
        });
        Some(match self.code[at].kind() {
            TokenKind::Plus | TokenKind::Minus | TokenKind::Star | TokenKind::Slash if binary => {
                Need::Even(None)
            }
            TokenKind::DoubleStar | TokenKind::DoubleSlash | TokenKind::At if binary => {
                Need::Even(None)
            }
            TokenKind::Percent => Need::Even(Some("E228")),
            TokenKind::Vbar
            | TokenKind::Amper
            | TokenKind::CircumFlex
            | TokenKind::LeftShift
            | TokenKind::RightShift => Need::Even(Some("E227")),
            TokenKind::And
            | TokenKind::Or
            | TokenKind::In
            | TokenKind::Is
            | TokenKind::EqEqual
            | TokenKind::NotEqual
            | TokenKind::Less
            | TokenKind::Greater
            | TokenKind::LessEqual
            | TokenKind::GreaterEqual
            | TokenKind::Equal
            | TokenKind::ColonEqual
            | TokenKind::Rarrow => Need::Both,
            kind if kind.as_augmented_assign_operator().is_some() => Need::Both,
            _ => return None,
        })
    }
}

enum Need {
    /// Blanks on both sides.
    Both,
    /// The same on both sides, and under this rule some.
    Even(Option<&'static str>),
}

fn defines(code: &[&Token]) -> bool {
    code.iter()
        .take(2)
        .any(|token| token.kind() == TokenKind::Def)
}

/// Whether an operand can end here, so that what follows is an operator between two.
fn ends_operand(kind: TokenKind) -> bool {
    closes(kind)
        || matches!(
            kind,
            TokenKind::Name
                | TokenKind::Int
                | TokenKind::Float
                | TokenKind::Complex
                | TokenKind::String
                | TokenKind::FStringEnd
                | TokenKind::TStringEnd
                | TokenKind::True
                | TokenKind::False
                | TokenKind::None
                | TokenKind::Ellipsis
                | TokenKind::Match
                | TokenKind::Case
                | TokenKind::Type
        )
}
