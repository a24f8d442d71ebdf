//! Numbers as they are written in decimal digits, with all of them: a double holds some sixteen.

/// A sum of digits that says all that a double can hold.
const ENOUGH: u128 = 10_u128.pow(30);

/// Exponents from here on are told apart by no text's length, and are none.
const FAR: i64 = 1 << 40;

/// A finite number, with each of its digits. Equal ones are the same number, however they were written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// From 0 to 9 each, and no zero at either end: none of zero.
    digits: Vec<u8>,
    /// The power of ten that the first digit counts; 0 of zero.
    first: i64,
}

impl Decimal {
    pub(crate) const ZERO: Self = Self {
        negative: false,
        digits: Vec::new(),
        first: 0,
    };

    /// The number that a text writes: digits, with a sign, a point and an exponent of less than 2⁴⁰ where it has them. None
    /// where it is no such text; `nan` and `inf` are none.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (negative, text) = signed(text);
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, exponent(power)?),
            None => (text, 0),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let bytes = whole.bytes().chain(part.bytes());
        let digits = bytes.map(|byte| byte.is_ascii_digit().then(|| byte - b'0'));
        let mut digits: Vec<u8> = digits.collect::<Option<_>>()?;
        if digits.is_empty() {
            return None;
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Self::ZERO);
        }
        if power.abs() >= FAR {
            return None;
        }
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        let before = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        Some(Self {
            negative,
            digits,
            first: power + before - 1,
        })
    }

    /// The power of ten that its first digit counts; 0 of zero.
    pub(crate) const fn order(&self) -> i64 {
        self.first
    }

    /// The number times a power of ten.
    pub(crate) fn scaled(mut self, power: i64) -> Self {
        if !self.digits.is_empty() {
            self.first += power;
        }
        self
    }

    /// How far apart two numbers are: of their exact difference the nearest double, which is 0 or infinite where that is
    /// beyond doubles.
    pub(crate) fn distance(&self, other: &Self) -> f64 {
        let ends = [self, other].into_iter().filter_map(Self::ends);
        let (Some(first), Some(last)) = (
            ends.clone().map(|(first, _)| first).max(),
            ends.map(|(_, last)| last).min(),
        ) else {
            return 0.0;
        };
        // Ends soon where few digits lie far apart: what is not 0 grows with each place.
        let (mut sum, mut place) = (0_i128, first);
        loop {
            sum = 10 * sum + self.at(place) - other.at(place);
            if place == last || sum.unsigned_abs() > ENOUGH {
                let text = format!("{}e{place}", sum.unsigned_abs());
                return text.parse().unwrap_or(f64::INFINITY);
            }
            place -= 1;
        }
    }

    /// The powers of ten of its first and last digit; none of zero.
    fn ends(&self) -> Option<(i64, i64)> {
        let more = i64::try_from(self.digits.len()).ok()? - 1;
        (more >= 0).then_some((self.first, self.first - more))
    }

    /// The digit that counts a power of ten, with the number's sign.
    fn at(&self, place: i64) -> i128 {
        let from_first = usize::try_from(self.first - place).ok();
        let digit = from_first.and_then(|at| self.digits.get(at));
        let digit = i128::from(digit.copied().unwrap_or(0));
        if self.negative { -digit } else { digit }
    }
}

/// Whether a text begins with a minus, and the text after its sign.
fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The power of ten that an exponent names, cut where it is too far.
fn exponent(text: &str) -> Option<i64> {
    let (negative, digits) = signed(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits that are too many are all that is left to be wrong.
    let power = digits.parse::<i64>().unwrap_or(FAR).min(FAR);
    Some(if negative { -power } else { power })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::of(text).unwrap_or_else(|| panic!("{text:?} is a number"))
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for (one, other) in [
            ("1", "+1.000"),
            ("100", "1e2"),
            ("1E-2", ".01"),
            ("0", "-0.0e99999999999999999999"),
            ("5.", "0.05e+2"),
            ("-12.50", "-00125e-1"),
        ] {
            assert_eq!(number(one), number(other), "{one} {other}");
            assert_eq!(number(one).distance(&number(other)), 0.0, "{one} {other}");
        }
        for text in [
            "",
            "-",
            ".",
            "e1",
            "1e",
            "1e+",
            "1e1.5",
            "1_0",
            "nan",
            "inf",
            "0x1",
            "--1",
            "1.2.3",
            "१",
            "1e1099511627776",
            "1e-99999999999999999999",
        ] {
            assert_eq!(Decimal::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_as_far_apart_as_their_digits_say() {
        let long = format!("1{}", "0".repeat(40));
        let next = format!("1{}1", "0".repeat(39));
        let nines = format!("0.{}", "9".repeat(400));
        for (one, other, apart) in [
            (long.as_str(), next.as_str(), 1.0),
            ("9007199254740993.0", "9007199254740992.0", 1.0),
            ("0.4", "0.3", 0.1),
            ("-1", "1", 2.0),
            ("1000", "999.5", 0.5),
            ("0", "1e-300", 1e-300),
            ("1", "1e-300000000", 1.0),
            ("1e-300000000", "0", 0.0),
            ("1e300000000", "0", f64::INFINITY),
            ("1", nines.as_str(), 0.0),
            (
                "123456789012345678901234567890123456",
                "0",
                1.234_567_890_123_456_8e35,
            ),
        ] {
            assert_eq!(number(one).distance(&number(other)), apart, "{one} {other}");
            assert_eq!(number(other).distance(&number(one)), apart, "{other} {one}");
        }
        assert_ne!(number("1"), number(&nines));
        assert_ne!(number("1e-300000000"), number("0"));
    }
}
