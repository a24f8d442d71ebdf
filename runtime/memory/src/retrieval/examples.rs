//! Examples of input and output in a task's text, read without running anything.
//!
//! Three forms are known, each wherever it stands: a call and what it gives (`assert f([1, 2]) == 3`,
//! `f("a") -> "A"`), the same as an interpreter shows it (`>>> f(1)` and `2` on the next line), and
//! PyMini's `<in> [ 1 2 ] <out> 3`. What is none of these is passed over: a text has no syntax errors.

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    None,
    Bool(bool),
    Number(f64),
    /// Written with a point or an exponent.
    Float(f64),
    Text(String),
    List(Vec<Literal>),
    Tuple(Vec<Literal>),
    Set(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

/// Arguments and what they give.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Example {
    pub(crate) arguments: Vec<Literal>,
    pub(crate) result: Literal,
}

/// Examples read from one text: more tell no more.
const MOST: usize = 16;
/// Levels of a literal, and its items at each.
const DEEPEST: usize = 8;
const WIDEST: usize = 256;

/// The examples in a text, and the text without the data in them: they are no words of the task's.
pub(crate) fn examples(text: &str) -> (Vec<Example>, String) {
    let mut found = Vec::new();
    let mut words = String::with_capacity(text.len());
    let mut at = 0;
    let mut kept = 0;
    while found.len() < MOST && at < text.len() {
        match marked(text, at).or_else(|| called(text, at)) {
            Some((example, from, to)) => {
                words.push_str(&text[kept..from]);
                words.push(' ');
                found.push(example);
                (at, kept) = (to, to);
            }
            None => at = next_start(text, at),
        }
    }
    words.push_str(&text[kept..]);
    (found, words)
}

/// The next place where an example may begin: a mark, or a bracket.
fn next_start(text: &str, at: usize) -> usize {
    let rest = text[at..].char_indices().skip(1);
    rest.into_iter()
        .find(|(_, c)| matches!(c, '<' | '('))
        .map_or(text.len(), |(offset, _)| at + offset)
}

/// `<in> v <out> v` at this place, with what it spans.
fn marked(text: &str, at: usize) -> Option<(Example, usize, usize)> {
    let mut reader = Reader::new(text, at);
    reader.word("<in>")?;
    let mut arguments = Vec::new();
    while reader.word("<out>").is_none() {
        arguments.push(reader.literal(0)?);
    }
    let result = reader.literal(0)?;
    (!arguments.is_empty()).then_some((Example { arguments, result }, at, reader.at))
}

/// `(a, b) == v` and its like at the bracket at this place, with what it spans.
fn called(text: &str, at: usize) -> Option<(Example, usize, usize)> {
    let name = text[..at].chars().next_back()?;
    if !(name.is_alphanumeric() || name == '_') {
        return None;
    }
    let mut reader = Reader::new(text, at);
    reader.sign('(')?;
    let arguments = reader.items(')', 0)?;
    let _ = reader.sign(')');
    let between = ["==", "->", "=>", "➞", "→", "returns"];
    let gives = between.iter().any(|word| reader.word(word).is_some());
    if !gives && !reader.new_line() {
        return None;
    }
    let result = reader.literal(0)?;
    Some((Example { arguments, result }, at, reader.at))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Whether a line ends here before anything else stands.
    fn new_line(&self) -> bool {
        let rest = self.rest().trim_start_matches([' ', '\t', '\r']);
        rest.starts_with('\n')
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let before = self.at;
        self.skip_space();
        if self.rest().starts_with(word) {
            self.at += word.len();
            return Some(());
        }
        self.at = before;
        None
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        let mut bytes = [0; 4];
        self.word(sign.encode_utf8(&mut bytes))
    }

    fn literal(&mut self, depth: usize) -> Option<Literal> {
        self.skip_space();
        let first = self.rest().chars().next()?;
        if depth > DEEPEST {
            return None;
        }
        match first {
            '[' => self.bracketed(']', depth).map(Literal::List),
            '(' => self.parenthesised(depth),
            '{' => self.braced(depth),
            '\'' | '"' => self.string(first).map(Literal::Text),
            '-' | '+' | '.' | '0'..='9' => self.number(),
            _ => [
                ("None", Literal::None),
                ("True", Literal::Bool(true)),
                ("False", Literal::Bool(false)),
                ("null", Literal::None),
                ("true", Literal::Bool(true)),
                ("false", Literal::Bool(false)),
            ]
            .into_iter()
            .find_map(|(word, literal)| self.word(word).map(|()| literal)),
        }
    }

    fn bracketed(&mut self, close: char, depth: usize) -> Option<Vec<Literal>> {
        self.at += 1;
        self.items(close, depth + 1)
    }

    fn parenthesised(&mut self, depth: usize) -> Option<Literal> {
        let start = self.at;
        let mut items = self.bracketed(')', depth)?;
        let comma = self.text[start..self.at].trim_end_matches([')', ' ', '\n']);
        if items.len() == 1 && !comma.ends_with(',') {
            return items.pop();
        }
        Some(Literal::Tuple(items))
    }

    fn braced(&mut self, depth: usize) -> Option<Literal> {
        self.at += 1;
        let mut pairs = Vec::new();
        let mut items = Vec::new();
        while self.sign('}').is_none() {
            let key = self.literal(depth + 1)?;
            if self.sign(':').is_some() {
                pairs.push((key, self.literal(depth + 1)?));
            } else {
                items.push(key);
            }
            let _ = self.sign(',');
            if items.len().max(pairs.len()) > WIDEST {
                return None;
            }
        }
        Some(if items.is_empty() {
            Literal::Dict(pairs)
        } else {
            Literal::Set(items)
        })
    }

    /// Items up to a closing sign, with commas between them or none.
    fn items(&mut self, close: char, depth: usize) -> Option<Vec<Literal>> {
        let mut items = Vec::new();
        while self.sign(close).is_none() {
            items.push(self.literal(depth)?);
            let _ = self.sign(',');
            if items.len() > WIDEST {
                return None;
            }
        }
        Some(items)
    }

    fn string(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut escaped = false;
        for (offset, letter) in self.rest().char_indices().skip(1) {
            if letter == quote && !escaped {
                self.at += offset + letter.len_utf8();
                return Some(text);
            }
            if letter == '\n' {
                return None;
            }
            escaped = letter == '\\' && !escaped;
            if !escaped {
                text.push(letter);
            }
        }
        None
    }

    fn number(&mut self) -> Option<Literal> {
        let part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E' | '_');
        let rest = self.rest();
        let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let text = rest[..length].trim_end_matches('.');
        let value: f64 = text.replace('_', "").parse().ok()?;
        self.at += text.len();
        let whole = !text.contains(['.', 'e', 'E']);
        Some(if whole {
            Literal::Number(value)
        } else {
            Literal::Float(value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Literal::{Bool, Dict, Float, List, Number, Set, Text, Tuple};

    fn numbers(of: &[f64]) -> Vec<Literal> {
        of.iter().map(|x| Number(*x)).collect()
    }

    #[test]
    fn the_forms_of_an_example() {
        let one = |arguments: Vec<Literal>, result| Example { arguments, result };
        for (text, expected, words) in [
            (
                "keep even <in> [ 3 -1 4 ] <out> [ 4 ] then <in> [ ] <out> [ ]",
                vec![
                    one(
                        vec![List(numbers(&[3.0, -1.0, 4.0]))],
                        List(numbers(&[4.0])),
                    ),
                    one(vec![List(vec![])], List(vec![])),
                ],
                "keep even   then  ",
            ),
            (
                "Add.\nassert add(1, 2.5) == 3.5\n",
                vec![one(vec![Number(1.0), Float(2.5)], Float(3.5))],
                "Add.\nassert add \n",
            ),
            (
                ">>> f('a\\'b', (1, 2))\nTrue",
                vec![one(
                    vec![Text("a'b".into()), Tuple(numbers(&[1.0, 2.0]))],
                    Bool(true),
                )],
                ">>> f ",
            ),
            (
                "f({'k': [1]}) ➞ {1, 2}. And g(x) == 2",
                vec![one(
                    vec![Dict(vec![(Text("k".into()), List(numbers(&[1.0])))])],
                    Set(numbers(&[1.0, 2.0])),
                )],
                "f . And g(x) == 2",
            ),
        ] {
            let (found, left) = examples(text);
            assert_eq!(found, expected, "{text:?}");
            assert_eq!(left, words, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_example_is_passed_over() {
        for text in [
            "",
            "(",
            "f(",
            "f([[[[[[[[[[[[1]]]]]]]]]]]]) == 1",
            "f('a",
            "<in>",
            "<in> 1 <out>",
            "<in> <out> 1",
            "sum (a, b) of both",
            "f(1) and more",
            "ä(ö) == ü",
            "f(1e) == 2",
        ] {
            assert_eq!(examples(text), (Vec::new(), text.to_owned()), "{text:?}");
        }
    }
}
