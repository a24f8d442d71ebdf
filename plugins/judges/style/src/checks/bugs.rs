//! What is likely a mistake.

use std::collections::BTreeSet;

use python_source::{
    Ranged, Source,
    ast::{ExceptHandler, Expr, FStringPart, Stmt},
};

use crate::finding::Findings;

/// E722, E731, F631, F634, F901, B006, B011, B015, B018, PLW0127.
pub(super) fn statement(source: &Source<'_>, stmt: &Stmt, found: &mut Findings) {
    match stmt {
        Stmt::Try(attempt) => {
            for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                if handler.type_.is_none() {
                    found.add("E722", handler, "catches everything, interrupts among it");
                }
            }
        }
        Stmt::Assign(assign) => {
            if let [target @ Expr::Name(_)] = &assign.targets[..] {
                if assign.value.is_lambda_expr() {
                    found.add("E731", stmt, "a `def` names a function better");
                }
                if source.slice(target.range()) == source.slice(assign.value.range()) {
                    found.add("PLW0127", stmt, "assigned to itself");
                }
            }
        }
        Stmt::AnnAssign(assign)
            if assign
                .value
                .as_ref()
                .is_some_and(|value| value.is_lambda_expr()) =>
        {
            found.add("E731", stmt, "a `def` names a function better");
        }
        Stmt::Assert(assert) => match &*assert.test {
            Expr::Tuple(tuple) if !tuple.elts.is_empty() => {
                found.add("F631", stmt, "a tuple always holds");
            }
            Expr::BooleanLiteral(truth) if !truth.value => {
                found.add(
                    "B011",
                    stmt,
                    "`assert False` is gone under -O; raise an error",
                );
            }
            _ => {}
        },
        Stmt::If(branch) => {
            if let Expr::Tuple(tuple) = &*branch.test
                && !tuple.elts.is_empty()
            {
                found.add("F634", &*branch.test, "a tuple always holds");
            }
        }
        Stmt::Raise(raise) => {
            let raised = match raise.exc.as_deref() {
                Some(Expr::Call(call)) => Some(&*call.func),
                other => other,
            };
            if matches!(raised, Some(Expr::Name(name)) if name.id == "NotImplemented") {
                found.add("F901", stmt, "`NotImplementedError` is the exception");
            }
        }
        Stmt::Expr(only) => useless(&only.value, found),
        Stmt::FunctionDef(def) => {
            for each in def.parameters.iter_non_variadic_params() {
                if let Some(default) = each.default().filter(|default| is_mutable(default)) {
                    found.add(
                        "B006",
                        default,
                        "one value for all calls, and it can be changed",
                    );
                }
            }
        }
        _ => {}
    }
}

/// F541, B033, F601.
pub(super) fn expression(source: &Source<'_>, expr: &Expr, found: &mut Findings) {
    match expr {
        Expr::FString(text) => {
            let filled = text.value.iter().any(|part| match part {
                FStringPart::Literal(_) => false,
                FStringPart::FString(part) => part.elements.interpolations().next().is_some(),
            });
            if !filled {
                found.add("F541", expr, "an f-string without a placeholder");
            }
        }
        Expr::Set(set) => {
            let constants = set.elts.iter().filter(|each| each.is_literal_expr());
            repeated(source, constants, "B033", found);
        }
        Expr::Dict(dict) => {
            let keys = dict.items.iter().filter_map(|item| item.key.as_ref());
            repeated(
                source,
                keys.filter(|key| key.is_literal_expr()),
                "F601",
                found,
            );
        }
        _ => {}
    }
}

fn repeated<'a>(
    source: &Source<'_>,
    constants: impl Iterator<Item = &'a Expr>,
    rule: &'static str,
    found: &mut Findings,
) {
    let mut seen = BTreeSet::new();
    for constant in constants {
        let text = source.slice(constant.range());
        if !seen.insert(text) {
            found.add(rule, constant, format!("{text} stands here twice"));
        }
    }
}

/// A statement that does nothing.
fn useless(value: &Expr, found: &mut Findings) {
    match value {
        Expr::Compare(_) => found.add("B015", value, "the comparison's result is lost"),
        Expr::Name(_)
        | Expr::Attribute(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::List(_)
        | Expr::Set(_)
        | Expr::Dict(_)
        | Expr::Subscript(_)
        | Expr::Tuple(_) => found.add("B018", value, "the value is lost"),
        _ => {}
    }
}

fn is_mutable(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Name(name) if matches!(name.id.as_str(), "list" | "dict" | "set"))
        }
        other => {
            other.is_list_expr()
                || other.is_dict_expr()
                || other.is_set_expr()
                || other.is_list_comp_expr()
                || other.is_set_comp_expr()
                || other.is_dict_comp_expr()
        }
    }
}
