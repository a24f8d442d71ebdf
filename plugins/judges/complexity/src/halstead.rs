//! Halstead's measures (Halstead 1977), counted as radon counts them.
//!
//! Operators are the arithmetic, comparing and logical ones, augmented assignment among them; operands are what
//! they are applied to. Two operands are the same where they are the same name, attribute or constant in
//! functions of the same name; any other expression is an operand of its own.

use std::collections::{BTreeMap, BTreeSet};

use python_source::{
    Ranged, Source,
    ast::{Expr, Number, Stmt, visitor::Visitor},
    walk_expr, walk_stmt,
};

/// The four counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Halstead {
    /// Distinct operators, h1.
    pub(crate) distinct_operators: u32,
    /// Distinct operands, h2.
    pub(crate) distinct_operands: u32,
    /// Operators, N1.
    pub(crate) operators: u32,
    /// Operands, N2.
    pub(crate) operands: u32,
}

impl Halstead {
    /// V = (N1 + N2) · log₂(h1 + h2), in bits.
    pub(crate) fn volume(self) -> f64 {
        match self.distinct_operators + self.distinct_operands {
            0 => 0.0,
            vocabulary => f64::from(self.operators + self.operands) * f64::from(vocabulary).log2(),
        }
    }

    /// D = h1 / 2 · N2 / h2.
    pub(crate) fn difficulty(self) -> f64 {
        match self.distinct_operands {
            0 => 0.0,
            distinct => {
                f64::from(self.distinct_operators) * f64::from(self.operands)
                    / (2.0 * f64::from(distinct))
            }
        }
    }
}

/// Counts a program.
pub(crate) fn of(source: &Source<'_>) -> Halstead {
    let mut count = Count::default();
    count.visit_body(source.body());
    Halstead {
        distinct_operators: count.operators_seen.len() as u32,
        distinct_operands: count.operands_seen.len() as u32,
        operators: count.operators,
        operands: count.operands,
    }
}

#[derive(Default)]
struct Count<'a> {
    /// The function at hand, by the number of its name; none outside of all.
    function: Option<usize>,
    /// Each function's name and its number, which is compared faster.
    names: BTreeMap<&'a str, usize>,
    operators: u32,
    operands: u32,
    operators_seen: BTreeSet<&'static str>,
    operands_seen: BTreeSet<(Option<usize>, Operand<'a>)>,
}

/// What makes two operands the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Operand<'a> {
    /// A name, an attribute's name or a text: the same where they read the same.
    Text(&'a str),
    Bytes(Vec<u8>),
    /// A number, as it is written once its kind does not matter: `1`, `1.0` and `True` are equal.
    Number(String),
    None,
    Ellipsis,
    /// Any other expression, by its first byte and one past its last.
    At(u32, u32),
}

impl<'a> Count<'a> {
    fn operator(&mut self, name: &'static str) {
        self.operators += 1;
        self.operators_seen.insert(name);
    }

    fn operand(&mut self, expr: &'a Expr) {
        self.operands += 1;
        self.operands_seen.insert((self.function, operand(expr)));
    }
}

fn operand(expr: &Expr) -> Operand<'_> {
    match expr {
        Expr::Name(name) => Operand::Text(name.id.as_str()),
        Expr::Attribute(attribute) => Operand::Text(attribute.attr.as_str()),
        Expr::StringLiteral(text) => Operand::Text(text.value.to_str()),
        Expr::BytesLiteral(bytes) => Operand::Bytes(bytes.value.bytes().collect()),
        Expr::BooleanLiteral(truth) => Operand::Number(u8::from(truth.value).to_string()),
        Expr::NoneLiteral(_) => Operand::None,
        Expr::EllipsisLiteral(_) => Operand::Ellipsis,
        Expr::NumberLiteral(number) => Operand::Number(match &number.value {
            Number::Int(int) => int.to_string(),
            Number::Float(float) => float.to_string(),
            Number::Complex { real, imag } if *imag == 0.0 => real.to_string(),
            Number::Complex { real, imag } => format!("{real}+{imag}j"),
        }),
        other => Operand::At(other.start().to_u32(), other.end().to_u32()),
    }
}

impl<'a> Visitor<'a> for Count<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            // Parameters, decorators and what is returned are not looked into.
            Stmt::FunctionDef(def) => {
                let new = self.names.len();
                let number = *self.names.entry(def.name.as_str()).or_insert(new);
                let outer = self.function.replace(number);
                self.visit_body(&def.body);
                self.function = outer;
                return;
            }
            Stmt::AugAssign(change) => {
                self.operator(change.op.dunder());
                self.operand(&change.target);
                self.operand(&change.value);
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::BinOp(operation) => {
                self.operator(operation.op.dunder());
                self.operand(&operation.left);
                self.operand(&operation.right);
            }
            Expr::UnaryOp(operation) => {
                // `-` before one operand is another operator than `-` between two.
                self.operator(match operation.op.as_str() {
                    "-" => "unary -",
                    "+" => "unary +",
                    other => other,
                });
                self.operand(&operation.operand);
            }
            Expr::BoolOp(operation) => {
                self.operator(operation.op.as_str());
                operation
                    .values
                    .iter()
                    .for_each(|value| self.operand(value));
            }
            Expr::Compare(comparison) => {
                comparison
                    .ops
                    .iter()
                    .for_each(|op| self.operator(op.as_str()));
                self.operand(&comparison.left);
                comparison
                    .comparators
                    .iter()
                    .for_each(|value| self.operand(value));
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// h1, h2, N1, N2 as radon 6.0.1 gives them.
    #[test]
    fn counts() {
        for (program, counts) in [
            ("x = f(1)\n", [0, 0, 0, 0]),
            ("x = a + b * a\n", [2, 3, 2, 4]),
            (
                "def f(a):\n    return a.x - -1 < x and 1.0 == True\ndef g(a):\n    a += 1\n",
                [6, 8, 6, 11],
            ),
            ("if a < b <= c or not d:\n    pass\n", [4, 6, 4, 6]),
        ] {
            let found = of(&Source::read(program).ok().unwrap());
            let found = [
                found.distinct_operators,
                found.distinct_operands,
                found.operators,
                found.operands,
            ];
            assert_eq!(found, counts, "{program}");
        }
    }
}
