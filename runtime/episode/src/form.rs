//! The normal forms of a program: what stays the same when it is laid out anew and its names are changed.
//!
//! A program has up to two. Of Python that parses, the syntax tree (`tree.rs`). And of every text, its tokens: names that the
//! program itself gives (parameters, targets of assignments and loops) become numbers in the order they appear, all other
//! names, numbers and texts stay, comments and layout go, and blocks stay as what they are. Equal forms are equal programs but
//! for those names, as far as tokens say, so two tasks that ask different things never share one. Of languages other than
//! Python only the layout is taken away, and PyMini's words for it.

mod tokens;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use crate::Digest;
use tokens::{NEWLINE, Token, tokens};

/// The hashes of a program's normal forms, 32 hex digits each: what stays the same when it is laid out anew and the names that
/// it gives are changed. Two programs are taken for the same where they share any. Of a language's name the last part counts,
/// in lower case: `Python` and `falcon/python` are `python`. None of a text without any token.
///
/// Of Python that parses, the first is of its syntax tree, which redundant brackets, annotations, docstrings and other
/// spellings of constants do not change. The last is always of the tokens. It stays beside the tree's because hashes are kept
/// where the programs are not: what an older folder knows of evaluation tasks are their tokens. And it is all there is of a text
/// that does not parse, so a program that is cut short is still told from its tokens.
#[must_use]
pub fn program_forms(language: &str, program: &str) -> Vec<String> {
    let language = language.trim().rsplit('/').next().unwrap_or_default();
    let language = language.to_ascii_lowercase();
    let of_tree = (language == "python").then(|| tree::digest(program));
    let of_tokens = token_digest(&language, program);
    let forms = of_tree.flatten().into_iter().chain(of_tokens);
    forms.map(|form| form.hex()[..32].to_owned()).collect()
}

/// The hash of a program's tokens. Folders hold such hashes, so it never changes.
fn token_digest(language: &str, program: &str) -> Option<Digest> {
    let is_python = language == "python";
    let tokens = tokens(program, is_python);
    let form = if is_python {
        renamed(&lines(tokens))
    } else {
        tokens
            .into_iter()
            .filter(|token| !matches!(token, Token::Line(_)))
            .map(|token| token.text())
            .collect()
    };
    let parts = std::iter::once(language).chain(form.iter().map(String::as_str));
    (!form.is_empty()).then(|| Digest::of_parts(parts.map(str::as_bytes)))
}

const DEEPER: &str = "{";
const BACK: &str = "}";

/// Words after which a colon opens a block.
const COMPOUND: [&str; 12] = [
    "if", "elif", "else", "for", "while", "def", "class", "try", "except", "finally", "with",
    "async",
];

/// Lines and blocks as signs of their own, whatever they looked like: a block on its header's line is one too.
fn lines(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let sign = |text: &str| Token::Other(text.to_owned());
    let (mut brackets, mut lambdas, mut spaces) = (0_i32, 0, vec![0]);
    let (mut compound, mut inline, mut begins) = (false, 0, true);
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            Token::Line(space) => {
                let goes_on = out.last() == Some(&sign("\\"));
                if goes_on {
                    out.pop();
                }
                let empty = tokens
                    .peek()
                    .is_none_or(|next| matches!(next, Token::Line(_)));
                if brackets > 0 || goes_on || empty {
                    continue;
                }
                out.extend(std::iter::repeat_n(sign(BACK), std::mem::take(&mut inline)));
                let deep = *spaces.last().unwrap_or(&0);
                if out.is_empty() {
                    spaces = vec![*space];
                } else if *space > deep {
                    spaces.push(*space);
                    out.push(sign(DEEPER));
                } else {
                    while spaces.len() > 1 && spaces.last().is_some_and(|deep| deep > space) {
                        spaces.pop();
                        out.push(sign(BACK));
                    }
                    out.push(sign(NEWLINE));
                }
                (compound, begins, lambdas) = (false, true, 0);
                continue;
            }
            Token::Name(name) => {
                if begins {
                    compound = COMPOUND.contains(&name.as_str());
                }
                lambdas += usize::from(name == "lambda");
            }
            Token::Other(text) => match text.as_str() {
                "(" | "[" | "{" => brackets += 1,
                ")" | "]" | "}" => brackets -= 1,
                ";" if brackets == 0 => {
                    if !matches!(tokens.peek(), None | Some(Token::Line(_))) {
                        out.push(sign(NEWLINE));
                    }
                    begins = true;
                    continue;
                }
                ":" if lambdas > 0 => lambdas -= 1,
                ":" if brackets == 0 && compound => {
                    out.push(token.clone());
                    compound = false;
                    let ends = matches!(tokens.peek(), None | Some(Token::Line(_)));
                    if !ends {
                        out.push(sign(DEEPER));
                        inline += 1;
                    }
                    begins = true;
                    continue;
                }
                _ => {}
            },
        }
        begins = false;
        out.push(token);
    }
    while out
        .last()
        .is_some_and(|last| [NEWLINE, BACK].iter().any(|end| *last == sign(end)))
    {
        out.pop();
    }
    out
}

/// The form with names that the program gives as numbers, in the order they appear.
fn renamed(tokens: &[Token]) -> Vec<String> {
    let places = places(tokens);
    let given = given(tokens, &places);
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut form = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        form.push(match token {
            Token::Name(name)
                if given.contains(name.as_str()) && !is_foreign(tokens, &places, at) =>
            {
                let next = numbers.len();
                format!("${}", numbers.entry(name).or_insert(next))
            }
            token => token.clone().text(),
        });
    }
    form
}

/// Where a token stands.
#[derive(Clone, Copy)]
struct Place {
    in_brackets: bool,
    /// Between `def` or `lambda` and its colon.
    in_header: bool,
}

fn places(tokens: &[Token]) -> Vec<Place> {
    let (mut brackets, mut in_header) = (0_i32, false);
    let place = |token: &Token| {
        match token {
            Token::Name(name) if name == "def" || name == "lambda" => in_header = true,
            Token::Other(text) => match text.as_str() {
                "(" | "[" => brackets += 1,
                ")" | "]" => brackets -= 1,
                ":" | NEWLINE | DEEPER | BACK => in_header = false,
                _ => {}
            },
            _ => {}
        }
        Place {
            in_brackets: brackets > 0,
            in_header,
        }
    };
    tokens.iter().map(place).collect()
}

fn is(tokens: &[Token], at: Option<usize>, text: &str) -> bool {
    let token = at.and_then(|at| tokens.get(at));
    token.is_some_and(|token| matches!(token, Token::Name(t) | Token::Other(t) if t == text))
}

/// Whether a name is not the program's to give here: an attribute, or a keyword of a call.
fn is_foreign(tokens: &[Token], places: &[Place], at: usize) -> bool {
    let before = at.checked_sub(1);
    let opens = is(tokens, before, "(") || is(tokens, before, ",");
    let keyword = opens && is(tokens, Some(at + 1), "=");
    is(tokens, before, ".") || (keyword && places[at].in_brackets && !places[at].in_header)
}

/// The names that the program gives.
fn given<'a>(tokens: &'a [Token], places: &[Place]) -> BTreeSet<&'a str> {
    let mut given = BTreeSet::new();
    // Of a statement: the names before its first `=`, should there come one.
    let mut targets: Vec<&str> = Vec::new();
    let mut target = false;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1);
        let place = places[at];
        match token {
            Token::Line(_) => {}
            Token::Name(name) => match name.as_str() {
                "for" => target = true,
                "in" => target = false,
                name if is_word(name) || is(tokens, before, ".") => {}
                name if target
                    || (place.in_header && !is(tokens, before, "="))
                    || is(tokens, before, "as")
                    || is(tokens, Some(at + 1), ":=") =>
                {
                    given.insert(name);
                }
                // What is indexed or called is not given a name by it.
                name if !place.in_brackets
                    && !["[", "(", "."]
                        .iter()
                        .any(|sign| is(tokens, Some(at + 1), sign)) =>
                {
                    targets.push(name);
                }
                _ => {}
            },
            Token::Other(text) => match text.as_str() {
                ":" => targets.clear(),
                NEWLINE | DEEPER | BACK => {
                    target = false;
                    targets.clear();
                }
                sign if !place.in_brackets && !place.in_header && assigns(sign) => {
                    given.extend(targets.drain(..));
                }
                _ => {}
            },
        }
    }
    given
}

/// Whether a sign gives what is before it a value: `=`, `+=` and their like.
fn assigns(sign: &str) -> bool {
    sign.ends_with('=') && !["==", "!=", "<=", ">=", ":="].contains(&sign)
}

/// Whether a name is one of Python's own words.
fn is_word(name: &str) -> bool {
    const WORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "from", "global", "if",
        "import", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
        "while", "with", "yield", "match", "case",
    ];
    WORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::program_forms as forms;

    /// Whether two programs share a form.
    fn same(a: &str, b: &str) -> bool {
        let (a, b) = (forms("python", a), forms("python", b));
        assert!(!a.is_empty() && !b.is_empty());
        a.iter().any(|form| b.contains(form))
    }

    #[test]
    fn names_and_layout_do_not_tell_programs_apart() {
        let program = "def f(x):\n    out = []\n    for y in x:\n        if y % 2 == 0: out.append(y)\n    return out\n";
        for other in [
            "def f(xs):\n  kept = []\n  for item in xs:\n    if item % 2 == 0:\n      kept.append(item)\n  return kept",
            "# evens\ndef f( x ) :\n\n    out = [ ] ; \n    for y in x :\n        if y % 2 == 0: out.append(y)\n    return out\n",
        ] {
            assert!(same(program, other), "{other}");
        }
        for (one, other) in [
            (
                "return [y for y in x if y > 1]",
                "return [e for e in x if e > 1]",
            ),
            (
                "return sorted(x, key=lambda y: -y)",
                "return sorted( x , key = lambda q : -q )",
            ),
            ("y = x[0]; y += 1; return y", "z = x[0]\nz += 1\nreturn z"),
            ("return 'a' + x", "return \"a\" + x"),
            ("return max(x,\n    default=0)", "return max(x, default=0)"),
            ("y = 1 + \\\n    2\nreturn y", "k = 1 + 2\nreturn k"),
            ("a, b = x\nreturn a - b", "p, q = x\nreturn p - q"),
            (
                "y = [ ] <nl> for z in x : <ind> y . append ( z ) <ded> return y",
                "b = []\nfor a in x:\n    b.append(a)\nreturn b",
            ),
        ] {
            assert!(same(one, other), "{one}\n{other}");
        }
    }

    #[test]
    fn programs_that_do_something_else_have_another_form() {
        for (one, other) in [
            ("return sorted(x)", "return sum(x)"),
            ("return x[1]", "return x[2]"),
            ("a, b = x\nreturn a - b", "a, b = x\nreturn b - a"),
            (
                "for y in x:\n  a = y\n  b = a\nreturn b",
                "for y in x:\n  a = y\nb = a\nreturn b",
            ),
            ("if x: return 1\nreturn 2", "if x:\n  return 1\n  return 2"),
            ("return x.upper()", "return x.lower()"),
            ("return max(x, key=len)", "return max(x, default=len)"),
            ("return 'ab'", "return 'a b'"),
            ("y = 1\nreturn y", "y = 1\nreturn x"),
            ("return [y for y in x]", "return [x for y in x]"),
            (
                "d = {}\nd[len(x)] = 1\nreturn d",
                "d = {}\nd[max(x)] = 1\nreturn d",
            ),
        ] {
            assert!(!same(one, other), "{one}\n{other}");
        }
        assert!(forms("python", " \n # nothing").is_empty());
        assert!(!forms("python", "x").contains(&forms("lua", "x")[0]));
        assert_eq!(forms("lua", "return  x"), forms("lua", "return x\n"));
        // No comment there.
        assert_ne!(forms("lua", "return #x"), forms("lua", "return #y + 1"));
        assert_ne!(forms("c", "#define N 5"), forms("c", "#define N 6"));
    }

    /// Folders written by earlier versions hold such hashes.
    #[test]
    fn the_form_of_tokens_is_what_it_was() {
        for (language, program, form) in [
            (
                "python",
                "return [ z + 1 for z in x ]",
                "40579eaa902563f2eee671537c47a1a1",
            ),
            ("lua", "return x", "c6725fafa612e2f56073887fae56e8d2"),
        ] {
            let found = forms(language, program);
            assert_eq!(found.last().map(String::as_str), Some(form), "{program}");
        }
    }

    #[test]
    fn no_text_is_too_strange() {
        for text in [
            "'",
            "\"\\",
            "((",
            "))]:",
            "\\",
            "é = ü",
            "<nl><ded><ded>",
            "lambda",
            "for",
            ":=",
            "\u{0}",
            "日本 = '語",
        ] {
            let _ = forms("python", text);
        }
    }
}
