//! Comparisons.

use python_source::{
    Ranged, Source,
    ast::{CmpOp, Expr, ExprCompare, ExprUnaryOp, UnaryOp},
};

use crate::finding::Findings;

/// E711 to E714, E721, F632, PLR0124, PLC1803, SIM118, SIM201, SIM202, SIM208, SIM210 to SIM212, SIM300.
pub(super) fn expression(source: &Source<'_>, expr: &Expr, found: &mut Findings) {
    match expr {
        Expr::Compare(compare) => comparison(source, compare, found),
        Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => negation(unary, found),
        Expr::If(choice) => match (&*choice.body, &*choice.orelse) {
            (Expr::BooleanLiteral(yes), Expr::BooleanLiteral(no)) if yes.value && !no.value => {
                found.add("SIM210", expr, "the condition itself, or `bool` of it");
            }
            (Expr::BooleanLiteral(yes), Expr::BooleanLiteral(no)) if !yes.value && no.value => {
                found.add("SIM211", expr, "`not` and the condition");
            }
            _ => {}
        },
        _ => {}
    }
}

fn comparison(source: &Source<'_>, compare: &ExprCompare, found: &mut Findings) {
    let mut left = &*compare.left;
    for (op, right) in compare.ops.iter().zip(&compare.comparators) {
        pair(source, left, *op, right, found);
        left = right;
    }
    let ([op], [right]) = (&*compare.ops, &*compare.comparators) else {
        return;
    };
    let left = &*compare.left;
    if is_constant(left)
        && !is_constant(right)
        && !matches!(op, CmpOp::In | CmpOp::NotIn | CmpOp::Is | CmpOp::IsNot)
    {
        found.add("SIM300", compare, "the constant belongs on the right");
    }
    if matches!(op, CmpOp::In | CmpOp::NotIn) && is_call_of_keys(right) {
        found.add(
            "SIM118",
            compare,
            "`in` looks at the keys without `.keys()`",
        );
    }
    if matches!(op, CmpOp::Eq | CmpOp::NotEq) {
        for (one, other) in [(left, right), (right, left)] {
            if is_empty_literal(other) && !is_empty_literal(one) {
                found.add("PLC1803", compare, "an empty container is false as it is");
            }
        }
    }
}

fn pair(source: &Source<'_>, left: &Expr, op: CmpOp, right: &Expr, found: &mut Findings) {
    let sides = [left, right];
    let any = |is: fn(&Expr) -> bool| sides.iter().any(|side| is(side));
    match op {
        CmpOp::Eq | CmpOp::NotEq => {
            if any(Expr::is_none_literal_expr) {
                found.add("E711", right, "compare with None by `is`");
            } else if any(Expr::is_boolean_literal_expr) {
                found.add("E712", right, "a truth value needs no comparison");
            } else if any(is_type_call) {
                found.add("E721", right, "compare types by `is` or `isinstance`");
            }
        }
        CmpOp::Is | CmpOp::IsNot if any(is_value_literal) => {
            found.add(
                "F632",
                right,
                "`is` compares identity, and a literal has none",
            );
        }
        _ => {}
    }
    let simple = matches!(left, Expr::Name(_) | Expr::Attribute(_));
    if simple && source.slice(left.range()) == source.slice(right.range()) {
        found.add("PLR0124", left, "compared with itself");
    }
}

/// `not` before a comparison that has a form without it.
fn negation(unary: &ExprUnaryOp, found: &mut Findings) {
    match &*unary.operand {
        Expr::Compare(compare) if compare.ops.len() == 1 => {
            let (rule, better) = match compare.ops[0] {
                CmpOp::In => ("E713", "not in"),
                CmpOp::Is => ("E714", "is not"),
                CmpOp::Eq => ("SIM201", "!="),
                CmpOp::NotEq => ("SIM202", "=="),
                _ => return,
            };
            found.add(rule, unary, format!("`{better}` says it"));
        }
        Expr::UnaryOp(inner) if inner.op == UnaryOp::Not => {
            found.add("SIM208", unary, "`not not` is `bool`");
        }
        _ => {}
    }
}

fn is_type_call(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else {
        return false;
    };
    matches!(&*call.func, Expr::Name(name) if name.id == "type") && call.arguments.len() == 1
}

fn is_value_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_value_literal),
        Expr::UnaryOp(unary) => is_value_literal(&unary.operand),
        other => {
            other.is_string_literal_expr()
                || other.is_bytes_literal_expr()
                || other.is_number_literal_expr()
                || other.is_list_expr()
                || other.is_dict_expr()
                || other.is_set_expr()
        }
    }
}

fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::UnaryOp(unary) => is_constant(&unary.operand),
        other => other.is_literal_expr(),
    }
}

fn is_empty_literal(expr: &Expr) -> bool {
    match expr {
        Expr::List(list) => list.elts.is_empty(),
        Expr::Tuple(tuple) => tuple.elts.is_empty(),
        Expr::Dict(dict) => dict.items.is_empty(),
        _ => false,
    }
}

/// `….keys()`.
pub(super) fn is_call_of_keys(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else {
        return false;
    };
    matches!(&*call.func, Expr::Attribute(of) if of.attr.as_str() == "keys")
        && call.arguments.is_empty()
}
