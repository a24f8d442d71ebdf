//! Bytes as tokens: every text can be read and written, which PyMini's closed vocabulary cannot.
//!
//! The first 16 tokens are the special ones, with PyMini's numbers; byte `b` is token `16 + b`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "272 tokens, and programs of some kilobytes"
)]

use falcon_episode::Digest;

use crate::pymini::{Program, SPECIALS, TokenId};

/// Tokens there are.
pub const LEN: usize = SPECIALS.len() + 256;

/// The tokens of a text, one for each of its bytes in UTF-8.
#[must_use]
pub fn encode(text: &str) -> Vec<TokenId> {
    let first = SPECIALS.len() as u16;
    let token = |byte: u8| TokenId(first + u16::from(byte));
    text.bytes().map(token).collect()
}

/// The text of tokens, with the place of each. A byte that is no UTF-8 and a special token have U+FFFD, as other tools write
/// it, so every sequence has a text.
#[must_use]
pub fn decode(tokens: &[TokenId]) -> Program {
    // 0xff is in no UTF-8.
    let bytes: Vec<u8> = tokens.iter().map(|it| byte(*it).unwrap_or(0xff)).collect();
    let mut program = Program {
        text: String::with_capacity(bytes.len()),
        spans: Vec::with_capacity(bytes.len()),
        lines: Vec::with_capacity(bytes.len()),
    };
    let mut line = 1;
    for chunk in bytes.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            let at = program.spans.last().map_or(0, |span| span.end);
            program.spans.push(at..at + 1);
            program.lines.push(line);
            line += u32::from(byte == b'\n');
        }
        program.text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let at = program.spans.last().map_or(0, |span| span.end);
            program.text.push(char::REPLACEMENT_CHARACTER);
            let end = at + char::REPLACEMENT_CHARACTER.len_utf8() as u32;
            for _ in chunk.invalid() {
                program.spans.push(at..end);
                program.lines.push(line);
            }
        }
    }
    program
}

/// The text for people: special tokens by their names.
#[must_use]
pub fn shown(tokens: &[TokenId]) -> String {
    tokens
        .chunk_by(|a, b| byte(*a).is_some() && byte(*b).is_some())
        .map(|run| match run {
            [one] if byte(*one).is_none() => format!(" {} ", spelling(*one)),
            run => decode(run).text,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// How a token is named in files: `<bos>`, `0x0a`; `<unknown>` where there is none.
#[must_use]
pub fn spelling(token: TokenId) -> String {
    match (SPECIALS.get(token.index()), byte(token)) {
        (Some(name), _) => (*name).to_owned(),
        (None, Some(byte)) => format!("0x{byte:02x}"),
        (None, None) => "<unknown>".to_owned(),
    }
}

/// Digest of all tokens' names in order.
#[must_use]
pub fn digest() -> Digest {
    let names: Vec<String> = (0..LEN as u16).map(|id| spelling(TokenId(id))).collect();
    Digest::of_parts(names.iter().map(String::as_bytes))
}

fn byte(token: TokenId) -> Option<u8> {
    let at = token.index().checked_sub(SPECIALS.len())?;
    u8::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in ["", "return x\n", "naïve = '日本'\r\n\0", "\u{FFFD}"] {
            let tokens = encode(text);
            assert_eq!(tokens.len(), text.len());
            let program = decode(&tokens);
            assert_eq!(program.text, text);
            assert_eq!(program.spans.len(), tokens.len());
            for (at, span) in (0..).zip(&program.spans) {
                assert_eq!(*span, at..at + 1);
            }
        }
    }

    #[test]
    fn every_sequence_has_a_text_and_every_token_a_place() {
        let all: Vec<TokenId> = (0..LEN as u16 + 5).map(TokenId).collect();
        let program = decode(&all);
        assert_eq!(program.spans.len(), all.len());
        assert_eq!(program.lines.len(), all.len());
        let end = program.spans.last().unwrap().end as usize;
        assert_eq!(end, program.text.len());
        let mut tokens = encode("a\nb");
        tokens.insert(1, TokenId::BOS);
        let program = decode(&tokens);
        assert_eq!(program.text, "a\u{FFFD}\nb");
        assert_eq!(program.spans, [0..1, 1..4, 4..5, 5..6]);
        assert_eq!(program.lines, [1, 1, 1, 2]);
    }

    #[test]
    fn tokens_have_names() {
        assert_eq!(LEN, 272);
        let tokens = [&[TokenId::BOS][..], &encode("ab"), &[TokenId::CODE]].concat();
        assert_eq!(shown(&tokens), "<bos> ab <code>");
        assert_eq!(spelling(encode("\n")[0]), "0x0a");
        assert_eq!(spelling(TokenId(LEN as u16)), "<unknown>");
    }
}
