use std::sync::OnceLock;

use rand::{Rng, seq::IndexedRandom as _};

use super::{
    Primitive as P,
    chain::Chain,
    datum::Kind,
    phrases::{Template, every_primitive, fill, template},
    task::MAX_BODY,
    token::TokenId,
    vocabulary::vocabulary,
};

/// How programs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Comprehensions (60 %).
    Comprehension,
    /// `map`, `filter` and `lambda` (25 %).
    Builtin,
    /// Loops that append (15 %).
    Loop,
}

impl Style {
    pub(crate) const ALL: [Self; 3] = [Self::Comprehension, Self::Builtin, Self::Loop];

    pub(crate) fn draw(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            0..60 => Self::Comprehension,
            60..85 => Self::Builtin,
            _ => Self::Loop,
        }
    }
}

/// Writes the body of a chain: one statement (or loop) an operation, each rebinding `x`.
/// A loop that would make it too long is a comprehension instead.
pub(crate) fn write(chain: &Chain, style: Style, rng: &mut impl Rng) -> Vec<TokenId> {
    let body = attempt(chain, style, rng);
    if body.len() < MAX_BODY {
        body
    } else {
        attempt(chain, Style::Comprehension, rng)
    }
}

/// The body in a drawn style first, then in the other styles where they differ.
pub(crate) fn write_all(chain: &Chain, rng: &mut impl Rng) -> Vec<Vec<TokenId>> {
    let drawn = Style::draw(rng);
    let mut bodies = vec![write(chain, drawn, rng)];
    for style in Style::ALL.into_iter().filter(|&style| style != drawn) {
        let body = write(chain, style, rng);
        if !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    bodies
}

fn attempt(chain: &Chain, style: Style, rng: &mut impl Rng) -> Vec<TokenId> {
    static COMPILED: OnceLock<Vec<Compiled>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| every_primitive().into_iter().map(compile).collect());
    let mut body = Vec::with_capacity(MAX_BODY);
    for op in chain.ops() {
        let compiled = &compiled[op.primitive.index()];
        let text = &compiled.text;
        let own = if chain.kind == Kind::Text && !text.is_empty() {
            text
        } else {
            &compiled.styles[style as usize]
        };
        if let Some(form) = own.choose(rng) {
            fill(form, op.n, &mut body);
        }
        body.push(TokenId::NL);
    }
    let [keyword, x] = ["return", "x"].map(|word| vocabulary().id(word).unwrap_or(TokenId::ODD));
    body.extend([keyword, x]);
    body
}

/// The forms of one primitive, in tokens.
struct Compiled {
    /// By style.
    styles: [Vec<Template>; 3],
    /// For strings, where lists have forms that strings lack; else empty.
    text: Vec<Template>,
}

fn compile(primitive: P) -> Compiled {
    let templates = |forms: &[String]| -> Vec<Template> {
        forms
            .iter()
            .map(|form| template(vocabulary(), form))
            .collect()
    };
    let styles = Style::ALL.map(|style| templates(&forms(primitive, style)));
    let text = match primitive {
        P::Reverse => templates(&["x = x [ : : -1 ]".to_owned()]),
        _ => Vec::new(),
    };
    Compiled { styles, text }
}

/// The statements that an operation may be, in one style.
fn forms(primitive: P, style: Style) -> Vec<String> {
    let (kept, expressions): (Option<&str>, &[&str]) = shape(primitive);
    match (kept, style) {
        (Some(condition), _) => vec![filtered(primitive, condition, style)],
        (None, _) if !expressions.is_empty() => expressions
            .iter()
            .map(|expression| mapped(expression, style))
            .collect(),
        _ => whole(primitive, style)
            .iter()
            .map(|&form| form.to_owned())
            .collect(),
    }
}

/// The condition of a filter, or the expressions of a map.
fn shape(primitive: P) -> (Option<&'static str>, &'static [&'static str]) {
    match primitive {
        P::Even => (Some("v % 2 == 0"), &[]),
        P::Odd => (Some("v % 2 == 1"), &[]),
        P::Positive => (Some("v > 0"), &[]),
        P::Negative => (Some("v < 0"), &[]),
        P::Above => (Some("v > {n}"), &[]),
        P::Below => (Some("v < {n}"), &[]),
        P::AtLeast => (Some("v >= {n}"), &[]),
        P::AtMost => (Some("v <= {n}"), &[]),
        P::NoVowels => (Some("v not in 'aeiAEI'"), &[]),
        P::Double => (None, &["v * 2", "v + v"]),
        P::Square => (None, &["v * v", "v ** 2"]),
        P::Negate => (None, &["- v"]),
        P::Add => (None, &["v + {n}"]),
        P::Subtract => (None, &["v - {n}"]),
        P::Absolute => (None, &["abs ( v )"]),
        _ => (None, &[]),
    }
}

fn filtered(primitive: P, condition: &str, style: Style) -> String {
    if primitive == P::NoVowels {
        return match style {
            Style::Comprehension => format!("x = '' .join ( [ v for v in x if {condition} ] )"),
            Style::Builtin => format!("x = '' .join ( filter ( lambda v : {condition} , x ) )"),
            Style::Loop => format!(
                "r = '' <nl> for v in x : <ind> if {condition} : <ind> r += v <ded> <ded> x = r"
            ),
        };
    }
    match style {
        Style::Comprehension => format!("x = [ v for v in x if {condition} ]"),
        Style::Builtin => format!("x = list ( filter ( lambda v : {condition} , x ) )"),
        Style::Loop => format!(
            "r = [ ] <nl> for v in x : <ind> if {condition} : <ind> r .append ( v ) <ded> <ded> x = r"
        ),
    }
}

fn mapped(expression: &str, style: Style) -> String {
    match style {
        Style::Comprehension => format!("x = [ {expression} for v in x ]"),
        Style::Builtin if expression == "abs ( v )" => "x = list ( map ( abs , x ) )".to_owned(),
        Style::Builtin => format!("x = list ( map ( lambda v : {expression} , x ) )"),
        Style::Loop => {
            format!("r = [ ] <nl> for v in x : <ind> r .append ( {expression} ) <ded> x = r")
        }
    }
}

/// Operations on a whole list or string.
fn whole(primitive: P, style: Style) -> &'static [&'static str] {
    let looped = style == Style::Loop;
    match primitive {
        P::Sort => &["x = sorted ( x )", "x .sort ( )"],
        P::SortDescending => &[
            "x = sorted ( x , reverse = True )",
            "x .sort ( reverse = True )",
        ],
        P::Unique if looped => &[
            "r = [ ] <nl> for v in x : <ind> if v not in r : <ind> r .append ( v ) <ded> <ded> x = r",
        ],
        P::Unique => &["x = list ( dict .fromkeys ( x ) )"],
        P::Reverse => &["x = x [ : : -1 ]", "x .reverse ( )"],
        P::Take => &["x = x [ : {n} ]"],
        P::Drop => &["x = x [ {n} : ]"],
        P::Sum if looped => &["r = 0 <nl> for v in x : <ind> r += v <ded> x = r"],
        P::Sum => &["x = sum ( x )"],
        P::Largest => &["x = max ( x )", "x = sorted ( x ) [ -1 ]"],
        P::Smallest => &["x = min ( x )", "x = sorted ( x ) [ 0 ]"],
        P::Length => &["x = len ( x )"],
        P::Last => &["x = x [ -1 ]"],
        P::Upper => &["x = x .upper ( )"],
        P::Repeat => &["x = x * 2", "x = x + x"],
        P::SortLetters => &["x = '' .join ( sorted ( x ) )"],
        P::LargestOr if style == Style::Builtin => &["x = max ( x , default = {n} )"],
        P::LargestOr => &["x = max ( x ) if x else {n}"],
        P::SmallestOr if style == Style::Builtin => &["x = min ( x , default = {n} )"],
        P::SmallestOr => &["x = min ( x ) if x else {n}"],
        P::LastOr => &["x = x [ -1 ] if x else {n}"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pymini::phrases::Piece;

    #[test]
    fn every_primitive_has_a_form_in_every_style_that_the_vocabulary_can_write() {
        for primitive in every_primitive() {
            let compiled = compile(primitive);
            for forms in &compiled.styles {
                assert!(!forms.is_empty(), "{primitive:?}");
                for form in forms {
                    assert!(!form.contains(&Piece::Token(TokenId::ODD)), "{primitive:?}");
                    let numbered = form.contains(&Piece::Number);
                    assert_eq!(numbered, primitive.numbers().is_some(), "{primitive:?}");
                }
            }
        }
    }
}
