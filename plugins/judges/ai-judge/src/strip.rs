//! Programs without their comments, or without what stands in their strings: where programs talk to a model.

use falcon_sdk::serde::Deserialize;

/// What is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(crate = "falcon_sdk::serde", rename_all = "kebab-case")]
pub(crate) enum Strip {
    Nothing,
    Comments,
    CommentsAndStrings,
}

/// How a language writes comments and strings.
struct Lexis {
    line: &'static str,
    /// Where several begin alike, the longest first.
    block: &'static [(&'static str, &'static str)],
    /// Strings of many lines.
    long: &'static [(&'static str, &'static str)],
    /// Strings of one line.
    quotes: &'static [char],
    /// Whether a quote behind a digit parts digits.
    parts_digits: bool,
}

const PYTHON: Lexis = Lexis {
    line: "#",
    block: &[],
    long: &[("\"\"\"", "\"\"\""), ("'''", "'''")],
    quotes: &['"', '\''],
    parts_digits: false,
};
const LUA: Lexis = Lexis {
    line: "--",
    block: &[("--[[", "]]"), ("--[=[", "]=]"), ("--[==[", "]==]")],
    long: &[("[[", "]]"), ("[=[", "]=]"), ("[==[", "]==]")],
    quotes: &['"', '\''],
    parts_digits: false,
};
const JAVASCRIPT: Lexis = Lexis {
    line: "//",
    block: &[("/*", "*/")],
    long: &[("`", "`")],
    quotes: &['"', '\''],
    parts_digits: false,
};
const C: Lexis = Lexis {
    line: "//",
    block: &[("/*", "*/")],
    long: &[],
    quotes: &['"', '\''],
    parts_digits: true,
};

/// The program without what is to be taken out; none where the language's comments are not known.
pub(crate) fn strip(program: &str, language: &str, what: Strip) -> Option<String> {
    if what == Strip::Nothing {
        return Some(program.to_owned());
    }
    let lexis = match language.rsplit('/').next().unwrap_or(language) {
        "python" => PYTHON,
        "lua" => LUA,
        "javascript" => JAVASCRIPT,
        "c" | "cpp" => C,
        _ => return None,
    };
    Some(stripped(program, &lexis, what == Strip::CommentsAndStrings))
}

fn stripped(program: &str, lexis: &Lexis, strings: bool) -> String {
    let mut kept = String::with_capacity(program.len());
    let mut rest = program;
    while let Some(first) = rest.chars().next() {
        if let Some((open, close)) = begins(rest, lexis.block) {
            let end = behind(rest, open.len(), close, false);
            // What stood apart still does, line by line.
            let lines = rest[..end].matches('\n').count();
            kept.push_str(if lines == 0 { " " } else { "" });
            kept.extend(std::iter::repeat_n('\n', lines));
            rest = &rest[end..];
        } else if rest.starts_with(lexis.line) {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some((open, close)) = begins(rest, lexis.long) {
            // Lua's brackets have no escapes.
            let end = behind(rest, open.len(), close, !open.starts_with('['));
            string(&mut kept, &rest[..end], open, close, strings);
            rest = &rest[end..];
        } else if lexis.quotes.contains(&first) && !(lexis.parts_digits && after_digit(&kept)) {
            let quote = &rest[..1];
            let line = rest.find('\n').unwrap_or(rest.len());
            let end = behind(rest, 1, quote, true).min(line.max(1));
            string(&mut kept, &rest[..end], quote, quote, strings);
            rest = &rest[end..];
        } else {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    kept
}

fn begins<'a>(text: &str, pairs: &'a [(&'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    pairs
        .iter()
        .copied()
        .find(|(open, _)| text.starts_with(open))
}

/// Where what begins here is over, behind its close; the text's end where it is never closed.
fn behind(text: &str, from: usize, close: &str, escapes: bool) -> usize {
    let mut skip = false;
    for (at, c) in text[from..].char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if escapes && c == '\\' {
            skip = true;
        } else if text[from + at..].starts_with(close) {
            return from + at + close.len();
        }
    }
    text.len()
}

fn string(kept: &mut String, text: &str, open: &str, close: &str, emptied: bool) {
    if emptied {
        kept.push_str(open);
        kept.push_str(close);
    } else {
        kept.push_str(text);
    }
}

fn after_digit(kept: &str) -> bool {
    kept.ends_with(|c: char| c.is_ascii_hexdigit())
}
