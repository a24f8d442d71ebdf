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
    block: &'static [(&'static str, &'static str)],
    /// Strings of many lines.
    long: &'static [(&'static str, &'static str)],
    /// Whether `[==[` and `]==]`, of any level, hold a string, and a comment behind the mark of one.
    brackets: bool,
    /// Whether lines are joined before anything is read, so that comments go on too, and `'` parts digits.
    is_c: bool,
}

/// What strings of one line stand in, in every one of the languages.
const QUOTES: [char; 2] = ['"', '\''];

const PYTHON: Lexis = Lexis {
    line: "#",
    block: &[],
    long: &[("\"\"\"", "\"\"\""), ("'''", "'''")],
    brackets: false,
    is_c: false,
};
const LUA: Lexis = Lexis {
    line: "--",
    block: &[],
    long: &[],
    brackets: true,
    is_c: false,
};
const JAVASCRIPT: Lexis = Lexis {
    line: "//",
    block: &[("/*", "*/")],
    long: &[("`", "`")],
    brackets: false,
    is_c: false,
};
const C: Lexis = Lexis {
    line: "//",
    block: &[("/*", "*/")],
    long: &[],
    brackets: false,
    is_c: true,
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
        let end = if let Some(end) = block_comment(rest, lexis) {
            // What stood apart still does, line by line.
            let lines = rest[..end].matches('\n').count();
            kept.push_str(if lines == 0 { " " } else { "" });
            kept.extend(std::iter::repeat_n('\n', lines));
            end
        } else if rest.starts_with(lexis.line) {
            line_end(rest, lexis.is_c)
        } else if let Some((open, end)) = any_string(rest, &kept, lexis) {
            let text = &rest[..end];
            if strings {
                kept.push_str(&text[..open]);
                kept.push_str(&text[..open].replace('[', "]"));
            } else {
                kept.push_str(text);
            }
            end
        } else {
            kept.push(first);
            first.len_utf8()
        };
        rest = &rest[end..];
    }
    kept
}

/// The end of the comment of many lines that begins here.
fn block_comment(text: &str, lexis: &Lexis) -> Option<usize> {
    if lexis.brackets {
        let (_, end) = bracketed(text.strip_prefix(lexis.line)?)?;
        return Some(lexis.line.len() + end);
    }
    let (open, close) = begins(text, lexis.block)?;
    Some(behind(text, open.len(), close, false))
}

/// The string that begins here: the length of what opens it, and its end.
fn any_string(text: &str, before: &str, lexis: &Lexis) -> Option<(usize, usize)> {
    if lexis.brackets
        && let Some(string) = bracketed(text)
    {
        return Some(string);
    }
    if let Some((open, close)) = begins(text, lexis.long) {
        return Some((open.len(), behind(text, open.len(), close, true)));
    }
    let quote = text.chars().next().filter(|c| QUOTES.contains(c))?;
    if quote == '\'' && lexis.is_c && in_number(before) {
        return None;
    }
    Some((1, quoted(text, quote)))
}

fn begins<'a>(text: &str, pairs: &'a [(&'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    let mut pairs = pairs.iter().copied();
    pairs.find(|(open, _)| text.starts_with(open))
}

/// Lua's long bracket that begins here: the length of what opens it, and its end. It has no escapes.
fn bracketed(text: &str) -> Option<(usize, usize)> {
    let level = text.strip_prefix('[')?.find(|c| c != '=')?;
    let open = level + 2;
    text[level + 1..].starts_with('[').then(|| {
        let close = format!("]{}]", "=".repeat(level));
        (open, behind(text, open, &close, false))
    })
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

/// The end of a string of one line; a line end that is escaped goes on.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            // Of a line that ends in two characters the second is escaped too.
            '\r' if escaped => {}
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return at,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The end of a line; with `joined` one behind a backslash goes on.
fn line_end(text: &str, joined: bool) -> usize {
    let mut ends = text.match_indices('\n').map(|(at, _)| at);
    let goes_on = |at: usize| {
        let line = &text[..at];
        joined && line.strip_suffix('\r').unwrap_or(line).ends_with('\\')
    };
    ends.find(|at| !goes_on(*at)).unwrap_or(text.len())
}

/// Whether a quote behind this parts a number's digits: `1'000`, and not `u8'a'`.
fn in_number(before: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '\'');
    let from = before.trim_end_matches(word).len();
    let number = before[from..].trim_start_matches('.');
    number.starts_with(|c: char| c.is_ascii_digit())
}
