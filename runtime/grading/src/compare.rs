//! What a whole program wrote against what it must write. All of it counts, never a part of it.

use falcon_episode::{Compare, Stdio};

use crate::{decimal::Decimal, execute::shortened};

/// How the output is not what it must be; nothing where it is.
pub(crate) fn difference(output: &[u8], wanted: &Stdio) -> Option<String> {
    // Before anything is compared: decoded loosely, bad bytes would equal the sign that stands for them.
    let got = match std::str::from_utf8(output) {
        Ok(got) => got,
        Err(error) => {
            let at = error.valid_up_to();
            let line = 1 + output[..at].iter().filter(|byte| **byte == b'\n').count();
            return Some(format!("line {line}: not UTF-8 at byte {at} of the output"));
        }
    };
    let expected = wanted.expected.as_str();
    match wanted.compare {
        Compare::Exact => (got != expected).then(|| {
            of_lines(got, expected, str::to_owned).unwrap_or_else(|| {
                format!(
                    "the output ends in other white space: it has {} bytes, and should have {}",
                    got.len(),
                    expected.len()
                )
            })
        }),
        Compare::Text => {
            let ends = |text: &str| text.trim_end().to_owned();
            of_lines(&ends(got), &ends(expected), ends)
        }
        Compare::Tokens => of_words(got, expected, |a, b| a == b),
        Compare::Numbers(tolerance) => of_words(got, expected, |a, b| near(a, b, tolerance)),
    }
}

/// The first line that differs, where lines are compared as `of` makes them.
fn of_lines(got: &str, expected: &str, of: impl Fn(&str) -> String) -> Option<String> {
    let (mut ours, mut theirs) = (got.lines(), expected.lines());
    for line in 1_usize.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (a, b) if a.map(&of) == b.map(&of) => {}
            (a, b) => return Some(differs("line", line, a, b)),
        }
    }
    None
}

/// The first word that differs.
fn of_words(got: &str, expected: &str, same: impl Fn(&str, &str) -> bool) -> Option<String> {
    let (mut ours, mut theirs) = (got.split_whitespace(), expected.split_whitespace());
    for word in 1_usize.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (Some(a), Some(b)) if same(a, b) => {}
            (a, b) => return Some(differs("word", word, a, b)),
        }
    }
    None
}

fn differs(what: &str, number: usize, got: Option<&str>, expected: Option<&str>) -> String {
    let say = |part: Option<&str>| match part {
        Some(text) => format!("{:?}", shortened(text)),
        None => "the end".to_owned(),
    };
    format!(
        "{what} {number}: got {}, expected {}",
        say(got),
        say(expected)
    )
}

/// Whether two words are the same text, or numbers that differ by at most the tolerance, absolutely or relative to the
/// second. All their digits count: with a tolerance of 0 the numbers are the same, however they are written.
fn near(got: &str, expected: &str, tolerance: f64) -> bool {
    if got == expected {
        return true;
    }
    let (Some(number), Some(wanted)) = (Decimal::of(got), Decimal::of(expected)) else {
        return false;
    };
    let is_same = number == wanted;
    if is_same || tolerance == 0.0 {
        return is_same;
    }
    // Both made smaller alike, so that the expected one is within doubles.
    let power = -wanted.order().max(0);
    let (number, wanted) = (number.scaled(power), wanted.scaled(power));
    let size = wanted.distance(&Decimal::ZERO);
    // What lies at the tolerance is within it, however the four steps to here were rounded.
    let most = tolerance * size.max(1.0) * (1.0 + 4.0 * f64::EPSILON);
    number.distance(&wanted) <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is expected, how it is compared, what came, and what is said of the difference.
    const CASES: [(&str, Compare, &[u8], Option<&str>); 39] = [
        ("a\n", Compare::Exact, b"a\n", None),
        (
            "a\n",
            Compare::Exact,
            b"a",
            Some("other white space: it has 1 bytes"),
        ),
        (
            "a\n",
            Compare::Exact,
            b"a \n",
            Some("line 1: got \"a \", expected \"a\""),
        ),
        (
            "a\n",
            Compare::Exact,
            b"a\nb\n",
            Some("line 2: got \"b\", expected the end"),
        ),
        (
            "a\n",
            Compare::Exact,
            b"a\r\n",
            Some("it has 3 bytes, and should have 2"),
        ),
        ("a\nb", Compare::Text, b"a  \r\nb\n\n", None),
        ("a\nb", Compare::Text, b" a\nb", Some("line 1: got \" a\"")),
        (
            "a\nb",
            Compare::Text,
            b"a",
            Some("line 2: got the end, expected \"b\""),
        ),
        (
            "a\nb",
            Compare::Text,
            b"a\nb\nc",
            Some("line 3: got \"c\", expected the end"),
        ),
        (
            "\u{fffd}",
            Compare::Text,
            b"\xff",
            Some("not UTF-8 at byte 0"),
        ),
        (
            "\u{fffd}",
            Compare::Tokens,
            b" \xff",
            Some("not UTF-8 at byte 1"),
        ),
        ("\u{fffd}", Compare::Text, "\u{fffd}".as_bytes(), None),
        ("1 2 3", Compare::Tokens, b"1\n2\t3\n", None),
        (
            "1 2 3",
            Compare::Tokens,
            b"1 2",
            Some("word 3: got the end, expected \"3\""),
        ),
        (
            "1 2",
            Compare::Tokens,
            b"1 2 3",
            Some("word 3: got \"3\", expected the end"),
        ),
        (
            "1 2",
            Compare::Tokens,
            b"12",
            Some("word 1: got \"12\", expected \"1\""),
        ),
        ("1", Compare::Tokens, b"1.0", Some("word 1")),
        ("1 x", Compare::Numbers(1e-6), b"1.0000001\nx", None),
        (
            "1",
            Compare::Numbers(1e-6),
            b"1.00001",
            Some("word 1: got \"1.00001\""),
        ),
        ("1e9", Compare::Numbers(1e-6), b"1000000500", None),
        ("1e9", Compare::Numbers(1e-6), b"1000002000", Some("word 1")),
        (
            "nan",
            Compare::Numbers(1.0),
            b"0",
            Some("word 1: got \"0\", expected \"nan\""),
        ),
        (
            "0",
            Compare::Numbers(1.0),
            b"nan",
            Some("word 1: got \"nan\""),
        ),
        (
            "1",
            Compare::Numbers(1e300),
            b"inf",
            Some("word 1: got \"inf\""),
        ),
        (
            "9007199254740993",
            Compare::Numbers(0.0),
            b"9007199254740992",
            Some("word 1"),
        ),
        (
            "10000000000000000000000000000000000000001",
            Compare::Numbers(0.0),
            b"10000000000000000000000000000000000000000",
            Some("word 1"),
        ),
        (
            "10000000000000000000000000000000000000001",
            Compare::Numbers(1e-9),
            b"10000000000000000000000000000000000000000",
            None,
        ),
        (
            "9007199254740993.0",
            Compare::Numbers(0.0),
            b"9007199254740992.0",
            Some("word 1"),
        ),
        (
            "9007199254740993.0",
            Compare::Numbers(1e-17),
            b"9007199254740992.0",
            Some("word 1"),
        ),
        ("0", Compare::Numbers(0.0), b"1e-400", Some("word 1")),
        ("0", Compare::Numbers(1e-300), b"1e-400", None),
        ("1.50", Compare::Numbers(0.0), b"15e-1", None),
        ("1e400", Compare::Numbers(1.0), b"2e400", None),
        ("1e400", Compare::Numbers(0.9), b"2e400", Some("word 1")),
        ("1e400", Compare::Numbers(1e-6), b"10000001e393", None),
        (
            "1e2000000000000",
            Compare::Numbers(0.5),
            b"1e3000000000000",
            Some("word 1"),
        ),
        ("5", Compare::Numbers(1e-6), b"5.000005", None),
        ("0.3", Compare::Numbers(0.1), b"0.4", None),
        (
            "yes 1",
            Compare::Numbers(1.0),
            b"no 1",
            Some("word 1: got \"no\""),
        ),
    ];

    #[test]
    fn all_of_the_output_counts_in_its_own_way() {
        for (expected, compare, got, says) in CASES {
            let stdio = Stdio {
                input: String::new(),
                expected: expected.to_owned(),
                compare,
            };
            let differs = difference(got, &stdio);
            let as_it_says = match (&differs, says) {
                (None, None) => true,
                (Some(differs), Some(says)) => differs.contains(says),
                _ => false,
            };
            assert!(as_it_says, "{expected:?} {compare:?} {got:?}: {differs:?}");
        }
    }
}
