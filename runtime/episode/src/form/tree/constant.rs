//! Constants, by value.

use ruff_python_ast::{Expr, Int, InterpolatedStringElement, Number, UnaryOp};

use super::walk::Walk;

/// Longest number, in digits, that is read for its value where it has more than 64 bits: reading takes the square of it.
const MAX_DIGITS: usize = 1000;

impl Walk<'_> {
    pub(super) fn number(&mut self, number: &Number) {
        match number {
            Number::Int(int) => match integer(int) {
                Ok(digits) => self.value("int", digits),
                Err(written) => self.value("long int", written),
            },
            Number::Float(value) => self.value("float", value.to_bits().to_le_bytes()),
            Number::Complex { real, imag } => {
                self.value("complex", real.to_bits().to_le_bytes());
                self.value("float", imag.to_bits().to_le_bytes());
            }
        }
    }
}

/// The value in hex digits, or what is written where that is too long to be read.
fn integer(int: &Int) -> Result<String, String> {
    if let Some(value) = int.as_u64() {
        return Ok(format!("{value:x}"));
    }
    // As written, sign for sign.
    let mut written = int.to_string().to_ascii_lowercase();
    written.retain(|digit| digit != '_');
    let (radix, digits) = match written.split_at_checked(2) {
        Some(("0x", digits)) => (16, digits),
        Some(("0o", digits)) => (8, digits),
        Some(("0b", digits)) => (2, digits),
        _ => (10, written.as_str()),
    };
    if digits.len() > MAX_DIGITS {
        return Err(written);
    }
    // Words of the value, the lowest first.
    let mut words: Vec<u32> = Vec::new();
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for word in &mut words {
            carry += u64::from(*word) * u64::from(radix);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    let mut words = words.iter().rev();
    let first = words.next().copied().unwrap_or_default();
    let rest = words.map(|word| format!("{word:08x}"));
    Ok(std::iter::once(format!("{first:x}")).chain(rest).collect())
}

/// Whether an expression does nothing where it stands as a statement: a docstring, or another constant.
pub(super) fn is_idle(expr: &Expr) -> bool {
    match expr {
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_) => true,
        Expr::FString(it) => it.value.elements().all(is_text),
        Expr::UnaryOp(it) => {
            matches!(it.op, UnaryOp::UAdd | UnaryOp::USub)
                && matches!(&*it.operand, Expr::NumberLiteral(_))
        }
        Expr::Tuple(it) => it.elts.iter().all(is_idle),
        Expr::List(it) => it.elts.iter().all(is_idle),
        _ => false,
    }
}

pub(super) fn is_text(element: &InterpolatedStringElement) -> bool {
    matches!(element, InterpolatedStringElement::Literal(_))
}

#[cfg(test)]
mod tests {
    use super::integer;
    use ruff_python_ast::Int;

    #[test]
    fn numbers_count_by_value() {
        fn big(digits: &str, radix: u32, token: &str) -> Result<String, String> {
            integer(&Int::from_str_radix(digits, radix, token).unwrap())
        }
        let two_to_64: Result<String, String> = Ok("10000000000000000".to_owned());
        assert_eq!(
            big("18446744073709551616", 10, "18446744073709551616"),
            two_to_64
        );
        assert_eq!(
            big("10000000000000000", 16, "0X1_0000000000000000"),
            two_to_64
        );
        let octal = "2000000000000000000000";
        assert_eq!(big(octal, 8, &format!("0o{octal}")), two_to_64);
        let binary = format!("1{}", "0".repeat(64));
        assert_eq!(big(&binary, 2, &format!("0b{binary}")), two_to_64);
        assert_eq!(big("1", 16, "0x1"), Ok("1".to_owned()));
        let long = "9".repeat(1001);
        assert_eq!(big(&long, 10, &long), Err(long.clone()));
    }
}
