//! Sizes of 64-bit machines in C++.
//!
//! Programs are written for machines whose `long` and sizes have 64 bits; WebAssembly's have 32, and so have those of its C
//! library. So a program that names them is compiled with types of 64 bits in their place first, and as it stands where
//! that does not compile. What stands for a word is as long as it, so that places stay.

/// Stands for `long`.
const LONG: &str = "__l8";
/// Stands for `size_t`, in `std` too.
const SIZE: &str = "__s8_t";

/// Calls whose result is widened, for `long i = v.size() - 1` to be less than nothing where `v` is empty, and what stands
/// for them.
const CALLS: [(&str, &str); 2] = [("size", "__s8"), ("length", "__len8")];

/// The lines before a text that [`widened`] gave. The operator binds more tightly than those that compute.
pub(crate) const DEFINITIONS: &str = "#define __l8 long long\n\
    #define __s8() size()->*::__falcon::wide{}\n\
    #define __len8() length()->*::__falcon::wide{}\n";

/// Names of the library that are about `long` and sizes, with those of 64 bits.
const NAMES: &[(&str, &str)] = &[
    ("size_t", SIZE),
    ("LONG_MAX", "LLONG_MAX"),
    ("LONG_MIN", "LLONG_MIN"),
    ("ULONG_MAX", "ULLONG_MAX"),
    ("atol", "atoll"),
    ("labs", "llabs"),
    ("ldiv", "lldiv"),
    ("ldiv_t", "lldiv_t"),
    ("lrint", "llrint"),
    ("lround", "llround"),
    ("stol", "stoll"),
    ("stoul", "stoull"),
    ("strtol", "strtoll"),
    ("strtoul", "strtoull"),
    ("__builtin_clzl", "__builtin_clzll"),
    ("__builtin_ctzl", "__builtin_ctzll"),
    ("__builtin_ffsl", "__builtin_ffsll"),
    ("__builtin_parityl", "__builtin_parityll"),
    ("__builtin_popcountl", "__builtin_popcountll"),
];

/// The longest text that is read, in bytes. Each may be a token, which takes sixteen times as much.
const LONGEST: usize = 1 << 20;

/// The text with sizes of 64 bits; none where it names no others, or is longer than any program that people write.
pub(crate) fn widened(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let tokens = tokens(text);
    // What stands beside a word, white space and comments left out.
    let words: Vec<usize> = (0..tokens.len())
        .filter(|at| tokens[*at].kind != Kind::Blank)
        .collect();
    let mut wide = String::with_capacity(text.len() + 64);
    let (mut changed, mut place) = (false, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        let beside = |offset: isize| {
            let neighbour = place.checked_add_signed(offset)?;
            words.get(neighbour).map(|at| tokens[*at].text)
        };
        let alone = |word: Option<&str>| !matches!(word, Some("long" | "double"));
        let new = match token.kind {
            Kind::Word if token.text == "long" => {
                (alone(beside(-1)) && alone(beside(1))).then(|| LONG.to_owned())
            }
            Kind::Word => {
                let of_object = matches!(beside(-1), Some("." | ">"));
                let next = |offset: usize| tokens.get(at + offset).map(|next| next.text);
                // What is looked into is no number.
                let is_object = matches!(next(3), Some("." | "[" | "(" | "-"))
                    && (next(3) != Some("-") || next(4) == Some(">"));
                let called = next(1) == Some("(") && next(2) == Some(")") && !is_object;
                let calls = CALLS.iter().filter(|_| of_object && called);
                let mut all = NAMES.iter().chain(calls);
                let new = all.find(|(name, _)| *name == token.text);
                new.map(|(_, wide)| (*wide).to_owned())
            }
            Kind::Number => wide_number(token.text),
            Kind::Blank | Kind::Other => None,
        };
        changed |= new.is_some();
        wide.push_str(new.as_deref().unwrap_or(token.text));
        place += usize::from(words.get(place) == Some(&at));
    }
    changed.then_some(wide)
}

/// A whole number of type `long`, as one of type `long long`.
fn wide_number(text: &str) -> Option<String> {
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let real = if hex {
        ['.', 'p', 'P']
    } else {
        ['.', 'e', 'E']
    };
    if text.contains(real) {
        return None;
    }
    let digits = text.trim_end_matches(['l', 'L', 'u', 'U']);
    let suffix = &text[digits.len()..];
    let long = suffix.find(['l', 'L'])?;
    let once = suffix.matches(['l', 'L']).count() == 1;
    let letter = &suffix[long..=long];
    once.then(|| {
        format!(
            "{digits}{}{letter}{}",
            &suffix[..=long],
            &suffix[long + 1..]
        )
    })
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A name or a keyword.
    Word,
    Number,
    /// White space, a comment.
    Blank,
    /// A text, a character, or one character of anything else.
    Other,
}

struct Token<'a> {
    kind: Kind,
    text: &'a str,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all = Vec::new();
    let mut rest = text;
    let mut before = "";
    while let Some(first) = rest.chars().next() {
        let (kind, length) = token(rest, first, before);
        let (text, after) = rest.split_at(length);
        all.push(Token { kind, text });
        (before, rest) = (text, after);
    }
    all
}

/// The kind and length of the token that begins here.
fn token(rest: &str, first: char, before: &str) -> (Kind, usize) {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let run = |wanted: &dyn Fn(char) -> bool| rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    if first.is_whitespace() {
        (Kind::Blank, run(&char::is_whitespace))
    } else if rest.starts_with("//") {
        (Kind::Blank, rest.find('\n').unwrap_or(rest.len()))
    } else if let Some(comment) = rest.strip_prefix("/*") {
        let end = comment.find("*/").map_or(rest.len(), |at| at + 4);
        (Kind::Blank, end)
    } else if first.is_ascii_digit() {
        (Kind::Number, number(rest))
    } else if in_word(first) {
        (Kind::Word, run(&in_word))
    } else if first == '"' && before.ends_with('R') {
        (Kind::Other, raw(rest))
    } else if first == '"' || first == '\'' {
        (Kind::Other, quoted(rest, first))
    } else {
        (Kind::Other, first.len_utf8())
    }
}

/// The length of a number, digits in groups and signs of exponents included.
fn number(text: &str) -> usize {
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let goes_on = c.is_ascii_alphanumeric()
            || c == '_'
            || c == '.'
            || (c == '\'' && next.is_some_and(|next| next.is_ascii_alphanumeric()))
            || ("+-".contains(c) && "eEpP".contains(before) && !text.starts_with("0x"));
        if !goes_on {
            return at;
        }
        before = c;
    }
    text.len()
}

/// The length of a text or character; one that is not closed ends with its line.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return at,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Most bytes of a raw text's mark.
const MARK: usize = 16;

/// The length of a raw text, from its quote: `"mark(…)mark"`.
fn raw(text: &str) -> usize {
    let mut start = text.bytes().take(MARK + 2);
    let Some(open) = start.position(|byte| byte == b'(') else {
        return quoted(text, '"');
    };
    let end = format!("){}\"", &text[1..open]);
    text[open..]
        .find(&end)
        .map_or(text.len(), |at| open + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_texts_stay_as_they_are_and_marks_are_short() {
        let long = |length: usize| format!("long x;{}", ";".repeat(length));
        assert!(widened(&long(1000)).is_some());
        assert!(widened(&long(LONGEST)).is_none());
        // The second is no raw text, so that what stands in it is read.
        for (text, wide) in [
            ("R\"0123456789abcdef(long)0123456789abcdef\"", None),
            (
                "R\"0123456789abcdefg\" long (",
                Some("R\"0123456789abcdefg\" __l8 ("),
            ),
        ] {
            assert_eq!(widened(text).as_deref(), wide, "{text}");
        }
    }

    #[test]
    fn only_long_itself_is_widened() {
        for (text, wide) in [
            ("long x = 1L;", Some("__l8 x = 1LL;")),
            ("unsigned long f(long);", Some("unsigned __l8 f(__l8);")),
            ("long /* so */ int n;", Some("__l8 /* so */ int n;")),
            (
                "vector<long> v{10UL, 0x1eL};",
                Some("vector<__l8> v{10ULL, 0x1eLL};"),
            ),
            (
                "x = 1'000'000l + stol(s);",
                Some("x = 1'000'000ll + stoll(s);"),
            ),
            ("long long x = 1LL;", None),
            ("long\nlong x; double long y = 1.5L;", None),
            ("long double z = 1e+5L; // long", None),
            ("auto s = \"long 1L \\\" long\"; char c = 'L';", None),
            ("auto s = R\"x(long )\" 1L)x\";", None),
            ("int longest = x1L + belong;", None),
            ("", None),
        ] {
            assert_eq!(widened(text).as_deref(), wide, "{text}");
        }
    }
}
