//! Blank space between tokens, statements that share a line, comments.

use python_source::{
    Ranged, Source, TextRange,
    ast::token::{Token, TokenKind},
    closes, opens,
};

use super::logical::Logical;
use crate::finding::Findings;

/// E201, E202, E203, E211, E261, E262, E265, E271, E272, E701, E702, E703.
pub(crate) fn check(source: &Source<'_>, line: &Logical<'_>, found: &mut Findings) {
    for pair in line.tokens.windows(2) {
        let gap = TextRange::new(pair[0].end(), pair[1].start());
        let same_line = !source.slice(gap).contains(['\n', '\\']);
        if same_line && !gap.is_empty() && !in_f_string(pair) {
            spaces(source, pair, gap, found);
            around_keywords(source, pair, gap, found);
        }
    }
    comments(source, line, found);
    shared(line, found);
}

/// What lies between the first and the last token of an f-string is not looked into.
pub(super) fn in_f_string(pair: &[&Token]) -> bool {
    matches!(
        pair[0].kind(),
        TokenKind::FStringStart | TokenKind::TStringStart
    )
}

fn spaces(source: &Source<'_>, pair: &[&Token], gap: TextRange, found: &mut Findings) {
    let (left, right) = (pair[0].kind(), pair[1].kind());
    let shown = source.slice(pair[1].range());
    if opens(left) {
        if right != TokenKind::Comment {
            let bracket = source.slice(pair[0].range());
            found.add("E201", &gap, format!("blanks after `{bracket}`"));
        }
    } else if closes(right) && left != TokenKind::Comma {
        found.add("E202", &gap, format!("blanks before `{shown}`"));
    } else if matches!(right, TokenKind::Comma | TokenKind::Semi | TokenKind::Colon)
        && left != TokenKind::Comma
    {
        found.add("E203", &gap, format!("blanks before `{shown}`"));
    } else if matches!(right, TokenKind::Lpar | TokenKind::Lsqb)
        && (matches!(left, TokenKind::Name) || closes(left))
    {
        found.add("E211", &gap, format!("blanks before `{shown}`"));
    }
}

fn around_keywords(source: &Source<'_>, pair: &[&Token], gap: TextRange, found: &mut Findings) {
    if gap.len().to_u32() < 2 {
        return;
    }
    let keyword =
        |token: &Token| token.kind().is_non_soft_keyword() && !token.kind().is_singleton();
    let shown = |token: &Token| source.slice(token.range()).to_owned();
    if keyword(pair[0]) && pair[1].kind() != TokenKind::Comment {
        let message = format!("several blanks after `{}`", shown(pair[0]));
        found.add("E271", &gap, message);
    } else if keyword(pair[1]) {
        let message = format!("several blanks before `{}`", shown(pair[1]));
        found.add("E272", &gap, message);
    }
}

fn comments(source: &Source<'_>, line: &Logical<'_>, found: &mut Findings) {
    for (at, token) in line.tokens.iter().enumerate() {
        if token.kind() != TokenKind::Comment {
            continue;
        }
        let before = at.checked_sub(1).map(|at| line.tokens[at]);
        let gap = before.map(|before| TextRange::new(before.end(), token.start()));
        let inline = gap.filter(|gap| !source.slice(*gap).contains('\n'));
        let text = source.slice(token.range());
        let word = text.trim_start_matches('#');
        // `#:` and `#!` begin comments of their own kinds.
        let spaced = word.is_empty() || word.starts_with([' ', '\t', ':']);
        match inline {
            Some(gap) => {
                if source.slice(gap).len() < 2 {
                    found.add("E261", *token, "less than two spaces before the comment");
                }
                let many = text.starts_with("# ") && text[2..].starts_with([' ', '\t', '\u{a0}']);
                if !spaced || many || text.starts_with("##") {
                    found.add("E262", *token, "the comment should begin with `# `");
                }
            }
            None if !spaced && !text.starts_with("##") => {
                let first = text.starts_with("#!") && token.start().to_u32() == 0;
                if !first {
                    found.add("E265", *token, "the comment should begin with `# `");
                }
            }
            None => {}
        }
    }
}

/// Statements that share a line.
fn shared(line: &Logical<'_>, found: &mut Findings) {
    let code: Vec<&Token> = line.code().collect();
    let last = code.len().saturating_sub(1);
    let mut brackets = 0_u32;
    let mut lambda = false;
    let block = code.first().is_some_and(|token| begins_block(token.kind()));
    for (at, token) in code.iter().enumerate() {
        match token.kind() {
            kind if opens(kind) => brackets += 1,
            kind if closes(kind) => brackets = brackets.saturating_sub(1),
            TokenKind::Lambda => lambda = true,
            TokenKind::Semi if at == last => found.add("E703", *token, "a semicolon at the end"),
            TokenKind::Semi => found.add("E702", *token, "two statements on a line"),
            TokenKind::Colon if block && brackets == 0 && at < last && !lambda => {
                found.add("E701", *token, "a block on the line of its header");
            }
            _ => {}
        }
    }
}

fn begins_block(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::If
            | TokenKind::Elif
            | TokenKind::Else
            | TokenKind::For
            | TokenKind::While
            | TokenKind::Try
            | TokenKind::Except
            | TokenKind::Finally
            | TokenKind::With
            | TokenKind::Class
            | TokenKind::Async
    )
}
