//! What a task's examples say of its function, as words that are ranked like those of its text.
//!
//! A word stands for one law that every example of the task keeps: types in and out, how the length
//! changes, which signs come out, whether the output is ordered, is drawn from the input, is one of its
//! statistics. Laws are ranked by BM25 as words are, so a law that most tasks keep weighs little.

use crate::retrieval::examples::{Example, Literal};

/// The laws that all of the examples keep; none without examples.
pub(crate) fn signature(examples: &[Example]) -> Vec<String> {
    let Some((first, rest)) = examples.split_first() else {
        return Vec::new();
    };
    let mut laws = of_one(first);
    for example in rest {
        let other = of_one(example);
        laws.retain(|law| other.contains(law));
    }
    laws.sort_unstable();
    laws.dedup();
    laws
}

fn of_one(example: &Example) -> Vec<String> {
    let Example { arguments, result } = example;
    let mut laws = vec![
        format!("arguments {}", arguments.len()),
        format!("out {}", kind(result)),
    ];
    for (place, argument) in arguments.iter().enumerate() {
        laws.push(format!("in {place} {}", kind(argument)));
    }
    laws.extend(own(result).into_iter().map(|law| format!("out {law}")));
    for argument in arguments.iter().take(2) {
        laws.extend(between(argument, result));
    }
    laws
}

/// The type, to the depth that tells functions apart.
fn kind(literal: &Literal) -> String {
    let of_items = |name: &str, items: &[Literal]| match items.first() {
        Some(first) if items.iter().all(|item| kind(item) == kind(first)) => {
            format!("{name} of {}", kind(first))
        }
        Some(_) => format!("{name} of several"),
        None => format!("{name} empty"),
    };
    match literal {
        Literal::None => "none".to_owned(),
        Literal::Bool(_) => "bool".to_owned(),
        Literal::Number(_) => "int".to_owned(),
        Literal::Float(_) => "float".to_owned(),
        Literal::Text(_) => "text".to_owned(),
        Literal::List(items) => of_items("list", items),
        Literal::Tuple(items) => of_items("tuple", items),
        Literal::Set(items) => of_items("set", items),
        Literal::Dict(pairs) => match pairs.first() {
            Some((key, value)) => format!("dict of {} to {}", kind(key), kind(value)),
            None => "dict empty".to_owned(),
        },
    }
}

/// What holds of a value by itself.
fn own(value: &Literal) -> Vec<&'static str> {
    let mut laws = Vec::new();
    let mut law = |holds: bool, name| laws.extend(holds.then_some(name));
    if let Some(numbers) = numbers(value).filter(|numbers| !numbers.is_empty()) {
        law(numbers.iter().all(|x| *x >= 0.0), "not negative");
        law(numbers.iter().all(|x| *x > 0.0), "positive");
        law(numbers.iter().all(|x| *x <= 0.0), "not positive");
        law(numbers.iter().all(|x| x % 2.0 == 0.0), "even");
        law(numbers.iter().all(|x| x.rem_euclid(2.0) == 1.0), "odd");
        law(
            numbers.iter().all(|x| *x >= 0.0 && x.sqrt().fract() == 0.0),
            "squares",
        );
    }
    if let Some(items) = items(value).filter(|items| items.len() > 1) {
        law(items.is_sorted(), "ascending");
        law(items.iter().rev().is_sorted(), "descending");
        let mut distinct = items.clone();
        distinct.sort_unstable();
        distinct.dedup();
        law(distinct.len() == items.len(), "distinct");
    }
    if let Literal::Text(text) = value {
        law(*text == text.to_uppercase(), "upper");
        law(*text == text.to_lowercase(), "lower");
        law(!text.to_lowercase().contains(['a', 'e', 'i']), "no vowel");
    }
    laws
}

/// What holds between an argument and the result.
fn between(argument: &Literal, result: &Literal) -> Vec<String> {
    let mut laws = Vec::new();
    let mut law = |holds: bool, name: &str| laws.extend(holds.then(|| name.to_owned()));
    law(argument == result, "the same");
    if let (Some(from), Some(to)) = (items(argument), items(result)) {
        law(to.len() == from.len(), "same length");
        law(to.len() < from.len(), "shorter");
        law(to.len() > from.len(), "longer");
        law(to.len() == 2 * from.len(), "twice as long");
        law(to.iter().all(|item| from.contains(item)), "drawn from it");
        law(in_order(&to, &from), "left over in order");
        law(from.starts_with(&to), "a head of it");
        law(from.ends_with(&to), "a tail of it");
        law(to.iter().rev().eq(from.iter()), "reversed");
        let sorted = |items: &[String]| {
            let mut items = items.to_vec();
            items.sort_unstable();
            items
        };
        law(sorted(&to) == sorted(&from), "a permutation");
    }
    if let (Some(from), Some(to)) = (numbers(argument), numbers(result)) {
        laws.extend(of_numbers(&from, &to));
    }
    if let (Some(from), Literal::Number(n) | Literal::Float(n)) = (items(argument), result) {
        #[allow(clippy::cast_precision_loss, reason = "a length")]
        let length = from.len() as f64;
        laws.extend((*n == length).then(|| "its length".to_owned()));
    }
    laws
}

/// Laws of numbers: place by place, and as a statistic of all.
fn of_numbers(from: &[f64], to: &[f64]) -> Vec<String> {
    let mut laws = Vec::new();
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0);
    let mut law = |holds: bool, name: String| laws.extend(holds.then_some(name));
    if from.len() == to.len() && !from.is_empty() {
        let each = |of: fn(f64) -> f64| from.iter().zip(to).all(|(x, y)| close(of(*x), *y));
        law(each(|x| 2.0 * x), "each doubled".to_owned());
        law(each(|x| x * x), "each squared".to_owned());
        law(each(|x| -x), "each negated".to_owned());
        law(each(f64::abs), "each absolute".to_owned());
        let step = to[0] - from[0];
        let shifted = from.iter().zip(to).all(|(x, y)| close(y - x, step));
        law(shifted && step != 0.0, format!("each plus {step}"));
        let rises = |a: &(&f64, &f64), b: &(&f64, &f64)| (a.0 - b.0) * (a.1 - b.1);
        let pairs: Vec<(&f64, &f64)> = from.iter().zip(to).collect();
        let all = |sign: f64| {
            pairs
                .iter()
                .enumerate()
                .all(|(at, a)| pairs[at + 1..].iter().all(|b| rises(a, b) * sign >= 0.0))
        };
        law(from.len() > 2 && all(1.0), "monotone".to_owned());
        law(from.len() > 2 && all(-1.0), "antitone".to_owned());
    }
    if let ([y], true) = (to, from.len() > 1) {
        let most = from.iter().copied().fold(f64::MIN, f64::max);
        let least = from.iter().copied().fold(f64::MAX, f64::min);
        law(close(*y, from.iter().sum()), "the sum".to_owned());
        law(close(*y, most), "the largest".to_owned());
        law(close(*y, least), "the smallest".to_owned());
        law(
            from.last().is_some_and(|x| close(*x, *y)),
            "the last".to_owned(),
        );
        law(
            from.first().is_some_and(|x| close(*x, *y)),
            "the first".to_owned(),
        );
    }
    laws
}

/// Whether `to` is `from` with some items left out.
fn in_order(to: &[String], from: &[String]) -> bool {
    let mut from = from.iter();
    to.iter().all(|item| from.any(|other| other == item))
}

/// The numbers of a number or of a list of them.
fn numbers(value: &Literal) -> Option<Vec<f64>> {
    let number = |literal: &Literal| match literal {
        Literal::Number(x) | Literal::Float(x) => Some(*x),
        _ => None,
    };
    match value {
        Literal::List(items) | Literal::Tuple(items) | Literal::Set(items) => {
            items.iter().map(number).collect()
        }
        other => number(other).map(|x| vec![x]),
    }
}

/// The items of a list or the letters of a text, in a form that sorts as they do.
fn items(value: &Literal) -> Option<Vec<String>> {
    let shown = |literal: &Literal| match literal {
        // Shifted, so that order as text is order as numbers.
        Literal::Number(x) | Literal::Float(x) => format!("{:024.6}", x + 1e12),
        other => format!("{other:?}"),
    };
    match value {
        Literal::List(items) | Literal::Tuple(items) | Literal::Set(items) => {
            Some(items.iter().map(shown).collect())
        }
        Literal::Text(text) => {
            let letters = text.chars().filter(|letter| !letter.is_whitespace());
            Some(letters.map(String::from).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieval::examples::examples;

    fn laws(text: &str) -> Vec<String> {
        signature(&examples(text).0)
    }

    #[test]
    fn laws_are_those_that_all_examples_keep() {
        let doubled = laws("<in> [ 1 2 3 ] <out> [ 2 4 6 ] <in> [ -1 ] <out> [ -2 ]");
        for law in [
            "each doubled",
            "same length",
            "out even",
            "in 0 list of int",
        ] {
            assert!(
                doubled.iter().any(|found| found == law),
                "{law}: {doubled:?}"
            );
        }
        // Only the first example has them.
        for law in ["out positive", "monotone", "out ascending"] {
            assert!(
                !doubled.iter().any(|found| found == law),
                "{law}: {doubled:?}"
            );
        }
        let sorted = laws("assert f([3, -10, 2]) == [-10, 2, 3]");
        for law in ["a permutation", "out ascending", "out distinct"] {
            assert!(sorted.iter().any(|found| found == law), "{law}: {sorted:?}");
        }
        let upper = laws(">>> f('ab')\n'AB'\n>>> f('c d')\n'C D'");
        for law in ["out upper", "in 0 text", "same length"] {
            assert!(upper.iter().any(|found| found == law), "{law}: {upper:?}");
        }
        assert!(laws("f([1, 5, 2]) == 8").contains(&"the sum".to_owned()));
        assert!(laws("f('abc') == 3").contains(&"its length".to_owned()));
        assert!(laws("f([4, 5, 6, 7]) == [5, 7]").contains(&"left over in order".to_owned()));
        assert!(laws("no examples").is_empty());
    }
}
